"""Orders that give many tasks to managers, in the store: kept whole, carried out in chunks.

An order's moves are one packed value of its row, and how far it is a number beside it, raised in
the transaction that writes the tasks: so an order that was killed goes on where it was, and gives
no task twice.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError
from voicegw.model.audit import AuditEntry
from voicegw.model.directory import ManagerStatus
from voicegw.model.task import OPEN_STATES, Task, changed
from voicegw.model.task_assignment import (
    Assignable,
    Assignment,
    AssignmentState,
    Move,
    RuleKind,
    StayReason,
)
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store import schema
from voicegw.store.audit import add_entries
from voicegw.store.database import Database
from voicegw.store.owners import PENDING_MANAGER, PENDING_OWNER, settle_owners
from voicegw.store.paging import DEFAULT_LIMIT, Page, conditions, newest_first, page_of
from voicegw.store.task_rows import TaskChange, in_managers_groups, write_changes
from voicegw.store.tasks import TaskFilter
from voicegw.store.work import conclude_work, put_work, work_row

#: The most tasks that one transaction writes: more would keep calls waiting, for its writes on
#: SQLite and for its making, which is the node's loop's on PostgreSQL.
CHUNK: Final = 25
#: Tasks that are read at once.
_READ: Final = 500

_ASSIGNMENTS = schema.assignments.c
_TASKS = schema.tasks.c
_CUSTOMERS = schema.customers.c
_MANAGERS = schema.managers.c
_MANAGER = sa.func.coalesce(PENDING_MANAGER, _TASKS.manager_id).label("manager_id")
_ASSIGNABLE: Final = (
    sa.select(
        _TASKS.id.label("task_id"),
        sa.func.coalesce(_TASKS.own_type, _TASKS.type).label("type_name"),
        _MANAGER,
        sa.func.coalesce(PENDING_OWNER.element, _CUSTOMERS.owner_id).label("owner_id"),
        _CUSTOMERS.class_.label("customer_class"),
        _TASKS.state,
        _TASKS.contacted_at,
        _MANAGERS.status,
    )
    .select_from(schema.tasks)
    .outerjoin(schema.customers, _CUSTOMERS.id == _TASKS.customer_id)
    .outerjoin(schema.managers, _MANAGERS.id == _TASKS.manager_id)
)
_LOCKED = (
    sa.select(_TASKS.document)
    .where(_TASKS.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(_TASKS.id)
    .with_for_update()
)
_CUSTOMERS_OF = sa.select(_TASKS.customer_id).where(
    _TASKS.id.in_(sa.bindparam("ids", expanding=True)), _TASKS.customer_id.is_not(None)
)
_PRESENT = (
    sa.select(_MANAGERS.id)
    .where(_MANAGERS.id.in_(sa.bindparam("ids", expanding=True)))
    .where(_MANAGERS.status != ManagerStatus.DEPARTED)
    .order_by(_MANAGERS.id)
    .with_for_update(read=True, key_share=True)
)
_packed = msgspec.msgpack.Encoder()
_moves = msgspec.msgpack.Decoder(list[Move])


@dataclass(frozen=True, slots=True)
class Given:
    """What became of one chunk of an order: who got how many, and which tasks stayed, and why."""

    shares: Counter[str] = field(default_factory=Counter)
    left_out: dict[StayReason, list[str]] = field(default_factory=lambda: defaultdict(list))


class AssignmentRepository:
    """Reads and writes orders. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def find(self, wanted: TaskFilter, *, nobodys: bool, limit: int) -> Sequence[Assignable]:
        """Return the first `limit` open tasks of a filter, by id; `nobodys`: without manager."""
        query = _ASSIGNABLE.where(*wanted.conditions(), _TASKS.closed_at.is_(None))
        if nobodys:
            query = query.where(_TASKS.manager_id.is_(None))
        found: list[Assignable] = []
        while len(found) < limit:
            read = min(_READ, limit - len(found))
            after = found[-1].task_id if found else ""
            page = query.where(_TASKS.id > after).order_by(_TASKS.id).limit(read)
            found += (some := await self._assignable(page))
            if len(some) < read:
                break
        return found

    async def named(
        self, task_ids: Sequence[str], group_ids: Collection[str] | None, manager_id: str | None
    ) -> Sequence[Assignable]:
        """Return those of the tasks that there are, open or not, of these groups and manager.

        None doesn't filter.
        """
        wanted = TaskFilter(
            group_ids=None if group_ids is None else sorted(group_ids), manager_id=manager_id
        ).conditions()
        found: list[Assignable] = []
        for start in range(0, len(task_ids), _READ):
            some = task_ids[start : start + _READ]
            found += await self._assignable(_ASSIGNABLE.where(_TASKS.id.in_(some), *wanted))
        return found

    async def _assignable(self, query: sa.Select[Any]) -> list[Assignable]:
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return [
            Assignable(
                row.task_id,
                row.type_name,
                row.manager_id,
                row.owner_id,
                row.customer_class,
                row.state in OPEN_STATES,
                row.contacted_at is not None
                and row.status in {ManagerStatus.ACTIVE, ManagerStatus.AWAY},
            )
            for row in rows
        ]

    async def loads(self) -> dict[str, int]:
        """Return how many open tasks each manager has who has any."""
        query = (
            sa.select(_TASKS.manager_id, sa.func.count())
            .where(_TASKS.closed_at.is_(None), _TASKS.manager_id.is_not(None))
            .group_by(_TASKS.manager_id)
        )
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return {row[0]: row[1] for row in rows}

    async def add(self, order: Assignment, moves: Sequence[Move], entry: AuditEntry) -> None:
        """Keep an order, the work that carries it out, and the entry that it was asked for."""
        packed = await asyncio.to_thread(pack, moves)

        def work(connection: sa.Connection) -> None:
            connection.execute(schema.assignments.insert(), _row(order) | {"moves": packed})
            row = work_row(WorkKind.ASSIGN, order.id, order.created_at)
            put_work(self._database, connection, [row])
            add_entries(connection, [entry])

        await self._database.do_write(work)

    async def get(self, order_id: str) -> Assignment | None:
        """Return the order with this id."""
        query = sa.select(_ASSIGNMENTS.document).where(_ASSIGNMENTS.id == order_id)
        document = await self._database.do_read(
            lambda connection: connection.execute(query).scalar_one_or_none()
        )
        return None if document is None else msgspec.convert(document, Assignment)

    async def moves(self, order_id: str) -> Sequence[Move]:
        """Return all moves of an order that is not over, else nothing."""
        query = sa.select(_ASSIGNMENTS.moves).where(_ASSIGNMENTS.id == order_id)
        packed = await self._database.do_read(
            lambda connection: connection.execute(query).scalar_one_or_none()
        )
        return [] if packed is None else await asyncio.to_thread(unpack, packed)

    async def list(
        self,
        *,
        group_ids: Sequence[str] | None = None,
        created_by: str | None = None,
        from_: datetime | None = None,
        until: datetime | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Assignment]:
        """Return a page of orders, newest first; filters that are None do not filter.

        Raises InvalidError for a bad limit or cursor.
        """
        wanted = conditions(
            schema.assignments,
            {"created_by": created_by},
            group_ids=group_ids,
            from_=from_,
            until=until,
        )
        query = newest_first(
            sa.select(_ASSIGNMENTS.document).where(*wanted),
            _ASSIGNMENTS.created_at,
            _ASSIGNMENTS.id,
            limit=limit,
            cursor=cursor,
        )
        documents = await self._database.do_read(
            lambda connection: connection.execute(query).scalars().all()
        )
        return page_of([msgspec.convert(one, Assignment) for one in documents], limit)

    async def give_some(
        self,
        order: Assignment,
        moves: Sequence[Move],
        change: Callable[[Assignment, Given], Assignment],
        now: datetime,
    ) -> Assignment:
        """Give the next of an order's tasks to whom `moves` says; return the order as it then is.

        A task that is closed, or another manager's than planned, is left. `change` makes the order
        of what was done; it is pure. Raises ConflictError `assignment-state` when somebody else
        has gone on with the order since `order` was read: then nothing is written.
        """

        def work(connection: sa.Connection) -> Assignment:
            given = _give(connection, order, moves, now)
            after = change(order, given)
            _update(connection, order, after)
            return after

        return await self._database.do_write(work)

    async def end(
        self, order: Assignment, after: Assignment, item: WorkItem, now: datetime
    ) -> None:
        """End an order and its work. Raises ConflictError `assignment-state` as `give_some`."""

        def work(connection: sa.Connection) -> None:
            _update(connection, order, after, moves=None)
            if not conclude_work(connection, item, now, failure=after.failure):
                raise _elsewhere()

        await self._database.do_write(work)


