"""`/v1/calls/{id}/disclosure`: have statements played to the customer, each answered with a key."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.dependencies import Discloser, Services, problems
from api.live_calls import at_live_call
from api.schemas.base import PathId
from api.schemas.calls import CallView
from api.schemas.disclosure import StartDisclosure
from voicegw.calls.control import DisclosureRequest, StatementRequest
from voicegw.model.call import Call

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
    call_id: PathId, body: StartDisclosure, services: Services, caller: Discloser
) -> Response:
    """Read statements to the customer, one after the other, and take a key after each.

    Both hear the statements. Until the end of the disclosure the customer does not hear the
    manager; the manager hears the customer while a key is awaited. What was heard and pressed is
    shown in `disclosures` of the call, told by `call.step`, and marked in the recording.
    """
    body.check_keys()

    async def disclose(call_id: str) -> Call:
        request = DisclosureRequest(
            statements=tuple(StatementRequest(one.id, one.prompt) for one in body.statements),
            yes_key=body.yes_key,
            no_key=body.no_key,
            timeout_s=body.timeout_s,
            repeats=body.repeats,
            go_on=body.go_on,
        )
        return await services.control.disclose(call_id, request)

    return await at_live_call(services, caller, call_id, disclose, over="not-bridged", status=202)


@router.delete(
    "",
    operation_id="abortDisclosure",
    summary="Stop playing statements",
    response_class=Response,
    responses={200: {"model": CallView}, **problems(403, 409)},
)
async def abort_disclosure(call_id: PathId, services: Services, caller: Discloser) -> Response:
    """Connect the two again at once. What was answered stays; harmless when nothing is played."""
    return await at_live_call(
        services, caller, call_id, services.control.abort_disclosure, over="not-bridged"
    )
