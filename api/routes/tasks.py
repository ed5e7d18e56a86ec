"""`/v1/tasks`: what is to be done for customers."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.audit import Subject, note
from api.dependencies import (
    FIRST_PAGE,
    Caller,
    Cursor,
    From,
    Limit,
    Services,
    TaskReader,
    TaskWorker,
    Until,
    problems,
)
from api.schemas.base import Id, ListView, PathId
from api.schemas.tasks import TaskResultBody, TaskView
from api.services import ApiServices
from api.views import empty_page, page_view, respond, task_view
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.task import Task, TaskResult, TaskState, TaskType
from voicegw.store.tasks import TaskFilter

router = APIRouter(prefix="/v1/tasks", tags=["tasks"])


@router.get(
    "",
    operation_id="listTasks",
    summary="List tasks",
    response_class=Response,
    responses={200: {"model": ListView[TaskView]}, **problems()},
)
async def list_tasks(
    *,
    services: Services,
    caller: TaskReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    from_: From = None,
    until: Until = None,
    type: TaskType | None = None,  # noqa: A002 - the filter's name on the wire
    state: TaskState | None = None,
    group_id: Id | None = None,
    manager_id: Id | None = None,
    customer_id: Id | None = None,
) -> Response:
    """The tasks that the key may see, the newest first."""
    listing = await services.scopes.listing(caller.scope, group_id, manager_id)
    if listing is None:
        return empty_page()
    wanted = TaskFilter(
        group_ids=listing.group_ids,
        manager_id=listing.manager_id,
        customer_id=customer_id,
        type=type,
        state=state,
        from_=from_,
        until=until,
    )
    page = await services.repositories.tasks.list(wanted, limit=limit, cursor=cursor)
    return respond(page_view(page, partial(task_view, role=caller.role)))


@router.get(
    "/{task_id}",
    operation_id="getTask",
    summary="Get a task",
    response_class=Response,
    responses={200: {"model": TaskView}, **problems()},
)
async def get_task(task_id: PathId, services: Services, caller: TaskReader) -> Response:
    """One task; 404 for one that the key may not see."""
    task = await _seen_task(services, caller, task_id)
    return respond(task_view(task, caller.role))


@router.put(
    "/{task_id}/result",
    operation_id="putTaskResult",
    summary="Tell what came of a task",
    response_class=Response,
    responses={200: {"model": TaskView}, **problems(403, 409)},
)
async def put_task_result(
    task_id: PathId,
    body: TaskResultBody,
    request: Request,
    services: Services,
    caller: TaskWorker,
) -> Response:
    """Closes the task. The same result again changes nothing; another one is refused (409)."""
    task = await _seen_task(services, caller, task_id)
    result = TaskResult(body.code, caller.principal.id, services.clock.now(), body.note)
    subject = Subject(SubjectKind.TASK, task.id, task.group_id)
    await note(services, caller, request, AuditAction.TASK_CLOSED, subject, code=body.code)
    closed = await services.repositories.tasks.close(task_id, result)
    return respond(task_view(closed, caller.role))


async def _seen_task(services: ApiServices, caller: Caller, task_id: str) -> Task:
    """Return a task that the caller may see. Raises NotFoundError."""
    task = await services.repositories.tasks.get(task_id)
    if task is None or not caller.scope.has(task.group_id, task.manager_id):
        raise NotFoundError("task", task_id)
    return task
