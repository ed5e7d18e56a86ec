"""What came of a call's talk: `/v1/calls/{id}/disposition`."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.audit import Subject, note
from api.dependencies import Services, TaskWorker, problems
from api.live_calls import seen_call
from api.schemas.base import PathId
from api.schemas.calls import CallView, DispositionBody
from api.views import call_view, respond
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.survey import Disposition, DispositionSource

router = APIRouter(prefix="/v1/calls", tags=["calls"])


@router.put(
    "/{call_id}/disposition",
    operation_id="putCallDisposition",
    summary="Tell what came of a call",
    response_class=Response,
    responses={200: {"model": CallView}, **problems(403, 409)},
)
async def put_disposition(
    call_id: PathId,
    body: DispositionBody,
    request: Request,
    services: Services,
    caller: TaskWorker,
) -> Response:
    """The result of the talk, while it lasts or when it is over.

    The same again changes nothing; another one takes the place of the first, and the audit log
    keeps that it did.
    """
    found = await seen_call(services, caller, call_id)
    is_here = services.control.live(call_id) is not None
    if not found.is_final and not is_here:
        # The one that notes it writes into the audit log, too.
        return await services.peers.pass_on(request, found.node)
    disposition = Disposition(
        body.code, DispositionSource.API, caller.principal.id, services.clock.now(), body.note
    )
    subject = Subject(SubjectKind.CALL, call_id, found.group_id)
    await note(services, caller, request, AuditAction.DISPOSED, subject, code=body.code)
    write = partial(services.repositories.calls.dispose, call_id, disposition)
    try:
        call = await (services.control.dispose(call_id, disposition) if is_here else write())
    except NotFoundError:
        if not found.is_final:
            return await services.peers.pass_on(request, found.node)
        call = await write()  # it has come to the store just now
    return respond(call_view(call, caller.role))
