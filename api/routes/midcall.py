"""`/v1/calls/{id}/hold`, `…/transfer`, `…/add`: what can be done with a talk in progress."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.audit import Subject, audit_entry
from api.dependencies import Caller, CallMover, Services, problems
from api.live_calls import at_live_call
from api.schemas.base import PathId
from api.schemas.calls import CallView
from api.schemas.midcall import AddToCall, HoldCall, TransferCall
from api.services import ApiServices
from voicegw.calls.control import HandOnMode, HandOnRequest
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction
from voicegw.model.call import Call

router = APIRouter(prefix="/v1/calls/{call_id}", tags=["calls"])

_OVER = "not-bridged"


@router.post(
    "/hold",
    operation_id="holdCall",
    summary="Hold a call's customer",
    response_class=Response,
    responses={200: {"model": CallView}, **problems(403, 409)},
)
async def hold_call(
    call_id: PathId,
    request: Request,
    services: Services,
    caller: CallMover,
    body: HoldCall | None = None,
) -> Response:
    """Let the customer hear music and the manager nothing, or (`on` false) connect them again.

    Without a body: hold. Nothing of it is in the recording. Repeating it changes nothing.
    """
    on = True if body is None else body.on
    action = AuditAction.CALL_HELD if on else AuditAction.CALL_UNHELD
    hold = partial(services.control.hold, on=on)
    return await at_live_call(
        request,
        services,
        caller,
        call_id,
        hold,
        entry=audit_entry(services, caller, request, action, Subject.call(call_id)),
        over=_OVER,
    )


@router.post(
    "/transfer",
    operation_id="transferCall",
    summary="Hand a call's customer on",
    status_code=202,
    response_class=Response,
    responses={202: {"model": CallView}, **problems(403, 409)},
)
async def transfer_call(
    call_id: PathId,
    body: TransferCall,
    request: Request,
    services: Services,
    caller: CallMover,
) -> Response:
    """Ring a colleague, a group or a short code for the customer, who keeps the call.

    The answer comes before anybody rings: the last step of `plan` tells what came of it, and the
    event `call.transferred`. When nobody is reached, the customer comes back to the manager.
    """
    wanted = body.request(HandOnMode(body.mode))
    return await _hand_on(call_id, wanted, request, services, caller)


@router.post(
    "/add",
    operation_id="addToCall",
    summary="Have somebody join a call",
    status_code=202,
    response_class=Response,
    responses={202: {"model": CallView}, **problems(403, 409)},
)
async def add_to_call(
    call_id: PathId, body: AddToCall, request: Request, services: Services, caller: CallMover
) -> Response:
    """Ring a colleague, a group or a short code while the two talk on; then all three talk.

    When one of the manager's side leaves, the other goes on with the customer.
    """
    wanted = body.request(HandOnMode.ADD)
    return await _hand_on(call_id, wanted, request, services, caller)


@router.post(
    "/transfer/complete",
    operation_id="completeTransfer",
    summary="Hand on to the colleague who is asked",
    status_code=202,
    response_class=Response,
    responses={202: {"model": CallView}, **problems(403, 409)},
)
async def complete_transfer(
    call_id: PathId, request: Request, services: Services, caller: CallMover
) -> Response:
    """End a consultation: the customer talks with the colleague, and the manager leaves."""
    entry = audit_entry(
        services, caller, request, AuditAction.TRANSFER_COMPLETED, Subject.call(call_id)
    )
    complete = services.control.complete_transfer
    return await at_live_call(
        request, services, caller, call_id, complete, entry=entry, over=_OVER, status=202
    )


@router.post(
    "/transfer/cancel",
    operation_id="cancelTransfer",
    summary="Go back to customer and manager alone",
    status_code=202,
    response_class=Response,
    responses={202: {"model": CallView}, **problems(403, 409)},
)
async def cancel_transfer(
    call_id: PathId, request: Request, services: Services, caller: CallMover
) -> Response:
    """Let go of whoever is rung for a consultation or to join, is asked, or has joined."""
    entry = audit_entry(
        services, caller, request, AuditAction.TRANSFER_CANCELED, Subject.call(call_id)
    )
    cancel = services.control.cancel_transfer
    return await at_live_call(
        request, services, caller, call_id, cancel, entry=entry, over=_OVER, status=202
    )


async def _hand_on(
    call_id: str,
    wanted: HandOnRequest,
    request: Request,
    services: ApiServices,
    caller: Caller,
) -> Response:
    await _check_seen(services, caller, wanted)

    async def hand_on(call_id: str) -> Call:
        return await services.control.hand_on(call_id, wanted)

    entry = audit_entry(
        services,
        caller,
        request,
        AuditAction.CALL_JOINED if wanted.mode is HandOnMode.ADD else AuditAction.CALL_TRANSFERRED,
        Subject.call(call_id),
        to=wanted.manager_id or wanted.group_id or wanted.short_code,
        mode=str(wanted.mode),
    )
    return await at_live_call(
        request, services, caller, call_id, hand_on, entry=entry, over=_OVER, status=202
    )


async def _check_seen(services: ApiServices, caller: Caller, wanted: HandOnRequest) -> None:
    """Raise NotFoundError for a manager or a group neither of the own group, below nor above it."""
    directory = services.repositories.directory
    group_id = wanted.group_id
    if wanted.manager_id is not None:
        manager = await directory.managers.get(wanted.manager_id)
        if manager is None or not caller.scope.has_hotline(manager.group_id):
            raise NotFoundError("manager", wanted.manager_id)
    elif group_id is not None:
        group = await directory.groups.get(group_id)
        if group is None or not caller.scope.has_hotline(group.id):
            raise NotFoundError("group", group_id)
