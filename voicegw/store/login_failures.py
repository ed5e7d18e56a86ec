"""Failed logins in the store, so that all nodes agree on who has to wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from voicegw.model.lockout import Failures, LockRules
from voicegw.store import schema
from voicegw.store.database import Database

_FAILURES = schema.login_failures.c


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of an attempt. `locked_until`: it was not let through, and not counted.

    `locks` are the keys that it locks, should it fail.
    """

    locked_until: datetime | None = None
    locks: Sequence[str] = ()


class LoginFailureRepository:
    """Counts attempts. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used: who can't be counted is
    not let in.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def begin_attempt(self, rules: Mapping[str, LockRules], at: datetime) -> Counted:
        """Count an attempt for each key of `rules` as a failure, before anything is compared.

        Whoever is locked has nothing written: asking on and on neither fills the store nor keeps
        others from writing.
        """
        ends = sa.select(sa.func.max(_FAILURES.locked_until)).where(
            _FAILURES.key.in_(sorted(rules)), _FAILURES.locked_until > at
        )
        locked_until = await self._database.do_read(
            lambda connection: connection.execute(ends).scalar_one()
        )
        if locked_until is not None:
            return Counted(locked_until)
        insert = self._database.insert(schema.login_failures).on_conflict_do_nothing(
            index_elements=["key"]
        )

        def write(connection: sa.Connection) -> Counted:
            new = [{"key": key, "failures": 0, "last_at": at} for key in sorted(rules)]
            connection.execute(insert, new)
            known = _known(connection, rules)
            until = [one.locked_until for one in known.values() if one.is_locked(at)]
            if until:
                return Counted(max(one for one in until if one is not None))
            after = {key: one.attempted(at, rules[key]) for key, one in known.items()}
            _write(connection, after)
            return Counted(locks=[key for key, one in after.items() if one.is_locked(at)])

        return await self._database.do_write(write)

    async def take_back(self, rules: Mapping[str, LockRules]) -> None:
        """Take the last attempt of each key back, and the lock that it made."""

        def write(connection: sa.Connection) -> None:
            known = _known(connection, rules)
            _write(connection, {key: one.taken_back(rules[key]) for key, one in known.items()})

        await self._database.do_write(write)

    async def forgive(self, keys: Sequence[str]) -> None:
        """Forget the failures of `keys`, and their locks."""
        delete = schema.login_failures.delete().where(_FAILURES.key.in_(list(keys)))
        await self._database.do_write(lambda connection: connection.execute(delete))

    async def forgive_below(self, prefix: str) -> None:
        """Forget the failures of all keys that begin with `prefix`, and their locks."""
        delete = schema.login_failures.delete().where(
            _FAILURES.key.startswith(prefix, autoescape=True)
        )
        await self._database.do_write(lambda connection: connection.execute(delete))

    async def locked(self, at: datetime, *, most: int | None = None) -> Sequence[str]:
        """Return the keys, or `most` of them, that are locked at that moment."""
        query = sa.select(_FAILURES.key).where(_FAILURES.locked_until > at).order_by(_FAILURES.key)
        query = query.limit(most)
        return await self._database.do_read(
            lambda connection: list(connection.scalars(query).all())
        )

    async def purge(self, before: datetime) -> None:
        """Delete what has not failed since `before` and locks nobody since."""
        delete = schema.login_failures.delete().where(
            _FAILURES.last_at < before,
            sa.or_(_FAILURES.locked_until.is_(None), _FAILURES.locked_until < before),
        )
        await self._database.do_write(lambda connection: connection.execute(delete))


def _known(connection: sa.Connection, rules: Mapping[str, LockRules]) -> dict[str, Failures]:
    """Return what is known of each key, locked in their order so that no two attempts wait for
    each other.
    """
    query = sa.select(schema.login_failures).where(_FAILURES.key.in_(sorted(rules)))
    rows = connection.execute(query.order_by(_FAILURES.key).with_for_update()).all()
    return {row.key: Failures(row.failures, row.last_at, row.locked_until) for row in rows}


def _write(connection: sa.Connection, known: Mapping[str, Failures]) -> None:
    update = schema.login_failures.update().where(_FAILURES.key == sa.bindparam("of"))
    rows: list[dict[str, Any]] = [
        {
            "of": key,
            "failures": one.count,
            "last_at": one.last_at,
            "locked_until": one.locked_until,
        }
        for key, one in known.items()
    ]
    if rows:
        connection.execute(update, rows)