def pack(moves: Sequence[Move]) -> bytes:
    """Return moves as they are kept: about 20 bytes each."""
    return zlib.compress(_packed.encode(list(moves)), 1)


def unpack(packed: bytes) -> list[Move]:
    """Return the moves that were packed."""
    return _moves.decode(zlib.decompress(packed))


def _give(
    connection: sa.Connection, order: Assignment, moves: Sequence[Move], now: datetime
) -> Given:
    """Write the tasks of `moves` that are still as they were planned."""
    given = Given()
    ids = {"ids": [move.task_id for move in moves]}
    # A handover's tasks first follow their customers, as planned.
    settle_owners(connection, sorted(set(connection.execute(_CUSTOMERS_OF, ids).scalars())))
    wanted = {"ids": sorted({move.to_manager_id for move in moves})}
    present = set(connection.execute(_PRESENT, wanted).scalars())
    documents = connection.execute(_LOCKED, ids).scalars()
    tasks = {task.id: task for task in (msgspec.convert(one, Task) for one in documents)}
    changes = []
    for move in moves:
        task = tasks.get(move.task_id)
        reason = _stays(task, move, order, present)
        if task is None or reason is not None:
            given.left_out[reason or StayReason.UNKNOWN].append(move.task_id)
            continue
        given.shares[move.to_manager_id] += 1
        after = changed(task, manager_id=move.to_manager_id)
        changes.append(TaskChange(task, after, now, order.created_by))
    write_changes(connection, in_managers_groups(connection, changes))
    return given


