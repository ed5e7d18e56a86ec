"""How calls are started for programs: whom a request names, of those whom its caller may see."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.responses import Response

from api.access import Permission
from api.dependencies import Caller
from api.idempotency import fingerprint
from api.problems import ApiProblem
from api.schemas.calls import StartCall
from api.services import ApiServices
from api.views import call_view, encode
from voicegw.calls.control import DialRequest
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.call import Call
from voicegw.model.directory import Customer, Hotline, Manager
from voicegw.model.numbers import require_number
from voicegw.model.task import require_open
from voicegw.store.idempotency import StoredResponse


async def dialled(
    body: StartCall,
    services: ApiServices,
    caller: Caller,
    idempotency_key: str | None,
    note_call: Callable[[Call], Awaitable[None]] | None = None,
) -> Response:
    """Start the call that `body` asks for, once for each key; return the 202 with the call.

    `note_call` writes into the audit log that there is this call now.

    Raises what :func:`dial_request`, the idempotency and the rules for calls raise: after any error
    nothing was or will be dialled.
    """
    body.check_parties()
    asked = body.model_dump_json(include=set(StartCall.model_fields)).encode()

    async def dial() -> StoredResponse:
        call = await services.control.dial(await dial_request(body, services, caller))
        if note_call is not None:
            await note_call(call)
        return StoredResponse(
            202, encode(call_view(call, caller.role)), {"Location": f"/v1/calls/{call.id}"}
        )

    return await services.idempotency.run(
        caller.principal.id, idempotency_key, fingerprint("POST /v1/calls", asked), dial
    )


async def dial_request(body: StartCall, services: ApiServices, caller: Caller) -> DialRequest:
    """Return the call that `body` asks for, of those whom the caller may see.

    Raises NotFoundError for a manager, customer or hotline outside that, InvalidError for a number
    that is none, and ApiProblem `forbidden` for a number that is none of a customer whom the caller
    may see, unless the caller may have any number dialled.
    """
    manager = await _manager(body, services, caller)
    customer: Customer | None = None
    number: str | None = None
    if body.customer_number is not None:
        area_code = await services.scopes.area_code(manager.group_id)
        number = require_number(
            "customer_number", body.customer_number, services.options.region, area_code
        )
        if not caller.may(Permission.CALLS_DIAL_ANY):
            customer = await _own_customer(services, caller, number)
    else:
        customer = await _customer(body, services, caller)
    if body.task_id is not None:
        await _check_task(services, caller, body.task_id, customer, number)
    if body.hotline_id is not None:
        await seen_hotline(services, caller, body.hotline_id)
    return DialRequest(
        manager_id=manager.id,
        customer_id=None if customer is None else customer.id,
        customer_number=number,
        hotline_id=body.hotline_id,
        task_id=body.task_id,
        client_state=body.client_state,
        ring_s=body.ring_s,
        max_talk_s=body.max_talk_s,
        still_wanted=None
        if body.task_id is None
        else partial(require_task_open, services, body.task_id),
    )


async def require_task_open(services: ApiServices, task_id: str) -> None:
    """Raise ConflictError `task-closed` for a task of which nothing is left to do (any more)."""
    task = await services.repositories.tasks.get(task_id)
    if task is not None:
        require_open(task)


async def customer_in_reach(services: ApiServices, caller: Caller, number: str) -> Customer | None:
    """Return a customer with this number (normalised) whom the caller may see; None where none."""
    listing = await services.scopes.listing(caller.scope, None, None)
    if listing is None:
        return None
    found = await services.repositories.directory.customers.list(
        number=number, group_ids=listing.group_ids, owner_id=listing.manager_id, limit=1
    )
    return found.items[0] if found.items else None


async def _own_customer(services: ApiServices, caller: Caller, number: str) -> Customer:
    """Return whose number it is. Raises ApiProblem: also where nobody has it, to tell nothing."""
    known = await customer_in_reach(services, caller, number)
    if known is None:
        raise ApiProblem("forbidden", f"The role {caller.role} may call own customers only.")
    return known


async def _check_task(
    services: ApiServices,
    caller: Caller,
    task_id: str,
    customer: Customer | None,
    number: str | None,
) -> None:
    """Raise unless it is an open task that the caller may see, and of whom is to be called.

    That is `customer`, else whoever has `number`; a task may name a customer, a number or neither.
    """
    task = await services.repositories.tasks.get(task_id)
    if task is None or not caller.scope.has(task.group_id, task.manager_id):
        raise NotFoundError("task", task_id)
    require_open(task)
    if task.customer_id is not None:
        of_task = await services.repositories.directory.customers.get(task.customer_id)
        numbers = [] if of_task is None else of_task.numbers
        is_theirs = customer.id == task.customer_id if customer is not None else number in numbers
    else:
        called = [number] if number is not None else []
        called += customer.numbers if customer is not None else []
        is_theirs = task.customer_number is None or task.customer_number in called
    if not is_theirs:
        raise InvalidError("task_id", "the task is another customer's", kind="mismatch")


async def _manager(body: StartCall, services: ApiServices, caller: Caller) -> Manager:
    managers = services.repositories.directory.managers
    key = body.manager_id or body.manager_external_id or ""
    find = managers.get if body.manager_id is not None else managers.get_by_external_id
    manager = await find(key)
    if manager is None or not caller.scope.has(manager.group_id, manager.id):
        raise NotFoundError("manager", key)
    return manager


async def _customer(body: StartCall, services: ApiServices, caller: Caller) -> Customer:
    customers = services.repositories.directory.customers
    key = body.customer_id or body.customer_external_id or ""
    find = customers.get if body.customer_id is not None else customers.get_by_external_id
    customer = await find(key)
    if customer is None or not caller.scope.has(customer.group_id, customer.owner_id):
        raise NotFoundError("customer", key)
    return customer


async def seen_hotline(services: ApiServices, caller: Caller, hotline_id: str) -> Hotline:
    """Return a hotline within the caller's scope. Raises NotFoundError."""
    hotline = await services.repositories.directory.hotlines.get(hotline_id)
    if hotline is None or not caller.scope.has_hotline(hotline.group_id):
        raise NotFoundError("hotline", hotline_id)
    return hotline
