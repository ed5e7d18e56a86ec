"""`/v1/task-types`: what tasks there are, their fields, times and results."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.dependencies import (
    FIRST_PAGE,
    Cursor,
    Limit,
    Services,
    TaskReader,
    TaskTypeWriter,
    problems,
)
from api.named_documents import NamedDocuments
from api.preconditions import (
    ETAG_HEADER,
    NOT_MODIFIED,
    PUT_HEADERS,
    IfMatch,
    IfNoneMatch,
    not_modified,
)
from api.problems import ApiProblem
from api.schemas.base import ListView, PathId
from api.schemas.task_types import TaskTypeBody, TaskTypeView
from api.views import View, respond_page
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.task_type import TaskTypeRule
from voicegw.tasks.shipped_types import SHIPPED_TYPES
from voicegw.tasks.type_rules import wrong_parts

router = APIRouter(prefix="/v1/task-types", tags=["tasks"])


def _view(rule: TaskTypeRule) -> View:
    view: View = msgspec.to_builtins(rule)
    view["is_edited"] = rule != SHIPPED_TYPES.get(rule.name)
    return view


_TYPES = NamedDocuments(
    name="task-type",
    words="Types of tasks",
    path="/v1/task-types",
    kind=SubjectKind.TASK_TYPE,
    action=AuditAction.TASK_TYPE,
    shipped=SHIPPED_TYPES,
    repository=lambda services: services.repositories.task_types,
    view=_view,
)
_ONE = {"model": TaskTypeView, "headers": ETAG_HEADER}
_PUT = {"model": TaskTypeView, "headers": PUT_HEADERS}


@router.get(
    "",
    operation_id="listTaskTypes",
    summary="List types of tasks",
    response_class=Response,
    responses={200: {"model": ListView[TaskTypeView]}, **problems()},
)
async def list_task_types(
    services: Services, caller: TaskReader, limit: Limit = FIRST_PAGE, cursor: Cursor = None
) -> Response:
    """The shipped types and those that were put, by name; they are everybody's."""
    del caller
    return await respond_page(services.task_types.page(limit, cursor), _view)


@router.get(
    "/{name}",
    operation_id="getTaskType",
    summary="Get a type of tasks",
    response_class=Response,
    responses={200: _ONE, **NOT_MODIFIED, **problems()},
)
async def get_task_type(
    name: PathId, services: Services, caller: TaskReader, if_none_match: IfNoneMatch = None
) -> Response:
    """One type, as it is in force on the node that answers."""
    del caller
    rule = services.task_types.named(name)
    if rule is None:
        raise NotFoundError("task-type", name)
    return not_modified(if_none_match, rule) or _TYPES.shown(rule)


@router.put(
    "/{name}",
    operation_id="putTaskType",
    summary="Create or replace a type of tasks",
    response_class=Response,
    responses={200: _PUT, 201: _PUT, **problems(400, 403, 412, 415)},
)
async def put_task_type(
    *,
    name: PathId,
    body: TaskTypeBody,
    request: Request,
    services: Services,
    caller: TaskTypeWriter,
    if_match: IfMatch = None,
) -> Response:
    """An edited copy takes the place of a shipped type; another name makes a type of one's own.

    Tasks that there are keep their times; their results are held to the type as it is by then.
    Other nodes know it within seconds.
    """
    _TYPES.check_caller(caller)
    document = body.model_dump() | {"name": name, "is_built_in": name in SHIPPED_TYPES}
    rule = msgspec.convert(document, TaskTypeRule)
    wrong = wrong_parts(rule, services.task_types.all())
    if wrong:
        raise ApiProblem("invalid", "A value is not acceptable.", errors=wrong)
    answer = await _TYPES.put(services, caller, request, rule, if_match=if_match)
    await services.task_types.reload()
    return answer


@router.delete(
    "/{name}",
    operation_id="deleteTaskType",
    summary="Take a type of tasks back",
    status_code=204,
    response_class=Response,
    responses=problems(403, 412),
)
async def delete_task_type(
    *,
    name: PathId,
    request: Request,
    services: Services,
    caller: TaskTypeWriter,
    if_match: IfMatch = None,
) -> Response:
    """An own type is no more, its tasks take any code; of a shipped one the shipped rules hold.

    404 where nobody has put anything.
    """
    _TYPES.check_caller(caller)
    answer = await _TYPES.delete(services, caller, request, name, if_match=if_match)
    await services.task_types.reload()
    return answer
