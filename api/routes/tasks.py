"""`/v1/tasks`: what is to be done for customers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from api.audit import Subject, note, note_started
from api.dependencies import (
    FIRST_PAGE,
    AndBelow,
    Caller,
    CallStarter,
    Cursor,
    From,
    Limit,
    OfCustomer,
    OfGroup,
    OfManager,
    Services,
    TaskAssigner,
    TaskReader,
    TaskWorker,
    Until,
    WithExternalId,
    problems,
)
from api.guards import check_external_id, searched_number, taken_elsewhere
from api.idempotency import fingerprint
from api.made_once import made_once
from api.preconditions import (
    ETAG_HEADER,
    NOT_MODIFIED,
    PUT_HEADERS,
    RESULT,
    IfMatch,
    IfNoneMatch,
    not_modified,
    require_known,
    require_match,
    tag_of,
)
from api.problems import ApiProblem
from api.schemas.base import ListView, NumberText, PathExternalId, PathId, Time
from api.schemas.calls import CallView
from api.schemas.tasks import (
    NamedTaskView,
    PromiseBody,
    Slug,
    TaskBody,
    TaskCallBody,
    TaskCancelBody,
    TaskChangeBody,
    TaskHistoryView,
    TaskResultBody,
    TaskView,
    ToldTaskView,
    WishBody,
)
from api.services import ApiServices
from api.tasking import (
    check_cancel,
    check_terms,
    checked_change,
    customers_of,
    seen_task,
    task_dial_request,
    wanted_task,
)
from api.views import (
    call_view,
    empty_page,
    encode,
    named_task_view,
    respond,
    respond_page,
    struct_view,
    task_view,
)
from voicegw.directory.service import Put
from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.directory import DoNotCall
from voicegw.model.escalation import promised
from voicegw.model.ids import IdKind, new_id
from voicegw.model.task import (
    Task,
    TaskResult,
    TaskState,
    TaskType,
    cancelled,
    new_task,
    replaced,
    said_of,
)
from voicegw.store.idempotency import StoredResponse
from voicegw.store.tasks import TaskFilter
from voicegw.tasks.results import proposals, told

router = APIRouter(prefix="/v1/tasks", tags=["tasks"])

_ONE = {"model": TaskView, "headers": ETAG_HEADER}
_PUT = {"model": TaskView, "headers": PUT_HEADERS}


@router.get(
    "",
    operation_id="listTasks",
    summary="List tasks",
    response_class=Response,
    responses={200: {"model": ListView[NamedTaskView]}, **problems(403)},
)
async def list_tasks(
    *,
    services: Services,
    caller: TaskReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    from_: From = None,
    until: Until = None,
    type: Annotated[  # noqa: A002 - the filter's name on the wire
        TaskType | None, Query(description="Why there is something to do")
    ] = None,
    own_type: Annotated[Slug | None, Query(description="Of this type of yours")] = None,
    state: Annotated[TaskState | None, Query(description="How far it is")] = None,
    open: Annotated[  # noqa: A002 - the filter's name on the wire
        bool | None,
        Query(description="true: in which something is left to do; false: done and cancelled ones"),
    ] = None,
    group_id: OfGroup = None,
    below: AndBelow = True,
    manager_id: OfManager = None,
    customer_id: OfCustomer = None,
    customer_number: Annotated[
        NumberText | None, Query(description="Of tasks that name a number; any usual spelling")
    ] = None,
    external_id: WithExternalId = None,
    due_before: Annotated[Time | None, Query(description="Due before; RFC 3339")] = None,
    closed_from: Annotated[
        Time | None, Query(description="Closed at or after, the last closed first; RFC 3339")
    ] = None,
) -> Response:
    """The tasks that the key may see, the newest first, each with whom it is for."""
    number: str | None = None
    if customer_number is not None:
        number = await searched_number(services, caller, customer_number, group_id)
    listing = await services.scopes.listing(caller.scope, group_id, manager_id, below=below)
    if listing is None or (customer_number is not None and number is None):
        return empty_page()
    wanted = TaskFilter(
        group_ids=listing.group_ids,
        manager_id=listing.manager_id,
        customer_id=customer_id,
        customer_number=number,
        external_id=external_id,
        type=type,
        own_type=own_type,
        state=state,
        is_open=open,
        due_before=due_before,
        closed_from=closed_from,
        from_=from_,
        until=until,
    )
    page = await services.repositories.tasks.list(wanted, limit=limit, cursor=cursor)
    customers = await customers_of(services, page.items)
    return await respond_page(page, partial(named_task_view, role=caller.role, customers=customers))


@router.post(
    "",
    operation_id="createTask",
    summary="Create a task",
    status_code=201,
    response_class=Response,
    responses={201: _ONE, **problems(400, 403, 409, 415)},
)
@made_once()
async def create_task(
    body: TaskBody, request: Request, services: Services, caller: TaskAssigner
) -> Response:
    """Have something done for a customer, by a manager or by anybody of a group."""
    task = new_task(await wanted_task(services, caller, body, new_id(IdKind.TASK)))
    if task.external_id is not None:
        task.said = said_of(task)
    await _note(services, caller, request, task, "created")
    await services.repositories.task_changes.create(task, by=caller.principal.id)
    return _task(task, caller, 201)


@router.get(
    "/by-external-id/{external_id:path}",
    operation_id="getTaskByExternalId",
    summary="Get a task by its external id",
    response_class=Response,
    responses={200: _ONE, **NOT_MODIFIED, **problems()},
)
async def get_task_by_external_id(
    external_id: PathExternalId,
    services: Services,
    caller: TaskReader,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The task that another system calls `external_id`."""
    task = await services.repositories.tasks.get_by_external_id(external_id)
    if task is None or not caller.scope.has(task.group_id, task.manager_id):
        raise NotFoundError("task", external_id)
    return not_modified(if_none_match, task) or _task(task, caller)


