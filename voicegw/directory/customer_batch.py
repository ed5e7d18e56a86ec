"""Many customers written by external id: few transactions, and each one's own result.

One that can't be written costs the others nothing; one that is the same already is not written.
Used by imports of files and by the synchronisation over the API.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from voicegw.errors import ConflictError, InvalidError
from voicegw.field_faults import FieldFault
from voicegw.model.directory import Customer
from voicegw.model.ids import IdKind, new_id
from voicegw.store.customers import Change, CustomerRepository

#: Customers a transaction: a few milliseconds of the store's one write lock.
CHUNK: Final = 100
_TRIES: Final = 5
"""How often a customer is read again whom somebody else changes at the same time."""

Make = Callable[[Customer | None], Customer]
"""Makes the customer that is wanted of the one that is known; raises InvalidError. Pure."""


class Written(StrEnum):
    """What became of one customer."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of one customer; `fault` says why it was refused."""

    written: Written
    customer_id: str | None = None
    fault: FieldFault | None = None


class CustomerBatch:
    """Writes up to CHUNK customers at a time."""

    def __init__(self, customers: CustomerRepository) -> None:
        """Write to `customers`."""
        self._customers = customers

    async def write(
        self, wanted: Mapping[str, Make], change: Change, *, dry_run: bool = False
    ) -> dict[str, BatchResult]:
        """Write customers by external id; return what became of each. `dry_run` writes nothing.

        What is not said of a customer must be known when it is written, so each is made anew of
        what is known in the moment. Raises StoreUnavailableError: what was written by then stays.
        """
        results: dict[str, BatchResult] = {}
        left = wanted
        for _ in range(_TRIES):
            if left:
                left = await self._attempt(left, change, results, dry_run=dry_run)
        for external_id in left:
            results[external_id] = _refused(
                FieldFault("external_id", "somebody else changes this customer all the time")
            )
        return results

    async def _attempt(
        self,
        wanted: Mapping[str, Make],
        change: Change,
        results: dict[str, BatchResult],
        *,
        dry_run: bool,
    ) -> Mapping[str, Make]:
        """Write what can be; return those whom somebody else has changed in between."""
        found = await self._customers.list_by_external_ids(list(wanted))
        known = {customer.external_id or "": customer for customer in found}
        changed: dict[str, Customer] = {}
        for external_id, make in wanted.items():
            before = known.get(external_id)
            try:
                customer = make(before)
            except InvalidError as error:
                results[external_id] = _refused(error.fault)
                continue
            if customer == before:
                results[external_id] = BatchResult(Written.UNCHANGED, customer.id)
                continue
            new_one = customer.id or new_id(IdKind.CUSTOMER)
            changed[external_id] = msgspec.structs.replace(customer, id=new_one)
        if dry_run:
            results |= {one: _written(each, known) for one, each in changed.items()}
            return {}
        again: list[str] = []
        if changed:
            await self._write(changed, known, change, results, again)
        return {external_id: wanted[external_id] for external_id in again}

    async def _write(
        self,
        customers: Mapping[str, Customer],
        known: Mapping[str, Customer],
        change: Change,
        results: dict[str, BatchResult],
        again: list[str],
    ) -> None:
        """Write customers in one transaction; where one of them conflicts, each in its own."""
        began = time.monotonic()
        try:
            await self._customers.upsert_many(list(customers.values()), change, before=known)
        except ConflictError as error:
            if error.slug == "revision-changed":
                again += customers
            elif len(customers) > 1:
                for external_id, one in customers.items():
                    await self._write({external_id: one}, known, change, results, again)
            elif await self._is_overtaken(customers, known):
                again += customers
            else:
                fault = (
                    FieldFault("code", error.detail, "taken")
                    if error.slug == "already-exists"
                    else FieldFault("external_id", error.detail)
                )
                for external_id in customers:
                    results[external_id] = _refused(fault)
            return
        for external_id, one in customers.items():
            results[external_id] = _written(one, known)
        # Others get at least as much of the store's time as this takes.
        await asyncio.sleep(time.monotonic() - began)

    async def _is_overtaken(
        self, customers: Mapping[str, Customer], known: Mapping[str, Customer]
    ) -> bool:
        """Whether somebody else has added one of those who were new a moment ago."""
        new = [external_id for external_id in customers if external_id not in known]
        return bool(new and await self._customers.list_by_external_ids(new))


def _written(customer: Customer, known: Mapping[str, Customer]) -> BatchResult:
    is_known = customer.external_id in known
    return BatchResult(Written.REPLACED if is_known else Written.CREATED, customer.id)


def _refused(fault: FieldFault) -> BatchResult:
    return BatchResult(Written.REFUSED, None, fault)