def _stays(
    task: Task | None, move: Move, order: Assignment, present: Collection[str]
) -> StayReason | None:
    """Return why a task can't be given as planned any more; None: it can."""
    if task is None:
        return StayReason.UNKNOWN
    if not task.is_open:
        return StayReason.CLOSED
    if task.manager_id != move.from_manager_id:
        return StayReason.CHANGED
    by_hand = order.rule.kind is RuleKind.HAND
    if not by_hand and task.contacted_at is not None and task.contacted_at >= order.created_at:
        return StayReason.TAKEN
    return None if move.to_manager_id in present else StayReason.RECIPIENT_GONE


def _update(
    connection: sa.Connection, before: Assignment, after: Assignment, **more: object
) -> None:
    done = connection.execute(
        schema.assignments.update()
        .where(
            _ASSIGNMENTS.id == before.id,
            _ASSIGNMENTS.position == before.position,
            _ASSIGNMENTS.moves.is_not(None),
        )
        .values(position=after.position, document=after, **more)
    )
    if before.state is not AssignmentState.RUNNING or done.rowcount == 0:
        raise _elsewhere()


def _elsewhere() -> ConflictError:
    return ConflictError("assignment-state", "Somebody else has gone on with it.")


def _row(order: Assignment) -> dict[str, Any]:
    return {
        "id": order.id,
        "group_id": order.group_id,
        "created_at": order.created_at,
        "created_by": order.created_by,
        "position": order.position,
        "document": order,
    }
