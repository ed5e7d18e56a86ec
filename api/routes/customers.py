"""`/v1/customers`: customers, their numbers and their owners."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.audit import Subject, note, note_record
from api.customer_query import customer_query
from api.customer_records import customer_record, synchronise
from api.dependencies import (
    FIRST_PAGE,
    Caller,
    Cursor,
    DirectoryReader,
    DirectoryWriter,
    Limit,
    OfGroup,
    Services,
    WithExternalId,
    WithNumber,
    problems,
)
from api.errors import request_id
from api.guards import (
    check_external_id,
    check_group,
    check_manager,
    searched_number,
    taken_elsewhere,
)
from api.introducing import introduction_of
from api.made_once import made_once
from api.preconditions import (
    ETAG_HEADER,
    NOT_MODIFIED,
    PUT_HEADERS,
    RESULT,
    IfMatch,
    IfNoneMatch,
    expected_state,
    not_modified,
    require_known,
    tagged,
)
from api.schemas.base import Id, Label, ListView, PathExternalId, PathId, Text
from api.schemas.customer_sync import CustomerSyncBody, SyncView
from api.schemas.directory import CustomerBody, CustomerView, OwnershipView
from api.services import ApiServices
from api.views import customer_view, empty_page, ownership_view, respond, respond_page
from voicegw.directory.customer_batch import Written
from voicegw.directory.service import Put
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.directory import Customer
from voicegw.store.customer_search import Among

router = APIRouter(prefix="/v1/customers", tags=["directory"])

#: Characters of a text that is looked for.
MAX_TEXT = 100

_ONE = {"model": CustomerView, "headers": ETAG_HEADER}
_PUT = {"model": CustomerView, "headers": PUT_HEADERS}

Introduce = Annotated[
    bool,
    Query(
        description="Whether a new owner gets a task `introduction`, to tell the customer; one that"
        " is open goes along in any case"
    ),
]

CustomerText = Annotated[
    Text | None,
    Query(
        max_length=MAX_TEXT,
        description="A part of the name, or the initials of its syllables; a whole external id or"
        " code; a whole number, or its last four digits or more. Whoever does not see numbers may"
        " look for the last four that are shown, and for a few whole ones in an hour (429)",
        examples=["王丽", "wl", "8000"],
    ),
]


@router.get(
    "",
    operation_id="listCustomers",
    summary="List customers",
    response_class=Response,
    responses={200: {"model": ListView[CustomerView]}, **problems(403)},
)
async def list_customers(
    *,
    services: Services,
    caller: DirectoryReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    group_id: OfGroup = None,
    owner_id: Annotated[Id | None, Query(description="Who belong to this manager")] = None,
    number: WithNumber = None,
    external_id: WithExternalId = None,
    code: Annotated[
        Label | None, Query(description="The digits by which managers dial the customer")
    ] = None,
    class_: Annotated[Label | None, Query(alias="class", description="Of this class")] = None,
    tier: Annotated[Label | None, Query(description="Of this tier")] = None,
    is_do_not_call: Annotated[
        bool | None, Query(description="Whether they wish not to be called")
    ] = None,
    q: CustomerText = None,
) -> Response:
    """The customers that the key may see, the oldest first; found by `q`, the nearest first.

    With `q` they come in this order: those whose external id or code it is, those whose number it
    is or ends, those whose name it is in, by that part of the name. A page may then hold less than
    `limit` though there is a `next_cursor`.
    """
    known: str | None = None
    if number is not None:
        known = await searched_number(services, caller, number, group_id)
    wanted = None if q is None else await customer_query(services, caller, q, group_id)
    listing = await services.scopes.listing(caller.scope, group_id, owner_id)
    nobody = (number is not None and known is None) or (q is not None and wanted is None)
    if listing is None or nobody:
        return empty_page()
    among = Among(
        group_ids=listing.group_ids,
        owner_id=listing.manager_id,
        number=known,
        equal={"external_id": external_id, "code": code, "class_": class_, "tier": tier},
        is_do_not_call=is_do_not_call,
    )
    directory = services.repositories.directory
    if wanted is not None:
        page = await directory.customer_search.find(wanted, among, limit=limit, cursor=cursor)
    else:
        page = await directory.customers.list(
            group_ids=among.group_ids,
            owner_id=among.owner_id,
            number=among.number,
            equal=among.equal,
            is_do_not_call=among.is_do_not_call,
            limit=limit,
            cursor=cursor,
        )
    return await respond_page(page, lambda customer: customer_view(customer, caller.role))


@router.post(
    "",
    operation_id="createCustomer",
    summary="Create a customer",
    status_code=201,
    response_class=Response,
    responses={201: _ONE, **problems(400, 403, 409, 415)},
)
@made_once()
async def create_customer(
    body: CustomerBody,
    request: Request,
    services: Services,
    caller: DirectoryWriter,
    introduce: Introduce = False,
) -> Response:
    """Add a customer to a group, owned by `owner_id`."""
    await _check_references(services, caller, body)
    customer = await services.directory.create_customer(
        customer_record(body, None, services.clock.now()),
        by=caller.principal.id,
        role=caller.role,
        why=body.owner_why,
        introduction=introduction_of(services) if introduce else None,
    )
    await note_record(services, caller, request, Subject.customer(customer), "created")
    headers = tagged(customer, Location=f"/v1/customers/{customer.id}")
    return respond(customer_view(customer, caller.role), 201, headers)


@router.post(
    "/sync",
    operation_id="syncCustomers",
    summary="Create or replace many customers",
    response_class=Response,
    responses={200: {"model": SyncView}, **problems(400, 403, 415)},
)
async def sync_customers(
    body: CustomerSyncBody,
    request: Request,
    services: Services,
    caller: DirectoryWriter,
    introduce: Introduce = False,
) -> Response:
    """Up to 1,000 customers by external id, each with its own result; good ones are not lost.

    It may be sent again: what is the same already is not written.
    """
    introduction = introduction_of(services) if introduce else None
    results = await synchronise(services, caller, body.items, introduction)
    counts = {one: sum(each["result"] == one for each in results) for one in Written}
    subject = Subject(SubjectKind.SYNC, request_id(request), caller.principal.group_id)
    await note(services, caller, request, AuditAction.SYNCED, subject, **counts)
    return respond({"items": results, **counts})


@router.get(
    "/by-external-id/{external_id:path}",
    operation_id="getCustomerByExternalId",
    summary="Get a customer by its external id",
    response_class=Response,
    responses={200: _ONE, **NOT_MODIFIED, **problems()},
)
async def get_customer_by_external_id(
    external_id: PathExternalId,
    services: Services,
    caller: DirectoryReader,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The customer that another system calls `external_id`."""
    customer = await services.repositories.directory.customers.get_by_external_id(external_id)
    if customer is None or not caller.scope.has(customer.group_id, customer.owner_id):
        raise NotFoundError("customer", external_id)
    fresh = not_modified(if_none_match, customer)
    return fresh or respond(customer_view(customer, caller.role), 200, tagged(customer))


