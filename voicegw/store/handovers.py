"""Handovers in the store: staged in chunks, switched by one row, followed by the records.

:mod:`voicegw.store.owners` has the switch itself, as every query of owners sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.audit import AuditEntry
from voicegw.model.directory import ManagerStatus
from voicegw.model.event import Event
from voicegw.model.handover import (
    OPEN_STATES,
    Candidate,
    Handover,
    HandoverItem,
    HandoverState,
    ItemResult,
    RecipientKind,
)
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store import schema
from voicegw.store.audit import add_entries
from voicegw.store.database import Database
from voicegw.store.events import write_events
from voicegw.store.owners import apply_items, owned_by
from voicegw.store.paging import (
    DEFAULT_LIMIT,
    Page,
    check_limit,
    conditions,
    decode_cursor,
    encode_cursor,
    newest_first,
    page_of,
)
from voicegw.store.rows import to_struct
from voicegw.store.work import conclude_work, put_work, work_row

#: The most rows that one transaction writes: more would keep calls' writes waiting.
CHUNK = 500

_HANDOVERS = schema.handovers.c
_ITEMS = schema.handover_items.c
_CUSTOMERS = schema.customers.c
_MANAGERS = schema.managers.c
_STATE = schema.directory_state.c
_CANDIDATE = (
    _CUSTOMERS.id.label("customer_id"),
    _CUSTOMERS.owner_id,
    _CUSTOMERS.group_id,
    _CUSTOMERS.class_.label("class_"),
    _CUSTOMERS.tier,
)

Change = Callable[[Handover], Handover]


class SwitchOutcome(StrEnum):
    """What came of the attempt to switch."""

    SWITCHED = "switched"
    BUSY = "busy"
    """Another handover's records still follow: try again soon."""
    RECIPIENT_GONE = "recipient-gone"
    """A manager who would get customers has departed or is no more."""


