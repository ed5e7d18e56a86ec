"""Who may review: users and keys whose role scores, and the manager that one is, if any."""

from __future__ import annotations

from typing import Final

from api.access import GRANTS, Permission, permissions_of
from api.auth import principal_of_key
from api.dependencies import Caller
from api.services import ApiServices
from api.sessions import principal_of_user
from recordings.quality.assignment import Reviewer
from recordings.quality.review import Person
from voicegw.errors import InvalidError
from voicegw.store.paging import Page
from voicegw.store.reviewers import Holder, HolderFilter

#: Roles whose people may be given reviews; no grant adds that to a role.
_SCORING: Final = tuple(
    role for role, allowed in GRANTS.items() if Permission.REVIEWS_SCORE in allowed
)
_SCOPE: Final = Permission.REVIEWS_SCORE.value


def person_of(caller: Caller) -> Person:
    """Return who asks, as reviews know people."""
    return Person(caller.principal.id, caller.principal.manager_id)


def may_score(caller: Caller) -> bool:
    """Whether the caller could be given a review."""
    return caller.may(Permission.REVIEWS_SCORE)


async def reviewer(services: ApiServices, caller: Caller, holder_id: str, field: str) -> Reviewer:
    """Return the user, or the holder of a key, who is to be given reviews.

    Raises InvalidError naming `field` unless that one may log in or the key is valid, may score,
    and belongs to a group within the caller's reach (or to all).
    """
    user = await services.repositories.users.get(holder_id)
    if user is not None:
        who = principal_of_user(user) if user.is_active else None
    else:
        key = await services.repositories.keys.get(holder_id)
        is_valid = key is not None and key.is_valid(services.clock.now())
        who = principal_of_key(key) if key is not None and is_valid else None
    in_reach = who is not None and (
        who.group_id is None
        or caller.scope.has_group(who.group_id)
        or who.group_id in caller.scope.above_ids
    )
    if who is None or not in_reach:
        raise InvalidError(field, "no such reviewer", kind="not-found")
    if Permission.REVIEWS_SCORE not in permissions_of(who.role, who.grants, who.scopes):
        raise InvalidError(field, "the user, or the key, may not score", kind="not-allowed")
    groups = None if who.group_id is None else await services.scopes.below(who.group_id)
    return Reviewer(Person(who.id, who.manager_id), groups)


async def reviewers(
    services: ApiServices, caller: Caller, *, limit: int, cursor: str | None
) -> Page[Holder]:
    """Return a page of those whom `caller` may give reviews to, in the order of their ids.

    Raises InvalidError for a bad cursor.
    """
    scope = caller.scope
    groups = None if scope.group_ids is None else scope.group_ids | scope.above_ids
    wanted = HolderFilter(_SCORING, services.clock.now(), groups)
    page = await services.repositories.reviewers.list(wanted, limit=limit, cursor=cursor)
    able = [one for one in page.items if one.scopes is None or _SCOPE in one.scopes]
    return Page(able, page.next_cursor)
