"""What a dial-through asks of the store: whom a manager dialled, what was spent, wrong PINs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa

from voicegw.model.call import CallOutcome, Direction
from voicegw.store import schema
from voicegw.store.database import Database

_CALLS = schema.calls.c
_FAILURES = schema.pin_failures.c


def manager_key(manager_id: str) -> str:
    """Return under which key a manager's PIN is counted, whoever calls from wherever."""
    return f"manager:{manager_id}"


def own_telephone_key(manager_id: str) -> str:
    """Return under which key it is counted when the manager's own telephone calls."""
    return f"own:{manager_id}"


class LastDialled(msgspec.Struct, frozen=True):
    """Whom a manager dialled last."""

    number: str
    customer_id: str | None = None


class Spent(msgspec.Struct, frozen=True):
    """What a manager has dialled through so far."""

    calls: int = 0
    talk_s: float = 0.0


class DiallingRepository:
    """Reads what was dialled and keeps PIN failures. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def last_dialled(self, manager_id: str, since: datetime) -> LastDialled | None:
        """Return whom the manager called outward last, at `since` or later; refused ones count."""
        query = (
            sa.select(_CALLS.customer_number, _CALLS.customer_id)
            .where(
                _CALLS.manager_id == manager_id,
                _CALLS.created_at >= since,
                _CALLS.direction != Direction.INBOUND.value,
                _CALLS.customer_number.is_not(None),
            )
            .order_by(_CALLS.created_at.desc(), _CALLS.id.desc())
            .limit(1)
        )

        def read(connection: sa.Connection) -> LastDialled | None:
            row = connection.execute(query).one_or_none()
            return None if row is None else LastDialled(row.customer_number, row.customer_id)

        return await self._database.do_read(read)

    async def spent(self, manager_id: str, since: datetime) -> Spent:
        """Return what the manager dialled through from `since` on; a talk counts when it is over.

        Calls that were refused do not count.
        """
        talk_s = _CALLS.document["talk_s"].as_float()
        query = sa.select(sa.func.count(), sa.func.sum(talk_s)).where(
            _CALLS.manager_id == manager_id,
            _CALLS.created_at >= since,
            _CALLS.direction == Direction.DIAL_THROUGH.value,
            _CALLS.customer_number.is_not(None),
            sa.or_(_CALLS.outcome.is_(None), _CALLS.outcome != CallOutcome.REFUSED.value),
        )

        def read(connection: sa.Connection) -> Spent:
            calls, seconds = connection.execute(query).one()
            return Spent(calls, float(seconds or 0.0))

        return await self._database.do_read(read)

    async def begin_attempt(
        self, keys: Sequence[str], at: datetime, *, most: int, lock: timedelta
    ) -> bool:
        """Count an attempt for each of `keys` as a failure, before anything is compared.

        Return False, with nothing counted, when one of them is locked. The attempt that makes
        `most` within `lock` locks its key for `lock`; `take_back` undoes it for who was right. So
        attempts made at the same moment count all.
        """
        ordered = sorted(set(keys))
        insert = self._database.insert(schema.pin_failures).on_conflict_do_nothing(
            index_elements=["key"]
        )
        chosen = sa.select(schema.pin_failures).where(_FAILURES.key.in_(ordered))

        def write(connection: sa.Connection) -> bool:
            connection.execute(
                insert, [{"key": key, "failures": 0, "since": at} for key in ordered]
            )
            rows = connection.execute(chosen.order_by(_FAILURES.key).with_for_update()).all()
            if any(row.locked_until is not None and row.locked_until > at for row in rows):
                return False
            for row in rows:
                is_old = row.since + lock <= at or row.locked_until is not None
                failures = 1 if is_old else row.failures + 1
                connection.execute(
                    schema.pin_failures.update()
                    .where(_FAILURES.key == row.key)
                    .values(
                        failures=failures,
                        since=at if is_old or not row.failures else row.since,
                        locked_until=at + lock if failures >= most else None,
                    )
                )
            return True

        return await self._database.do_write(write)

    async def forgive(self, keys: Sequence[str]) -> None:
        """Forget the failures of `keys`, and their lock."""
        delete = schema.pin_failures.delete().where(_FAILURES.key.in_(list(keys)))
        await self._database.do_write(lambda connection: connection.execute(delete))

    async def take_back(self, key: str) -> None:
        """Take the last attempt of `key` back, and the lock that it made."""
        update = (
            schema.pin_failures.update()
            .where(_FAILURES.key == key, _FAILURES.failures > 0)
            .values(failures=_FAILURES.failures - 1, locked_until=None)
        )
        await self._database.do_write(lambda connection: connection.execute(update))

    async def locked(self, at: datetime) -> Sequence[str]:
        """Return the keys that are locked at that moment."""
        query = sa.select(_FAILURES.key).where(_FAILURES.locked_until > at).order_by(_FAILURES.key)
        return await self._database.do_read(
            lambda connection: list(connection.scalars(query).all())
        )

    async def forget_failures_before(self, moment: datetime) -> None:
        """Delete failures that began before `moment` and lock nobody any more."""
        delete = schema.pin_failures.delete().where(
            _FAILURES.since < moment,
            sa.or_(_FAILURES.locked_until.is_(None), _FAILURES.locked_until < moment),
        )
        await self._database.do_write(lambda connection: connection.execute(delete))
