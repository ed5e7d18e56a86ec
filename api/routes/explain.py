"""`/v1/explain`: what a call would do."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.dependencies import Caller, CallStarter, Services, problems
from api.dialling import customer_in_reach, dial_request, seen_hotline
from api.schemas.explain import ANONYMOUS, ExplainCall, ExplanationView
from api.services import ApiServices
from api.views import explanation_view, respond
from voicegw.calls.control import ExplainRequest
from voicegw.errors import NotFoundError
from voicegw.model.numbers import require_number

router = APIRouter(prefix="/v1/explain", tags=["calls"])


@router.post(
    "",
    operation_id="explainCall",
    summary="Explain a call",
    response_class=Response,
    responses={200: {"model": ExplanationView}, **problems(403)},
)
async def explain_call(body: ExplainCall, services: Services, caller: CallStarter) -> Response:
    """Tell who would be rung and why, what each side would see, and which rule would refuse.

    Nothing is dialled, counted or written. The answer comes from the node that is asked, by the
    same rules as the call itself. A key that sees some customers only is told of their numbers and
    of `anonymous`; every other number is 404, whether anybody has it or not.
    """
    body.check()
    wanted = await _request(body, services, caller)
    number = wanted.caller if wanted.dial is None else wanted.dial.customer_number
    if number is not None and caller.scope.is_limited:
        await _check_number(services, caller, number)
    explained = await services.control.explain(wanted)
    customer = explained.customer
    if customer is not None and not caller.scope.has(customer.group_id, customer.owner_id):
        raise NotFoundError("customer", customer.id)
    return respond(explanation_view(explained, caller.role))


async def _check_number(services: ApiServices, caller: Caller, number: str) -> None:
    """Raise NotFoundError unless a customer whom the caller may see has this number.

    Strangers are refused as other people's customers are, so that neither can be told apart.
    """
    if await customer_in_reach(services, caller, number) is None:
        raise NotFoundError("customer", "")


async def _request(body: ExplainCall, services: ApiServices, caller: Caller) -> ExplainRequest:
    if body.dial is not None:
        return ExplainRequest(dial=await dial_request(body.dial, services, caller), at=body.at)
    hotline = await seen_hotline(services, caller, body.hotline_id or "")
    number: str | None = None
    if body.caller != ANONYMOUS:
        area_code = await services.scopes.area_code(hotline.group_id)
        region = services.options.region
        number = require_number("caller", body.caller or "", region, area_code)
    return ExplainRequest(hotline_id=hotline.id, caller=number, at=body.at)
