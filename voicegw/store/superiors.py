"""Who is told of what a group does not do in time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from voicegw.model.directory import Role
from voicegw.model.user import UserStatus
from voicegw.store import schema

_GROUPS = schema.groups.c
_USERS = schema.users.c
_MANAGERS = schema.managers.c
#: Groups lie within groups so deep at most; a circle ends there, too.
_MOST_LEVELS = 20


class Superior(msgspec.Struct, frozen=True):
    """Somebody who answers for a group, and the telephone that short messages go to."""

    user_id: str
    phone: str
    timezone: str
    """That of the group which is answered for."""


def superiors(connection: sa.Connection, group_id: str | None) -> Sequence[Superior]:
    """Return who answers for a group: the county managers of it, else of the nearest above.

    Only those who may log in and have a telephone; of a group without any, those of the one above.
    """
    timezone: str | None = None
    for _ in range(_MOST_LEVELS):
        if group_id is None:
            return []
        query = sa.select(_GROUPS.parent_id, _GROUPS.timezone).where(_GROUPS.id == group_id)
        group = connection.execute(query).one_or_none()
        if group is None:
            return []
        timezone = timezone or group.timezone
        found = connection.execute(
            sa.select(_USERS.id, _USERS.phone)
            .where(
                _USERS.group_id == group_id,
                _USERS.role == Role.COUNTY_MANAGER,
                _USERS.status == UserStatus.ACTIVE,
                _USERS.phone.is_not(None),
            )
            .order_by(_USERS.id)
        ).all()
        if found:
            return [Superior(row.id, row.phone, timezone) for row in found]
        group_id = group.parent_id
    return []


def names_of(connection: sa.Connection, manager_ids: Collection[str]) -> Mapping[str, str]:
    """Return the names of managers by id; those who are gone are left out."""
    query = sa.select(_MANAGERS.id, _MANAGERS.name).where(_MANAGERS.id.in_(sorted(manager_ids)))
    return {row.id: row.name for row in connection.execute(query)}
