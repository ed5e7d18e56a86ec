"""Commands that work on the store and end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from api.keys import generate_key
from config import Settings
from voicegw.errors import InvalidError
from voicegw.model.directory import Grant, Role
from voicegw.store.database import Database, migrate
from voicegw.store.groups import GroupRepository
from voicegw.store.keys import KeyRepository
from voicegw.store.managers import ManagerRepository


def migrate_store(settings: Settings) -> dict[str, object]:
    """Bring the store to this program's schema; return `{"revision": …}`."""
    return {"revision": asyncio.run(migrate(settings.store.url))}


def create_api_key(
    settings: Settings,
    role: Role,
    group: str | None = None,
    manager: str | None = None,
    grants: Sequence[Grant] = (),
) -> dict[str, object]:
    """Make a key, keep its hash and return `{"id", "key", "role", "group_id"}`.

    A manager's key has `manager_id` besides. `grants` are for a `county_manager` only.
    `group` and `manager` are ids or external ids. Raises InvalidError when there is no such group
    or manager, and when a role lacks what it needs: a `county_manager` the group, a `manager` the
    manager, who is nobody else's to name.
    """
    if (role is Role.MANAGER) != (manager is not None):
        what = "needs the manager it is for" if manager is None else "is for no single manager"
        raise InvalidError("--manager", f"a key of role {role} {what}")
    if role is Role.COUNTY_MANAGER and group is None:
        raise InvalidError("--group", f"a key of role {role} needs the group it is for")
    if grants and role is not Role.COUNTY_MANAGER:
        raise InvalidError("--grant", "only a key of role county_manager takes grants")
    return asyncio.run(_create_api_key(settings, role, group, manager, grants))


async def _create_api_key(
    settings: Settings,
    role: Role,
    group: str | None,
    manager: str | None,
    grants: Sequence[Grant],
) -> dict[str, object]:
    database = await Database.open(settings.store.url)
    try:
        group_id = await _group_id(database, group) if group is not None else None
        manager_id = await _manager_id(database, manager) if manager is not None else None
        record, plaintext = generate_key(role, group_id, manager_id, grants=grants)
        await KeyRepository(database).create(record)
    finally:
        await database.close()
    made: dict[str, object] = {"id": record.id, "key": plaintext}
    made |= {"role": record.role.value, "group_id": group_id}
    return made if manager_id is None else {**made, "manager_id": manager_id}


async def _group_id(database: Database, key: str) -> str:
    groups = GroupRepository(database)
    group = await groups.get(key) or await groups.get_by_external_id(key)
    if group is None:
        raise InvalidError("--group", "there is no group with this id or external id")
    return group.id


async def _manager_id(database: Database, key: str) -> str:
    managers = ManagerRepository(database)
    manager = await managers.get(key) or await managers.get_by_external_id(key)
    if manager is None:
        raise InvalidError("--manager", "there is no manager with this id or external id")
    return manager.id
