"""`/v1/groups`: counties, districts, teams."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.audit import Subject, note_record
from api.dependencies import (
    FIRST_PAGE,
    Caller,
    Cursor,
    DirectoryReader,
    DirectoryWriter,
    Limit,
    Services,
    WithExternalId,
    problems,
)
from api.guards import check_external_id, check_group, taken_elsewhere
from api.made_once import made_once
from api.preconditions import (
    ETAG_HEADER,
    NOT_MODIFIED,
    PUT_HEADERS,
    RESULT,
    IfMatch,
    IfNoneMatch,
    expected_state,
    not_modified,
    require_known,
    tagged,
)
from api.schemas.base import ListView, PathExternalId, PathId
from api.schemas.directory import GroupBody, GroupView
from api.services import ApiServices
from api.views import empty_page, group_view, respond, respond_page
from voicegw.directory.service import Put
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.audit import SubjectKind
from voicegw.model.directory import Group

router = APIRouter(prefix="/v1/groups", tags=["directory"])

_ONE = {"model": GroupView, "headers": ETAG_HEADER}
_PUT = {"model": GroupView, "headers": PUT_HEADERS}


@router.get(
    "",
    operation_id="listGroups",
    summary="List groups",
    response_class=Response,
    responses={200: {"model": ListView[GroupView]}, **problems()},
)
async def list_groups(
    services: Services,
    caller: DirectoryReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    external_id: WithExternalId = None,
) -> Response:
    """The groups that the key may see, the oldest first."""
    groups = await services.scopes.narrowed(caller.scope, None)
    if groups is not None and not groups:
        return empty_page()
    page = await services.repositories.directory.groups.list(
        group_ids=groups, external_id=external_id, limit=limit, cursor=cursor
    )
    return await respond_page(page, group_view)


@router.post(
    "",
    operation_id="createGroup",
    summary="Create a group",
    status_code=201,
    response_class=Response,
    responses={201: _ONE, **problems(400, 403, 409, 415)},
)
@made_once()
async def create_group(
    body: GroupBody, request: Request, services: Services, caller: DirectoryWriter
) -> Response:
    """Add a group below `parent_id`, or at the top."""
    _check_parent(caller, body.parent_id, None)
    group = await services.directory.create_group(_group("", body))
    services.scopes.invalidate()
    await note_record(services, caller, request, _subject(group), "created")
    return respond(group_view(group), 201, tagged(group, Location=f"/v1/groups/{group.id}"))


@router.get(
    "/by-external-id/{external_id:path}",
    operation_id="getGroupByExternalId",
    summary="Get a group by its external id",
    response_class=Response,
    responses={200: _ONE, **NOT_MODIFIED, **problems()},
)
async def get_group_by_external_id(
    external_id: PathExternalId,
    services: Services,
    caller: DirectoryReader,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The group that another system calls `external_id`."""
    group = await services.repositories.directory.groups.get_by_external_id(external_id)
    if group is None or not caller.scope.has_group(group.id):
        raise NotFoundError("group", external_id)
    return not_modified(if_none_match, group) or respond(group_view(group), 200, tagged(group))


@router.put(
    "/by-external-id/{external_id:path}",
    operation_id="putGroupByExternalId",
    summary="Create or replace a group by its external id",
    response_class=Response,
    responses={200: _PUT, 201: _PUT, **problems(400, 403, 409, 412, 415)},
)
async def put_group_by_external_id(
    *,
    external_id: PathExternalId,
    body: GroupBody,
    request: Request,
    services: Services,
    caller: DirectoryWriter,
    if_match: IfMatch = None,
) -> Response:
    """For synchronisation: 201 when it is new, 200 when it was replaced, or was the same."""
    check_external_id(external_id, body.external_id)
    known = await services.repositories.directory.groups.get_by_external_id(external_id)
    if known is not None and not caller.scope.has_group(known.id):
        raise taken_elsewhere("group")
    expected = require_known(if_match, known)
    _check_parent(caller, body.parent_id, known)
    wanted = _group("", body)
    wanted.external_id = external_id
    group, how = await services.directory.put_group(wanted, expected=expected)
    if how is not Put.UNCHANGED:
        services.scopes.invalidate()
        subject = _subject(group)
        await note_record(services, caller, request, subject, how, before=known, after=group)
    headers = tagged(group, Location=f"/v1/groups/{group.id}") | {RESULT: how}
    return respond(group_view(group), 201 if how is Put.CREATED else 200, headers)


@router.get(
    "/{group_id}",
    operation_id="getGroup",
    summary="Get a group",
    response_class=Response,
    responses={200: _ONE, **NOT_MODIFIED, **problems()},
)
async def get_group(
    group_id: PathId,
    services: Services,
    caller: DirectoryReader,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """One group."""
    group = await _seen_group(services, caller, group_id)
    return not_modified(if_none_match, group) or respond(group_view(group), 200, tagged(group))


@router.put(
    "/{group_id}",
    operation_id="replaceGroup",
    summary="Replace a group",
    response_class=Response,
    responses={200: _ONE, **problems(400, 403, 409, 412, 415)},
)
async def replace_group(
    *,
    group_id: PathId,
    body: GroupBody,
    request: Request,
    services: Services,
    caller: DirectoryWriter,
    if_match: IfMatch = None,
) -> Response:
    """Fields that are not given take their defaults."""
    known = await _seen_group(services, caller, group_id)
    expected = expected_state(if_match, known)
    _check_parent(caller, body.parent_id, known)
    wanted, subject = _group(group_id, body), _subject(known)
    await note_record(services, caller, request, subject, "replaced", before=known, after=wanted)
    group = await services.directory.update_group(wanted, expected=expected)
    services.scopes.invalidate()
    return respond(group_view(group), 200, tagged(group))


@router.delete(
    "/{group_id}",
    operation_id="deleteGroup",
    summary="Delete a group",
    status_code=204,
    response_class=Response,
    responses=problems(403, 409),
)
async def delete_group(
    group_id: PathId, request: Request, services: Services, caller: DirectoryWriter
) -> Response:
    """Only an empty group can be deleted."""
    known = await _seen_group(services, caller, group_id)
    await note_record(services, caller, request, _subject(known), "deleted")
    await services.directory.delete_group(group_id)
    services.scopes.invalidate()
    return Response(status_code=204)


def _subject(group: Group) -> Subject:
    return Subject(SubjectKind.GROUP, group.id, group.id)


async def _seen_group(services: ApiServices, caller: Caller, group_id: str) -> Group:
    group = await services.repositories.directory.groups.get(group_id)
    if group is None or not caller.scope.has_group(group.id):
        raise NotFoundError("group", group_id)
    return group


def _check_parent(caller: Caller, parent_id: str | None, known: Group | None) -> None:
    """A key with a group builds below it only, and leaves its own top where it is."""
    if known is not None and known.parent_id == parent_id:
        return
    if parent_id is not None:
        check_group(caller, "parent_id", parent_id)
    elif caller.scope.group_ids is not None:
        raise InvalidError(
            "parent_id", "must be one of the groups that the key may see", kind="not-allowed"
        )


def _group(group_id: str, body: GroupBody) -> Group:
    return Group(
        id=group_id,
        name=body.name,
        external_id=body.external_id,
        parent_id=body.parent_id,
        area_code=body.area_code,
        timezone=body.timezone,
        retention_days=body.retention_days,
        hours=body.hours,
        quiet_hours=body.quiet_hours,
    )