@router.put(
    "/by-external-id/{external_id:path}",
    operation_id="putCustomerByExternalId",
    summary="Create or replace a customer by its external id",
    response_class=Response,
    responses={200: _PUT, 201: _PUT, **problems(400, 403, 409, 412, 415)},
)
async def put_customer_by_external_id(
    *,
    external_id: PathExternalId,
    body: CustomerBody,
    request: Request,
    services: Services,
    caller: DirectoryWriter,
    if_match: IfMatch = None,
    introduce: Introduce = False,
) -> Response:
    """For synchronisation: 201 when it is new, 200 when it was replaced, or was the same."""
    check_external_id(external_id, body.external_id)
    known = await services.repositories.directory.customers.get_by_external_id(external_id)
    if known is not None and not caller.scope.has(known.group_id, known.owner_id):
        raise taken_elsewhere("customer")
    expected = require_known(if_match, known)
    await _check_references(services, caller, body)
    wanted = customer_record(body, known, services.clock.now())
    wanted.external_id = external_id
    customer, how = await services.directory.put_customer(
        wanted,
        by=caller.principal.id,
        role=caller.role,
        why=body.owner_why,
        introduction=introduction_of(services) if introduce else None,
        expected=expected,
    )
    if how is not Put.UNCHANGED:
        subject = Subject.customer(customer)
        await note_record(services, caller, request, subject, how, before=known, after=customer)
    headers = tagged(customer, Location=f"/v1/customers/{customer.id}") | {RESULT: how}
    status = 201 if how is Put.CREATED else 200
    return respond(customer_view(customer, caller.role), status, headers)


