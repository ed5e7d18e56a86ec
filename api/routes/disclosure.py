"""`/v1/calls/{id}/disclosure`: have statements played to the customer, each answered with a key."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.audit import Subject, audit_entry
from api.dependencies import Caller, Discloser, Services, problems
from api.live_calls import at_live_call
from api.schemas.base import PathId
from api.schemas.calls import CallView
from api.schemas.disclosure import StartDisclosure
from api.services import ApiServices
from voicegw.calls.control import DisclosureRequest, StatementRequest
from voicegw.errors import InvalidError
from voicegw.model.audit import AuditAction
from voicegw.model.call import Call
from voicegw.model.script import Script

router = APIRouter(prefix="/v1/calls/{call_id}/disclosure", tags=["calls"])


@router.post(
    "",
    operation_id="startDisclosure",
    summary="Play statements to the customer",
    status_code=202,
    response_class=Response,
    responses={202: {"model": CallView}, **problems(403, 409)},
)
async def start_disclosure(
    call_id: PathId,
    body: StartDisclosure,
    request: Request,
    services: Services,
    caller: Discloser,
) -> Response:
    """Read statements to the customer, one after the other, and take a key after each.

    Both hear the statements. Until the end of the disclosure the customer does not hear the
    manager; the manager hears the customer while a key is awaited. What was heard and pressed is
    shown in `disclosures` of the call, told by `call.step`, and marked in the recording.
    """
    body.check()
    script = None if body.script_id is None else await _script(body.script_id, services, caller)
    statements = _statements(body, script)

    async def disclose(call_id: str) -> Call:
        wanted = DisclosureRequest(
            statements=statements,
            yes_key=body.yes_key,
            no_key=body.no_key,
            timeout_s=body.timeout_s,
            repeats=body.repeats,
            go_on=body.go_on,
            script_id=None if script is None else script.id,
            script_version=None if script is None else script.version,
        )
        return await services.control.disclose(call_id, wanted)

    entry = audit_entry(
        services,
        caller,
        request,
        AuditAction.DISCLOSURE_STARTED,
        Subject.call(call_id),
        script_id=None if script is None else script.id,
        statements=len(statements),
    )
    return await at_live_call(
        request, services, caller, call_id, disclose, entry=entry, over="not-bridged", status=202
    )


async def _script(script_id: str, services: ApiServices, caller: Caller) -> Script:
    script = await services.repositories.scripts.get(script_id)
    seen = script is not None and (
        script.group_id is None or caller.scope.has_group(script.group_id)
    )
    if script is None or not seen:
        raise InvalidError("script_id", "no such script", kind="not-found")
    return script


def _statements(body: StartDisclosure, script: Script | None) -> tuple[StatementRequest, ...]:
    if script is None:
        return tuple(StatementRequest(one.id, one.prompt) for one in body.statements)
    found = tuple(
        StatementRequest(one.id, one.prompt) for one in script.statements if one.prompt is not None
    )
    if not found:
        raise InvalidError("script_id", "none of its statements has a prompt", kind="not-active")
    return found


@router.delete(
    "",
    operation_id="abortDisclosure",
    summary="Stop playing statements",
    response_class=Response,
    responses={200: {"model": CallView}, **problems(403, 409)},
)
async def abort_disclosure(
    call_id: PathId, request: Request, services: Services, caller: Discloser
) -> Response:
    """Connect the two again at once. What was answered stays; harmless when nothing is played."""
    subject = Subject.call(call_id)
    entry = audit_entry(services, caller, request, AuditAction.DISCLOSURE_ABORTED, subject)
    abort = services.control.abort_disclosure
    return await at_live_call(
        request, services, caller, call_id, abort, entry=entry, over="not-bridged"
    )
