"""`/v1/hotlines`: the numbers shown outward."""

from __future__ import annotations

import msgspec
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
    OfGroup,
    Services,
    WithExternalId,
    WithNumber,
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
from api.schemas.directory import HotlineBody, HotlineView
from api.services import ApiServices
from api.views import empty_page, hotline_view, respond, respond_page
from voicegw.directory.service import Put
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.audit import SubjectKind
from voicegw.model.directory import Hotline
from voicegw.model.numbers import normalise
from voicegw.model.routing import AfterCall, Routing

router = APIRouter(prefix="/v1/hotlines", tags=["directory"])

_ONE = {"model": HotlineView, "headers": ETAG_HEADER}
_PUT = {"model": HotlineView, "headers": PUT_HEADERS}


@router.get(
    "",
    operation_id="listHotlines",
    summary="List hotlines",
    response_class=Response,
    responses={200: {"model": ListView[HotlineView]}, **problems()},
)
async def list_hotlines(
    *,
    services: Services,
    caller: DirectoryReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    group_id: OfGroup = None,
    number: WithNumber = None,
    external_id: WithExternalId = None,
) -> Response:
    """The hotlines that the key may see: those of its groups, and of the groups above."""
    scope = caller.scope
    groups = await services.scopes.narrowed(scope, group_id)
    if groups is not None and group_id is None:
        groups = sorted({*groups, *scope.above_ids})
    wanted = normalise(number, services.options.region) if number is not None else None
    if (groups is not None and not groups) or (number is not None and wanted is None):
        return empty_page()
    page = await services.repositories.directory.hotlines.list(
        group_ids=groups, number=wanted, external_id=external_id, limit=limit, cursor=cursor
    )
    return await respond_page(page, hotline_view)


@router.post(
    "",
    operation_id="createHotline",
    summary="Create a hotline",
    status_code=201,
    response_class=Response,
    responses={201: _ONE, **problems(400, 403, 409, 415)},
)
@made_once()
async def create_hotline(
    body: HotlineBody, request: Request, services: Services, caller: DirectoryWriter
) -> Response:
    """Add a hotline to a group."""
    await _check_references(services, caller, body)
    hotline = await services.directory.create_hotline(_hotline("", body))
    await note_record(services, caller, request, _subject(hotline), "created")
    headers = tagged(hotline, Location=f"/v1/hotlines/{hotline.id}")
    return respond(hotline_view(hotline), 201, headers)


