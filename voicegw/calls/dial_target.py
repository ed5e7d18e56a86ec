"""Whom a call outward would reach: the customer that is meant, and all others with the number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from voicegw.calls.parts import CallParts
from voicegw.directory.quiet import QuietTime
from voicegw.model.directory import Customer, Manager


@dataclass(frozen=True, slots=True)
class DialTarget:
    """A number to dial, normalised, and what is known of those behind it.

    `customer` is who is meant, where anybody is known; `customers` are all with the number, who
    might answer as well; `quiet` is the quiet time that it is there now, in the group `group_id`.
    """

    number: str
    customer: Customer | None
    customers: tuple[Customer, ...]
    quiet: QuietTime | None
    group_id: str


async def dial_target(
    parts: CallParts,
    manager: Manager,
    number: str,
    customer: Customer | None = None,
    at: datetime | None = None,
) -> DialTarget:
    """Return whom a call of `manager` to `number` would reach; `customer` is meant, if given.

    At `at`, or now.
    An unknown number is where the manager's group is. Raises StoreUnavailableError only when
    nothing was ever read of the directory.
    """
    match = await parts.directory.caller(number)
    meant = customer or match.customer
    others = tuple(one for one in match.customers if meant is None or one.id != meant.id)
    group_id = manager.group_id if meant is None else meant.group_id
    return DialTarget(
        number=number,
        customer=meant,
        customers=others if meant is None else (meant, *others),
        quiet=await parts.quiet.now(group_id, at or parts.clock.now()),
        group_id=group_id,
    )