@router.put(
    "/by-external-id/{external_id:path}",
    operation_id="putTaskByExternalId",
    summary="Create or replace a task by its external id",
    response_class=Response,
    responses={200: _PUT, 201: _PUT, **problems(400, 403, 409, 412, 415)},
)
async def put_task_by_external_id(
    *,
    external_id: PathExternalId,
    body: TaskBody,
    request: Request,
    services: Services,
    caller: TaskAssigner,
    if_match: IfMatch = None,
) -> Response:
    """For synchronisation: 201 when it is new, 200 when it was replaced or is the same.

    What it has come to (state, attempts, result) stays; so do manager and times, where the request
    only repeats what was said before: whoever repeats a whole list takes no task from whom it was
    given to. A closed task is only the same, or 409.
    """
    check_external_id(external_id, body.external_id)
    tasks = services.repositories.tasks
    known = await tasks.get_by_external_id(external_id)
    if known is not None and not caller.scope.has(known.group_id, known.manager_id):
        raise taken_elsewhere("task")
    require_known(if_match, known)
    wanted = await wanted_task(services, caller, body, new_id(IdKind.TASK), known=known)
    wanted.external_id = external_id
    if known is not None:
        check_terms(caller, known, body)
    if known is None:
        try:
            wanted.said = said_of(wanted)
            created = new_task(wanted)
            await _note(services, caller, request, created, "created")
            await services.repositories.task_changes.create(created, by=caller.principal.id)
            return _task(created, caller, 201, how=Put.CREATED)
        except ConflictError:
            # Another request has made it meanwhile; then this one comes second.
            known = await tasks.get_by_external_id(external_id)
            if known is None or not caller.scope.has(known.group_id, known.manager_id):
                raise

    if replaced(known, wanted) == known:
        return _task(known, caller, how=Put.UNCHANGED)

    def replace(task: Task) -> Task:
        require_match(if_match, task)
        return replaced(task, wanted)

    await _note(services, caller, request, known, "replaced")
    now, by = services.clock.now(), caller.principal.id
    task = await services.repositories.task_changes.change(known.id, replace, now, by=by)
    return _task(task, caller, how=Put.REPLACED)


@router.get(
    "/{task_id}",
    operation_id="getTask",
    summary="Get a task",
    response_class=Response,
    responses={200: _ONE, **NOT_MODIFIED, **problems()},
)
async def get_task(
    task_id: PathId, services: Services, caller: TaskReader, if_none_match: IfNoneMatch = None
) -> Response:
    """One task; 404 for one that the key may not see."""
    task = await seen_task(services, caller, task_id)
    return not_modified(if_none_match, task) or _task(task, caller)


