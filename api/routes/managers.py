"""`/v1/managers`: account managers and their telephones."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.audit import Subject, note, note_record
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
from api.guards import (
    check_external_id,
    check_group,
    check_manager,
    searched_number,
    taken_elsewhere,
)
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
from api.schemas.directory import ManagerBody, ManagerView, PhoneBody, PinBody
from api.services import ApiServices
from api.views import View, empty_page, manager_view, respond, respond_page
from voicegw.directory.service import Put
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.call import LegRole
from voicegw.model.directory import Leave, Manager, ManagerStatus, Phone

router = APIRouter(prefix="/v1/managers", tags=["directory"])

_ONE = {"model": ManagerView, "headers": ETAG_HEADER}
_PUT = {"model": ManagerView, "headers": PUT_HEADERS}


@router.get(
    "",
    operation_id="listManagers",
    summary="List managers",
    response_class=Response,
    responses={200: {"model": ListView[ManagerView]}, **problems(403)},
)
async def list_managers(
    *,
    services: Services,
    caller: DirectoryReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    group_id: OfGroup = None,
    status: Annotated[
        ManagerStatus | None, Query(description="Whether the manager takes calls")
    ] = None,
    number: WithNumber = None,
    external_id: WithExternalId = None,
) -> Response:
    """The managers of the groups that the key may see, the oldest first."""
    wanted: str | None = None
    if number is not None:
        wanted = await searched_number(services, caller, number, group_id, LegRole.MANAGER)
        if wanted is None:
            return empty_page()
    groups = await services.scopes.narrowed(caller.scope, group_id)
    if groups is not None and not groups:
        return empty_page()
    page = await services.repositories.directory.managers.list(
        group_ids=groups,
        status=status,
        number=wanted,
        external_id=external_id,
        limit=limit,
        cursor=cursor,
    )
    return await respond_page(page, lambda manager: manager_view(manager, caller.role))


@router.post(
    "",
    operation_id="createManager",
    summary="Create a manager",
    status_code=201,
    response_class=Response,
    responses={201: _ONE, **problems(400, 403, 409, 415)},
)
@made_once()
async def create_manager(
    body: ManagerBody, request: Request, services: Services, caller: DirectoryWriter
) -> Response:
    """Add a manager to a group."""
    await _check_references(services, caller, body)
    manager = await services.directory.create_manager(_manager("", body))
    await note_record(services, caller, request, _subject(manager), "created")
    headers = tagged(manager, Location=f"/v1/managers/{manager.id}")
    return respond(manager_view(manager, caller.role), 201, headers)


@router.get(
    "/by-external-id/{external_id:path}",
    operation_id="getManagerByExternalId",
    summary="Get a manager by its external id",
    response_class=Response,
    responses={200: _ONE, **NOT_MODIFIED, **problems()},
)
async def get_manager_by_external_id(
    external_id: PathExternalId,
    services: Services,
    caller: DirectoryReader,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The manager that another system calls `external_id`."""
    manager = await services.repositories.directory.managers.get_by_external_id(external_id)
    if manager is None or not caller.scope.has_group(manager.group_id):
        raise NotFoundError("manager", external_id)
    fresh = not_modified(if_none_match, manager)
    return fresh or respond(manager_view(manager, caller.role), 200, tagged(manager))


@router.put(
    "/by-external-id/{external_id:path}",
    operation_id="putManagerByExternalId",
    summary="Create or replace a manager by its external id",
    response_class=Response,
    responses={200: _PUT, 201: _PUT, **problems(400, 403, 409, 412, 415)},
)
async def put_manager_by_external_id(
    *,
    external_id: PathExternalId,
    body: ManagerBody,
    request: Request,
    services: Services,
    caller: DirectoryWriter,
    if_match: IfMatch = None,
) -> Response:
    """For synchronisation: 201 when it is new, 200 when it was replaced, or was the same."""
    check_external_id(external_id, body.external_id)
    known = await services.repositories.directory.managers.get_by_external_id(external_id)
    if known is not None and not caller.scope.has_group(known.group_id):
        raise taken_elsewhere("manager")
    expected = require_known(if_match, known)
    await _check_references(services, caller, body)
    wanted = _manager("", body)
    wanted.external_id = external_id
    wanted.pin_hash = None if known is None else known.pin_hash
    manager, how = await services.directory.put_manager(wanted, expected=expected)
    if how is not Put.UNCHANGED:
        subject = _subject(manager)
        await note_record(services, caller, request, subject, how, before=known, after=manager)
    headers = tagged(manager, Location=f"/v1/managers/{manager.id}") | {RESULT: how}
    status = 201 if how is Put.CREATED else 200
    return respond(manager_view(manager, caller.role), status, headers)


