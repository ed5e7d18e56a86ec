"""`/v1/managers/{id}/handover` and `/v1/handovers`: customers that go to other managers."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.audit import Subject, audit_entry
from api.dependencies import (
    FIRST_PAGE,
    Caller,
    Cursor,
    DirectoryReader,
    From,
    HandoverMaker,
    Limit,
    Services,
    Until,
    problems,
)
from api.guards import check_group
from api.introducing import introduction_of
from api.made_once import made_once
from api.schemas.base import Id, ListView, PathId
from api.schemas.handovers import (
    HandoverBody,
    HandoverItemView,
    HandoverPreviewView,
    HandoverView,
    Recipient,
    ToByClass,
    ToFormerOwner,
    ToOne,
    ToSeveral,
)
from api.services import ApiServices
from api.views import (
    empty_page,
    handover_preview,
    handover_view,
    respond,
    respond_page,
    struct_view,
)
from voicegw.directory.handover import HandoverRequest
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.handover import (
    Choice,
    Handover,
    HandoverState,
    ItemResult,
    RecipientKind,
    Recipients,
)
from voicegw.model.introduction import Introduction

router = APIRouter(tags=["directory"])


@router.post(
    "/v1/managers/{manager_id}/handover",
    operation_id="handOverCustomers",
    summary="Move a manager's customers to others",
    status_code=202,
    response_class=Response,
    responses={
        202: {"model": HandoverView},
        200: {"model": HandoverPreviewView, "description": "With `dry_run`: nothing was written"},
        **problems(400, 403),
    },
)
@made_once()
async def hand_over(
    manager_id: PathId,
    body: HandoverBody,
    request: Request,
    services: Services,
    caller: HandoverMaker,
) -> Response:
    """All at one moment: until then every call back reaches the old owner, from then on the new.

    Calls that run go on, and what was done before stays with who did it. 202: it is being staged;
    follow it at `Location`.
    """
    introduction = introduction_of(services) if body.introduce else None
    wanted = _request(caller, manager_id, body, introduction)
    handover = await services.handing_over.prepare(wanted)
    if body.dry_run:
        return respond(handover_preview(await services.handing_over.preview(handover)))
    subject = Subject(SubjectKind.HANDOVER, handover.id, handover.group_id)
    entry = audit_entry(
        services,
        caller,
        request,
        AuditAction.HANDOVER_REQUESTED,
        subject,
        from_manager_id=manager_id,
        kind=handover.to.kind,
        to=handover.to.all_ids(),
    )
    await services.handing_over.start(handover, entry)
    return respond(handover_view(handover), 202, {"Location": f"/v1/handovers/{handover.id}"})


@router.get(
    "/v1/handovers",
    operation_id="listHandovers",
    summary="List handovers",
    response_class=Response,
    responses={200: {"model": ListView[HandoverView]}, **problems()},
)
async def list_handovers(
    *,
    services: Services,
    caller: DirectoryReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    from_: From = None,
    until: Until = None,
    group_id: Id | None = None,
    manager_id: Id | None = None,
    state: HandoverState | None = None,
) -> Response:
    """Those of managers whom the key may see, the newest first; `manager_id` is who gave."""
    listing = await services.scopes.listing(caller.scope, group_id, manager_id)
    if listing is None:
        return empty_page()
    page = await services.repositories.handovers.list(
        group_ids=listing.group_ids,
        from_manager_id=listing.manager_id,
        state=state,
        from_=from_,
        until=until,
        limit=limit,
        cursor=cursor,
    )
    return await respond_page(page, handover_view)


@router.get(
    "/v1/handovers/{handover_id}",
    operation_id="getHandover",
    summary="Get a handover",
    response_class=Response,
    responses={200: {"model": HandoverView}, **problems()},
)
async def get_handover(
    handover_id: PathId, services: Services, caller: DirectoryReader
) -> Response:
    """How far it is; `moved` rises while it is `switching`."""
    handover = await _seen_handover(services, caller, handover_id)
    return respond(handover_view(await services.handing_over.with_progress(handover)))


@router.get(
    "/v1/handovers/{handover_id}/customers",
    operation_id="listHandoverCustomers",
    summary="List the customers of a handover",
    response_class=Response,
    responses={200: {"model": ListView[HandoverItemView]}, **problems()},
)
async def list_handover_customers(
    *,
    handover_id: PathId,
    services: Services,
    caller: DirectoryReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    result: ItemResult | None = None,
) -> Response:
    """Who goes, or went, to whom, by customer."""
    handover = await _seen_handover(services, caller, handover_id)
    page = await services.repositories.handovers.items(
        handover.id, result=result, limit=limit, cursor=cursor
    )
    return await respond_page(page, struct_view)


@router.post(
    "/v1/handovers/{handover_id}/cancel",
    operation_id="cancelHandover",
    summary="Call a handover off",
    response_class=Response,
    responses={200: {"model": HandoverView}, **problems(403, 409)},
)
async def cancel_handover(
    handover_id: PathId, request: Request, services: Services, caller: HandoverMaker
) -> Response:
    """Before it switches; afterwards 409 `handover-state`, and kind `back` undoes it."""
    handover = await _seen_handover(services, caller, handover_id)
    subject = Subject(SubjectKind.HANDOVER, handover.id, handover.group_id)
    entry = audit_entry(services, caller, request, AuditAction.HANDOVER_CANCELED, subject)
    return respond(handover_view(await services.handing_over.cancel(handover.id, entry)))


async def _seen_handover(services: ApiServices, caller: Caller, handover_id: str) -> Handover:
    handover = await services.repositories.handovers.get(handover_id)
    if handover is None or not caller.scope.has(handover.group_id, handover.from_manager_id):
        raise NotFoundError("handover", handover_id)
    return handover


def _request(
    caller: Caller, manager_id: str, body: HandoverBody, introduction: Introduction | None
) -> HandoverRequest:
    scope = caller.scope.group_ids
    group_id, skills = None, []
    if isinstance(body.to, ToSeveral):
        group_id, skills = body.to.group_id, body.to.skills
        if (group_id is None) is not bool(body.to.manager_ids):
            raise InvalidError(
                "to",
                "either manager_ids or group_id",
                kind="choose-one",
                fields="manager_ids, group_id",
            )
        if group_id is not None:
            check_group(caller, "to.group_id", group_id)
        elif skills:
            raise InvalidError(
                "to.skills", "only with group_id", kind="goes-with", other="group_id"
            )
    return HandoverRequest(
        from_manager_id=manager_id,
        to=_recipients(body.to),
        by=caller.principal.id,
        why=body.why,
        choice=Choice(body.customer_ids, body.classes, body.tiers),
        at=body.at,
        group_id=group_id,
        skills=skills,
        scope_ids=None if scope is None else sorted(scope),
        introduction=introduction,
        moves_matters=body.move_matters,
    )


def _recipients(to: Recipient) -> Recipients:
    kind = RecipientKind(to.kind)
    if isinstance(to, ToOne):
        return Recipients(kind, [to.manager_id])
    if isinstance(to, ToSeveral):
        return Recipients(kind, to.manager_ids)
    if isinstance(to, ToByClass):
        return Recipients(kind, by_class=to.managers, other_id=to.other_manager_id)
    if isinstance(to, ToFormerOwner):
        return Recipients(kind, back_of=to.handover_id)
    return Recipients(kind)
