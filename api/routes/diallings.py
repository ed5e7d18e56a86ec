"""`/v1/diallings`: a manager's list, worked through one customer after the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.audit import Subject, note
from api.dependencies import (
    FIRST_PAGE,
    Caller,
    CallStarter,
    Cursor,
    Limit,
    OfGroup,
    OfManager,
    Services,
    TaskReader,
    problems,
)
from api.made_once import made_once
from api.routes.next_tasks import seen_manager
from api.schemas.base import ListView, PathId
from api.schemas.dialling import DiallingBody, DiallingView, SkipBody
from api.services import ApiServices
from api.views import View, empty_page, respond, respond_page
from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.dialling import (
    Dialling,
    DiallingWait,
    told_ready,
    told_to_pause,
    told_to_skip,
    told_to_stop,
)
from voicegw.model.directory import ManagerStatus
from voicegw.model.ids import IdKind, new_id
from voicegw.store.diallings import INNER, DiallingFilter

router = APIRouter(prefix="/v1/diallings", tags=["tasks"])

_ONE = {"model": DiallingView}


@router.get(
    "",
    operation_id="listDiallings",
    summary="List diallings",
    response_class=Response,
    responses={200: {"model": ListView[DiallingView]}, **problems(403)},
)
async def list_diallings(
    *,
    services: Services,
    caller: TaskReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    group_id: OfGroup = None,
    manager_id: OfManager = None,
    going: Annotated[
        bool | None, Query(description="Those that go on, or those that are stopped")
    ] = None,
) -> Response:
    """Lists of managers whom the key may see, the newest first."""
    listing = await services.scopes.listing(caller.scope, group_id, manager_id)
    if listing is None:
        return empty_page()
    wanted = DiallingFilter(listing.group_ids, listing.manager_id, going)
    page = await services.repositories.diallings.list(wanted, limit=limit, cursor=cursor)
    return await respond_page(page, dialling_view)


@router.post(
    "",
    operation_id="startDialling",
    summary="Begin to work on a list",
    status_code=201,
    response_class=Response,
    responses={201: _ONE, **problems(400, 403, 409, 415)},
)
@made_once()
async def start_dialling(
    body: DiallingBody, request: Request, services: Services, caller: CallStarter
) -> Response:
    """Work on a manager's open tasks, the best first; a manager works on one list at a time.

    Each call rings the manager first, then the customer. 409 `dialling-running` where the manager
    works on a list already.
    """
    manager = await seen_manager(services, caller, body.manager_id, body.manager_external_id)
    if manager.status is ManagerStatus.DEPARTED:
        raise ConflictError(DiallingWait.MANAGER_GONE, "The manager has departed.")
    dialling = Dialling(
        id=new_id(IdKind.DIALLING),
        manager_id=manager.id,
        group_id=manager.group_id,
        mode=body.mode,
        created_at=services.clock.now(),
        created_by=caller.principal.id,
        types=list(body.types),
        pause_s=body.pause_s,
    )
    await _note(services, caller, request, dialling, "started")
    await services.repositories.diallings.create(dialling)
    return respond(dialling_view(dialling), 201, {"Location": f"/v1/diallings/{dialling.id}"})


@router.get(
    "/{dialling_id}",
    operation_id="getDialling",
    summary="Get a dialling",
    response_class=Response,
    responses={200: _ONE, **problems()},
)
async def get_dialling(dialling_id: PathId, services: Services, caller: TaskReader) -> Response:
    """What is shown, called or waited for; events tell of each change (`dialling.*`)."""
    return respond(dialling_view(await _seen(services, caller, dialling_id)))


@router.post(
    "/{dialling_id}/ready",
    operation_id="readyDialling",
    summary="Call who is shown, or go on",
    response_class=Response,
    responses={200: _ONE, **problems(400, 403, 409)},
)
async def ready_dialling(
    dialling_id: PathId, request: Request, services: Services, caller: CallStarter
) -> Response:
    """Has the customer called who is shown; ends a pause, or the time for notes."""
    return await _change(services, caller, request, dialling_id, how=told_ready, word="ready")


@router.post(
    "/{dialling_id}/pause",
    operation_id="pauseDialling",
    summary="Pause a dialling",
    response_class=Response,
    responses={200: _ONE, **problems(400, 403, 409)},
)
async def pause_dialling(
    dialling_id: PathId, request: Request, services: Services, caller: CallStarter
) -> Response:
    """Nobody is called until `…/ready`; a call that runs goes on."""
    return await _change(services, caller, request, dialling_id, how=told_to_pause, word="paused")


@router.post(
    "/{dialling_id}/skip",
    operation_id="skipDialling",
    summary="Skip who is shown",
    response_class=Response,
    responses={200: _ONE, **problems(400, 403, 409, 415)},
)
async def skip_dialling(
    *,
    dialling_id: PathId,
    request: Request,
    services: Services,
    caller: CallStarter,
    body: SkipBody | None = None,
) -> Response:
    """Puts the task aside for a while; 409 `nothing-shown` where no customer is shown."""
    for_s = (body or SkipBody.model_validate({})).for_s
    until = services.clock.now() + timedelta(seconds=for_s)
    return await _change(
        services,
        caller,
        request,
        dialling_id,
        how=lambda one: told_to_skip(one, until),
        word="skipped",
    )


@router.post(
    "/{dialling_id}/stop",
    operation_id="stopDialling",
    summary="Stop a dialling",
    response_class=Response,
    responses={200: _ONE, **problems(400, 403)},
)
async def stop_dialling(
    dialling_id: PathId, request: Request, services: Services, caller: CallStarter
) -> Response:
    """For good; a call that runs goes on. One that is stopped is answered as it is."""
    now = services.clock.now()
    return await _change(
        services,
        caller,
        request,
        dialling_id,
        how=lambda one: told_to_stop(one, now),
        word="stopped",
    )


def dialling_view(dialling: Dialling) -> View:
    """Return a dialling; it holds no telephone number."""
    view: dict[str, Any] = msgspec.to_builtins(dialling)
    for name in INNER:
        del view[name]
    return view


async def _seen(services: ApiServices, caller: Caller, dialling_id: str) -> Dialling:
    found = await services.repositories.diallings.get(dialling_id)
    if found is None or not caller.scope.has(found.group_id, found.manager_id):
        raise NotFoundError("dialling", dialling_id)
    return found


async def _change(
    services: ApiServices,
    caller: Caller,
    request: Request,
    dialling_id: str,
    *,
    how: Callable[[Dialling], Dialling],
    word: str,
) -> Response:
    dialling = await _seen(services, caller, dialling_id)
    await _note(services, caller, request, dialling, word)
    changed = await services.repositories.diallings.change(dialling_id, how, services.clock.now())
    return respond(dialling_view(changed))


async def _note(
    services: ApiServices, caller: Caller, request: Request, dialling: Dialling, how: str
) -> None:
    subject = Subject(SubjectKind.DIALLING, dialling.id, dialling.group_id)
    detail = {"how": how, "manager_id": dialling.manager_id}
    await note(services, caller, request, AuditAction.DIALLING_CHANGED, subject, **detail)
