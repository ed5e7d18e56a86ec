"""Logins of users in the store; tokens are there as SHA-256 only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa

from voicegw.model.user import User, UserSession, UserStatus
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.rows import to_struct

#: Whoever logs in more often has the oldest logins ended: no program fills the store.
MOST_OF_A_USER = 32

_SESSIONS = schema.user_sessions.c
_USERS = schema.users.c
_COUNTS = sa.and_(
    _SESSIONS.user_id == _USERS.id,
    _SESSIONS.credentials == _USERS.credentials,
    _USERS.status == UserStatus.ACTIVE.value,
)
"""That a session is its user's, and was begun with what lets the user in today."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session and whose it is."""

    session: UserSession
    user: User


class SessionRepository:
    """Reads and writes sessions. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def begin(self, session: UserSession) -> bool:
        """Add `session`; False, and nothing is added, when its user may not log in like that now.

        So a login that was under way while the password changed, or while the user was disabled,
        leads to no session.
        """

        def write(connection: sa.Connection) -> bool:
            query = sa.select(_USERS.credentials).where(
                _USERS.id == session.user_id, _USERS.status == UserStatus.ACTIVE.value
            )
            found = connection.execute(query.with_for_update()).scalar_one_or_none()
            if found != session.credentials:
                return False
            connection.execute(schema.user_sessions.insert(), msgspec.structs.asdict(session))
            connection.execute(
                schema.users.update()
                .where(_USERS.id == session.user_id)
                .values(last_login_at=session.created_at)
            )
            kept = (
                sa.select(_SESSIONS.id)
                .where(_SESSIONS.user_id == session.user_id)
                .order_by(_SESSIONS.created_at.desc(), _SESSIONS.id.desc())
                .limit(MOST_OF_A_USER)
            )
            connection.execute(
                schema.user_sessions.delete().where(
                    _SESSIONS.user_id == session.user_id, _SESSIONS.id.not_in(kept)
                )
            )
            return True

        return await self._database.do_write(write)

    async def find(self, token_sha256: str) -> SignedIn | None:
        """Return the session whose token has this SHA-256 and its user, if it still counts.

        Whether its time is over is the caller's to judge.
        """
        ours = sa.select(schema.user_sessions).where(_SESSIONS.token_sha256 == token_sha256)
        whose = sa.select(schema.users).where(_COUNTS, _SESSIONS.token_sha256 == token_sha256)

        def read(connection: sa.Connection) -> SignedIn | None:
            user = connection.execute(whose).one_or_none()
            session = None if user is None else connection.execute(ours).one_or_none()
            if user is None or session is None:
                return None
            return SignedIn(to_struct(session, UserSession), to_struct(user, User))

        return await self._database.do_read(read)

    async def of_user(self, user_id: str) -> Sequence[UserSession]:
        """Return the sessions of a user that count, newest first; at most MOST_OF_A_USER."""
        query = (
            sa.select(schema.user_sessions)
            .where(_COUNTS, _SESSIONS.user_id == user_id)
            .order_by(_SESSIONS.created_at.desc(), _SESSIONS.id.desc())
        )
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return [to_struct(row, UserSession) for row in rows]

    async def end(self, user_id: str, session_id: str) -> bool:
        """End one session of a user; False: there is none such."""
        delete = schema.user_sessions.delete().where(
            _SESSIONS.user_id == user_id, _SESSIONS.id == session_id
        )
        result = await self._database.do_write(lambda connection: connection.execute(delete))
        return bool(result.rowcount)

    async def end_all(self, user_id: str) -> int:
        """End all sessions of a user, and return how many there were."""
        delete = schema.user_sessions.delete().where(_SESSIONS.user_id == user_id)
        result = await self._database.do_write(lambda connection: connection.execute(delete))
        return int(result.rowcount)

    async def note_uses(self, uses: Mapping[str, datetime]) -> None:
        """Note when sessions, by id, were used last; one that has ended is passed over."""
        update = (
            schema.user_sessions.update()
            .where(
                _SESSIONS.id == sa.bindparam("session"), _SESSIONS.last_seen_at < sa.bindparam("at")
            )
            .values(last_seen_at=sa.bindparam("at"))
        )
        values = [{"session": session, "at": at} for session, at in sorted(uses.items())]
        if values:
            await self._database.do_write(lambda connection: connection.execute(update, values))

    async def purge(self, at: datetime, idle: timedelta) -> int:
        """Delete sessions whose time was over at `at`, and those that count no more."""
        counts = sa.exists().where(_COUNTS)
        delete = schema.user_sessions.delete().where(
            sa.or_(_SESSIONS.expires_at <= at, _SESSIONS.last_seen_at <= at - idle, ~counts)
        )
        result = await self._database.do_write(lambda connection: connection.execute(delete))
        return int(result.rowcount)
