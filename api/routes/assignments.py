"""`/v1/tasks/assign` and `/v1/tasks/assignments`: many tasks given to managers at once."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.assigning import assignment_request
from api.audit import Subject, audit_entry
from api.dependencies import (
    FIRST_PAGE,
    Caller,
    Cursor,
    From,
    Limit,
    Services,
    TaskAssigner,
    TaskReader,
    Until,
    problems,
)
from api.made_once import made_once
from api.schemas.assignments import AssignmentView, AssignPreviewView, TaskAssignBody
from api.schemas.base import ListView, PathId
from api.views import assign_preview, assignment_view, empty_page, respond, respond_page
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind

router = APIRouter(prefix="/v1/tasks", tags=["tasks"])


@router.post(
    "/assign",
    operation_id="assignTasks",
    summary="Give tasks to managers",
    status_code=202,
    response_class=Response,
    responses={
        202: {"model": AssignmentView},
        200: {"model": AssignPreviewView, "description": "With `preview`: nothing was written"},
        **problems(400, 403, 409, 415),
    },
)
@made_once()
async def assign_tasks(
    body: TaskAssignBody, request: Request, services: Services, caller: TaskAssigner
) -> Response:
    """By owner, evenly, by class or skill, or by hand; tens of thousands at once.

    The plan is made when it is asked for. 202: it is being carried out; follow it at `Location`.
    A task that was closed, or given to somebody else, meanwhile is left as it is, and counted.
    """
    wanted = await assignment_request(services, caller, body)
    prepared = await services.assigning.prepare(wanted)
    if body.preview:
        return respond(assign_preview(prepared))
    order = prepared.order
    subject = Subject(SubjectKind.ASSIGNMENT, order.id, order.group_id)
    entry = audit_entry(
        services,
        caller,
        request,
        AuditAction.TASKS_ASSIGNED,
        subject,
        kind=order.rule.kind,
        tasks=order.tasks,
    )
    await services.assigning.start(prepared, entry)
    where = {"Location": f"/v1/tasks/assignments/{order.id}"}
    return respond(assignment_view(order), 202, where)


@router.get(
    "/assignments",
    operation_id="listAssignments",
    summary="List orders to give tasks",
    response_class=Response,
    responses={200: {"model": ListView[AssignmentView]}, **problems()},
)
async def list_assignments(
    *,
    services: Services,
    caller: TaskReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    from_: From = None,
    until: Until = None,
) -> Response:
    """Those of groups that the key sees, for a manager those asked for by it; the newest first."""
    scope = caller.scope
    if scope.is_empty:
        return empty_page()
    groups = None if scope.own_only or scope.group_ids is None else sorted(scope.group_ids)
    page = await services.repositories.assignments.list(
        group_ids=groups,
        created_by=caller.principal.id if scope.own_only else None,
        from_=from_,
        until=until,
        limit=limit,
        cursor=cursor,
    )
    return await respond_page(page, assignment_view)


@router.get(
    "/assignments/{assignment_id}",
    operation_id="getAssignment",
    summary="Get an order to give tasks",
    response_class=Response,
    responses={200: {"model": AssignmentView}, **problems()},
)
async def get_assignment(assignment_id: PathId, services: Services, caller: TaskReader) -> Response:
    """How far it is; each task's history tells what became of it."""
    order = await services.repositories.assignments.get(assignment_id)
    if order is None or not _sees(caller, order.group_id, order.created_by):
        raise NotFoundError("assignment", assignment_id)
    return respond(assignment_view(order))


def _sees(caller: Caller, group_id: str | None, created_by: str) -> bool:
    if caller.scope.own_only:
        return created_by == caller.principal.id
    return caller.scope.has_group(group_id)
