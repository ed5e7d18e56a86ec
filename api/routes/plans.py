"""`/v1/plans`: how often each kind of customer is to be contacted."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from api.dependencies import (
    FIRST_PAGE,
    Caller,
    Cursor,
    Limit,
    Services,
    TaskAssigner,
    TaskReader,
    problems,
)
from api.made_once import made_once
from api.owned_documents import OwnedDocuments
from api.problems import ApiProblem
from api.schemas.base import ListView, PathExternalId, PathId
from api.schemas.plans import PlanBody, PlanView
from api.services import ApiServices
from api.views import plan_view
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.ids import IdKind
from voicegw.model.plan import SHIPPED_RULES, Plan
from voicegw.tasks.plan_check import check_plan

router = APIRouter(prefix="/v1/plans", tags=["tasks"])

IfMatch = Annotated[str | None, Header(description="The version this change is meant for")]


def _plan(_services: ApiServices, plan_id: str, body: PlanBody) -> Plan:
    fields = body.model_dump(mode="json", exclude_none=True)
    fields.setdefault("rules", msgspec.to_builtins(SHIPPED_RULES))
    return msgspec.convert({"id": plan_id, **fields}, Plan)


PLANS: Final = OwnedDocuments(
    name="plan",
    path="/v1/plans",
    id_kind=IdKind.PLAN,
    kind=SubjectKind.PLAN,
    action=AuditAction.PLAN,
    repository=lambda services: services.repositories.plans,
    make=_plan,
    check=check_plan,
    view=plan_view,
)


def plan_writer(caller: Caller) -> Caller:
    """Return a caller who may write plans. Raises ApiProblem for who sees only what is own."""
    if caller.scope.own_only:
        raise ApiProblem("forbidden", "Plans are for whole groups.")
    return caller


@router.get(
    "",
    operation_id="listPlans",
    summary="List cadence plans",
    response_class=Response,
    responses={200: {"model": ListView[PlanView]}, **problems()},
)
async def list_plans(
    services: Services, caller: TaskReader, limit: Limit = FIRST_PAGE, cursor: Cursor = None
) -> Response:
    """The group's plans and everybody's, the oldest first."""
    return await PLANS.list(services, caller, limit=limit, cursor=cursor)


@router.post(
    "",
    operation_id="createPlan",
    summary="Create a cadence plan",
    status_code=201,
    response_class=Response,
    responses={201: {"model": PlanView}, **problems(400, 403, 409)},
)
@made_once()
async def create_plan(
    body: PlanBody, request: Request, services: Services, caller: TaskAssigner
) -> Response:
    """Add a plan of a group, or everybody's (which needs a key without a group).

    Of two plans the one of the nearer group holds for a customer. Nothing is planned before a run.
    """
    return await PLANS.create(services, plan_writer(caller), request, body)


@router.get(
    "/by-external-id/{external_id:path}",
    operation_id="getPlanByExternalId",
    summary="Get a cadence plan by its external id",
    response_class=Response,
    responses={200: {"model": PlanView}, **problems()},
)
async def get_plan_by_external_id(
    external_id: PathExternalId, services: Services, caller: TaskReader
) -> Response:
    """The plan that another system calls `external_id`."""
    return await PLANS.by_external_id(services, caller, external_id)


@router.put(
    "/by-external-id/{external_id:path}",
    operation_id="putPlanByExternalId",
    summary="Create or replace a cadence plan by its external id",
    response_class=Response,
    responses={200: {"model": PlanView}, 201: {"model": PlanView}, **problems(400, 403, 409)},
)
async def put_plan_by_external_id(
    external_id: PathExternalId,
    body: PlanBody,
    request: Request,
    services: Services,
    caller: TaskAssigner,
) -> Response:
    """For synchronisation: 201 when it is new, 200 when it was replaced."""
    return await PLANS.put_by_external_id(services, plan_writer(caller), request, external_id, body)


@router.get(
    "/{plan_id}",
    operation_id="getPlan",
    summary="Get a cadence plan",
    response_class=Response,
    responses={200: {"model": PlanView}, **problems()},
)
async def get_plan(plan_id: PathId, services: Services, caller: TaskReader) -> Response:
    """One plan."""
    return PLANS.shown(await PLANS.seen(services, caller, plan_id))


@router.put(
    "/{plan_id}",
    operation_id="replacePlan",
    summary="Replace a cadence plan",
    response_class=Response,
    responses={200: {"model": PlanView}, **problems(400, 403, 409, 412)},
)
async def replace_plan(
    *,
    plan_id: PathId,
    body: PlanBody,
    request: Request,
    services: Services,
    caller: TaskAssigner,
    if_match: IfMatch = None,
) -> Response:
    """One version up; months that are planned stay as they are until they are run again."""
    return await PLANS.replace(
        services, plan_writer(caller), request, plan_id, body, if_match=if_match
    )


@router.delete(
    "/{plan_id}",
    operation_id="deletePlan",
    summary="Delete a cadence plan",
    status_code=204,
    response_class=Response,
    responses=problems(403),
)
async def delete_plan(
    plan_id: PathId, request: Request, services: Services, caller: TaskAssigner
) -> Response:
    """Its tasks and runs stay."""
    return await PLANS.delete(services, plan_writer(caller), request, plan_id)
