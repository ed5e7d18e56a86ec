"""Customers as requests describe them: one at a time, or a thousand, as the caller may write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from api.access import Scope
from api.dependencies import Caller
from api.field_problems import field_problem
from api.schemas.customer_sync import CustomerRecord
from api.schemas.directory import CustomerBody, DoNotCallBody
from api.services import ApiServices
from voicegw.directory import rules
from voicegw.directory.customer_batch import Make, Written
from voicegw.errors import InvalidError
from voicegw.field_faults import FieldFault
from voicegw.model.directory import Customer, DoNotCall, Group, Manager
from voicegw.model.introduction import Introduction

#: Records looked at in one go: some milliseconds, for which signalling may wait.
_CHUNK: Final = 50
_WHY: Final = "sync"


def customer_record(
    body: CustomerBody,
    known: Customer | None,
    now: datetime,
    *,
    group_id: str | None = None,
    owner_id: str | None = None,
) -> Customer:
    """Return the customer that `body` describes in place of the `known` one.

    `group_id` and `owner_id` are those that the body names otherwise.
    """
    return Customer(
        id="" if known is None else known.id,
        name=body.name,
        group_id=group_id or body.group_id,
        external_id=body.external_id,
        numbers=list(body.numbers),
        owner_id=owner_id or body.owner_id,
        class_=body.class_,
        tier=body.tier,
        code=body.code,
        do_not_call=_wish(known, body.do_not_call, now),
        attributes=body.attributes,
    )


def _wish(known: Customer | None, wish: DoNotCallBody | None, now: datetime) -> DoNotCall | None:
    """Return a wish not to be called, dated as it was if only its date is left out now."""
    if wish is None:
        return None
    before = None if known is None else known.do_not_call
    if wish.since is None and before is not None and before.reason == wish.reason:
        return before
    return DoNotCall(wish.reason, wish.since or now)


async def synchronise(
    services: ApiServices,
    caller: Caller,
    items: Sequence[Any],
    introduction: Introduction | None = None,
) -> list[dict[str, Any]]:
    """Write another system's customers; return what became of each, in their order.

    `introduction` is how new owners get known to them; None: no tasks are made for that.
    Raises StoreUnavailableError: what was written by then stays, and all may be sent again.
    """
    results: list[dict[str, Any]] = []
    groups = await services.repositories.directory.groups.all()
    met: set[str] = set()
    for start in range(0, len(items), _CHUNK):
        records: dict[str, CustomerRecord] = {}
        for item in items[start : start + _CHUNK]:
            external_id, problems = _read(item, records, met)
            results.append(_result(external_id, Written.REFUSED, None, problems))
        named = await _named(services, groups, caller.scope, records.values())
        now = services.clock.now()
        makers: dict[str, Make] = {
            external_id: partial(named.customer, record, now, services.options.region)
            for external_id, record in records.items()
        }
        written = await services.directory.put_customers(
            makers,
            by=caller.principal.id,
            role=caller.role,
            why=_WHY,
            introduction=introduction,
        )
        for result in results[start:]:
            found = written.get(result["external_id"]) if not result["errors"] else None
            if found is not None:
                problems = [] if found.fault is None else [found.fault]
                made = _result(result["external_id"], found.written, found.customer_id, problems)
                result.update(made)
    return results


def _read(
    item: Any, records: dict[str, CustomerRecord], met: set[str]
) -> tuple[str | None, list[FieldFault]]:
    """Take one record, or say what is wrong with it; its external id as far as there is one."""
    external_id = item.get("external_id") if isinstance(item, dict) else None
    external_id = external_id if isinstance(external_id, str) else None
    try:
        record = CustomerRecord.model_validate(item)
        record.check_references()
    except ValidationError as error:
        return external_id, [
            field_problem(dict(one)) if one["loc"] else _no_record(one["msg"])
            for one in error.errors(include_url=False, include_input=False)
        ]
    except InvalidError as error:
        return external_id, [error.fault]
    if record.external_id in met:
        what = "is named twice in this request"
        return record.external_id, [FieldFault("external_id", what, "repeated")]
    met.add(record.external_id)
    records[record.external_id] = record
    return record.external_id, []


@dataclass(frozen=True, slots=True)
class _Named:
    """The groups and managers that records name, and what their sender may see."""

    groups: Mapping[str, Group]
    groups_outside: Mapping[str, Group]
    managers: Mapping[str, Manager]
    managers_outside: Mapping[str, Manager]
    scope: Scope

    def customer(
        self, record: CustomerRecord, now: datetime, region: str, known: Customer | None
    ) -> Customer:
        """Return the customer that a record describes. Raises InvalidError."""
        if known is not None and not self.scope.has(known.group_id, known.owner_id):
            raise InvalidError(
                "external_id", "another customer has this external id already", kind="taken"
            )
        group = self._group(record)
        owner = self._owner(record)
        wanted = customer_record(
            record,
            known,
            now,
            group_id=group.id,
            owner_id=None if owner is None else owner.id,
        )
        return rules.checked_customer(wanted, group, region)

    def _group(self, record: CustomerRecord) -> Group:
        if record.group_id is not None:
            field, found = "group_id", self.groups.get(record.group_id)
        else:
            field, found = (
                "group_external_id",
                self.groups_outside.get(record.group_external_id or ""),
            )
        if found is None or not self.scope.has_group(found.id):
            raise InvalidError(field, "no such group", kind="not-found")
        return found

    def _owner(self, record: CustomerRecord) -> Manager | None:
        if record.owner_id is None and record.owner_external_id is None:
            return None
        if record.owner_id is not None:
            field, found = "owner_id", self.managers.get(record.owner_id)
        else:
            field, found = (
                "owner_external_id",
                self.managers_outside.get(record.owner_external_id or ""),
            )
        if found is None or not self.scope.has_group(found.group_id):
            raise InvalidError(field, "no such manager", kind="not-found")
        return found


async def _named(
    services: ApiServices, groups: Sequence[Group], scope: Scope, records: Any
) -> _Named:
    ids = {one.owner_id for one in records if one.owner_id is not None}
    outside = {one.owner_external_id for one in records if one.owner_external_id is not None}
    managers: Sequence[Manager] = ()
    if ids or outside:
        managers = await services.repositories.directory.managers.list_named(ids, outside)
    return _Named(
        {one.id: one for one in groups},
        {one.external_id: one for one in groups if one.external_id is not None},
        {one.id: one for one in managers},
        {one.external_id: one for one in managers if one.external_id is not None},
        scope,
    )


def _no_record(message: str) -> FieldFault:
    return FieldFault("record", message, "wrong-type")


def _result(
    external_id: str | None,
    result: Written,
    customer_id: str | None,
    problems: Sequence[FieldFault],
) -> dict[str, Any]:
    return {
        "external_id": external_id,
        "result": result,
        "id": customer_id,
        "errors": [msgspec.structs.asdict(one) for one in problems],
    }
