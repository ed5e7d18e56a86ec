"""Users, sessions and failed logins in both stores."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.contract.conftest import NOW
from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.directory import Grant, Role
from voicegw.model.lockout import LockRules
from voicegw.model.user import LoginMethod, User, UserSession, UserStatus
from voicegw.store.audit import AuditFilter, AuditLog
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.login_failures import LoginFailureRepository
from voicegw.store.sessions import MOST_OF_A_USER, SessionRepository
from voicegw.store.users import UserFilter, UserRepository

IDLE = timedelta(hours=1)
RULES = LockRules(3, timedelta(seconds=30), timedelta(minutes=5))
ENTRY = AuditEntry(NOW, "key_1", "admin", AuditAction.USER, SubjectKind.USER, "usr_1")


def a_user(number: int = 1, **fields: Any) -> User:
    """Return an administrator unless `fields` say otherwise."""
    known: dict[str, Any] = {"role": Role.ADMIN, "password_hash": "hash", **fields}
    return User(f"usr_{number}", f"user{number}", created_at=NOW, **known)


def a_session(number: int = 1, user: int = 1, **fields: Any) -> UserSession:
    """Return a session of a user as it was made."""
    known: dict[str, Any] = {
        "credentials": 1,
        "method": LoginMethod.PASSWORD,
        "created_at": NOW,
        "expires_at": NOW + timedelta(hours=12),
        "last_seen_at": NOW,
        **fields,
    }
    return UserSession(f"ses_{number:03}", f"{number:064x}", f"usr_{user}", **known)


@pytest.fixture
def users(database: Database) -> UserRepository:
    return UserRepository(database)


@pytest.fixture
def sessions(database: Database) -> SessionRepository:
    return SessionRepository(database)


async def test_a_user_is_kept_whole(
    users: UserRepository, directory: DirectoryRepository, database: Database
) -> None:
    del directory
    county = a_user(
        role=Role.COUNTY_MANAGER,
        group_id="grp_2",
        grants=[Grant.HANDOVER],
        name="Li",
        must_change=True,
        password_expires_at=NOW,
        totp_secret="plain.X",
        totp_confirmed_at=NOW,
        totp_step=2**40,
        oidc_issuer="https://id.example.net",
        oidc_subject="s-1",
        last_login_at=NOW,
    )
    await users.create(county, ENTRY)
    assert await users.get("usr_1") == county
    assert await users.get_by_login("user1") == county
    assert await users.get_by_subject("https://id.example.net", "s-1") == county
    assert await users.get_by_subject("https://other.example.net", "s-1") is None
    assert [one.subject for one in (await AuditLog(database).list(AuditFilter())).items] == [
        "usr_1"
    ]
    with pytest.raises(ConflictError):
        await users.create(msgspec.structs.replace(a_user(2), login="user1"), ENTRY)
    with pytest.raises(ConflictError):
        await users.create(a_user(3, group_id="grp_9"), ENTRY)
    with pytest.raises(ConflictError):
        await users.create(
            a_user(4, oidc_issuer="https://id.example.net", oidc_subject="s-1"), ENTRY
        )
    assert len((await AuditLog(database).list(AuditFilter())).items) == 1


async def test_users_are_listed_by_what_they_are(users: UserRepository) -> None:
    for number in range(1, 4):
        await users.create(a_user(number, role=Role.ADMIN if number < 3 else Role.INTEGRATOR))
    first = await users.list(UserFilter(), limit=2)
    assert [one.id for one in first.items] == ["usr_1", "usr_2"]
    rest = await users.list(UserFilter(), cursor=first.next_cursor)
    assert [one.id for one in rest.items] == ["usr_3"]
    assert [one.id for one in (await users.list(UserFilter(role=Role.INTEGRATOR))).items] == [
        "usr_3"
    ]
    assert (await users.list(UserFilter(status=UserStatus.DISABLED))).items == []
    assert (await users.list(UserFilter(login="user2"))).items == [a_user(2)]


async def test_what_administrators_say_leaves_the_rest(
    users: UserRepository, sessions: SessionRepository
) -> None:
    await users.create(a_user())
    await sessions.begin(a_session())
    wanted = User("usr_1", "other", Role.ADMIN, NOW, name="N")
    named = await users.replace(wanted, expected_revision=1)
    assert (named.password_hash, named.revision, named.credentials) == ("hash", 2, 1)
    assert await users.get("usr_1") == await users.get_by_login("other")
    assert await sessions.find(f"{1:064x}") is not None
    with pytest.raises(ConflictError) as refused:
        await users.replace(wanted, ENTRY, expected_revision=1)
    assert refused.value.slug == "revision-changed"
    disabled = msgspec.structs.replace(wanted, status=UserStatus.DISABLED)
    assert (await users.replace(disabled)).credentials == 2
    assert await sessions.find(f"{1:064x}") is None
    with pytest.raises(NotFoundError):
        await users.replace(User("usr_9", "x", Role.ADMIN, NOW))


async def test_a_password_is_changed_only_from_the_one_that_was_right(
    users: UserRepository, sessions: SessionRepository
) -> None:
    await users.create(a_user())
    await sessions.begin(a_session())
    changed = await asyncio.gather(
        *(users.set_password("usr_1", f"new{n}", replaces="hash") for n in range(5))
    )
    [after] = [one for one in changed if one is not None]
    assert await users.get("usr_1") == after
    assert (after.credentials, after.must_change) == (2, False)
    assert await sessions.find(f"{1:064x}") is None
    reset = await users.set_password("usr_1", "once", one_time_until=NOW)
    assert reset is not None
    assert (reset.must_change, reset.password_expires_at) == (True, NOW)
    with pytest.raises(NotFoundError):
        await users.set_password("usr_9", "x")


async def test_a_session_begins_only_with_todays_credentials(
    users: UserRepository, sessions: SessionRepository
) -> None:
    await users.create(a_user())
    await users.create(a_user(2, status=UserStatus.DISABLED))
    assert await sessions.begin(a_session(1))
    found = await sessions.find(f"{1:064x}")
    assert found is not None
    assert found.session == a_session(1)
    assert found.user == a_user(last_login_at=NOW)
    await users.set_password("usr_1", "other")
    assert not await sessions.begin(a_session(2))
    assert await sessions.begin(a_session(3, credentials=2))
    assert not await sessions.begin(a_session(4, user=2))
    assert not await sessions.begin(a_session(5, user=9))
    assert [one.id for one in await sessions.of_user("usr_1")] == ["ses_003"]


async def test_a_login_and_a_new_password_at_the_same_moment(
    users: UserRepository, sessions: SessionRepository
) -> None:
    """Whoever is first: no session of the old password is left."""
    await users.create(a_user())
    begun = await asyncio.gather(
        *(sessions.begin(a_session(number)) for number in range(8)),
        users.set_password("usr_1", "other"),
    )
    assert begun[-1] is not None
    assert await sessions.of_user("usr_1") == []
    assert not await sessions.begin(a_session(9))


async def test_sessions_of_one_user_are_bounded(
    users: UserRepository, sessions: SessionRepository
) -> None:
    await users.create(a_user())
    await users.create(a_user(2))
    await sessions.begin(a_session(500, user=2))
    for number in range(MOST_OF_A_USER + 2):
        at = NOW + timedelta(seconds=number)
        assert await sessions.begin(a_session(number, created_at=at))
    kept = [one.id for one in await sessions.of_user("usr_1")]
    assert kept == [f"ses_{number:03}" for number in range(MOST_OF_A_USER + 1, 1, -1)]
    assert len(await sessions.of_user("usr_2")) == 1


async def test_sessions_are_ended_by_their_user(
    users: UserRepository, sessions: SessionRepository
) -> None:
    await users.create(a_user())
    await users.create(a_user(2))
    for number in (1, 2):
        await sessions.begin(a_session(number))
    assert not await sessions.end("usr_2", "ses_001")
    assert await sessions.end("usr_1", "ses_001")
    assert not await sessions.end("usr_1", "ses_001")
    assert await sessions.end_all("usr_1") == 1
    await sessions.begin(a_session(3))
    await users.delete("usr_1", ENTRY)
    assert await sessions.find(f"{3:064x}") is None
    with pytest.raises(NotFoundError):
        await users.delete("usr_1", ENTRY)


async def test_uses_are_noted_and_what_is_over_goes(
    users: UserRepository, sessions: SessionRepository
) -> None:
    await users.create(a_user())
    await users.create(a_user(2))
    await sessions.begin(a_session(1))
    await sessions.begin(a_session(2))
    await sessions.begin(a_session(3, user=2))
    await sessions.begin(a_session(4, expires_at=NOW + timedelta(minutes=90)))
    await users.set_password("usr_2", "other")
    later = NOW + timedelta(minutes=59)
    await sessions.note_uses({"ses_001": later, "ses_004": later, "ses_gone": later})
    await sessions.note_uses({"ses_001": NOW})  # older: what another node saw later stays
    await sessions.note_uses({})
    found = await sessions.find(f"{1:064x}")
    assert found is not None
    assert found.session.last_seen_at == later
    assert await sessions.purge(NOW + timedelta(minutes=1), IDLE) == 1  # counts no more
    assert await sessions.purge(NOW + IDLE, IDLE) == 1  # idle
    assert await sessions.purge(NOW + timedelta(minutes=90), IDLE) == 1  # its time is over
    assert [one.id for one in await sessions.of_user("usr_1")] == ["ses_001"]


async def test_a_second_factor_from_its_begin_to_its_end(users: UserRepository) -> None:
    await users.create(a_user())
    assert await users.begin_second_factor("usr_1", "plain.A")
    assert await users.begin_second_factor("usr_1", "plain.B")
    waiting = await users.get("usr_1")
    assert waiting is not None
    assert (waiting.totp_secret, waiting.has_second_factor) == ("plain.B", False)
    other = msgspec.structs.replace(waiting, totp_secret="plain.A")
    assert await users.confirm_second_factor(other, 7, NOW, ["a"]) is None
    done = await users.confirm_second_factor(waiting, 7, NOW, ["a", "b"], ENTRY)
    assert done is not None
    assert await users.get("usr_1") == done
    assert done.has_second_factor
    assert await users.confirm_second_factor(waiting, 8, NOW, ["c"]) is None
    assert not await users.begin_second_factor("usr_1", "plain.C")
    assert await users.recovery_codes_left("usr_1") == 2
    removed = await users.remove_second_factor("usr_1", ENTRY)
    assert (removed.has_second_factor, removed.totp_secret, removed.credentials) == (False, None, 2)
    assert await users.recovery_codes_left("usr_1") == 0
    with pytest.raises(NotFoundError):
        await users.remove_second_factor("usr_9")


async def test_no_code_is_taken_twice(users: UserRepository) -> None:
    await users.create(a_user(totp_step=7))
    taken = await asyncio.gather(*(users.use_step("usr_1", 8) for _ in range(6)))
    assert taken.count(True) == 1
    assert not await users.use_step("usr_1", 7)
    assert await users.use_step("usr_1", 9)
    waiting = a_user(2, totp_secret="plain.A")
    await users.create(waiting)
    await users.confirm_second_factor(waiting, 1, NOW, ["a", "b"])
    taken = await asyncio.gather(*(users.use_recovery_code("usr_2", "a") for _ in range(6)))
    assert taken.count(True) == 1
    assert not await users.use_recovery_code("usr_1", "b")


async def test_a_subject_is_linked_once(users: UserRepository) -> None:
    await users.create(a_user())
    await users.create(a_user(2))
    assert await users.link("usr_1", "https://id.example.net", "s-1")
    assert not await users.link("usr_1", "https://id.example.net", "s-2")
    with pytest.raises(ConflictError):
        await users.link("usr_2", "https://id.example.net", "s-1")


async def test_attempts_of_one_moment_count_all(database: Database) -> None:
    failures = LoginFailureRepository(database)
    rules = {"pair:a:x": RULES, "address:x": RULES}
    counted = await asyncio.gather(*(failures.begin_attempt(rules, NOW) for _ in range(12)))
    let_through = [one for one in counted if one.locked_until is None]
    assert len(let_through) == RULES.free
    assert sorted(len(one.locks) for one in let_through) == [0, 0, 2]
    assert await failures.locked(NOW) == ["address:x", "pair:a:x"]


async def test_keys_are_counted_apart_forgiven_and_forgotten(database: Database) -> None:
    failures = LoginFailureRepository(database)
    one, other = {"pair:a:x": RULES, "login:a": RULES}, {"pair:a%:x": RULES, "login:b": RULES}
    for _ in range(RULES.free):
        await failures.begin_attempt(one, NOW)
    for _ in range(2):
        assert (await failures.begin_attempt(other, NOW)).locked_until is None
    await failures.take_back(one)
    assert await failures.locked(NOW) == []
    await failures.begin_attempt(one, NOW)
    until = (await failures.begin_attempt(one, NOW)).locked_until
    assert until == NOW + RULES.first
    await failures.forgive(["login:a"])
    assert await failures.locked(NOW) == ["pair:a:x"]
    await failures.forgive_below("pair:a:")
    assert await failures.locked(NOW) == []
    await failures.begin_attempt(other, NOW)
    assert await failures.locked(NOW) == ["login:b", "pair:a%:x"]
    await failures.forgive_below("pair:a%")
    await failures.purge(NOW + timedelta(seconds=10))  # locked still
    assert await failures.locked(NOW) == ["login:b"]
    await failures.purge(NOW + timedelta(minutes=10))
    assert list((await failures.begin_attempt(other, NOW)).locks) == []
