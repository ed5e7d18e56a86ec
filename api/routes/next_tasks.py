"""`/v1/tasks/next`: which of a manager's tasks comes next, and why."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.dependencies import Caller, Services, TaskReader, problems
from api.schemas.base import Id
from api.schemas.dialling import NextTasksView
from api.services import ApiServices
from api.tasking import customers_of
from api.views import View, named_task_view, respond
from voicegw.dialer.choice import Candidate
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.directory import Customer, Manager, Role
from voicegw.model.task import TaskType

router = APIRouter(prefix="/v1/tasks", tags=["tasks"])

_HELD = 5
"""Of what is held back so many are told for each that follows: enough to see why."""


@router.get(
    "/next",
    operation_id="getNextTasks",
    summary="Choose the next task",
    response_class=Response,
    responses={200: {"model": NextTasksView}, **problems(403)},
)
async def get_next_tasks(
    *,
    services: Services,
    caller: TaskReader,
    manager_id: Annotated[
        Id | None, Query(description="Whose tasks; default: the key's own manager")
    ] = None,
    type: Annotated[  # noqa: A002 - the filter's name on the wire
        TaskType | None, Query(description="Of this type only")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=20, description="How many follow the best")] = 5,
) -> Response:
    """The task to call for now with its reasons, the few after it, and what is held back and why.

    Nothing is taken: `POST /v1/tasks/{id}/call` rings the manager, then the customer.
    """
    manager = await seen_manager(services, caller, manager_id)
    now = services.clock.now()
    types = () if type is None else (type.value,)
    choice = await services.chooser.choose(manager.id, now, types=types)
    following, held = choice.next[1 : 1 + limit], choice.held[:_HELD]
    shown = [*([] if choice.best is None else [choice.best]), *following, *held]
    view = partial(
        candidate_view,
        role=caller.role,
        customers=await customers_of(services, [one.task for one in shown]),
    )
    return respond(
        {
            "at": now,
            "manager_id": manager.id,
            "best": None if choice.best is None else view(choice.best),
            "following": [view(one) for one in following],
            "held": [view(one) for one in held],
            "look_at": choice.look_at,
        }
    )


async def seen_manager(
    services: ApiServices, caller: Caller, manager_id: str | None, external_id: str | None = None
) -> Manager:
    """Return a manager within the caller's scope, by either id; by default the key's own.

    Raises NotFoundError, and InvalidError where both are given, or none and the key is nobody's.
    """
    if manager_id is not None and external_id is not None:
        raise InvalidError(
            "manager_id",
            "give one of manager_id and manager_external_id",
            kind="choose-one",
            fields="manager_id, manager_external_id",
        )
    managers = services.repositories.directory.managers
    if external_id is not None:
        manager = await managers.get_by_external_id(external_id)
    else:
        manager_id = manager_id or caller.principal.manager_id
        if manager_id is None:
            raise InvalidError(
                "manager_id", "say whose tasks: the key is no manager's", kind="missing"
            )
        manager = await managers.get(manager_id)
    if manager is None or not caller.scope.has(manager.group_id, manager.id):
        raise NotFoundError("manager", external_id or manager_id or "")
    return manager


def candidate_view(candidate: Candidate, role: Role, customers: Mapping[str, Customer]) -> View:
    """Return a candidate as `role` may see it."""
    return {
        "task": named_task_view(candidate.task, role, customers),
        "why": list(candidate.favours),
        "against": [{"code": one.what, "until": one.until} for one in candidate.against],
        "not_before": candidate.not_before,
        "answer_share": round(candidate.share, 3),
    }
