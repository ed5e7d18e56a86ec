"""Many customers by external id, beside others who write the same ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from tests.contract.conftest import NOW
from voicegw.directory.customer_batch import CustomerBatch, Written
from voicegw.errors import ConflictError
from voicegw.model.directory import Customer
from voicegw.store.customers import Change, CustomerRepository, UpsertCounts
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository

CHANGE = Change("key_1", "sync", NOW)
WANTED = Customer("", "Wanted", "grp_1", external_id="C1")


class _Overtaken(CustomerRepository):
    """Another request adds the customer after it was looked for.

    PostgreSQL tells only when that one has committed, and then as a value that is taken.
    """

    def __init__(self, database: Database, other: Customer) -> None:
        super().__init__(database)
        self._others = [other]

    async def upsert_many(
        self,
        customers: Sequence[Customer],
        change: Change,
        *,
        before: Mapping[str, Customer] | None = None,
    ) -> UpsertCounts:
        """Do as the store does, at the worst moment."""
        if self._others:
            await self.create(self._others.pop(), change)
            raise ConflictError("already-exists", "another record has this value already")
        return await super().upsert_many(customers, change, before=before)


def make(known: Customer | None) -> Customer:
    return msgspec.structs.replace(WANTED, id="" if known is None else known.id)


async def test_who_is_added_by_another_request_meanwhile_is_replaced(
    database: Database, directory: DirectoryRepository
) -> None:
    customers = _Overtaken(database, Customer("cus_other", "Other", "grp_1", external_id="C1"))
    results = await CustomerBatch(customers).write({"C1": make}, CHANGE)
    assert (results["C1"].written, results["C1"].customer_id) == (Written.REPLACED, "cus_other")
    found = await directory.customers.get_by_external_id("C1")
    assert found is not None
    assert found.name == "Wanted"


async def test_a_code_that_is_taken_is_refused_and_not_tried_again(
    database: Database, directory: DirectoryRepository
) -> None:
    other = Customer("cus_other", "Other", "grp_1", external_id="C2", code="17")
    customers = _Overtaken(database, other)
    results = await CustomerBatch(customers).write({"C1": make}, CHANGE)
    refused = results["C1"]
    assert refused.written is Written.REFUSED
    assert refused.fault is not None
    assert (refused.fault.field, refused.fault.kind) == ("code", "taken")
    assert await directory.customers.get_by_external_id("C1") is None
