"""API keys: how they are made, spelled and hashed.

A key reads `vgw_<id>_<secret>`: the id (26 characters) tells keys apart in lists and logs, the
secret has 256 random bits. Only the SHA-256 of the whole key is kept; with that much randomness a
slow password hash would add cost to each request and no safety.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from voicegw.errors import InvalidError
from voicegw.model.directory import ApiKey, Grant, Role
from voicegw.model.ids import IdKind, new_id

_KEY: Final = re.compile(r"^vgw_[0-9a-v]{26}_[A-Za-z0-9_-]{43}$")


def generate_key(
    role: Role,
    group_id: str | None = None,
    manager_id: str | None = None,
    *,
    grants: Sequence[Grant] = (),
    now: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Return a new key's record and its plaintext, which nothing keeps: show it once.

    `group_id` limits what the key sees to that group and those below it; `grants` are for a
    `county_manager`. Raises InvalidError when a `county_manager` has no group or a `manager` no
    manager: such a key would see nothing at all.
    """
    if grants and role is not Role.COUNTY_MANAGER:
        raise InvalidError("grants", "only a county_manager's key takes grants")
    if role is Role.COUNTY_MANAGER and group_id is None:
        raise InvalidError("group_id", "a county_manager's key needs the group it is for")
    if role is Role.MANAGER and manager_id is None:
        raise InvalidError("manager_id", "a manager's key needs the manager it is for")
    key_id = new_id(IdKind.KEY)
    prefix = f"vgw_{key_id.removeprefix(f'{IdKind.KEY}_')}"
    plaintext = f"{prefix}_{secrets.token_urlsafe(32)}"
    record = ApiKey(
        id=key_id,
        prefix=prefix,
        secret_sha256=hash_key(plaintext),
        role=role,
        created_at=now or datetime.now(UTC),
        group_id=group_id,
        manager_id=manager_id,
        grants=list(dict.fromkeys(grants)),
    )
    return record, plaintext


def hash_key(plaintext: str) -> str:
    """Return the SHA-256 of a key in hexadecimal: the form in which the store knows it."""
    return hashlib.sha256(plaintext.encode()).hexdigest()


def is_key(text: str) -> bool:
    """Whether `text` has the shape of a key, so that nonsense never costs a query."""
    return _KEY.match(text) is not None
