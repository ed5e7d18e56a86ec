"""What a request says of a task, as far as its caller may see whom it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from api.access import Permission, demand
from api.dependencies import Caller
from api.dialling import require_task_open, seen_hotline
from api.problems import ApiProblem
from api.schemas.tasks import TaskBody, TaskCallBody
from api.services import ApiServices
from voicegw.calls.control import DialRequest
from voicegw.errors import InvalidError, NotFoundError, PolicyError
from voicegw.model.directory import Customer, Group, Manager
from voicegw.model.escalation import promised
from voicegw.model.numbers import require_number
from voicegw.model.task import Task, TaskSource, changed, require_open
from voicegw.model.task_type import TaskTypeRule
from voicegw.tasks.creation import typed
from voicegw.tasks.fields import wrong_fields


async def seen_task(services: ApiServices, caller: Caller, task_id: str) -> Task:
    """Return a task that the caller may see. Raises NotFoundError."""
    task = await services.repositories.tasks.get(task_id)
    if task is None or not caller.scope.has(task.group_id, task.manager_id):
        raise NotFoundError("task", task_id)
    return task


async def customers_of(services: ApiServices, tasks: Iterable[Task]) -> Mapping[str, Customer]:
    """Return whom these tasks are for, by id, in one look-up; without those who were deleted."""
    ids = {task.customer_id for task in tasks if task.customer_id is not None}
    found = await services.repositories.directory.customers.list_by_ids(sorted(ids))
    return {customer.id: customer for customer in found}


async def wanted_task(
    services: ApiServices,
    caller: Caller,
    body: TaskBody,
    task_id: str,
    *,
    known: Task | None = None,
) -> Task:
    """Return the task that `body` describes, of those whom the caller may see.

    What nobody says of it is as its type has it. `known` is what it is to replace: its times count
    from when that was made. Raises InvalidError, naming the field of what is missing or outside,
    ApiProblem `invalid` with each field that its type does not take, and `forbidden` for a bare
    number where the caller may not have any number dialled.
    """
    body.check_parties()
    if body.customer_number is not None:
        demand(caller.principal, Permission.CALLS_DIAL_ANY)
    rule = services.task_types.rule(body.type, body.own_type)
    fields = {name: value for name, value in body.fields.items() if value is not None}
    require_fields(rule, body.fields)
    manager = await _manager(services, caller, body)
    customer = await _customer(services, caller, body)
    group = await _group(services, caller, body, manager, customer)
    await _check_hotline(services, caller, body.hotline_id)
    await _check_script(services, caller, body.script_id)
    number: str | None = None
    if body.customer_number is not None:
        area_code = await services.scopes.area_code(group.id)
        region = services.options.region
        number = require_number("customer_number", body.customer_number, region, area_code)
    now = services.clock.now()
    task = Task(
        id=task_id,
        type=body.type,
        source=TaskSource.API,
        own_type=body.own_type,
        external_id=body.external_id,
        created_at=now if known is None else known.created_at,
        group_id=group.id,
        manager_id=None if manager is None else manager.id,
        customer_id=None if customer is None else customer.id,
        customer_number=number,
        hotline_id=body.hotline_id,
        due_at=body.due_at,
        subject=body.subject,
        note=body.note,
        fields=fields,
        script_id=body.script_id,
        not_before=body.not_before,
        requested_at=body.requested_at,
    )
    calendar = services.calendars.of(group.timezone)
    zone = ZoneInfo(group.timezone)
    begun = typed(task, rule, priority=body.priority, zone=zone, calendar=calendar)
    return begun if body.promised_at is None else promised(begun, body.promised_at, now)


def require_fields(rule: TaskTypeRule, fields: Mapping[str, Any], *, is_whole: bool = True) -> None:
    """Raise ApiProblem `invalid`, naming each field that a type does not take."""
    wrong = wrong_fields(rule, fields, is_whole=is_whole)
    if wrong:
        errors = [msgspec.structs.replace(one, field=f"fields.{one.field}") for one in wrong]
        raise ApiProblem("invalid", "A field is not as its type asks for.", errors=errors)


async def checked_change(
    services: ApiServices, caller: Caller, task: Task, given: Mapping[str, Any]
) -> Callable[[Task], Task]:
    """Return what changes a task as `given` says; it is pure, and raises ConflictError.

    A manager of another group takes the task to that group. Raises InvalidError unless the caller
    may see the manager, hotline and script that are given, ApiProblem for fields of another kind.
    """
    fields = dict(given)
    if fields.get("manager_id") is not None:
        manager = await _check_manager(services, caller, fields["manager_id"])
        fields["group_id"] = manager.group_id
    elif "manager_id" in fields and caller.scope.own_only:
        raise InvalidError(
            "manager_id", "must be a manager that the key may give to", kind="not-allowed"
        )
    await _check_hotline(services, caller, fields.get("hotline_id"))
    await _check_script(services, caller, fields.get("script_id"))
    own_fields = fields.pop("fields", {})
    require_fields(services.task_types.of(task), own_fields, is_whole=False)
    has_promise = "promised_at" in fields
    promise_at = fields.pop("promised_at", None)
    now = services.clock.now()

    def change(present: Task) -> Task:
        require_open(present)
        held = {**present.fields, **own_fields}
        kept = {name: value for name, value in held.items() if value is not None}
        after = changed(present, **fields, fields=kept)
        return promised(after, promise_at, now) if has_promise else after

    return change


def check_cancel(caller: Caller, task: Task, why: str) -> None:
    """Raise unless the caller may cancel `task`, which is open or not, for this reason.

    What is to be closed in a way, and by a time, is not got rid of by whoever has to do it:
    ApiProblem `forbidden`. Others say why: InvalidError.
    """
    if not (task.is_open and _is_watched(task)):
        return
    if caller.scope.own_only:
        raise ApiProblem("forbidden", "Its times are watched: tell its result, or ask a superior.")
    if not why.strip():
        raise InvalidError("why", "must be given: its times are watched", kind="missing")


def check_terms(caller: Caller, known: Task, body: TaskBody) -> None:
    """Raise ApiProblem `forbidden` where whoever has to do a task would have it closed otherwise.

    Its type, and when it was asked for, say what it takes and by when.
    """
    if not (caller.scope.own_only and known.is_open and _is_watched(known)):
        return
    terms = (known.type, known.own_type, known.requested_at)
    if terms != (body.type, body.own_type, body.requested_at):
        raise ApiProblem("forbidden", "Its times are watched: type and requested_at stay.")


def _is_watched(task: Task) -> bool:
    has_times = task.contact_by is not None or task.close_by is not None
    return has_times or task.source is TaskSource.TRIGGER


async def task_dial_request(
    services: ApiServices, caller: Caller, task: Task, body: TaskCallBody
) -> DialRequest:
    """Return the call to the customer of a task that the caller may see.

    Whoever has the task may call its customer, whosever customer that is. Raises ConflictError
    `task-closed`, PolicyError where there is no number, InvalidError where there is no manager.
    """
    require_open(task)
    if task.customer_id is None and task.customer_number is None:
        raise PolicyError("prefix-not-allowed", "the customer has no number")
    manager_id = body.manager_id or task.manager_id
    if manager_id is None:
        raise InvalidError(
            "manager_id", "the task is nobody's: say whose telephone is to ring", kind="missing"
        )
    await _check_manager(services, caller, manager_id)
    if body.hotline_id is not None:
        await seen_hotline(services, caller, body.hotline_id)
    return DialRequest(
        manager_id=manager_id,
        customer_id=task.customer_id,
        customer_number=None if task.customer_id is not None else task.customer_number,
        hotline_id=body.hotline_id or task.hotline_id,
        task_id=task.id,
        client_state=body.client_state,
        ring_s=body.ring_s,
        max_talk_s=body.max_talk_s,
        still_wanted=partial(require_task_open, services, task.id),
    )


async def _group(
    services: ApiServices,
    caller: Caller,
    body: TaskBody,
    manager: Manager | None,
    customer: Customer | None,
) -> Group:
    """Return whose the task is: the group that is named, else the manager's, the customer's."""
    parties = (one.group_id for one in (manager, customer) if one is not None)
    group_id = body.group_id or next(parties, None)
    if group_id is None:
        raise InvalidError(
            "group_id",
            "a number needs a group_id or a manager",
            kind="choose-one",
            fields="group_id, manager_id",
        )
    group = await services.repositories.directory.groups.get(group_id)
    if group is None or not caller.scope.has(group_id, None if manager is None else manager.id):
        raise InvalidError(
            "group_id", "no such group, or nobody of it that the key may give to", kind="not-found"
        )
    return group


async def _manager(services: ApiServices, caller: Caller, body: TaskBody) -> Manager | None:
    managers = services.repositories.directory.managers
    if body.manager_external_id is not None:
        manager = await managers.get_by_external_id(body.manager_external_id)
        if manager is None or not caller.scope.has(manager.group_id, manager.id):
            raise InvalidError("manager_external_id", "no such manager", kind="not-found")
        return manager
    if body.manager_id is not None:
        return await _check_manager(services, caller, body.manager_id)
    if caller.scope.own_only and caller.scope.manager_id is not None:
        return await _check_manager(services, caller, caller.scope.manager_id)
    return None


async def _check_manager(services: ApiServices, caller: Caller, manager_id: str) -> Manager:
    manager = await services.repositories.directory.managers.get(manager_id)
    if manager is None or not caller.scope.has(manager.group_id, manager.id):
        raise InvalidError("manager_id", "no such manager", kind="not-found")
    return manager


async def _customer(services: ApiServices, caller: Caller, body: TaskBody) -> Customer | None:
    customers = services.repositories.directory.customers
    field, find, key = (
        ("customer_id", customers.get, body.customer_id)
        if body.customer_id is not None
        else ("customer_external_id", customers.get_by_external_id, body.customer_external_id)
    )
    if key is None:
        return None
    customer = await find(key)
    if customer is None or not caller.scope.has(customer.group_id, customer.owner_id):
        raise InvalidError(field, "no such customer", kind="not-found")
    return customer


async def _check_hotline(services: ApiServices, caller: Caller, hotline_id: str | None) -> None:
    if hotline_id is None:
        return
    hotline = await services.repositories.directory.hotlines.get(hotline_id)
    if hotline is None or not caller.scope.has_hotline(hotline.group_id):
        raise InvalidError("hotline_id", "no such hotline", kind="not-found")


async def _check_script(services: ApiServices, caller: Caller, script_id: str | None) -> None:
    if script_id is None:
        return
    script = await services.repositories.scripts.get(script_id)
    is_seen = script is not None and (
        script.group_id is None or caller.scope.has_group(script.group_id)
    )
    if not is_seen:
        raise InvalidError("script_id", "no such script", kind="not-found")
