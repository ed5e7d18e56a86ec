"""Who scores talks: users and keys in one list, with how much waits for each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.model.directory import Role
from voicegw.model.review import ReviewState
from voicegw.model.user import UserStatus
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from voicegw.store.rows import to_struct

_USERS = schema.users.c
_KEYS = schema.api_keys.c
_REVIEWS = schema.reviews.c
#: States in which a review waits for its reviewer.
_WAITING = (ReviewState.ASSIGNED, ReviewState.IN_PROGRESS)


class HolderKind(StrEnum):
    """What somebody acts by."""

    USER = "user"
    KEY = "key"


class Holder(msgspec.Struct, frozen=True):
    """A user, or the holder of a key.

    `name` is the login where a user has no name, and the key's prefix where a key has none.
    `scopes` names the permissions that a key is limited to; None: all of its role's. `waiting` is
    how many reviews were given to it that it has not scored.
    """

    id: str
    kind: HolderKind
    name: str
    role: Role
    group_id: str | None
    manager_id: str | None
    scopes: list[str] | None
    waiting: int


class HolderFilter(msgspec.Struct, frozen=True):
    """Whom a list shall hold: of `roles`, in one of `group_ids` or in none; None: in any.

    `now` is when keys must be valid.
    """

    roles: Collection[Role]
    now: datetime
    group_ids: Collection[str] | None = None


class ReviewerRepository:
    """Reads who may score. Raises StoreUnavailableError when the store can't be used."""

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def list(
        self, wanted: HolderFilter, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[Holder]:
        """Return a page of active users and valid keys, in the order of their ids.

        Raises InvalidError for a bad limit or cursor.
        """
        both = sa.union_all(_keys(wanted), _users(wanted)).subquery("holders")
        waiting = (
            sa.select(sa.func.count())
            .where(_REVIEWS.reviewer == both.c.id, _REVIEWS.state.in_(_WAITING))
            .scalar_subquery()
        )
        query = sa.select(both, waiting.label("waiting")).order_by(both.c.id)
        query = query.limit(check_limit(limit) + 1)
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[str])
            query = query.where(both.c.id > after)
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        items = [to_struct(row, Holder) for row in rows[:limit]]
        return Page(items, encode_cursor(items[-1].id) if len(rows) > limit else None)


def _users(wanted: HolderFilter) -> sa.Select[Any]:
    return sa.select(
        _USERS.id,
        sa.literal(HolderKind.USER.value).label("kind"),
        sa.case((_USERS.name != "", _USERS.name), else_=_USERS.login).label("name"),
        _USERS.role,
        _USERS.group_id,
        _USERS.manager_id,
        sa.cast(sa.null(), _KEYS.scopes.type).label("scopes"),
    ).where(_USERS.status == UserStatus.ACTIVE, *_within(schema.users, wanted))


def _keys(wanted: HolderFilter) -> sa.Select[Any]:
    is_current = sa.or_(_KEYS.expires_at.is_(None), _KEYS.expires_at > wanted.now)
    return sa.select(
        _KEYS.id,
        sa.literal(HolderKind.KEY.value).label("kind"),
        sa.case((_KEYS.name != "", _KEYS.name), else_=_KEYS.prefix).label("name"),
        _KEYS.role,
        _KEYS.group_id,
        _KEYS.manager_id,
        _KEYS.scopes,
    ).where(_KEYS.revoked_at.is_(None), is_current, *_within(schema.api_keys, wanted))


def _within(table: sa.Table, wanted: HolderFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [table.c.role.in_(wanted.roles)]
    if wanted.group_ids is not None:
        group_id = table.c.group_id
        found.append(sa.or_(group_id.is_(None), group_id.in_(wanted.group_ids)))
    return found
