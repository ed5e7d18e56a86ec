"""Diallings in the store: one for each manager, driven by one node, each customer claimed by one.

A claim is written in the transaction that says which call is to be made, before anything is
dialled. It is on the customer and on the number: a family's number is not rung for two at once.
It lasts a moment longer than the call, so that whoever chose before the call, and claims after it,
finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.dialling import Dialling, DiallingState
from voicegw.model.event import Event, EventType
from voicegw.model.ids import IdKind, new_id
from voicegw.model.task import Task
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.events import append_numbered
from voicegw.store.paging import DEFAULT_LIMIT, Page, newest_first, page_of

CLAIM: Final = timedelta(minutes=5)
"""How long a claim lasts that nobody prolongs."""
GRACE: Final = timedelta(minutes=1)
"""How long it lasts after its call."""

_TABLE = schema.diallings
_COLUMNS = _TABLE.c
_CLAIMS = schema.dial_claims.c
_TASKS = schema.tasks.c
_CALLS = schema.calls.c
_NODES = schema.nodes.c
_LONGEST_CALL = timedelta(hours=5)
INNER: Final = ("is_told", "was_talk", "aside", "revision")
"""Fields that only the node that drives a dialling needs."""
_NUMBER: Final = "number:"
CUSTOMER_ENGAGED: Final = "customer-engaged"
"""Somebody is in a call with the customer."""
CLAIM_LOST: Final = "claim-lost"
"""The call that was claimed is not to be made any more."""


@dataclass(frozen=True, slots=True)
class Held:
    """Which dialling a node drives, in which revision, and until when nobody else does."""

    id: str
    revision: int
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """What is to be called for a dialling, and who must be called by nobody else meanwhile.

    `task` is as it was when it was chosen. `how` makes the dialling that calls
    (`voicegw.model.dialling.calls`), or returns it as it is where it is not to call any more.
    `keys` are those of :func:`claim_keys`.
    """

    dialling_id: str
    task: Task
    keys: Collection[str]
    how: Callable[[Dialling], Dialling]


@dataclass(frozen=True, slots=True)
class DiallingFilter:
    """Which diallings a list shows; None doesn't filter."""

    group_ids: Sequence[str] | None = None
    manager_id: str | None = None
    is_going: bool | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return what a query is to be restricted by."""
        found: list[sa.ColumnElement[bool]] = []
        if self.group_ids is not None:
            found.append(_COLUMNS.group_id.in_(self.group_ids))
        if self.manager_id is not None:
            found.append(_COLUMNS.manager_id == self.manager_id)
        if self.is_going is not None:
            found.append(_COLUMNS.stopped_at.is_(None) if self.is_going else _OVER)
        return found


_OVER = _COLUMNS.stopped_at.is_not(None)


class Diallings:
    """Reads and writes diallings as one node. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database, node: str) -> None:
        """Work on `database` in the name of `node`."""
        self._database = database
        self._node = node

    async def create(self, dialling: Dialling) -> None:
        """Begin one. Raises ConflictError `dialling-running` when its manager has one."""

        def write(connection: sa.Connection) -> None:
            going = sa.select(_COLUMNS.id).where(
                _COLUMNS.manager_id == dialling.manager_id, _COLUMNS.stopped_at.is_(None)
            )
            if connection.execute(going).first() is not None:
                raise ConflictError("dialling-running", "The manager works on a list already.")
            connection.execute(_TABLE.insert(), _row(dialling))
            self._tell(connection, EventType.DIALLING_STARTED, dialling, dialling.created_at)

        try:
            await self._database.do_write(write)
        except ConflictError as error:
            if error.slug == "already-exists":  # two at the same moment
                detail = "The manager works on a list already."
                raise ConflictError("dialling-running", detail) from error
            raise

    async def get(self, dialling_id: str) -> Dialling | None:
        """Return a dialling by id."""
        query = sa.select(_COLUMNS.document).where(_COLUMNS.id == dialling_id)
        found = await self._database.do_read(
            lambda connection: connection.execute(query).scalar_one_or_none()
        )
        return None if found is None else msgspec.convert(found, Dialling)

    async def list(
        self,
        wanted: DiallingFilter = DiallingFilter(),
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Dialling]:
        """Return a page of diallings, newest first. Raises InvalidError for a bad cursor."""
        query = newest_first(
            sa.select(_COLUMNS.document).where(*wanted.conditions()),
            _COLUMNS.created_at,
            _COLUMNS.id,
            limit=limit,
            cursor=cursor,
        )
        found = await self._database.do_read(
            lambda connection: connection.execute(query).scalars().all()
        )
        return page_of([msgspec.convert(one, Dialling) for one in found], limit)

    async def change(
        self,
        dialling_id: str,
        how: Callable[[Dialling], Dialling],
        at: datetime,
        *,
        call_over: str | None = None,
    ) -> Dialling:
        """Put what `how` makes of it in its place, tell of it, and return it.

        Nobody writes in between; `how` is pure. `call_over` is a call that has ended: its claims
        last `GRACE` from `at` on. Raises NotFoundError, and what `how` raises.
        """
        return await self._database.do_write(partial(self._change, dialling_id, how, at, call_over))

    def _change(
        self,
        dialling_id: str,
        how: Callable[[Dialling], Dialling],
        at: datetime,
        call_over: str | None,
        connection: sa.Connection,
    ) -> Dialling:
        before = _locked(connection, dialling_id)
        if before is None:
            raise NotFoundError("dialling", dialling_id)
        after = how(before)
        if call_over is not None:
            ending = schema.dial_claims.update().where(_CLAIMS.call_id == call_over)
            connection.execute(ending.values(until=at + GRACE))
        if after != before:
            _write(connection, after)
            if (after.state, after.why, after.task_id) != (
                before.state,
                before.why,
                before.task_id,
            ):
                self._tell(connection, _kind(after), after, at)
        return after

    # -- one node drives it ------------------------------------------------------------------

    async def going(self) -> Sequence[Held]:
        """Return all that go on and this node drives, paused ones as well."""
        query = sa.select(_COLUMNS.id, _COLUMNS.revision, _COLUMNS.lease_until).where(
            _COLUMNS.stopped_at.is_(None), _COLUMNS.leased_by == self._node
        )
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return [
            Held(row.id, row.revision, row.lease_until)
            for row in rows
            if row.lease_until is not None
        ]

    async def get_many(self, ids: Sequence[str]) -> Sequence[Dialling]:
        """Return the diallings with these ids, those that there are; a hundred at the most."""
        query = sa.select(_COLUMNS.document).where(_COLUMNS.id.in_(ids))
        found = await self._database.do_read(
            lambda connection: connection.execute(query).scalars().all()
        )
        return [msgspec.convert(one, Dialling) for one in found]

    async def is_any_free(self, now: datetime) -> bool:
        """Whether one goes on that nobody drives."""
        query = sa.select(_COLUMNS.id).where(_COLUMNS.stopped_at.is_(None), _free(now)).limit(1)
        return await self._database.do_read(
            lambda connection: connection.execute(query).first() is not None
        )

    async def lease(self, now: datetime, until: datetime, calls: Collection[str] = ()) -> None:
        """Drive all that nobody drives, and prolong those that this node drives, until then.

        Claims of `calls`, which run, are prolonged as well.
        """
        mine = sa.or_(_COLUMNS.leased_by == self._node, _free(now))

        def write(connection: sa.Connection) -> None:
            query = (
                sa.select(_COLUMNS.id)
                .where(_COLUMNS.stopped_at.is_(None), mine)
                .order_by(_COLUMNS.id)
                .with_for_update(skip_locked=True)
            )
            ids = connection.execute(query).scalars().all()
            if ids:
                connection.execute(
                    _TABLE.update()
                    .where(_COLUMNS.id.in_(ids))
                    .values(leased_by=self._node, lease_until=until)
                )
            if calls:
                kept = schema.dial_claims.update().where(
                    _CLAIMS.call_id.in_(calls), _CLAIMS.until < now + CLAIM
                )
                connection.execute(kept.values(until=now + CLAIM))

        await self._database.do_write(write)

    async def give_up(self, now: datetime) -> None:
        """Let other nodes drive what this one does."""
        statement = (
            _TABLE.update()
            .where(_COLUMNS.leased_by == self._node, _COLUMNS.stopped_at.is_(None))
            .values(leased_by=None, lease_until=now)
        )
        await self._database.do_write(lambda connection: connection.execute(statement))

    # -- one customer is called by one ---------------------------------------------------------

    async def claim(self, wanted: Claim, at: datetime) -> Dialling | None:
        """Write which call is to be made, and that its customer is being called.

        Returns the dialling that calls. None, and nothing was written, when another node drives it,
        it is not to call any more, somebody calls the customer, or the task is not as it was.
        """
        try:
            return await self._database.do_write(partial(self._claim, wanted, at))
        except ConflictError as error:
            if error.slug != CUSTOMER_ENGAGED:
                raise
            return None

    def _claim(self, wanted: Claim, at: datetime, connection: sa.Connection) -> Dialling | None:
        task, keys = wanted.task, sorted(set(wanted.keys))
        before = _locked(connection, wanted.dialling_id, driven_by=self._node, at=at)
        after = before if before is None else wanted.how(before)
        if before is None or after is None or after == before or after.call_id is None:
            return None
        is_same = sa.select(_TASKS.document).where(_TASKS.id == task.id).with_for_update()
        known = connection.execute(is_same).scalar_one_or_none()
        if known is None or not _is_as_chosen(task, msgspec.convert(known, Task)):
            return None
        taken = sa.select(_CLAIMS.key).where(_CLAIMS.key.in_(keys), _CLAIMS.until > at)
        if connection.execute(taken.limit(1)).first() is not None:
            return None
        insert = self._database.insert(schema.dial_claims)
        claiming = insert.on_conflict_do_update(
            index_elements=["key"],
            set_={"call_id": insert.excluded.call_id, "until": insert.excluded.until},
            where=_CLAIMS.until <= at,
        ).returning(_CLAIMS.key)
        for key in keys:
            row = {"key": key, "call_id": after.call_id, "until": at + CLAIM}
            if connection.execute(claiming, row).first() is None:
                # Somebody else was quicker by a moment, on PostgreSQL.
                raise ConflictError(CUSTOMER_ENGAGED, "Somebody is calling this customer.")
        _write(connection, after)
        self._tell(connection, _kind(after), after, at)
        return after

    async def stands_against(self, wanted: Claim, call_id: str, at: datetime) -> str | None:
        """Return why a call that was claimed, and is in the store, is not to be made any more.

        `CLAIM_LOST`: another node drives the dialling, it was paused or stopped, or the task was
        closed or given away. `CUSTOMER_ENGAGED`: the customer is in another call of a node that
        runs. None: it is to be made.
        """
        dialling = sa.select(_COLUMNS.document).where(
            _COLUMNS.id == wanted.dialling_id,
            _COLUMNS.leased_by == self._node,
            _COLUMNS.lease_until > at,
        )
        task = sa.select(_TASKS.id).where(
            _TASKS.id == wanted.task.id,
            _TASKS.manager_id == wanted.task.manager_id,
            _TASKS.closed_at.is_(None),
        )
        numbers = [key.removeprefix(_NUMBER) for key in wanted.keys if key.startswith(_NUMBER)]
        is_theirs: sa.ColumnElement[bool] = _CALLS.customer_number.in_(numbers)
        if wanted.task.customer_id is not None:
            is_theirs = sa.or_(is_theirs, _CALLS.customer_id == wanted.task.customer_id)
        other = sa.select(_CALLS.id).where(_CALLS.id != call_id, is_theirs, *_running(at))

        def read(connection: sa.Connection) -> str | None:
            found = connection.execute(dialling).scalar_one_or_none()
            known = None if found is None else msgspec.convert(found, Dialling)
            is_calling = known is not None and known.state is DiallingState.CALLING
            if known is None or not is_calling or known.call_id != call_id or known.is_pausing:
                return CLAIM_LOST
            if connection.execute(task).first() is None:
                return CLAIM_LOST
            is_engaged = connection.execute(other.limit(1)).first() is not None
            return CUSTOMER_ENGAGED if is_engaged else None

        return await self._database.do_read(read)

    async def unclaim(
        self,
        dialling_id: str,
        call_id: str,
        how: Callable[[Dialling], Dialling],
        at: datetime,
    ) -> Dialling:
        """Undo the claims of a call that was not, and will not be, made. Raises NotFoundError."""

        def write(connection: sa.Connection) -> Dialling:
            connection.execute(schema.dial_claims.delete().where(_CLAIMS.call_id == call_id))
            return self._change(dialling_id, how, at, None, connection)

        return await self._database.do_write(write)

    async def is_engaged(self, manager_id: str, now: datetime) -> bool:
        """Whether a manager is in a call on a node that runs."""
        query = sa.select(_CALLS.id).where(_CALLS.manager_id == manager_id, *_running(now)).limit(1)
        return await self._database.do_read(
            lambda connection: connection.execute(query).first() is not None
        )

    async def forget_claims(self, before: datetime) -> int:
        """Delete claims that ended before then; return how many there were."""
        statement = schema.dial_claims.delete().where(_CLAIMS.until < before)
        return await self._database.do_write(
            lambda connection: connection.execute(statement).rowcount
        )

    def _tell(
        self, connection: sa.Connection, kind: EventType, dialling: Dialling, at: datetime
    ) -> None:
        data: dict[str, Any] = msgspec.to_builtins(dialling)
        for name in INNER:
            del data[name]
        data["sequence"] = 0
        told = Event(
            id=new_id(IdKind.EVENT),
            type=kind,
            subject=dialling.id,
            time=at,
            sequence=0,
            data=data,
            group_id=dialling.group_id,
            manager_id=dialling.manager_id,
        )
        append_numbered(self._database.dialect, connection, [told])


