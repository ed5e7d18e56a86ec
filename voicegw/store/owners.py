"""Who owns a customer while a handover switches: the one row that moves thousands at once.

`customers.owner_id` of thousands of rows can't be changed in one short transaction. So a handover
is staged as rows that nobody reads, and becomes true by one row: `directory_state.switching_id`
names it, and from that commit on every query that uses what is here sees all the new owners. The
records follow in chunks (`settle_owners`, and `HandoverRepository.move_some`), each customer's
record, history and item in one transaction; when all have, the name is taken away again.

Whoever reads `customers.owner_id` reads `PENDING_OWNER` beside it, and whoever is about to write
it calls `settle_owners` first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.model.handover import ItemResult
from voicegw.model.introduction import Introduction
from voicegw.model.task import MATTERS, OPEN_STATES, Task
from voicegw.model.task_history import TaskWord
from voicegw.store import schema
from voicegw.store.introductions import introduce
from voicegw.store.task_rows import TaskChange, in_managers_groups, write_changes

_CUSTOMERS = schema.customers.c
_ITEMS = schema.handover_items.c
_HANDOVERS = schema.handovers.c
_OWNERSHIPS = schema.ownerships.c
_TASKS = schema.tasks.c

_SWITCHING: sa.ScalarSelect[Any] = sa.select(
    schema.directory_state.c.switching_id
).scalar_subquery()
_IS_PENDING: sa.ColumnElement[bool] = sa.and_(
    _ITEMS.handover_id == _SWITCHING,
    _ITEMS.customer_id == _CUSTOMERS.id,
    _ITEMS.from_manager_id == _CUSTOMERS.owner_id,
    _ITEMS.result.is_(None),
)

#: The new owner of a customer whose record does not say so yet, else NULL: a column for a query of
#: customers.
PENDING_OWNER = (
    sa.select(_ITEMS.to_manager_id)
    .where(_IS_PENDING)
    .correlate(schema.customers)
    .scalar_subquery()
    .label("pending_owner_id")
)


#: Likewise the new manager of a task: an open matter goes along with its customer.
PENDING_MANAGER = (
    sa.select(_ITEMS.to_manager_id)
    .where(
        _ITEMS.handover_id == _SWITCHING,
        _ITEMS.customer_id == _TASKS.customer_id,
        _ITEMS.from_manager_id == _TASKS.manager_id,
        _ITEMS.result.is_(None),
        _HANDOVERS.id == _ITEMS.handover_id,
        sa.or_(_HANDOVERS.moves_matters, _TASKS.type.not_in(sorted(MATTERS))),
    )
    .correlate(schema.tasks)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class PendingMove:
    """A customer whose new owner answers already, though the record does not say so yet."""

    to_manager_id: str
    switched_at: datetime
    by: str
    why: str


def owned_by(
    owner_id: str, wanted: Sequence[sa.ColumnElement[bool]], limit: int
) -> sa.ColumnElement[bool]:
    """Return the condition that a customer is one of the first `limit` (by id) of `owner_id`.

    `wanted` are all other conditions on customers of the same query.
    """
    parts = [
        part.order_by(_CUSTOMERS.id).limit(limit).subquery() for part in _owned(owner_id, wanted)
    ]
    return _CUSTOMERS.id.in_(sa.union_all(*[sa.select(part.c.id) for part in parts]))


def owned_ids(
    owner_id: str, wanted: Sequence[sa.ColumnElement[bool]]
) -> sa.CompoundSelect[tuple[str]]:
    """Return the ids of all customers of `owner_id` who fulfil `wanted`: a query."""
    return sa.union_all(*_owned(owner_id, wanted))


def is_owned_by(owner_id: str) -> sa.ColumnElement[bool]:
    """Return the condition that a customer is `owner_id`'s: for few, found by something else."""
    return sa.func.coalesce(PENDING_OWNER.element, _CUSTOMERS.owner_id) == owner_id


def count_owned(connection: sa.Connection, owner_id: str) -> int:
    """Return how many customers `owner_id` has."""
    both = sa.union_all(*_owned(owner_id, ())).subquery()
    return int(connection.execute(sa.select(sa.func.count()).select_from(both)).scalar_one())


def _owned(
    owner_id: str, wanted: Sequence[sa.ColumnElement[bool]]
) -> tuple[sa.Select[tuple[str]], sa.Select[tuple[str]]]:
    """Return the ids of customers whose record names `owner_id`, and those it gets just now."""
    moved_away = sa.exists().where(_IS_PENDING).correlate(schema.customers)
    kept = sa.select(_CUSTOMERS.id).where(_CUSTOMERS.owner_id == owner_id, ~moved_away, *wanted)
    gained = (
        sa.select(_CUSTOMERS.id)
        .join_from(schema.handover_items, schema.customers, _IS_PENDING)
        .where(_ITEMS.to_manager_id == owner_id, *wanted)
    )
    return kept, gained


