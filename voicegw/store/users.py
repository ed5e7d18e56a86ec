"""Users in the store: who may log in, and what proves it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.audit import AuditEntry
from voicegw.model.directory import Role
from voicegw.model.user import User, UserStatus
from voicegw.store import schema
from voicegw.store.audit import add_entries
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from voicegw.store.rows import to_struct

_USERS = schema.users.c
_CODES = schema.recovery_codes.c


class UserFilter(msgspec.Struct, frozen=True):
    """Which users a list shall hold; what is None does not filter."""

    login: str | None = None
    role: Role | None = None
    status: UserStatus | None = None
    group_id: str | None = None
    manager_id: str | None = None


class UserRepository:
    """Reads and writes users. Every method is one short transaction.

    Changes take the entries of the audit log that tell of them: both are done or neither.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def create(self, user: User, *entries: AuditEntry) -> None:
        """Add `user`. Raises ConflictError when its login is taken, or what it names is gone."""

        def write(connection: sa.Connection) -> None:
            connection.execute(schema.users.insert(), msgspec.structs.asdict(user))
            add_entries(connection, entries)

        await self._database.do_write(write)

    async def get(self, user_id: str) -> User | None:
        """Return the user with this id."""
        return await self._one(_USERS.id == user_id)

    async def get_by_login(self, login: str) -> User | None:
        """Return the user with this login, normalised."""
        return await self._one(_USERS.login == login)

    async def get_by_subject(self, issuer: str, subject: str) -> User | None:
        """Return the user whom the OpenID provider `issuer` calls `subject`."""
        return await self._one(_USERS.oidc_issuer == issuer, _USERS.oidc_subject == subject)

    async def list(
        self, wanted: UserFilter, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[User]:
        """Return a page of users, oldest first. Raises InvalidError for a bad limit or cursor."""
        query = sa.select(schema.users).order_by(_USERS.id).limit(check_limit(limit) + 1)
        for name, value in msgspec.structs.asdict(wanted).items():
            if value is not None:
                query = query.where(_USERS[name] == value)
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[str])
            query = query.where(_USERS.id > after)
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        items = [to_struct(row, User) for row in rows[:limit]]
        return Page(items, encode_cursor(items[-1].id) if len(rows) > limit else None)

    async def replace(
        self, user: User, *entries: AuditEntry, expected_revision: int | None = None
    ) -> User:
        """Replace what administrators say of a user, and return the user as it is then.

        That is login, name, role, reach, status and telephone; `revision` rises. All logins end
        when role, reach or status change. Raises NotFoundError, ConflictError when the login is
        taken, and ConflictError `revision-changed` when `expected_revision` is given and another
        one by now.
        """
        fields = ("login", "name", "role", "group_id", "manager_id", "grants", "status", "phone")
        ending = ("role", "group_id", "manager_id", "grants", "status")

        def write(connection: sa.Connection) -> User:
            before = _locked(connection, user.id)
            if expected_revision not in {None, before.revision}:
                raise ConflictError("revision-changed", "Somebody else has changed it meanwhile.")
            changes: dict[str, Any] = {name: getattr(user, name) for name in fields}
            changes["revision"] = before.revision + 1
            if any(getattr(user, name) != getattr(before, name) for name in ending):
                changes["credentials"] = before.credentials + 1
            add_entries(connection, entries)
            return _changed(connection, before, changes)

        return await self._database.do_write(write)

    async def delete(self, user_id: str, *entries: AuditEntry) -> None:
        """Remove a user with all sessions. Raises NotFoundError."""

        def write(connection: sa.Connection) -> None:
            deleted = connection.execute(schema.users.delete().where(_USERS.id == user_id))
            if deleted.rowcount == 0:
                raise NotFoundError("user", user_id)
            add_entries(connection, entries)

        await self._database.do_write(write)

    async def set_password(
        self,
        user_id: str,
        password_hash: str,
        *entries: AuditEntry,
        one_time_until: datetime | None = None,
        replaces: str | None = None,
    ) -> User | None:
        """Give a user another password, which ends all logins; return the user as it is then.

        `one_time_until`: it must be changed before anything else, and works until then. `replaces`:
        only while the password's hash is that one; None is returned when it is another by now, or
        the user is disabled. Raises NotFoundError.
        """

        def write(connection: sa.Connection) -> User | None:
            before = _locked(connection, user_id)
            if replaces is not None and not (before.is_active and before.password_hash == replaces):
                return None
            add_entries(connection, entries)
            return _changed(
                connection,
                before,
                {
                    "password_hash": password_hash,
                    "must_change": one_time_until is not None,
                    "password_expires_at": one_time_until,
                    "credentials": before.credentials + 1,
                    "revision": before.revision + 1,
                },
            )

        return await self._database.do_write(write)

    async def begin_second_factor(self, user_id: str, sealed_secret: str) -> bool:
        """Keep the secret of a second factor that is to be confirmed; False: there is one already.

        Raises NotFoundError.
        """

        def write(connection: sa.Connection) -> bool:
            before = _locked(connection, user_id)
            if before.has_second_factor:
                return False
            _changed(connection, before, {"totp_secret": sealed_secret, "totp_step": 0})
            return True

        return await self._database.do_write(write)

    async def confirm_second_factor(
        self,
        user: User,
        step: int,
        at: datetime,
        code_hashes: Sequence[str],
        *entries: AuditEntry,
    ) -> User | None:
        """Ask for the second factor from now on, and return the user as it is then.

        `step` is that of the code it was confirmed with, `code_hashes` the SHA-256 of recovery
        codes. None: the secret is another by now, or was confirmed before.
        """

        def write(connection: sa.Connection) -> User | None:
            before = _locked(connection, user.id)
            if before.has_second_factor or before.totp_secret != user.totp_secret:
                return None
            connection.execute(schema.recovery_codes.delete().where(_CODES.user_id == user.id))
            connection.execute(
                schema.recovery_codes.insert(),
                [{"user_id": user.id, "code_sha256": one} for one in code_hashes],
            )
            add_entries(connection, entries)
            changes = {"totp_confirmed_at": at, "totp_step": step, "revision": before.revision + 1}
            return _changed(connection, before, changes)

        return await self._database.do_write(write)

    async def remove_second_factor(self, user_id: str, *entries: AuditEntry) -> User:
        """Ask for none any more, which ends all logins. Raises NotFoundError."""

        def write(connection: sa.Connection) -> User:
            before = _locked(connection, user_id)
            connection.execute(schema.recovery_codes.delete().where(_CODES.user_id == user_id))
            add_entries(connection, entries)
            return _changed(
                connection,
                before,
                {
                    "totp_secret": None,
                    "totp_confirmed_at": None,
                    "totp_step": 0,
                    "credentials": before.credentials + 1,
                    "revision": before.revision + 1,
                },
            )

        return await self._database.do_write(write)

    async def use_step(self, user_id: str, step: int) -> bool:
        """Take the code of this time step; False: it, or a later one, was used before."""
        update = (
            schema.users.update()
            .where(_USERS.id == user_id, _USERS.totp_step < step)
            .values(totp_step=step)
        )
        return await self._did(update)

    async def use_recovery_code(self, user_id: str, code_sha256: str) -> bool:
        """Take a recovery code, which is worthless then; False: there is none such."""
        return await self._did(
            schema.recovery_codes.delete().where(
                _CODES.user_id == user_id, _CODES.code_sha256 == code_sha256
            )
        )

    async def recovery_codes_left(self, user_id: str) -> int:
        """Return how many recovery codes are not used yet."""
        query = sa.select(sa.func.count()).where(_CODES.user_id == user_id)
        return await self._database.do_read(
            lambda connection: int(connection.execute(query).scalar_one())
        )

    async def link(self, user_id: str, issuer: str, subject: str) -> bool:
        """Note whom an OpenID provider means by `subject`; False: the user is somebody there.

        Raises ConflictError when somebody else is that subject.
        """
        update = (
            schema.users.update()
            .where(_USERS.id == user_id, _USERS.oidc_subject.is_(None))
            .values(oidc_issuer=issuer, oidc_subject=subject)
        )
        return await self._did(update)

    async def _did(self, statement: sa.Update | sa.Delete) -> bool:
        result = await self._database.do_write(lambda connection: connection.execute(statement))
        return bool(result.rowcount)

    async def _one(self, *conditions: sa.ColumnElement[bool]) -> User | None:
        query = sa.select(schema.users).where(*conditions)
        row = await self._database.do_read(
            lambda connection: connection.execute(query).one_or_none()
        )
        return None if row is None else to_struct(row, User)


def _locked(connection: sa.Connection, user_id: str) -> User:
    query = sa.select(schema.users).where(_USERS.id == user_id).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFoundError("user", user_id)
    return to_struct(row, User)


def _changed(connection: sa.Connection, before: User, changes: dict[str, Any]) -> User:
    connection.execute(schema.users.update().where(_USERS.id == before.id), changes)
    return msgspec.structs.replace(before, **changes)