def claim_keys(customer_id: str | None, numbers: Collection[str]) -> list[str]:
    """Return by what a customer is claimed: the record, and the numbers that lead there."""
    keys = [f"{_NUMBER}{number}" for number in numbers]
    return keys if customer_id is None else [f"customer:{customer_id}", *keys]


def _is_as_chosen(chosen: Task, known: Task) -> bool:
    """Whether nobody has called for, closed, moved or given away a task since it was chosen."""
    return known.is_open and all(
        getattr(known, name) == getattr(chosen, name)
        for name in ("manager_id", "customer_id", "due_at", "not_before", "attempts", "result")
    )


def _running(now: datetime) -> Sequence[sa.ColumnElement[bool]]:
    """Return what holds for calls that run, on nodes that do."""
    return (
        _CALLS.created_at > now - _LONGEST_CALL,
        _CALLS.is_final == sa.false(),
        sa.exists().where(_NODES.name == _CALLS.node, _NODES.lease_until > now),
    )


def _free(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(_COLUMNS.leased_by.is_(None), _COLUMNS.lease_until <= now)


def _locked(
    connection: sa.Connection,
    dialling_id: str,
    *,
    driven_by: str | None = None,
    at: datetime | None = None,
) -> Dialling | None:
    query = sa.select(_COLUMNS.document).where(_COLUMNS.id == dialling_id)
    if driven_by is not None:
        query = query.where(_COLUMNS.leased_by == driven_by, _COLUMNS.lease_until > at)
    found = connection.execute(query.with_for_update()).scalar_one_or_none()
    return None if found is None else msgspec.convert(found, Dialling)


def _kind(dialling: Dialling) -> EventType:
    if dialling.state is DiallingState.STOPPED:
        return EventType.DIALLING_STOPPED
    if dialling.state is DiallingState.SHOWN:
        return EventType.DIALLING_SHOWN
    return EventType.DIALLING_CHANGED


def _write(connection: sa.Connection, dialling: Dialling) -> None:
    row = _row(dialling)
    del row["created_at"]
    connection.execute(_TABLE.update().where(_COLUMNS.id == dialling.id).values(row))


def _row(dialling: Dialling) -> dict[str, Any]:
    return {
        "id": dialling.id,
        "manager_id": dialling.manager_id,
        "group_id": dialling.group_id,
        "created_at": dialling.created_at,
        "stopped_at": dialling.stopped_at,
        "revision": dialling.revision,
        "document": dialling,
    }
