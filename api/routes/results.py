"""What came of a call's talk: `/v1/calls/{id}/disposition`."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.audit import Subject, note
from api.dependencies import Services, TaskWorker, problems
from api.live_calls import seen_call
from api.problems import ApiProblem
from api.schemas.base import PathId
from api.schemas.calls import CallView, DispositionBody
from api.services import ApiServices
from api.views import call_view, respond
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.call import Call
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
    disposition = Disposition(
        body.code, DispositionSource.API, caller.principal.id, services.clock.now(), body.note
    )
    subject = Subject(SubjectKind.CALL, call_id, found.group_id)
    await note(services, caller, request, AuditAction.DISPOSED, subject, code=body.code)
    call = await _dispose(services, found, disposition)
    return respond(call_view(call, caller.role))


async def _dispose(services: ApiServices, found: Call, disposition: Disposition) -> Call:
    """Have the call's owner note it, else the store. Raises ApiProblem `call-elsewhere`."""
    write = partial(services.repositories.calls.dispose, found.id, disposition)
    if found.is_final and services.control.live(found.id) is None:
        return await write()
    try:
        return await services.control.dispose(found.id, disposition)
    except NotFoundError:
        if found.is_final:
            return await write()  # it has come to the store just now
        message = f"The call runs on node {found.node}."
        raise ApiProblem("call-elsewhere", message) from None