def pending_move(connection: sa.Connection, customer_id: str) -> PendingMove | None:
    """Return the move of a customer that its record does not show yet."""
    query = (
        sa.select(
            _ITEMS.to_manager_id,
            _HANDOVERS.switched_at,
            _HANDOVERS.created_by,
            _HANDOVERS.why,
        )
        .select_from(schema.customers)
        .join(schema.handover_items, _IS_PENDING)
        .join(schema.handovers, _HANDOVERS.id == _ITEMS.handover_id)
        .where(_CUSTOMERS.id == customer_id)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else PendingMove(*row)


def successors(
    connection: sa.Connection, customer_ids: Sequence[str]
) -> Mapping[tuple[str, str], str]:
    """Return the present owner by customer and whoever owns or has owned that customer.

    No owner changes before the transaction's end. Customers who are gone or unowned are left out.
    """
    present = (
        sa.select(_CUSTOMERS.id, sa.func.coalesce(PENDING_OWNER.element, _CUSTOMERS.owner_id))
        .where(_CUSTOMERS.id.in_(customer_ids))
        .order_by(_CUSTOMERS.id)  # as apply_items locks them: nobody waits in a circle
        .with_for_update(read=True, of=schema.customers)
    )
    owners = {row[0]: row[1] for row in connection.execute(present) if row[1] is not None}
    history = sa.select(_OWNERSHIPS.customer_id, _OWNERSHIPS.manager_id).where(
        _OWNERSHIPS.customer_id.in_([*owners]), _OWNERSHIPS.manager_id.is_not(None)
    )
    return {(row[0], row[1]): owners[row[0]] for row in connection.execute(history)}


def settle_owners(connection: sa.Connection, customer_ids: Sequence[str]) -> None:
    """Have the records of these customers say who owns them, before somebody changes them."""
    state = sa.select(schema.handovers).where(_HANDOVERS.id == _SWITCHING)
    handover = connection.execute(state).one_or_none()
    if handover is None or not customer_ids:
        return
    apply_items(connection, handover, _ITEMS.customer_id.in_(customer_ids), len(customer_ids))


def apply_items(
    connection: sa.Connection,
    handover: sa.Row[Any],
    which: sa.ColumnElement[bool],
    limit: int,
) -> Sequence[str]:
    """Move the customers of up to `limit` pending items, and enter it into their history.

    A customer that is gone, or has another owner by now, is left and its item says so. Returns the
    ids of the customers, in order.
    """
    pending = (
        sa.select(schema.handover_items)
        .where(_ITEMS.handover_id == handover.id, _ITEMS.result.is_(None), which)
        .order_by(_ITEMS.customer_id)
        .limit(limit)
        .with_for_update()  # two who come at once: the second finds it done
    )
    items = connection.execute(pending).all()
    ids = [item.customer_id for item in items]
    if not ids:
        return ids
    rows = connection.execute(
        sa.select(_CUSTOMERS.id, _CUSTOMERS.owner_id)
        .where(_CUSTOMERS.id.in_(ids))
        .order_by(_CUSTOMERS.id)
        .with_for_update()
    )
    owners = {row.id: row.owner_id for row in rows}
    results: dict[ItemResult, list[str]] = {}
    moved = []
    for item in items:
        if item.customer_id not in owners:
            result = ItemResult.CUSTOMER_GONE
        elif owners[item.customer_id] != item.from_manager_id:
            result = ItemResult.OWNER_CHANGED
        else:
            result = ItemResult.MOVED
            moved.append(item)
        results.setdefault(result, []).append(item.customer_id)
    if moved:
        _change_owners(connection, handover, moved)
    for result, customer_ids in results.items():
        connection.execute(
            schema.handover_items.update()
            .where(_ITEMS.handover_id == handover.id, _ITEMS.customer_id.in_(customer_ids))
            .values(result=result)
        )
    return ids


def _change_owners(
    connection: sa.Connection, handover: sa.Row[Any], moved: Sequence[sa.Row[Any]]
) -> None:
    ids = [item.customer_id for item in moved]
    connection.execute(
        schema.customers.update()
        .where(
            _CUSTOMERS.id == _ITEMS.customer_id,
            _ITEMS.handover_id == handover.id,
            _ITEMS.customer_id.in_(ids),
        )
        .values(owner_id=_ITEMS.to_manager_id)
    )
    connection.execute(
        schema.ownerships.update()
        .where(_OWNERSHIPS.customer_id.in_(ids), _OWNERSHIPS.until_at.is_(None))
        .values(until_at=handover.switched_at)
    )
    connection.execute(
        schema.ownerships.insert(),
        [
            {
                "customer_id": item.customer_id,
                "manager_id": item.to_manager_id,
                "from_at": handover.switched_at,
                "by": handover.created_by,
                "why": handover.why,
            }
            for item in moved
        ],
    )
    _hand_on_tasks(connection, handover, moved)
    introduction = msgspec.convert(handover.document.get("introduction"), Introduction | None)
    owners = {item.customer_id: item.to_manager_id for item in moved}
    introduce(connection, owners, introduction, by=handover.created_by, at=handover.switched_at)


def _hand_on_tasks(
    connection: sa.Connection, handover: sa.Row[Any], moved: Sequence[sa.Row[Any]]
) -> None:
    """Give the open tasks that the old owners have with these customers to the new ones.

    Each stays what it is: an appointment, a promise, a time that has passed are the new owner's.
    """
    to = {(item.customer_id, item.from_manager_id): item.to_manager_id for item in moved}
    query = (
        sa.select(_TASKS.document)
        .where(
            _TASKS.customer_id.in_([item.customer_id for item in moved]),
            _TASKS.state.in_(OPEN_STATES),
        )
        .order_by(_TASKS.id)
        .with_for_update()
    )
    changes = []
    for task in [msgspec.convert(one, Task) for one in connection.execute(query).scalars()]:
        manager_id = to.get((task.customer_id or "", task.manager_id or ""))
        stays = task.type in MATTERS and not handover.moves_matters
        if manager_id is not None and not stays:
            after = msgspec.structs.replace(task, manager_id=manager_id)
            changes.append(
                TaskChange(
                    task, after, handover.switched_at, handover.created_by, TaskWord.HANDED_OVER
                )
            )
    # That the customers are another's now is told as a whole, by `assignment.changed`.
    write_changes(connection, in_managers_groups(connection, changes), tells=False)
