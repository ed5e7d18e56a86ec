"""`/v1/sms`: messages, and what a provider posts: its reports and what was answered.

Reports and replies are signed by the provider, not asked for by a key; how they look is configured,
so they are no part of the API's document (docs/sms.md).
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import (
    FIRST_PAGE,
    Cursor,
    From,
    Limit,
    OfCustomer,
    OfGroup,
    OfManager,
    Services,
    TaskReader,
    Until,
    problems,
)
from api.problems import ApiProblem
from api.schemas.base import Id, ListView
from api.schemas.sms import SmsMessageView
from api.services import ApiServices
from api.views import empty_page, respond_page, sms_view
from voicegw.errors import NotFoundError
from voicegw.model.sms import SmsPurpose, SmsState
from voicegw.sms.inbound import (
    InboundTerms,
    SignatureError,
    documents_of,
    reply_of,
    report_of,
    verify,
)
from voicegw.store.sms import SmsFilter

router = APIRouter(prefix="/v1/sms", tags=["tasks"])


@router.get(
    "/messages",
    operation_id="listSmsMessages",
    summary="List short messages",
    response_class=Response,
    responses={200: {"model": ListView[SmsMessageView]}, **problems(403)},
)
async def list_messages(
    *,
    services: Services,
    caller: TaskReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    from_: From = None,
    until: Until = None,
    group_id: OfGroup = None,
    manager_id: OfManager = None,
    customer_id: OfCustomer = None,
    task_id: Annotated[Id | None, Query(description="About this task")] = None,
    call_id: Annotated[Id | None, Query(description="That follow from this call")] = None,
    purpose: Annotated[SmsPurpose | None, Query(description="Why they were sent")] = None,
    state: Annotated[SmsState | None, Query(description="How far they are")] = None,
) -> Response:
    """The messages that the key may see, the newest first."""
    listing = await services.scopes.listing(caller.scope, group_id, manager_id)
    if listing is None:
        return empty_page()
    wanted = SmsFilter(
        group_ids=listing.group_ids,
        manager_id=listing.manager_id,
        customer_id=customer_id,
        task_id=task_id,
        call_id=call_id,
        purpose=purpose,
        state=state,
        from_=from_,
        until=until,
    )
    page = await services.messaging.messages.list(wanted, limit=limit, cursor=cursor)
    return await respond_page(page, partial(sms_view, role=caller.role))


@router.post("/reports", include_in_schema=False, response_class=Response)
async def take_reports(request: Request, services: Services) -> Response:
    """Note what became of messages, as their provider reports."""
    terms, body = await _signed(request, services)
    now = services.clock.now()
    for document in documents_of(request.headers.get("content-type", ""), body):
        report = report_of(terms, document)
        if report is not None:
            await services.messaging.messages.report(
                now,
                message_id=report.message_id,
                provider_id=report.provider_id,
                failure=report.failure,
            )
    return Response(status_code=204)


@router.post("/replies", include_in_schema=False, response_class=Response)
async def take_replies(request: Request, services: Services) -> Response:
    """Write down what was answered; it is read a moment later."""
    terms, body = await _signed(request, services)
    now = services.clock.now()
    documents = documents_of(request.headers.get("content-type", ""), body)
    found = (reply_of(terms, document, now) for document in documents)
    replies = [reply for reply in found if reply is not None]
    if replies:
        await services.messaging.replies.add(replies)
    return Response(status_code=204)


async def _signed(request: Request, services: ApiServices) -> tuple[InboundTerms, bytes]:
    """Return the body that the provider has signed. Raises ApiProblem `unauthenticated`."""
    terms = services.messaging.inbound
    if terms is None:
        raise NotFoundError("provider", "sms")
    body = await request.body()
    try:
        verify(terms, request.headers, body, services.clock.now())
    except SignatureError as error:
        raise ApiProblem("unauthenticated", f"Not signed by the provider: {error}.") from error
    return terms, body