@router.get(
    "/{manager_id}",
    operation_id="getManager",
    summary="Get a manager",
    response_class=Response,
    responses={200: _ONE, **NOT_MODIFIED, **problems()},
)
async def get_manager(
    manager_id: PathId,
    services: Services,
    caller: DirectoryReader,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """One manager."""
    manager = await _seen_manager(services, caller, manager_id)
    is_counted = manager.status is ManagerStatus.DEPARTED  # who is left changes by itself
    fresh = None if is_counted else not_modified(if_none_match, manager)
    return fresh or respond(await _whole_view(services, caller, manager), 200, tagged(manager))


@router.put(
    "/{manager_id}",
    operation_id="replaceManager",
    summary="Replace a manager",
    response_class=Response,
    responses={200: _ONE, **problems(400, 403, 409, 412, 415)},
)
async def replace_manager(
    *,
    manager_id: PathId,
    body: ManagerBody,
    request: Request,
    services: Services,
    caller: DirectoryWriter,
    if_match: IfMatch = None,
) -> Response:
    """Fields that are not given take their defaults; the telephones are replaced as a whole.

    Of one who is `departed` now, `customers_left` tells how many are to be handed over.
    """
    known = await _seen_manager(services, caller, manager_id)
    expected = expected_state(if_match, known)
    await _check_references(services, caller, body)
    wanted = _manager(manager_id, body)
    wanted.pin_hash = known.pin_hash
    subject = _subject(known)
    await note_record(services, caller, request, subject, "replaced", before=known, after=wanted)
    manager = await services.directory.update_manager(wanted, expected=expected)
    return respond(await _whole_view(services, caller, manager), 200, tagged(manager))


@router.delete(
    "/{manager_id}",
    operation_id="deleteManager",
    summary="Delete a manager",
    status_code=204,
    response_class=Response,
    responses=problems(403, 409),
)
async def delete_manager(
    manager_id: PathId, request: Request, services: Services, caller: DirectoryWriter
) -> Response:
    """Only a manager without customers can be deleted; one who left is `departed`."""
    known = await _seen_manager(services, caller, manager_id)
    await note_record(services, caller, request, _subject(known), "deleted")
    await services.directory.delete_manager(manager_id)
    return Response(status_code=204)


@router.put(
    "/{manager_id}/pin",
    operation_id="putManagerPin",
    summary="Set a manager's PIN",
    status_code=204,
    response_class=Response,
    responses=problems(403),
)
async def put_manager_pin(
    manager_id: PathId,
    body: PinBody,
    request: Request,
    services: Services,
    caller: DirectoryWriter,
) -> Response:
    """The PIN that is asked where the manager calls from an unknown telephone.

    Only its hash is kept. Null takes it away: such calls are refused then.
    """
    manager = await _seen_manager(services, caller, manager_id)
    subject = Subject(SubjectKind.MANAGER, manager.id, manager.group_id)
    has_pin = body.pin is not None
    await note(services, caller, request, AuditAction.PIN, subject, has_pin=has_pin)
    await services.directory.set_pin(manager_id, body.pin)
    return Response(status_code=204)


def _subject(manager: Manager) -> Subject:
    return Subject(SubjectKind.MANAGER, manager.id, manager.group_id)


async def _seen_manager(services: ApiServices, caller: Caller, manager_id: str) -> Manager:
    manager = await services.repositories.directory.managers.get(manager_id)
    if manager is None or not caller.scope.has_group(manager.group_id):
        raise NotFoundError("manager", manager_id)
    return manager


async def _whole_view(services: ApiServices, caller: Caller, manager: Manager) -> View:
    left = None
    if manager.status is ManagerStatus.DEPARTED:
        left = await services.repositories.directory.customers.count_owned(manager.id)
    return manager_view(manager, caller.role, left)


async def _check_references(services: ApiServices, caller: Caller, body: ManagerBody) -> None:
    check_group(caller, "group_id", body.group_id)
    await check_manager(services, caller, "deputy_id", body.deputy_id)


def _manager(manager_id: str, body: ManagerBody) -> Manager:
    return Manager(
        id=manager_id,
        name=body.name,
        group_id=body.group_id,
        external_id=body.external_id,
        staff_no=body.staff_no,
        phones=[_phone(phone, place) for place, phone in enumerate(body.phones)],
        status=body.status,
        away_until=body.away_until,
        deputy_id=body.deputy_id,
        hours=body.hours,
        skills=body.skills,
        leave=[Leave(one.from_, one.until) for one in body.leave],
    )


def _phone(phone: PhoneBody, place: int) -> Phone:
    order = place if phone.order is None else phone.order
    return Phone(number=phone.number, aor=phone.aor, label=phone.label, order=order)
