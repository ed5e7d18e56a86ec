"""Commands that work on the store and end."""

from __future__ import annotations

import asyncio

from api.keys import generate_key
from config import Settings
from voicegw.errors import InvalidError
from voicegw.model.directory import Role
from voicegw.store.database import Database, migrate
from voicegw.store.groups import GroupRepository
from voicegw.store.keys import KeyRepository


def migrate_store(settings: Settings) -> dict[str, object]:
    """Bring the store to this program's schema; return `{"revision": …}`."""
    return {"revision": asyncio.run(migrate(settings.store.url))}


def create_api_key(settings: Settings, role: Role, group_id: str | None) -> dict[str, object]:
    """Make a key, keep its hash and return `{"id", "key", "role", "group_id"}`.

    Raises InvalidError when there is no such group.
    """
    return asyncio.run(_create_api_key(settings, role, group_id))


async def _create_api_key(
    settings: Settings, role: Role, group_id: str | None
) -> dict[str, object]:
    record, plaintext = generate_key(role, group_id)
    database = await Database.open(settings.store.url)
    try:
        if group_id is not None and await GroupRepository(database).get(group_id) is None:
            raise InvalidError("group", "there is no group with this id")
        await KeyRepository(database).create(record)
    finally:
        await database.close()
    return {"id": record.id, "key": plaintext, "role": record.role.value, "group_id": group_id}
