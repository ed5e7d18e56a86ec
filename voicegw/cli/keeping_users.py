"""What `voicegw users` does to the store; every change leaves an entry in the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from api.access import check_grants
from api.login import lift_locks
from api.passwords import ONE_TIME_FOR, check_password, hash_password, one_time_password
from config import Settings
from voicegw.cli.naming import group_id_of, manager_id_of
from voicegw.cli.noting import entry_of
from voicegw.clock import SystemClock
from voicegw.errors import InvalidError
from voicegw.identity import mask
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.directory import Grant, Role
from voicegw.model.ids import IdKind, new_id
from voicegw.model.user import User, UserStatus, check_reach, checked_login, normalised_login
from voicegw.store.database import Database
from voicegw.store.login_failures import LoginFailureRepository
from voicegw.store.paging import MAX_LIMIT
from voicegw.store.users import UserFilter, UserRepository

#: The options that give fields, for whoever is told what is wrong with one.
_OPTIONS: Final = {"group_id": "--group", "manager_id": "--manager", "grants": "--grant"}
_SECRETS: Final = ("password_hash", "totp_secret", "totp_step", "oidc_subject", "credentials")


@dataclass(frozen=True, slots=True)
class WantedUser:
    """A user to be added. `group` and `manager` are ids or external ids."""

    login: str
    role: Role
    name: str = ""
    group: str | None = None
    manager: str | None = None
    grants: Sequence[Grant] = ()


def add(
    settings: Settings, wanted: WantedUser, *, password: str | None, one_time: bool
) -> dict[str, object]:
    """Add a user and return `{"id", "login", "role", "group_id", "manager_id"}`.

    With `one_time` a password is made, which is in what is returned. Raises InvalidError naming the
    option, ConflictError when the login is taken.
    """
    return asyncio.run(_add(settings, wanted, password, one_time))


def list_all(settings: Settings) -> list[dict[str, Any]]:
    """Return all users, the oldest first, without secrets."""
    return asyncio.run(_list(settings))


def set_status(settings: Settings, user: str, status: UserStatus) -> dict[str, object]:
    """Let a user in, or not any more. Raises InvalidError when there is no such user."""
    return asyncio.run(_set_status(settings, user, status))


def change_password(settings: Settings, user: str, password: str | None) -> dict[str, object]:
    """Give a user `password`; None makes a one-time one. Raises InvalidError."""
    return asyncio.run(_change_password(settings, user, password))


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    database = await Database.open(settings.store.url)
    try:
        yield database
    finally:
        await database.close()


async def _add(
    settings: Settings, wanted: WantedUser, password: str | None, one_time: bool
) -> dict[str, object]:
    login = checked_login(wanted.login)
    if password is not None:
        check_password(password, login)
    now = SystemClock().now()
    async with _opened(settings) as database:
        user = User(
            id=new_id(IdKind.USER),
            login=login,
            role=wanted.role,
            created_at=now,
            name=wanted.name,
            group_id=await group_id_of(database, wanted.group) if wanted.group else None,
            manager_id=await manager_id_of(database, wanted.manager) if wanted.manager else None,
            grants=list(dict.fromkeys(wanted.grants)),
        )
        _check(user)
        if one_time:
            password = one_time_password()
            user.must_change, user.password_expires_at = True, now + ONE_TIME_FOR
        user.password_hash = None if password is None else hash_password(password)
        entry = _entry(AuditAction.USER, user, how="created", for_role=user.role)
        await UserRepository(database).create(user, entry)
    made: dict[str, object] = {"id": user.id, "login": login, "role": user.role.value}
    made |= {"group_id": user.group_id, "manager_id": user.manager_id}
    return {**made, "password": password} if one_time else made


def _check(user: User) -> None:
    try:
        check_reach(user.role, user.group_id, user.manager_id)
        check_grants(user.role, user.grants)
    except InvalidError as error:
        raise InvalidError(_OPTIONS.get(error.field, error.field), error.message) from error


async def _list(settings: Settings) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async with _opened(settings) as database:
        users, cursor = UserRepository(database), None
        while True:
            page = await users.list(UserFilter(), limit=MAX_LIMIT, cursor=cursor)
            for user in page.items:
                shown = msgspec.to_builtins(user) | {"phone": mask(user.phone)}
                found.append({name: shown[name] for name in shown if name not in _SECRETS})
            cursor = page.next_cursor
            if cursor is None:
                return found


async def _set_status(settings: Settings, who: str, status: UserStatus) -> dict[str, object]:
    async with _opened(settings) as database:
        users = UserRepository(database)
        user = msgspec.structs.replace(await _known(users, who), status=status)
        entry = _entry(AuditAction.USER, user, how="replaced", changed=["status"])
        await users.replace(user, entry, expected_revision=user.revision)
        if status is UserStatus.ACTIVE:
            await lift_locks(LoginFailureRepository(database), user.login)
    return {"id": user.id, "login": user.login, "status": status.value}


async def _change_password(settings: Settings, who: str, password: str | None) -> dict[str, object]:
    async with _opened(settings) as database:
        users = UserRepository(database)
        user = await _known(users, who)
        changed: dict[str, object] = {"id": user.id, "login": user.login}
        if password is None:
            password, until = one_time_password(), SystemClock().now() + ONE_TIME_FOR
            changed["password"] = password
        else:
            check_password(password, user.login)
            until = None
        entry = _entry(AuditAction.USER_PASSWORD, user, how="reset")
        await users.set_password(user.id, hash_password(password), entry, one_time_until=until)
        await lift_locks(LoginFailureRepository(database), user.login)
    return changed


async def _known(users: UserRepository, who: str) -> User:
    user = await users.get(who) or await users.get_by_login(normalised_login(who))
    if user is None:
        raise InvalidError("user", "there is nobody with this login or id")
    return user


def _entry(action: AuditAction, user: User, **detail: Any) -> AuditEntry:
    return entry_of(action, SubjectKind.USER, user.id, detail, group_id=user.group_id)
