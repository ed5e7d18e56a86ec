"""`/v1/triggers`: what other systems have noticed of customers, and what it led to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.audit import Subject, note
from api.dependencies import (
    FIRST_PAGE,
    Caller,
    Cursor,
    From,
    Limit,
    OfCustomer,
    OfGroup,
    OfManager,
    Services,
    TaskAssigner,
    TaskReader,
    Until,
    WithExternalId,
    problems,
)
from api.guards import taken_elsewhere
from api.made_once import made_once
from api.schemas.base import Id, ListView, PathId
from api.schemas.tasks import Slug
from api.schemas.triggers import NamedTriggerView, TriggerBody, TriggerView
from api.services import ApiServices
from api.views import empty_page, named_trigger_view, respond, respond_page, trigger_view
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.directory import Customer
from voicegw.model.task import Task
from voicegw.model.trigger import Trigger, TriggerOutcome
from voicegw.store.triggers import TriggerFilter
from voicegw.tasks.triggering import Notice

router = APIRouter(prefix="/v1/triggers", tags=["tasks"])


@router.get(
    "",
    operation_id="listTriggers",
    summary="List triggers",
    response_class=Response,
    responses={200: {"model": ListView[NamedTriggerView]}, **problems(403)},
)
async def list_triggers(
    *,
    services: Services,
    caller: TaskReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    from_: From = None,
    until: Until = None,
    kind: Annotated[Slug | None, Query(description="Of this kind")] = None,
    outcome: Annotated[TriggerOutcome | None, Query(description="That led to this")] = None,
    task_id: Annotated[Id | None, Query(description="That led to this task")] = None,
    open: Annotated[  # noqa: A002 - the filter's name on the wire
        bool | None,
        Query(
            description="true: of which something is left to do, what is owed the soonest first;"
            " false: what is over, or led to nothing"
        ),
    ] = None,
    group_id: OfGroup = None,
    manager_id: OfManager = None,
    customer_id: OfCustomer = None,
    external_id: WithExternalId = None,
) -> Response:
    """What was told, the newest first, with whom it is about and how far what it led to is."""
    listing = await services.scopes.listing(caller.scope, group_id, manager_id)
    if listing is None:
        return empty_page()
    wanted = TriggerFilter(
        group_ids=listing.group_ids,
        manager_id=listing.manager_id,
        customer_id=customer_id,
        task_id=task_id,
        kind=kind,
        outcome=outcome,
        external_id=external_id,
        from_=from_,
        until=until,
        is_open=open,
    )
    page = await services.repositories.triggers.list(wanted, limit=limit, cursor=cursor)
    tasks, customers = await _present(services, caller, page.items)
    return await respond_page(page, partial(named_trigger_view, tasks=tasks, customers=customers))


@router.post(
    "",
    operation_id="tellTrigger",
    summary="Tell of something of a customer",
    status_code=201,
    response_class=Response,
    responses={
        200: {"model": TriggerView},
        201: {"model": TriggerView},
        **problems(400, 403, 409, 415),
    },
)
@made_once()
async def tell_trigger(
    body: TriggerBody, request: Request, services: Services, caller: TaskAssigner
) -> Response:
    """Has the task made that follows, or adds to the one that the customer has already.

    201 when it is new, whatever it leads to; 200 with the first answer when your system has told
    the same `external_id` before.
    """
    body.check_customer()
    customer = await _customer(services, caller, body)
    if body.external_id is not None:
        known = await services.repositories.triggers.get_by_external_id(body.external_id)
        if known is not None:
            if (known.kind, known.customer_id) != (body.kind, customer.id):
                raise taken_elsewhere("trigger")
            return respond(trigger_view(known))
    notice = Notice(body.kind, body.facts, caller.principal.id, body.requested_at, body.external_id)
    subject = Subject(SubjectKind.CUSTOMER, customer.id, customer.group_id)
    await note(services, caller, request, AuditAction.TRIGGER, subject, kind=body.kind)
    trigger = await services.triggering.tell(notice, customer)
    return respond(trigger_view(trigger), 201, {"Location": f"/v1/triggers/{trigger.id}"})


@router.get(
    "/{trigger_id}",
    operation_id="getTrigger",
    summary="Get a trigger",
    response_class=Response,
    responses={200: {"model": TriggerView}, **problems()},
)
async def get_trigger(trigger_id: PathId, services: Services, caller: TaskReader) -> Response:
    """One trigger; 404 for one that the key may not see."""
    trigger = await services.repositories.triggers.get(trigger_id)
    if trigger is None or not caller.scope.has(trigger.group_id, trigger.manager_id):
        raise NotFoundError("trigger", trigger_id)
    return respond(trigger_view(trigger))


async def _present(
    services: ApiServices, caller: Caller, triggers: Sequence[Trigger]
) -> tuple[Mapping[str, Task], Mapping[str, Customer]]:
    """Return what tasks and customers of triggers are now, by id, as far as the caller sees them.

    Both may be others' by now. Whoever sees the task is told whom it is for.
    """
    task_ids = sorted({one.task_id for one in triggers if one.task_id is not None})
    customer_ids = sorted({one.customer_id for one in triggers})
    tasks = {
        task.id: task
        for task in await services.repositories.tasks.list_by_ids(task_ids)
        if caller.scope.has(task.group_id, task.manager_id)
    }
    theirs = {task.customer_id for task in tasks.values()}
    customers = {
        one.id: one
        for one in await services.repositories.directory.customers.list_by_ids(customer_ids)
        if one.id in theirs or caller.scope.has(one.group_id, one.owner_id)
    }
    return tasks, customers


async def _customer(services: ApiServices, caller: Caller, body: TriggerBody) -> Customer:
    customers = services.repositories.directory.customers
    if body.customer_id is not None:
        field, customer = "customer_id", await customers.get(body.customer_id)
    else:
        field = "customer_external_id"
        customer = await customers.get_by_external_id(body.customer_external_id or "")
    if customer is None or not caller.scope.has(customer.group_id, customer.owner_id):
        raise InvalidError(field, "no such customer", kind="not-found")
    return customer
