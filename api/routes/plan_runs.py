"""`/v1/plans/{plan_id}/runs`: months that are planned, and what came of it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.audit import Subject, note
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
from api.routes.plans import PLANS, plan_writer
from api.schemas.base import Id, ListView, PathId
from api.schemas.plans import ManagerDayView, PlanRunBody, PlanRunItemView, PlanRunView
from api.services import ApiServices
from api.views import (
    empty_page,
    manager_day_view,
    plan_item_view,
    plan_run_view,
    respond,
    respond_page,
)
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.ids import IdKind, new_id
from voicegw.model.plan import Plan, PlanItemKind, PlanRun
from voicegw.tasks.visiting import month_days

router = APIRouter(prefix="/v1/plans/{plan_id}/runs", tags=["tasks"])


@router.post(
    "",
    operation_id="startPlanRun",
    summary="Plan a month",
    status_code=202,
    response_class=Response,
    responses={202: {"model": PlanRunView}, **problems(400, 403)},
)
@made_once()
async def start_plan_run(
    plan_id: PathId, body: PlanRunBody, request: Request, services: Services, caller: TaskAssigner
) -> Response:
    """In a process beside the calls; follow it at `Location`.

    The same month again changes nothing, or what has changed since and is not begun. While a run of
    the month is under way it is the answer. With `preview` no task is written; with `plan`, too, it
    says what would be done if the plan were that.
    """
    plan = await PLANS.seen(services, plan_writer(caller), plan_id)
    if plan.group_id is None and caller.scope.group_ids is not None:
        raise InvalidError(
            "plan_id", "everybody's plan needs a key that sees all groups", kind="not-allowed"
        )
    now = services.clock.now()
    if month_days(body.month)[-1] < now.date():
        raise InvalidError("month", "is over", kind="in-past")
    run = PlanRun(
        id=new_id(IdKind.PLAN_RUN),
        plan_id=plan.id,
        month=body.month,
        created_at=now,
        created_by=caller.principal.id,
        group_id=plan.group_id,
        preview=body.preview,
        tried=None if body.plan is None else _tried(services, plan, body),
    )
    subject = Subject(SubjectKind.PLAN, plan.id, plan.group_id)
    how = {"month": body.month, "preview": body.preview}
    await note(services, caller, request, AuditAction.PLAN_RUN, subject, **how)
    begun = await services.repositories.plan_runs.begin(run)
    services.on_plan()
    return respond(plan_run_view(begun), 202, {"Location": f"/v1/plans/{plan.id}/runs/{begun.id}"})


def _tried(services: ApiServices, plan: Plan, body: PlanRunBody) -> Plan:
    """Return the plan that a preview is made of in place of `plan`. Raises InvalidError."""
    if not body.preview:
        raise InvalidError(
            "plan",
            "goes with preview only: save the plan, then run it",
            kind="goes-with",
            other="preview",
        )
    if body.plan is None or body.plan.group_id != plan.group_id:
        raise InvalidError("plan.group_id", "must be that of the plan", kind="mismatch")
    tried = PLANS.make(services, plan.id, body.plan)
    try:
        PLANS.check(tried)
    except InvalidError as error:
        fault = error.fault
        raise InvalidError(
            f"plan.{fault.field}", fault.message, kind=fault.kind, **fault.params
        ) from error
    return tried


@router.get(
    "",
    operation_id="listPlanRuns",
    summary="List a plan's runs",
    response_class=Response,
    responses={200: {"model": ListView[PlanRunView]}, **problems()},
)
async def list_plan_runs(
    plan_id: PathId,
    services: Services,
    caller: TaskReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
) -> Response:
    """The newest first; of everybody's plan only for keys that see all groups."""
    plan = await PLANS.seen(services, caller, plan_id)
    if not _sees_runs(caller, plan.group_id):
        return empty_page()
    page = await services.repositories.plan_runs.list(plan.id, limit=limit, cursor=cursor)
    return await respond_page(page, plan_run_view)


@router.get(
    "/{run_id}",
    operation_id="getPlanRun",
    summary="Get a plan's run",
    response_class=Response,
    responses={200: {"model": PlanRunView}, **problems()},
)
async def get_plan_run(
    plan_id: PathId, run_id: PathId, services: Services, caller: TaskReader
) -> Response:
    """How far it is, and what came of it."""
    return respond(plan_run_view(await _seen_run(services, caller, plan_id, run_id)))


@router.get(
    "/{run_id}/items",
    operation_id="listPlanRunItems",
    summary="List what a run says of contacts",
    response_class=Response,
    responses={200: {"model": ListView[PlanRunItemView]}, **problems()},
)
async def list_plan_run_items(
    *,
    plan_id: PathId,
    run_id: PathId,
    services: Services,
    caller: TaskReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    kind: PlanItemKind | None = None,
    manager_id: Id | None = None,
) -> Response:
    """What is infeasible, with its reason; of a preview also what would be done."""
    run = await _seen_run(services, caller, plan_id, run_id)
    page = await services.repositories.plan_runs.items(
        run.id, kind, manager_id=manager_id, limit=limit, cursor=cursor
    )
    return await respond_page(page, plan_item_view)


@router.get(
    "/{run_id}/days",
    operation_id="listPlanRunDays",
    summary="List how many tasks each manager has on each day",
    response_class=Response,
    responses={200: {"model": ListView[ManagerDayView]}, **problems()},
)
async def list_plan_run_days(
    *,
    plan_id: PathId,
    run_id: PathId,
    services: Services,
    caller: TaskReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    manager_id: Id | None = None,
) -> Response:
    """As the month was when the run was over, or would be; by manager, then by day."""
    run = await _seen_run(services, caller, plan_id, run_id)
    page = await services.repositories.plan_runs.days(
        run.id, manager_id=manager_id, limit=limit, cursor=cursor
    )
    return await respond_page(page, manager_day_view)


async def _seen_run(services: ApiServices, caller: Caller, plan_id: str, run_id: str) -> PlanRun:
    run = await services.repositories.plan_runs.get(run_id)
    if run is None or run.plan_id != plan_id or not _sees_runs(caller, run.group_id):
        raise NotFoundError("plan-run", run_id)
    return run


def _sees_runs(caller: Caller, group_id: str | None) -> bool:
    """Whether the caller sees the figures of a run, which are those of the whole group."""
    return not caller.scope.own_only and caller.scope.has_group(group_id)
