"""Who may review: keys whose role scores, and the manager that the key's holder is, if any."""

from __future__ import annotations

from api.access import Permission, permissions_of
from api.dependencies import Caller
from api.services import ApiServices
from recordings.quality.assignment import Reviewer
from recordings.quality.review import Person
from voicegw.errors import InvalidError


def person_of(caller: Caller) -> Person:
    """Return who asks, as reviews know people."""
    return Person(caller.principal.id, caller.principal.manager_id)


def may_score(caller: Caller) -> bool:
    """Whether the caller could be given a review."""
    return caller.may(Permission.REVIEWS_SCORE)


async def reviewer(services: ApiServices, caller: Caller, key_id: str, field: str) -> Reviewer:
    """Return the holder of a key, who is to be given reviews.

    Raises InvalidError naming `field` unless the key is valid, may score, and belongs to a group
    within the caller's reach (or to all).
    """
    key = await services.repositories.keys.get(key_id)
    in_reach = key is not None and (
        key.group_id is None
        or caller.scope.has_group(key.group_id)
        or key.group_id in caller.scope.above_ids
    )
    if key is None or not key.is_valid(services.clock.now()) or not in_reach:
        raise InvalidError(field, "no such reviewer")
    if Permission.REVIEWS_SCORE not in permissions_of(key.role, key.grants, key.scopes):
        raise InvalidError(field, "the key may not score")
    groups = None if key.group_id is None else await services.scopes.below(key.group_id)
    return Reviewer(Person(key.id, key.manager_id), groups)
