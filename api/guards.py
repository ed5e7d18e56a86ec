"""Whether what a request refers to is within the caller's reach.

A reference to something outside reads as one to something that does not exist.
"""

from __future__ import annotations

from collections.abc import Collection

from api.access import permissions_of
from api.dependencies import Caller
from api.problems import ApiProblem
from api.services import ApiServices
from voicegw.errors import ConflictError, InvalidError, NotFoundError
from voicegw.identity import visible_number
from voicegw.model.call import LegRole
from voicegw.model.directory import Grant, Role
from voicegw.model.numbers import normalise
from voicegw.model.recording import Recording


def check_unchanged(if_match: str | None, etag: str) -> None:
    """Raise the problem `precondition-failed` unless `If-Match` is absent, `*` or names `etag`."""
    if if_match is None or if_match.strip() == "*":
        return
    if etag not in {tag.strip() for tag in if_match.split(",")}:
        raise ApiProblem("precondition-failed", "It has changed since it was read.")


def check_power(
    caller: Caller, role: Role, grants: Collection[Grant], scopes: Collection[str] | None = None
) -> None:
    """Raise ApiProblem `forbidden` when a key or user may do what the caller may not.

    Else a key whose scopes are few, making keys or users among them, could give itself all others.
    """
    own = caller.principal
    if not permissions_of(role, grants, scopes) <= permissions_of(own.role, own.grants, own.scopes):
        raise ApiProblem("forbidden", "It may do more than the key that asks.")


def check_group(caller: Caller, field: str, group_id: str) -> None:
    """Raise InvalidError naming `field` unless the caller's scope has this group."""
    if not caller.scope.has_group(group_id):
        raise InvalidError(field, "no such group", kind="not-found")


async def check_manager(
    services: ApiServices, caller: Caller, field: str, manager_id: str | None
) -> None:
    """Raise InvalidError naming `field` unless the manager is known and within the scope."""
    if manager_id is None:
        return
    manager = await services.repositories.directory.managers.get(manager_id)
    if manager is None or not caller.scope.has_group(manager.group_id):
        raise InvalidError(field, "no such manager", kind="not-found")


async def searched_number(
    services: ApiServices,
    caller: Caller,
    text: str,
    group_id: str | None,
    owner: LegRole = LegRole.CUSTOMER,
) -> str | None:
    """Return the number to search for, in any spelling; None when it is none.

    A local number is completed by the area code of `group_id`, else of the caller's own group.
    Raises ApiProblem `forbidden` unless the caller's role sees such numbers: whoever sees
    `138****8000` could otherwise try what is hidden until something is found.
    """
    if visible_number(caller.role, owner, "number") is None:
        raise ApiProblem("forbidden", f"The role {caller.role} may not search by number.")
    group_id = group_id or caller.scope.home_id
    area_code = await services.scopes.area_code(group_id) if group_id is not None else None
    return normalise(text, services.options.region, area_code)


async def seen_recording(services: ApiServices, caller: Caller, recording_id: str) -> Recording:
    """Return a recording within the caller's scope. Raises NotFoundError."""
    recording = await services.repositories.recordings.get(recording_id)
    if recording is None or not caller.scope.has(recording.group_id, recording.manager_id):
        raise NotFoundError("recording", recording_id)
    return recording


def check_external_id(in_path: str, in_body: str | None) -> None:
    """Raise InvalidError when the body names another external id than the path."""
    if in_body is not None and in_body != in_path:
        raise InvalidError("external_id", "differs from the one in the path", kind="mismatch")


def taken_elsewhere(kind: str) -> ConflictError:
    """Return the error for an external id that belongs to something outside the scope."""
    return ConflictError("already-exists", f"another {kind} has this external id already")