@router.get(
    "/by-external-id/{external_id:path}",
    operation_id="getHotlineByExternalId",
    summary="Get a hotline by its external id",
    response_class=Response,
    responses={200: _ONE, **NOT_MODIFIED, **problems()},
)
async def get_hotline_by_external_id(
    external_id: PathExternalId,
    services: Services,
    caller: DirectoryReader,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The hotline that another system calls `external_id`."""
    hotline = await services.repositories.directory.hotlines.get_by_external_id(external_id)
    if hotline is None or not caller.scope.has_hotline(hotline.group_id):
        raise NotFoundError("hotline", external_id)
    fresh = not_modified(if_none_match, hotline)
    return fresh or respond(hotline_view(hotline), 200, tagged(hotline))


@router.put(
    "/by-external-id/{external_id:path}",
    operation_id="putHotlineByExternalId",
    summary="Create or replace a hotline by its external id",
    response_class=Response,
    responses={200: _PUT, 201: _PUT, **problems(400, 403, 409, 412, 415)},
)
async def put_hotline_by_external_id(
    *,
    external_id: PathExternalId,
    body: HotlineBody,
    request: Request,
    services: Services,
    caller: DirectoryWriter,
    if_match: IfMatch = None,
) -> Response:
    """For synchronisation: 201 when it is new, 200 when it was replaced, or was the same."""
    check_external_id(external_id, body.external_id)
    known = await services.repositories.directory.hotlines.get_by_external_id(external_id)
    if known is not None and not caller.scope.has_group(known.group_id):
        raise taken_elsewhere("hotline")
    expected = require_known(if_match, known)
    await _check_references(services, caller, body)
    wanted = _hotline("", body)
    wanted.external_id = external_id
    hotline, how = await services.directory.put_hotline(wanted, expected=expected)
    if how is not Put.UNCHANGED:
        subject = _subject(hotline)
        await note_record(services, caller, request, subject, how, before=known, after=hotline)
    headers = tagged(hotline, Location=f"/v1/hotlines/{hotline.id}") | {RESULT: how}
    return respond(hotline_view(hotline), 201 if how is Put.CREATED else 200, headers)


@router.get(
    "/{hotline_id}",
    operation_id="getHotline",
    summary="Get a hotline",
    response_class=Response,
    responses={200: _ONE, **NOT_MODIFIED, **problems()},
)
async def get_hotline(
    hotline_id: PathId,
    services: Services,
    caller: DirectoryReader,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """One hotline."""
    hotline = await services.repositories.directory.hotlines.get(hotline_id)
    if hotline is None or not caller.scope.has_hotline(hotline.group_id):
        raise NotFoundError("hotline", hotline_id)
    fresh = not_modified(if_none_match, hotline)
    return fresh or respond(hotline_view(hotline), 200, tagged(hotline))


@router.put(
    "/{hotline_id}",
    operation_id="replaceHotline",
    summary="Replace a hotline",
    response_class=Response,
    responses={200: _ONE, **problems(400, 403, 409, 412, 415)},
)
async def replace_hotline(
    *,
    hotline_id: PathId,
    body: HotlineBody,
    request: Request,
    services: Services,
    caller: DirectoryWriter,
    if_match: IfMatch = None,
) -> Response:
    """Fields that are not given take their defaults."""
    known = await _own_hotline(services, caller, hotline_id)
    expected = expected_state(if_match, known)
    await _check_references(services, caller, body)
    wanted, subject = _hotline(hotline_id, body), _subject(known)
    await note_record(services, caller, request, subject, "replaced", before=known, after=wanted)
    hotline = await services.directory.update_hotline(wanted, expected=expected)
    return respond(hotline_view(hotline), 200, tagged(hotline))


@router.delete(
    "/{hotline_id}",
    operation_id="deleteHotline",
    summary="Delete a hotline",
    status_code=204,
    response_class=Response,
    responses=problems(403, 409),
)
async def delete_hotline(
    hotline_id: PathId, request: Request, services: Services, caller: DirectoryWriter
) -> Response:
    """Callers of its number will be told that it is not in service."""
    hotline = await _own_hotline(services, caller, hotline_id)
    await note_record(services, caller, request, _subject(hotline), "deleted")
    await services.directory.delete_hotline(hotline_id)
    return Response(status_code=204)


async def _own_hotline(services: ApiServices, caller: Caller, hotline_id: str) -> Hotline:
    """Return the hotline; raise NotFoundError unless it is of a group of the caller's scope."""
    hotline = await services.repositories.directory.hotlines.get(hotline_id)
    if hotline is None or not caller.scope.has_group(hotline.group_id):
        raise NotFoundError("hotline", hotline_id)
    return hotline


def _subject(hotline: Hotline) -> Subject:
    return Subject(SubjectKind.HOTLINE, hotline.id, hotline.group_id)


async def _check_references(services: ApiServices, caller: Caller, body: HotlineBody) -> None:
    check_group(caller, "group_id", body.group_id)
    await services.repositories.directory.hotlines.check_flow(body.flow)
    await _check_display_number(services, caller, body)


async def _check_display_number(services: ApiServices, caller: Caller, body: HotlineBody) -> None:
    """Raise InvalidError where a group would be shown by the number of one out of reach."""
    if body.display_number is None:
        return
    area_code = await services.scopes.area_code(body.group_id)
    number = normalise(body.display_number, services.options.region, area_code)
    hotlines = services.repositories.directory.hotlines
    other = None if number is None else await hotlines.get_by_number(number)
    if other is not None and not caller.scope.has_hotline(other.group_id):
        raise InvalidError(
            "display_number", "is the number of another group's hotline", kind="taken"
        )


def _hotline(hotline_id: str, body: HotlineBody) -> Hotline:
    return Hotline(
        id=hotline_id,
        number=body.number,
        group_id=body.group_id,
        external_id=body.external_id,
        name=body.name,
        hours=body.hours,
        flow=body.flow,
        answer=body.answer,
        announce=body.announce,
        confirm_manager=body.confirm_manager,
        max_ring_s=body.max_ring_s,
        retention_days=body.retention_days,
        display_number=body.display_number,
        routing=msgspec.convert(body.routing.model_dump(mode="json"), Routing),
        after_call=msgspec.convert(body.after_call.model_dump(mode="json"), AfterCall),
    )
