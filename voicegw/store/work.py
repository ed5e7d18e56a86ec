"""The queue of work in the store: put once, leased, tried again, done or given up.

A lease ends by itself, so work of a process that was killed comes back; each lease is one attempt.
What a piece of work brings about should be written in the transaction in which it is concluded
(`conclude_work`): then it is done exactly once, however often it was begun.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from voicegw.model.work import WorkItem, WorkKind, WorkState, work_id
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.rows import to_struct

_WORK = schema.work.c
#: Made once: every call that ends puts work here, and making a statement costs as much as doing it.
_INSERT = {
    "postgresql": postgresql.insert(schema.work).on_conflict_do_nothing(index_elements=["id"]),
    "sqlite": sqlite.insert(schema.work).on_conflict_do_nothing(index_elements=["id"]),
}
_ITEM_COLUMNS = [
    _WORK[name]
    for name in (
        "id", "kind", "subject", "node", "attempts", "progress", "created_at", "lease_until",
        "leased_by",
    )
]  # fmt: skip


class WorkQueue:
    """The work of all nodes, as one process of `node` sees it. Each method is one transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database, node: str) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database
        self._node = node

    async def put(
        self, kind: WorkKind, subject: str, now: datetime, *, node: str | None = None
    ) -> None:
        """Add a piece of work unless it is there already; only `node` may do it, if given."""
        row = work_row(kind, subject, now, node=node)
        await self._database.do_write(
            lambda connection: put_work(self._database, connection, [row])
        )

    async def again(self, kind: WorkKind, subject: str, now: datetime) -> bool:
        """Have finished or given-up work done once more; return whether there was such."""
        statement = (
            schema.work.update()
            .where(
                _WORK.id == work_id(kind, subject),
                _WORK.state.in_([WorkState.DONE, WorkState.FAILED]),
            )
            .values(
                state=WorkState.WAITING, attempts=0, progress=0.0, not_before=now,
                finished_at=None, failure=None,
            )
        )  # fmt: skip
        async with self._database.write() as connection:
            return (await connection.execute(statement)).rowcount > 0

    async def lease(
        self, kinds: Sequence[WorkKind], now: datetime, lease_s: float
    ) -> WorkItem | None:
        """Take the oldest work of `kinds` that is due, for `lease_s` seconds; None: there is none.

        Work whose lease has run out is due again.
        """

        def take(connection: sa.Connection) -> WorkItem | None:
            due = sa.or_(
                sa.and_(_WORK.state == WorkState.WAITING, _WORK.not_before <= now),
                sa.and_(_WORK.state == WorkState.LEASED, _WORK.lease_until <= now),
            )
            mine = sa.or_(_WORK.node.is_(None), _WORK.node == self._node)
            query = (
                sa.select(_WORK.id)
                .where(_WORK.kind.in_(kinds), due, mine)
                .order_by(_WORK.created_at, _WORK.id)
                .limit(1)
                .with_for_update(skip_locked=True)  # SQLite has one writer at a time anyway
            )
            found = connection.execute(query).scalar_one_or_none()
            if found is None:
                return None
            connection.execute(
                schema.work.update()
                .where(_WORK.id == found)
                .values(
                    state=WorkState.LEASED,
                    attempts=_WORK.attempts + 1,
                    progress=0.0,
                    lease_until=now + timedelta(seconds=lease_s),
                    leased_by=self._node,
                )
            )
            row = connection.execute(sa.select(*_ITEM_COLUMNS).where(_WORK.id == found)).one()
            return to_struct(row, WorkItem)

        return await self._database.do_write(take)

    async def extend(
        self, item: WorkItem, now: datetime, lease_s: float, *, progress: float | None = None
    ) -> bool:
        """Keep `item` for `lease_s` more seconds; return False when it is no longer ours."""
        values: dict[str, object] = {"lease_until": now + timedelta(seconds=lease_s)}
        if progress is not None:
            values["progress"] = progress
        async with self._database.write() as connection:
            result = await connection.execute(
                schema.work.update().where(*_held(item)).values(**values)
            )
            return result.rowcount > 0

    async def put_back(
        self, item: WorkItem, not_before: datetime, failure: str, *, attempt_counts: bool = True
    ) -> bool:
        """Give `item` back to be tried again from `not_before` on; False when not ours any more.

        `failure` is a slug that says why. Without `attempt_counts` this attempt is forgotten.
        """
        async with self._database.write() as connection:
            result = await connection.execute(
                schema.work.update()
                .where(*_held(item))
                .values(
                    state=WorkState.WAITING,
                    not_before=not_before,
                    attempts=item.attempts if attempt_counts else item.attempts - 1,
                    failure=failure,
                    leased_by=None,
                    lease_until=None,
                )
            )
            return result.rowcount > 0

    async def reclaim(self, now: datetime) -> int:
        """Take back what this node had leased in an earlier life; return how much that was.

        Call it before anything here leases. The attempt counts: it may have been its work that
        killed the node.
        """
        statement = (
            schema.work.update()
            .where(_WORK.state == WorkState.LEASED, _WORK.leased_by == self._node)
            .values(state=WorkState.WAITING, not_before=now, leased_by=None, lease_until=None)
        )
        async with self._database.write() as connection:
            return (await connection.execute(statement)).rowcount

    async def conclude(self, item: WorkItem, now: datetime, *, failure: str | None = None) -> bool:
        """End `item` as done, or as given up for `failure`; False when it is no longer ours."""
        return await self._database.do_write(
            lambda connection: conclude_work(connection, item, now, failure=failure)
        )

    async def counts(self) -> Mapping[tuple[str, str], int]:
        """Return how much work there is by kind and state."""
        query = sa.select(_WORK.kind, _WORK.state, sa.func.count()).group_by(
            _WORK.kind, _WORK.state
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return {(kind, state): count for kind, state, count in rows}

    async def waiting(self) -> Mapping[str, int]:
        """Return how much work waits or is in hand, by kind: what is done is not looked at."""
        query = (
            sa.select(_WORK.kind, sa.func.count())
            .where(
                _WORK.kind.in_(list(WorkKind)),
                _WORK.state.in_([WorkState.WAITING, WorkState.LEASED]),
            )
            .group_by(_WORK.kind)
        )
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return {str(row.kind): int(row[1]) for row in rows}


def work_row(
    kind: WorkKind, subject: str, now: datetime, *, node: str | None = None
) -> dict[str, object]:
    """Return the row of a new piece of work."""
    return {
        "id": work_id(kind, subject),
        "kind": kind,
        "subject": subject,
        "node": node,
        "state": WorkState.WAITING,
        "attempts": 0,
        "progress": 0.0,
        "created_at": now,
        "not_before": now,
    }


def put_work(
    database: Database, connection: sa.Connection, rows: Sequence[Mapping[str, object]]
) -> None:
    """Add work inside a transaction; what is there already stays as it is."""
    connection.execute(_INSERT[database.dialect], list(rows))


def put_work_again(
    database: Database, connection: sa.Connection, row: Mapping[str, object]
) -> None:
    """Add work inside a transaction, or have it done once more by whom `row` names.

    What waits or is being done stays as it is.
    """
    insert = database.insert(schema.work)
    finished = [WorkState.DONE, WorkState.FAILED]
    changes: dict[str, Any] = {
        name: insert.excluded[name] for name in row if name not in {"id", "created_at"}
    }
    changes |= {"finished_at": sa.null(), "failure": sa.null(), "leased_by": sa.null()}
    statement = insert.on_conflict_do_update(
        index_elements=["id"], set_=changes, where=_WORK.state.in_(finished)
    )
    connection.execute(statement, dict(row))


def uploads_again(
    connection: sa.Connection, now: datetime, *wanted: sa.ColumnElement[bool]
) -> None:
    """Have uploads that were given up, those of `wanted`, tried once more by their own nodes."""
    connection.execute(
        schema.work.update()
        .where(_WORK.kind == WorkKind.UPLOAD, _WORK.state == WorkState.FAILED, *wanted)
        .values(state=WorkState.WAITING, attempts=0, not_before=now, finished_at=None, failure=None)
    )


def conclude_work(
    connection: sa.Connection, item: WorkItem, now: datetime, *, failure: str | None = None
) -> bool:
    """End `item` inside a transaction; when this returns False, roll the transaction back.

    False means that the lease ran out and somebody else has the work, or has done it.
    """
    result = connection.execute(
        schema.work.update()
        .where(*_held(item))
        .values(
            state=WorkState.DONE if failure is None else WorkState.FAILED,
            progress=1.0,
            finished_at=now,
            failure=failure,
            lease_until=None,
        )
    )
    return result.rowcount > 0


def _held(item: WorkItem) -> list[sa.ColumnElement[bool]]:
    return [
        _WORK.id == item.id,
        _WORK.state == WorkState.LEASED,
        _WORK.leased_by == item.leased_by,
        _WORK.attempts == item.attempts,
    ]
