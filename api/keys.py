"""API keys: how they are made and rotated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from api.access import check_grants, check_scopes
from api.key_secrets import hash_key, prefix_of, with_secret
from voicegw.errors import InvalidError
from voicegw.model.directory import ApiKey, Grant, Role
from voicegw.model.ids import IdKind, new_id


def generate_key(
    role: Role,
    group_id: str | None = None,
    manager_id: str | None = None,
    *,
    grants: Sequence[Grant] = (),
    now: datetime | None = None,
    name: str = "",
    scopes: Sequence[str] | None = None,
    expires_at: datetime | None = None,
    requests_per_s: float | None = None,
) -> tuple[ApiKey, str]:
    """Return a new key's record and its plaintext, which nothing keeps: show it once.

    `group_id` limits what the key sees to that group and those below it; `scopes` limits what it
    may do. Raises InvalidError when a `county_manager` has no group or a `manager` no manager
    (such a key would see nothing at all), when the role does not take a grant or does not have a
    scope, and when the key would be over already.
    """
    now = now or datetime.now(UTC)
    check_grants(role, grants)
    check_scopes(role, grants, scopes)
    check_end(expires_at, now)
    if role is Role.COUNTY_MANAGER and group_id is None:
        raise InvalidError(
            "group_id", "a county_manager's key needs the group it is for", kind="missing"
        )
    if role is Role.MANAGER and manager_id is None:
        raise InvalidError(
            "manager_id", "a manager's key needs the manager it is for", kind="missing"
        )
    key_id = new_id(IdKind.KEY)
    plaintext = with_secret(prefix_of(key_id))
    record = ApiKey(
        id=key_id,
        prefix=prefix_of(key_id),
        secret_sha256=hash_key(plaintext),
        role=role,
        created_at=now,
        group_id=group_id,
        manager_id=manager_id,
        grants=list(dict.fromkeys(grants)),
        name=name,
        scopes=None if scopes is None else sorted(set(scopes)),
        expires_at=expires_at,
        requests_per_s=requests_per_s,
    )
    return record, plaintext


def rotated(key: ApiKey, overlap: timedelta, now: datetime) -> tuple[ApiKey, str]:
    """Return `key` with another secret, and its plaintext; the present one lasts for `overlap`.

    A secret that was still valid from an earlier rotation ends now: there are never three. Raises
    InvalidError for a key that is revoked or expired.
    """
    if not key.is_valid(now):
        raise InvalidError("key_id", "is revoked or expired; make a new key", kind="not-active")
    plaintext = with_secret(key.prefix)
    changed = msgspec.structs.replace(
        key,
        secret_sha256=hash_key(plaintext),
        previous_sha256=key.secret_sha256 if overlap else None,
        previous_until=now + overlap if overlap else None,
    )
    return changed, plaintext


def check_end(expires_at: datetime | None, now: datetime) -> None:
    """Raise InvalidError when a key would be over as soon as it is written."""
    if expires_at is not None and expires_at <= now:
        raise InvalidError(
            "expires_at", "is in the past; to end a key at once, revoke it", kind="in-past"
        )
