"""Whom a telephone number leads to. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voicegw.model.directory import Customer, Manager
from voicegw.store.callers import DialledTask


@dataclass(frozen=True, slots=True)
class CallerMatch:
    """Whom a caller's number leads to. `manager` is the owner; both may be unknown.

    Of several `customers` with the number, `customer` is the one last dialled or spoken to there,
    else the first; then the match `is_ambiguous`.
    """

    customer: Customer | None
    manager: Manager | None
    customers: tuple[Customer, ...] = ()
    """All who have the number, owned ones first."""
    last_manager_id: str | None = None
    """Who last dialled the number, or spoke to whoever called from it."""
    last_customer_id: str | None = None
    """Which of `customers` that was about."""
    task_id: str | None = None
    """The open task for which the customer was dialled in the last days."""

    @property
    def is_ambiguous(self) -> bool:
        """Whether the number is that of several customers, and nothing says which of them calls."""
        return len(self.customers) > 1 and self.last_customer_id is None


def matched(
    customers: Sequence[Customer],
    managers: Mapping[str, Manager],
    *,
    last_manager_id: str | None = None,
    last_customer_id: str | None = None,
    task: DialledTask | None = None,
) -> CallerMatch:
    """Return the match of a number that `customers` have; the last contact is told where known."""
    last = next((one for one in customers if one.id == last_customer_id), None)
    customer = last or next(iter(customers), None)
    owner_id = None if customer is None else customer.owner_id
    # Of several who share a number, the task is one's only.
    is_theirs = task is not None and (
        task.customer_id is None or (customer is not None and task.customer_id == customer.id)
    )
    return CallerMatch(
        customer,
        None if owner_id is None else managers.get(owner_id),
        tuple(customers),
        last_manager_id,
        None if last is None else last.id,
        task.task_id if task is not None and is_theirs else None,
    )
