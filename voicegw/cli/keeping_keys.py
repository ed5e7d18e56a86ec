"""What `voicegw keys` does to the store; every change leaves an entry in the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from api.keys import generate_key, rotated
from config import Settings
from voicegw.cli.naming import group_id_of, manager_id_of
from voicegw.cli.noting import entry_of
from voicegw.clock import SystemClock
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.directory import ApiKey, Grant, Role
from voicegw.model.ids import IdKind
from voicegw.store.database import Database
from voicegw.store.keys import KeyFilter, KeyRepository, KeyState
from voicegw.store.paging import MAX_LIMIT

#: The options that give fields, for whoever is told what is wrong with one.
_OPTIONS: Final = {"grants": "--grant", "scopes": "--scope", "expires_at": "--expires"}
_SECRETS: Final = ("secret_sha256", "previous_sha256")


@dataclass(frozen=True, slots=True)
class WantedKey:
    """A key to be made. `group` and `manager` are ids or external ids."""

    role: Role
    group: str | None = None
    manager: str | None = None
    grants: Sequence[Grant] = ()
    name: str = ""
    scopes: Sequence[str] | None = None
    expires_at: datetime | None = None
    requests_per_s: float | None = None


def create_api_key(settings: Settings, wanted: WantedKey) -> dict[str, object]:
    """Make a key, keep its hash and return `{"id", "key", "role", "group_id"}`.

    A manager's key has `manager_id` besides. Raises InvalidError when there is no such group or
    manager, when a role lacks what it needs (a `county_manager` the group, a `manager` the manager,
    who is nobody else's to name), and when it does not take a grant or have a scope.
    """
    role = wanted.role
    if (role is Role.MANAGER) != (wanted.manager is not None):
        what = (
            "needs the manager it is for" if wanted.manager is None else "is for no single manager"
        )
        raise InvalidError("--manager", f"a key of role {role} {what}")
    if role is Role.COUNTY_MANAGER and wanted.group is None:
        raise InvalidError("--group", f"a key of role {role} needs the group it is for")
    return asyncio.run(_create(settings, wanted))


def list_api_keys(
    settings: Settings, role: Role | None = None, state: KeyState | None = None
) -> list[dict[str, Any]]:
    """Return all keys, the oldest first, without their secrets' hashes."""
    return asyncio.run(_list(settings, role, state))


def revoke_api_key(settings: Settings, key: str) -> dict[str, object]:
    """Make a key, named by id or prefix, worthless. Raises InvalidError when there is none."""
    return asyncio.run(_revoke(settings, _id_of(key)))


def rotate_api_key(settings: Settings, key: str, overlap_s: int) -> dict[str, object]:
    """Give a key another secret and return `{"id", "key", "previous_until"}`.

    Raises InvalidError when there is none, or it is revoked or expired.
    """
    return asyncio.run(_rotate(settings, _id_of(key), timedelta(seconds=overlap_s)))


async def _create(settings: Settings, wanted: WantedKey) -> dict[str, object]:
    database = await Database.open(settings.store.url)
    try:
        group_id = await group_id_of(database, wanted.group) if wanted.group else None
        manager_id = await manager_id_of(database, wanted.manager) if wanted.manager else None
        record, plaintext = _generated(wanted, group_id, manager_id)
        entry = _entry(record, how="created", for_role=record.role)
        await KeyRepository(database).create(record, entry)
    finally:
        await database.close()
    made: dict[str, object] = {"id": record.id, "key": plaintext}
    made |= {"role": record.role.value, "group_id": group_id}
    return made if manager_id is None else {**made, "manager_id": manager_id}


def _generated(
    wanted: WantedKey, group_id: str | None, manager_id: str | None
) -> tuple[ApiKey, str]:
    try:
        return generate_key(
            wanted.role,
            group_id,
            manager_id,
            grants=wanted.grants,
            name=wanted.name,
            scopes=wanted.scopes,
            expires_at=wanted.expires_at,
            requests_per_s=wanted.requests_per_s,
        )
    except InvalidError as error:
        raise InvalidError(_OPTIONS.get(error.field, error.field), error.message) from error


async def _list(
    settings: Settings, role: Role | None, state: KeyState | None
) -> list[dict[str, Any]]:
    wanted = KeyFilter(now=SystemClock().now(), role=role, state=state)
    found: list[dict[str, Any]] = []
    database = await Database.open(settings.store.url)
    try:
        keys, cursor = KeyRepository(database), None
        while True:
            page = await keys.list(wanted, limit=MAX_LIMIT, cursor=cursor)
            for key in page.items:
                shown = msgspec.to_builtins(key)
                found.append({name: shown[name] for name in shown if name not in _SECRETS})
            cursor = page.next_cursor
            if cursor is None:
                return found
    finally:
        await database.close()


async def _revoke(settings: Settings, key_id: str) -> dict[str, object]:
    database = await Database.open(settings.store.url)
    try:
        keys = KeyRepository(database)
        record = await _known(keys, key_id)
        await keys.revoke(key_id, SystemClock().now(), _entry(record, how="revoked"))
    finally:
        await database.close()
    return {"id": key_id, "revoked": True}


async def _rotate(settings: Settings, key_id: str, overlap: timedelta) -> dict[str, object]:
    database = await Database.open(settings.store.url)
    try:
        keys = KeyRepository(database)
        record = await _known(keys, key_id)
        changed, plaintext = rotated(record, overlap, SystemClock().now())
        overlap_s = round(overlap.total_seconds())
        await keys.change(changed, _entry(record, how="rotated", overlap_s=overlap_s))
    finally:
        await database.close()
    until = changed.previous_until
    return {
        "id": key_id,
        "key": plaintext,
        "previous_until": None if until is None else until.isoformat(),
    }


async def _known(keys: KeyRepository, key_id: str) -> ApiKey:
    record = await keys.get(key_id)
    if record is None:
        raise NotFoundError("key", key_id)
    return record


def _id_of(key: str) -> str:
    """Return the id of a key that is named by its id or its prefix."""
    return f"{IdKind.KEY}_{key.removeprefix('vgw_')}" if key.startswith("vgw_") else key


def _entry(key: ApiKey, **detail: Any) -> AuditEntry:
    return entry_of(AuditAction.KEY, SubjectKind.KEY, key.id, detail, group_id=key.group_id)