@router.patch(
    "/{task_id}",
    operation_id="changeTask",
    summary="Change a task",
    response_class=Response,
    responses={200: _ONE, **problems(400, 403, 409, 412, 415)},
)
async def change_task(
    *,
    task_id: PathId,
    body: TaskChangeBody,
    request: Request,
    services: Services,
    caller: TaskAssigner,
    if_match: IfMatch = None,
) -> Response:
    """Give it to somebody, or another time; fields that are not given stay as they are."""
    given = body.given()
    task = await seen_task(services, caller, task_id)
    wanted = await checked_change(services, caller, task, given)

    def change(task: Task) -> Task:
        require_match(if_match, task)
        return wanted(task)

    await _note(services, caller, request, task, "changed", fields=sorted(given))
    return await _changed(services, caller, task_id, change)


@router.post(
    "/{task_id}/cancel",
    operation_id="cancelTask",
    summary="Cancel a task",
    response_class=Response,
    responses={200: _ONE, **problems(400, 403, 409, 412, 415)},
)
async def cancel_task(
    *,
    task_id: PathId,
    request: Request,
    services: Services,
    caller: TaskAssigner,
    body: TaskCancelBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Nothing is to be done any more. A task that is cancelled already is answered as it is.

    A task whose times are watched (`contact_by`, `close_by`, from a trigger) is cancelled with
    `why`, and not by the manager who has to do it (403).
    """
    task = await seen_task(services, caller, task_id)
    why = "" if body is None else body.why
    result = TaskResult("cancelled", caller.principal.id, services.clock.now(), why)
    check_cancel(caller, task, why)  # what is refused is not noted

    def cancel(task: Task) -> Task:
        require_match(if_match, task)
        check_cancel(caller, task, why)
        return cancelled(task, result)

    await _note(services, caller, request, task, "cancelled")
    return await _changed(services, caller, task_id, cancel)


@router.post(
    "/{task_id}/call",
    operation_id="callTask",
    summary="Call a task's customer",
    status_code=202,
    response_class=Response,
    responses={202: {"model": CallView}, **problems(400, 403, 409, 415, 429)},
)
async def call_task(
    *,
    task_id: PathId,
    request: Request,
    services: Services,
    caller: CallStarter,
    body: TaskCallBody | None = None,
    idempotency_key: Annotated[
        str | None,
        Header(description="Any text of yours; the same text never starts a second call"),
    ] = None,
) -> Response:
    """Ring the task's manager, then its customer, as `POST /v1/calls` does.

    The call carries `task_id`, and the task notes it among its attempts. After any error nothing
    was or will be dialled.
    """
    wanted = body or TaskCallBody.model_validate({})
    task = await seen_task(services, caller, task_id)
    request_hash = fingerprint(f"POST /v1/tasks/{task_id}/call", wanted.model_dump_json().encode())

    async def dial() -> StoredResponse:
        call = await services.control.dial(await task_dial_request(services, caller, task, wanted))
        await note_started(services, caller, request, call)
        return StoredResponse(
            202, encode(call_view(call, caller.role)), {"Location": f"/v1/calls/{call.id}"}
        )

    return await services.idempotency.run(caller.principal.id, idempotency_key, request_hash, dial)


@router.put(
    "/{task_id}/result",
    operation_id="putTaskResult",
    summary="Tell what came of a task",
    response_class=Response,
    responses={
        200: {"model": ToldTaskView, "headers": ETAG_HEADER},
        **problems(400, 403, 409, 415),
    },
)
async def put_task_result(
    task_id: PathId,
    body: TaskResultBody,
    request: Request,
    services: Services,
    caller: TaskWorker,
) -> Response:
    """Closes the task, or has the customer called again at `call_again_at`.

    The same result again changes nothing; another one is refused (409), but for the one that the
    gateway itself knew from a talk. The code is one of the task's type, or one that is told of any
    call; some types need `reason`, some a talk before they are closed (409 `contact-missing`).
    """
    body.check_promise()
    task = await seen_task(services, caller, task_id)
    rule = services.task_types.of(task)
    by, now = caller.principal.id, services.clock.now()
    result = TaskResult(body.code, by, now, body.note, body.reason, body.exception)

    def tell(present: Task) -> Task:
        after = told(present, rule, result, body.call_again_at)
        return after if body.promised_at is None else promised(after, body.promised_at, now)

    tell(task)  # what does not fit is refused before it is noted
    subject = Subject(SubjectKind.TASK, task.id, task.group_id)
    await note(services, caller, request, AuditAction.TASK_CLOSED, subject, code=body.code)
    closed = await services.repositories.task_changes.change(task_id, tell, now, by=by)
    view = task_view(closed, caller.role) | {"proposes": proposals(rule, closed.result)}
    return respond(view, headers={"ETag": tag_of(closed)})


@router.post(
    "/{task_id}/do-not-call",
    operation_id="noteDoNotCall",
    summary="Note that a task's customer is not to be called",
    status_code=204,
    response_class=Response,
    responses=problems(400, 403, 409, 415),
)
async def note_do_not_call(
    task_id: PathId,
    body: WishBody,
    request: Request,
    services: Services,
    caller: TaskWorker,
) -> Response:
    """Whoever works on the task may note the wish, closed as it may be; a wish that is noted stays.

    409 `customer-unknown` where the task names but a number.
    """
    task = await seen_task(services, caller, task_id)
    if task.customer_id is None:
        raise ApiProblem("customer-unknown", "The task's number is nobody's in the directory.")
    await _note(services, caller, request, task, "do-not-call")
    wish = DoNotCall(body.reason, services.clock.now())
    await services.directory.note_wish(
        task.customer_id, wish, by=caller.principal.id, role=caller.role
    )
    return Response(status_code=204)


@router.get(
    "/{task_id}/history",
    operation_id="listTaskHistory",
    summary="List what was done with a task",
    response_class=Response,
    responses={200: {"model": ListView[TaskHistoryView]}, **problems()},
)
async def list_task_history(
    task_id: PathId,
    services: Services,
    caller: TaskReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
) -> Response:
    """Every change of the task, the oldest first: what, when, by whom, from which call."""
    await seen_task(services, caller, task_id)
    page = await services.repositories.task_history.list(task_id, limit=limit, cursor=cursor)
    return await respond_page(page, struct_view)


@router.put(
    "/{task_id}/promise",
    operation_id="promiseAnswer",
    summary="Tell by when the customer was promised an answer",
    response_class=Response,
    responses={200: _ONE, **problems(400, 403, 409, 415)},
)
async def put_promise(
    task_id: PathId,
    body: PromiseBody,
    request: Request,
    services: Services,
    caller: TaskWorker,
) -> Response:
    """The task's manager answers for it; superiors are told when the time passes.

    It holds until the task is closed, or another time, or none, is told. 409 `nobody-responsible`
    where the task has no manager.
    """
    task = await seen_task(services, caller, task_id)
    now = services.clock.now()

    def promise(task: Task) -> Task:
        return promised(task, body.promised_at, now)

    await _note(services, caller, request, task, "promised")
    return await _changed(services, caller, task_id, promise)


def _task(task: Task, caller: Caller, status: int = 200, *, how: Put | None = None) -> Response:
    headers = {"ETag": tag_of(task)}
    if how is not None:
        headers[RESULT] = how
    if status == 201 or how is not None:
        headers["Location"] = f"/v1/tasks/{task.id}"
    return respond(task_view(task, caller.role), status, headers)


async def _changed(
    services: ApiServices, caller: Caller, task_id: str, how: Callable[[Task], Task]
) -> Response:
    """Change a task in the caller's name, and answer what it is then."""
    now, by = services.clock.now(), caller.principal.id
    task = await services.repositories.task_changes.change(task_id, how, now, by=by)
    return _task(task, caller)


async def _note(
    services: ApiServices,
    caller: Caller,
    request: Request,
    task: Task,
    how: str,
    **detail: object,
) -> None:
    subject = Subject(SubjectKind.TASK, task.id, task.group_id)
    await note(services, caller, request, AuditAction.TASK_PUT, subject, how=how, **detail)
