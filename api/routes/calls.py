"""`/v1/calls`: start a call, read it and its events, hang it up."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from api.audit import Subject, audit_entry, note_done, note_started
from api.dependencies import (
    FIRST_PAGE,
    AndBelow,
    CallEnder,
    CallReader,
    CallStarter,
    CallTracer,
    Cursor,
    From,
    Limit,
    OfCustomer,
    OfGroup,
    OfManager,
    RecordingPauser,
    Services,
    Until,
    WithNumber,
    problems,
)
from api.dialling import dialled
from api.events import event_page, event_views
from api.guards import searched_number
from api.live_calls import at_live_call, seen_call
from api.schemas.base import Id, ListView, PathId
from api.schemas.calls import CallView, EventView, StartCall, TraceView
from api.services import ApiServices
from api.traces import trace_view, visible_messages
from api.views import call_view, empty_page, respond, respond_page
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.call import (
    Call,
    CallOutcome,
    CallStatus,
    Direction,
)
from voicegw.model.event_filter import EventFilter
from voicegw.sip.ladder import ladder
from voicegw.store.calls import CallFilter

router = APIRouter(prefix="/v1/calls", tags=["calls"])


@router.post(
    "",
    operation_id="startCall",
    summary="Start a call",
    status_code=202,
    response_class=Response,
    responses={202: {"model": CallView}, **problems(400, 403, 409, 415, 429)},
)
async def start_call(
    body: StartCall,
    request: Request,
    services: Services,
    caller: CallStarter,
    idempotency_key: Annotated[
        str | None,
        Header(description="Any text of yours; the same text never starts a second call"),
    ] = None,
) -> Response:
    """Ring the manager, then the customer; both see the hotline.

    The answer comes as soon as the call is safely noted, before anybody has answered: follow it by
    `GET /v1/calls/{id}` or its events. After any error nothing was or will be dialled.
    """
    note_call = partial(note_started, services, caller, request)
    return await dialled(body, services, caller, idempotency_key, note_call)


@router.get(
    "",
    operation_id="listCalls",
    summary="List calls",
    response_class=Response,
    responses={200: {"model": ListView[CallView]}, **problems(403)},
)
async def list_calls(
    *,
    services: Services,
    caller: CallReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    from_: From = None,
    until: Until = None,
    status: Annotated[CallStatus | None, Query(description="How far it is")] = None,
    outcome: Annotated[CallOutcome | None, Query(description="What became of it")] = None,
    direction: Annotated[Direction | None, Query(description="Who asked for it")] = None,
    group_id: OfGroup = None,
    below: AndBelow = True,
    manager_id: OfManager = None,
    customer_id: OfCustomer = None,
    customer_number: WithNumber = None,
    hotline_id: Annotated[Id | None, Query(description="Over this hotline")] = None,
    task_id: Annotated[Id | None, Query(description="Started for this task")] = None,
) -> Response:
    """Calls that the key may see, the newest first."""
    number: str | None = None
    if customer_number is not None:
        number = await searched_number(services, caller, customer_number, group_id)
    listing = await services.scopes.listing(caller.scope, group_id, manager_id, below=below)
    if listing is None or (customer_number is not None and number is None):
        return empty_page()
    wanted = CallFilter(
        group_ids=listing.group_ids,
        manager_id=listing.manager_id,
        customer_id=customer_id,
        customer_number=number,
        status=status,
        outcome=outcome,
        direction=direction,
        hotline_id=hotline_id,
        task_id=task_id,
        from_=from_,
        until=until,
    )
    page = await services.repositories.calls.list(wanted, limit=limit, cursor=cursor)
    return await respond_page(page, lambda call: call_view(_freshest(services, call), caller.role))


@router.get(
    "/{call_id}",
    operation_id="getCall",
    summary="Get a call",
    response_class=Response,
    responses={200: {"model": CallView}, **problems()},
)
async def get_call(call_id: PathId, services: Services, caller: CallReader) -> Response:
    """A call as it is now; while it runs on this node, to the moment."""
    return respond(call_view(await seen_call(services, caller, call_id), caller.role))


@router.get(
    "/{call_id}/events",
    operation_id="listCallEvents",
    summary="List a call's events",
    response_class=Response,
    responses={200: {"model": ListView[EventView]}, **problems()},
)
async def list_call_events(
    call_id: PathId,
    services: Services,
    caller: CallReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
) -> Response:
    """What happened to a call, the first event first, with numbers as the key may see them."""
    await seen_call(services, caller, call_id)
    page = await event_page(
        services.repositories.events, cursor, limit, EventFilter(subject=call_id)
    )
    return await respond_page(page, event_views(services.options.node, caller.role))


@router.get(
    "/{call_id}/sip",
    operation_id="getCallSip",
    summary="Get a call's SIP messages",
    response_class=Response,
    responses={
        200: {"model": TraceView, "content": {"text/plain": {}}},
        **problems(403),
    },
)
async def get_call_sip(
    call_id: PathId,
    services: Services,
    caller: CallTracer,
    format_: Annotated[
        Literal["json", "text"], Query(alias="format", description="`text` draws a ladder")
    ] = "json",
) -> Response:
    """What went over the wire for a call, bounded, in order, both sides.

    Credentials, keys and digits are never shown; numbers, names and the addresses of telephones
    only to those who may see them. 404 when nothing was kept.
    """
    call = await seen_call(services, caller, call_id)
    trace = services.live_trace(call_id) or await services.repositories.traces.get(call_id)
    if trace is None:
        raise NotFoundError("trace", call_id)
    if format_ == "text":
        shown = await asyncio.to_thread(visible_messages, trace, call, caller.role)
        drawn = ladder(shown, trace.dropped)
        return Response(drawn, media_type="text/plain; charset=utf-8")
    # In a thread: masking a long trace takes longer than signalling may wait.
    return respond(await asyncio.to_thread(trace_view, trace, call, caller.role))


@router.post(
    "/{call_id}/hangup",
    operation_id="hangUpCall",
    summary="Hang up a call",
    response_class=Response,
    responses={200: {"model": CallView}, **problems(403, 409)},
)
async def hang_up_call(
    call_id: PathId, request: Request, services: Services, caller: CallEnder
) -> Response:
    """End a call in whatever state it is. One that has ended already is answered as it is."""
    found = await seen_call(services, caller, call_id)
    try:
        found = await services.control.hangup(call_id)
    except NotFoundError:
        if not found.is_final:
            return await services.peers.pass_on(request, found.node)
    else:
        subject = Subject(SubjectKind.CALL, call_id, found.group_id)
        action = AuditAction.CALL_HUNG_UP
        await note_done(services, audit_entry(services, caller, request, action, subject))
    return respond(call_view(found, caller.role))


@router.post(
    "/{call_id}/recording/pause",
    operation_id="pauseRecording",
    summary="Pause a call's recording",
    response_class=Response,
    responses={200: {"model": CallView}, **problems(403, 409)},
)
async def pause_recording(
    call_id: PathId, request: Request, services: Services, caller: RecordingPauser
) -> Response:
    """Record nothing of either side until `resume`, the call's end, or `recording.max_pause_s`.

    What is said meanwhile is written nowhere. A recording that is paused already stays paused.
    """
    return await at_live_call(
        request,
        services,
        caller,
        call_id,
        services.control.pause_recording,
        entry=audit_entry(services, caller, request, AuditAction.PAUSED, Subject.call(call_id)),
        over="not-recording",
    )


@router.post(
    "/{call_id}/recording/resume",
    operation_id="resumeRecording",
    summary="Resume a call's recording",
    response_class=Response,
    responses={200: {"model": CallView}, **problems(403, 409)},
)
async def resume_recording(
    call_id: PathId, request: Request, services: Services, caller: RecordingPauser
) -> Response:
    """Record both sides again. A recording that is not paused goes on."""
    return await at_live_call(
        request,
        services,
        caller,
        call_id,
        services.control.resume_recording,
        entry=audit_entry(services, caller, request, AuditAction.RESUMED, Subject.call(call_id)),
        over="not-recording",
    )


def _freshest(services: ApiServices, call: Call) -> Call:
    return services.control.live(call.id) or call
