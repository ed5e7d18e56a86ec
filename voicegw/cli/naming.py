"""What `--group` and `--manager` mean: an id of ours, or another system's."""

from __future__ import annotations

from voicegw.errors import InvalidError
from voicegw.store.database import Database
from voicegw.store.groups import GroupRepository
from voicegw.store.managers import ManagerRepository


async def group_id_of(database: Database, key: str) -> str:
    """Return the id of the group with this id or external id. Raises InvalidError."""
    groups = GroupRepository(database)
    group = await groups.get(key) or await groups.get_by_external_id(key)
    if group is None:
        raise InvalidError("--group", "there is no group with this id or external id")
    return group.id


async def manager_id_of(database: Database, key: str) -> str:
    """Return the id of the manager with this id or external id. Raises InvalidError."""
    managers = ManagerRepository(database)
    manager = await managers.get(key) or await managers.get_by_external_id(key)
    if manager is None:
        raise InvalidError("--manager", "there is no manager with this id or external id")
    return manager.id