@router.get(
    "/{customer_id}",
    operation_id="getCustomer",
    summary="Get a customer",
    response_class=Response,
    responses={200: _ONE, **NOT_MODIFIED, **problems()},
)
async def get_customer(
    customer_id: PathId,
    services: Services,
    caller: DirectoryReader,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """One customer."""
    customer = await _seen_customer(services, caller, customer_id)
    fresh = not_modified(if_none_match, customer)
    return fresh or respond(customer_view(customer, caller.role), 200, tagged(customer))


@router.get(
    "/{customer_id}/ownership",
    operation_id="listCustomerOwners",
    summary="List who has owned a customer",
    response_class=Response,
    responses={200: {"model": ListView[OwnershipView]}, **problems()},
)
async def list_customer_owners(
    customer_id: PathId, services: Services, caller: DirectoryReader
) -> Response:
    """The history of owners, the first owner first.

    It outlives the customer: then it is for keys that see all groups.
    """
    customers = services.repositories.directory.customers
    customer = await customers.get(customer_id)
    history = await customers.ownerships(customer_id)
    seen = (
        caller.scope.has(customer.group_id, customer.owner_id)
        if customer is not None
        else bool(history) and caller.scope.has(None, None)
    )
    if not seen:
        raise NotFoundError("customer", customer_id)
    return respond({"items": [ownership_view(item) for item in history], "next_cursor": None})


@router.put(
    "/{customer_id}",
    operation_id="replaceCustomer",
    summary="Replace a customer",
    response_class=Response,
    responses={200: _ONE, **problems(400, 403, 409, 412, 415)},
)
async def replace_customer(
    *,
    customer_id: PathId,
    body: CustomerBody,
    request: Request,
    services: Services,
    caller: DirectoryWriter,
    if_match: IfMatch = None,
    introduce: Introduce = True,
) -> Response:
    """Fields that are not given take their defaults; a new owner enters the history."""
    known = await _seen_customer(services, caller, customer_id)
    expected = expected_state(if_match, known)
    await _check_references(services, caller, body)
    wanted, subject = customer_record(body, known, services.clock.now()), Subject.customer(known)
    await note_record(services, caller, request, subject, "replaced", before=known, after=wanted)
    customer = await services.directory.update_customer(
        wanted,
        by=caller.principal.id,
        role=caller.role,
        why=body.owner_why,
        introduction=introduction_of(services) if introduce else None,
        expected=expected,
    )
    return respond(customer_view(customer, caller.role), 200, tagged(customer))


@router.delete(
    "/{customer_id}",
    operation_id="deleteCustomer",
    summary="Delete a customer",
    status_code=204,
    response_class=Response,
    responses=problems(403, 409),
)
async def delete_customer(
    customer_id: PathId, request: Request, services: Services, caller: DirectoryWriter
) -> Response:
    """Removes the customer with its numbers; calls and the history of owners stay."""
    known = await _seen_customer(services, caller, customer_id)
    await note_record(services, caller, request, Subject.customer(known), "deleted")
    await services.directory.delete_customer(customer_id)
    return Response(status_code=204)


async def _seen_customer(services: ApiServices, caller: Caller, customer_id: str) -> Customer:
    customer = await services.repositories.directory.customers.get(customer_id)
    if customer is None or not caller.scope.has(customer.group_id, customer.owner_id):
        raise NotFoundError("customer", customer_id)
    return customer


async def _check_references(services: ApiServices, caller: Caller, body: CustomerBody) -> None:
    check_group(caller, "group_id", body.group_id)
    await check_manager(services, caller, "owner_id", body.owner_id)