class HandoverRepository:
    """Reads and writes handovers. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def add(self, handover: Handover, entry: AuditEntry) -> None:
        """Add a handover, the work that carries it out, and the entry that it was asked for."""

        def work(connection: sa.Connection) -> None:
            connection.execute(schema.handovers.insert(), _row(handover))
            row = work_row(WorkKind.HANDOVER, handover.id, handover.created_at)
            put_work(self._database, connection, [row])
            add_entries(connection, [entry])

        await self._database.do_write(work)

    async def get(self, handover_id: str) -> Handover | None:
        """Return the handover with this id."""
        query = sa.select(_HANDOVERS.document).where(_HANDOVERS.id == handover_id)
        document = await self._database.do_read(
            lambda connection: connection.execute(query).scalar_one_or_none()
        )
        return None if document is None else msgspec.convert(document, Handover)

    async def list(
        self,
        *,
        group_ids: Sequence[str] | None = None,
        from_manager_id: str | None = None,
        state: HandoverState | None = None,
        from_: datetime | None = None,
        until: datetime | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Handover]:
        """Return a page of handovers, newest first; filters that are None do not filter.

        Raises InvalidError for a bad limit or cursor.
        """
        equal = {"from_manager_id": from_manager_id, "state": state}
        wanted = conditions(schema.handovers, equal, group_ids=group_ids, from_=from_, until=until)
        query = newest_first(
            sa.select(_HANDOVERS.document).where(*wanted),
            _HANDOVERS.created_at,
            _HANDOVERS.id,
            limit=limit,
            cursor=cursor,
        )
        documents = await self._database.do_read(
            lambda connection: connection.execute(query).scalars().all()
        )
        return page_of([msgspec.convert(one, Handover) for one in documents], limit)

    async def items(
        self,
        handover_id: str,
        *,
        result: ItemResult | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[HandoverItem]:
        """Return a page of the customers of a handover, by customer.

        Raises InvalidError for a bad limit or cursor.
        """
        query = sa.select(schema.handover_items).where(_ITEMS.handover_id == handover_id)
        if result is not None:
            query = query.where(_ITEMS.result == result)
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[str])
            query = query.where(_ITEMS.customer_id > after)
        query = query.order_by(_ITEMS.customer_id).limit(check_limit(limit) + 1)
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        found = [to_struct(row, HandoverItem) for row in rows[:limit]]
        return Page(found, encode_cursor(found[-1].customer_id) if len(rows) > limit else None)

    async def candidates(
        self, handover: Handover, after: str = "", limit: int = CHUNK
    ) -> Sequence[Candidate]:
        """Return customers that fit and are not staged yet, by id, from behind `after`."""
        returns = handover.to.kind is RecipientKind.BACK
        wanted = [_CUSTOMERS.id > after, *_chosen(handover)]
        query: sa.Select[Any] = sa.select(*_CANDIDATE)
        if returns:
            query = _returning(query, handover)
        else:
            query = query.where(owned_by(handover.from_manager_id, wanted, limit))
        query = query.where(*wanted).order_by(_CUSTOMERS.id).limit(limit)
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        # Of a customer whom another handover has just given to this manager the record lags.
        owner = None if returns else handover.from_manager_id
        return [
            Candidate(row.customer_id, owner or row.owner_id, row.group_id, row.class_, row.tier)
            for row in rows
        ]

    async def known_groups(self, customer_ids: Sequence[str]) -> Mapping[str, str]:
        """Return the group of each of up to CHUNK customers that there is."""
        query = sa.select(_CUSTOMERS.id, _CUSTOMERS.group_id).where(_CUSTOMERS.id.in_(customer_ids))
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return {row.id: row.group_id for row in rows}

    async def counts(self, handover_id: str) -> Mapping[tuple[str, ItemResult | None], int]:
        """Return how many customers each recipient has, by what became of them."""
        query = (
            sa.select(_ITEMS.to_manager_id, _ITEMS.result, sa.func.count())
            .where(_ITEMS.handover_id == handover_id)
            .group_by(_ITEMS.to_manager_id, _ITEMS.result)
        )
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return {(row[0], None if row[1] is None else ItemResult(row[1])): row[2] for row in rows}

    async def ids_with(self, handover_id: str, result: ItemResult, limit: int) -> Sequence[str]:
        """Return the first customers with this result."""
        query = (
            sa.select(_ITEMS.customer_id)
            .where(_ITEMS.handover_id == handover_id, _ITEMS.result == result)
            .order_by(_ITEMS.customer_id)
            .limit(limit)
        )
        return await self._database.do_read(
            lambda connection: connection.execute(query).scalars().all()
        )

    async def stage(self, handover_id: str, items: Sequence[HandoverItem]) -> None:
        """Add up to CHUNK customers to a handover; those that are in it already stay so."""
        insert = self._database.insert(schema.handover_items).on_conflict_do_nothing(
            index_elements=["handover_id", "customer_id"]
        )
        rows = [
            {
                "handover_id": handover_id,
                "customer_id": item.customer_id,
                "from_manager_id": item.from_manager_id,
                "to_manager_id": item.to_manager_id,
            }
            for item in items
        ]
        if rows:
            await self._database.do_write(lambda connection: connection.execute(insert, rows))

    async def change(
        self,
        handover_id: str,
        expected: Collection[HandoverState],
        change: Change,
        *,
        entry: AuditEntry | None = None,
        done: tuple[WorkItem, datetime] | None = None,
    ) -> Handover:
        """Replace a handover by what `change` makes of it, and return that.

        `entry` is noted with it, and with `done` (its work, and when) the work is over. Raises
        NotFoundError, ConflictError `handover-state` when the state is none of `expected`.
        """

        def work(connection: sa.Connection) -> Handover:
            changed = change(_locked(connection, handover_id, expected))
            _update(connection, changed)
            add_entries(connection, [] if entry is None else [entry])
            if done is not None:
                _conclude(connection, *done, failure=changed.failure)
            return changed

        return await self._database.do_write(work)

    async def switch(self, handover_id: str, now: datetime) -> SwitchOutcome:
        """Make all the new owners answer, from the commit of this one short transaction on.

        Raises ConflictError `handover-state` when it is not staged or scheduled (any more).
        """

        def work(connection: sa.Connection) -> SwitchOutcome:
            handover = _locked(
                connection, handover_id, {HandoverState.STAGED, HandoverState.SCHEDULED}
            )
            recipients = [share.manager_id for share in handover.shares]
            rows = connection.execute(
                sa.select(_MANAGERS.id)
                .where(_MANAGERS.id.in_(recipients), _MANAGERS.status != ManagerStatus.DEPARTED)
                .with_for_update(read=True, key_share=True)
            )
            if len(rows.all()) < len(recipients):
                return SwitchOutcome.RECIPIENT_GONE
            taken = connection.execute(
                schema.directory_state.update()
                .where(_STATE.switching_id.is_(None))
                .values(switching_id=handover_id)
            )
            if taken.rowcount == 0:
                return SwitchOutcome.BUSY
            changed = msgspec.structs.replace(
                handover, state=HandoverState.SWITCHING, switched_at=now
            )
            _update(connection, changed)
            return SwitchOutcome.SWITCHED

        return await self._database.do_write(work)

    async def move_some(self, handover_id: str, after: str = "", limit: int = CHUNK) -> str | None:
        """Have the records of the next customers behind `after` follow the switch.

        Returns the last of them, None when no more wait.
        """

        def work(connection: sa.Connection) -> str | None:
            query = sa.select(schema.handovers).where(_HANDOVERS.id == handover_id)
            handover = connection.execute(query).one()
            ids = apply_items(connection, handover, _ITEMS.customer_id > after, limit)
            return ids[-1] if ids else None

        return await self._database.do_write(work)

    async def finish(
        self,
        handover_id: str,
        change: Change,
        make_event: Callable[[Handover], Event],
        done: tuple[WorkItem, datetime],
    ) -> Handover:
        """End a switch whose records have all followed: state, event and work in one transaction.

        Raises ConflictError `handover-state` when it was ended already or records still wait.
        """

        def work(connection: sa.Connection) -> Handover:
            changed = change(_locked(connection, handover_id, {HandoverState.SWITCHING}))
            pending = sa.select(sa.literal(1)).where(
                _ITEMS.handover_id == handover_id, _ITEMS.result.is_(None)
            )
            if connection.execute(pending.limit(1)).first() is not None:
                raise ConflictError("handover-state", "Records still follow the switch.")
            _update(connection, changed)
            connection.execute(
                schema.directory_state.update()
                .where(_STATE.switching_id == handover_id)
                .values(switching_id=None)
            )
            write_events(self._database.dialect, connection, [make_event(changed)])
            _conclude(connection, *done)
            return changed

        return await self._database.do_write(work)


def involves_open_handover(connection: sa.Connection, manager_id: str) -> bool:
    """Whether customers are about to go to or from this manager."""
    query = sa.select(_HANDOVERS.document).where(_HANDOVERS.state.in_(OPEN_STATES))
    for document in connection.execute(query).scalars():
        handover = msgspec.convert(document, Handover)
        if manager_id in {handover.from_manager_id, *handover.to.all_ids()}:
            return True
    return False


def _chosen(handover: Handover) -> list[sa.ColumnElement[bool]]:
    """Return the conditions for the customers that a handover means and has not staged yet."""
    choice = handover.choice
    staged = sa.exists().where(
        _ITEMS.handover_id == handover.id, _ITEMS.customer_id == _CUSTOMERS.id
    )
    wanted = [~staged.correlate(schema.customers)]
    if choice.customer_ids is not None:
        wanted.append(_CUSTOMERS.id.in_(choice.customer_ids))
    if choice.classes:
        wanted.append(_CUSTOMERS.class_.in_(choice.classes))
    if choice.tiers:
        wanted.append(_CUSTOMERS.tier.in_(choice.tiers))
    return wanted


def _returning(query: sa.Select[Any], handover: Handover) -> sa.Select[Any]:
    """Narrow `query` to what handovers took from the manager, and the one who got it still has."""
    before = schema.handovers.alias("before")
    moved = schema.handover_items.alias("moved")
    query = (
        query.distinct()
        .select_from(before)
        .join(moved, moved.c.handover_id == before.c.id)
        .join(
            schema.customers,
            sa.and_(
                _CUSTOMERS.id == moved.c.customer_id, _CUSTOMERS.owner_id == moved.c.to_manager_id
            ),
        )
        .where(
            before.c.from_manager_id == handover.from_manager_id,
            before.c.state == HandoverState.DONE,
            moved.c.from_manager_id == handover.from_manager_id,
            moved.c.result == ItemResult.MOVED,
        )
    )
    if handover.to.back_of is not None:
        query = query.where(before.c.id == handover.to.back_of)
    return query


def _locked(
    connection: sa.Connection, handover_id: str, expected: Collection[HandoverState]
) -> Handover:
    query = sa.select(_HANDOVERS.document).where(_HANDOVERS.id == handover_id).with_for_update()
    document = connection.execute(query).scalar_one_or_none()
    if document is None:
        raise NotFoundError("handover", handover_id)
    handover = msgspec.convert(document, Handover)
    if handover.state not in expected:
        raise ConflictError("handover-state", f"The handover is {handover.state}.")
    return handover


def _update(connection: sa.Connection, handover: Handover) -> None:
    connection.execute(
        schema.handovers.update().where(_HANDOVERS.id == handover.id), _row(handover)
    )


def _conclude(
    connection: sa.Connection, item: WorkItem, now: datetime, *, failure: str | None = None
) -> None:
    if not conclude_work(connection, item, now, failure=failure):
        raise ConflictError("handover-state", "Another node has the handover in hand.")


def _row(handover: Handover) -> dict[str, Any]:
    return {
        "id": handover.id,
        "group_id": handover.group_id,
        "from_manager_id": handover.from_manager_id,
        "state": handover.state,
        "created_at": handover.created_at,
        "created_by": handover.created_by,
        "why": handover.why,
        "switched_at": handover.switched_at,
        "moves_matters": handover.moves_matters,
        "document": handover,
    }
