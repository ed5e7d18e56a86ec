"""API keys, idempotency keys and jobs in both stores."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.contract.conftest import NOW
from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.directory import ApiKey, Role
from voicegw.store.audit import AuditLog
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.idempotency import (
    KEPT_FOR,
    Begun,
    IdempotencyRepository,
    InFlight,
    Mismatch,
    Replay,
    StoredResponse,
)
from voicegw.store.jobs import Job, JobRepository, JobState, RowProblem
from voicegw.store.keys import KeyFilter, KeyRepository, KeyState

RESPONSE = StoredResponse(202, b'{"id": "call_1"}', {"Location": "/v1/calls/call_1"})
AN_ENTRY = AuditEntry(NOW, "key_admin", "admin", AuditAction.KEY, SubjectKind.KEY, "key_1")


def a_key(number: int, **more: object) -> ApiKey:
    fields = {
        "id": f"key_{number}",
        "prefix": f"vgw_{number}",
        "secret_sha256": f"{number:064x}",
        "role": Role.INTEGRATOR,
        "created_at": NOW,
    }
    return ApiKey(**(fields | more))  # type: ignore[arg-type]


async def test_keys(database: Database, directory: DirectoryRepository) -> None:
    keys = KeyRepository(database)
    key = a_key(1, role=Role.COUNTY_MANAGER, group_id="grp_1", manager_id="mgr_1")
    await keys.create(key)
    await keys.create(a_key(2))
    assert await keys.get("key_1") == key
    assert await keys.get_by_secret_hash(f"{1:064x}") == key
    assert await keys.get_by_secret_hash("0") is None
    with pytest.raises(ConflictError):
        await keys.create(a_key(3, secret_sha256=f"{1:064x}"))
    with pytest.raises(ConflictError):
        await keys.create(a_key(3, group_id="grp_9"))
    page = await keys.list(limit=1)
    assert page.items == [key]
    assert (await keys.list(cursor=page.next_cursor)).items == [a_key(2)]
    await keys.revoke("key_1", NOW)
    await keys.revoke("key_1", NOW + timedelta(days=1))
    assert await keys.get("key_1") == msgspec.structs.replace(key, revoked_at=NOW, version=3)
    with pytest.raises(NotFoundError):
        await keys.revoke("key_9", NOW)


async def test_when_keys_were_used(database: Database) -> None:
    keys = KeyRepository(database)
    await keys.create(a_key(1))
    await keys.create(a_key(2))
    await keys.note_used({})
    await keys.note_used({"key_1": NOW, "key_9": NOW})
    await keys.note_used({"key_1": NOW - timedelta(hours=1), "key_2": NOW})
    for number in (1, 2):
        found = await keys.get(f"key_{number}")
        assert found is not None
        assert (found.last_used_at, found.version) == (NOW, 1)


async def test_of_two_changes_at_once_one_is_refused(database: Database) -> None:
    keys, log = KeyRepository(database), AuditLog(database)
    key = a_key(1, name="CRM", scopes=["calls.read"], expires_at=NOW, requests_per_s=0.5)
    await keys.create(key, AN_ENTRY)
    assert await keys.get("key_1") == key
    await keys.note_used({"key_1": NOW})
    renamed = await keys.change(msgspec.structs.replace(key, name="ERP", scopes=None), AN_ENTRY)
    found = await keys.get("key_1")
    assert found == msgspec.structs.replace(renamed, last_used_at=NOW)
    assert (renamed.version, renamed.name) == (2, "ERP")
    with pytest.raises(ConflictError) as caught:
        await keys.change(key, AN_ENTRY)
    assert caught.value.slug == "revision-changed"
    with pytest.raises(NotFoundError):
        await keys.change(a_key(9), AN_ENTRY)
    await keys.revoke("key_1", NOW, AN_ENTRY)
    assert len((await log.list()).items) == 3


async def test_a_rotated_key_is_found_by_both_secrets(database: Database) -> None:
    keys = KeyRepository(database)
    key = a_key(1)
    await keys.create(key)
    until = NOW + timedelta(hours=1)
    rotated = msgspec.structs.replace(
        key, secret_sha256="f" * 64, previous_sha256=key.secret_sha256, previous_until=until
    )
    await keys.change(rotated)
    for secret in ("f" * 64, key.secret_sha256):
        found = await keys.get_by_secret_hash(secret)
        assert found is not None
        assert found.is_opened_by(secret, NOW)
        assert found.is_opened_by(secret, until) == (secret == "f" * 64)
        assert not found.is_opened_by("0" * 64, NOW)


async def test_keys_are_filtered(database: Database, directory: DirectoryRepository) -> None:
    keys = KeyRepository(database)
    later = NOW + timedelta(hours=1)
    await keys.create(a_key(1, expires_at=NOW))
    await keys.create(a_key(2, expires_at=later, group_id="grp_1"))
    await keys.create(a_key(3, role=Role.MANAGER, manager_id="mgr_1"))
    await keys.create(a_key(4, revoked_at=NOW, expires_at=NOW))

    async def ids(**wanted: Any) -> set[str]:
        return {key.id[4:] for key in (await keys.list(KeyFilter(NOW, **wanted))).items}

    assert await ids() == {"1", "2", "3", "4"}
    assert await ids(state=KeyState.VALID) == {"2", "3"}
    assert await ids(state=KeyState.EXPIRED) == {"1"}
    assert await ids(state=KeyState.REVOKED) == {"4"}
    assert await ids(role=Role.MANAGER) == {"3"}
    assert await ids(group_id="grp_1") == {"2"}
    assert await ids(manager_id="mgr_1", state=KeyState.VALID) == {"3"}


async def test_an_answer_is_replayed_for_a_day(database: Database) -> None:
    idempotency = IdempotencyRepository(database, "node-1")
    assert await idempotency.begin("key_1", "k", "h", NOW) == Begun()
    assert await idempotency.begin("key_1", "k", "h", NOW) == InFlight()
    assert await idempotency.begin("key_1", "k", "other", NOW) == Mismatch()
    assert await idempotency.begin("key_2", "k", "other", NOW) == Begun()
    await idempotency.complete("key_1", "k", RESPONSE)
    later = NOW + KEPT_FOR
    assert await idempotency.begin("key_1", "k", "h", later) == Replay(RESPONSE)
    assert await idempotency.begin("key_1", "k", "other", later) == Mismatch()
    too_late = later + timedelta(seconds=1)
    assert await idempotency.begin("key_1", "k", "other", too_late) == Begun()
    assert await idempotency.begin("key_1", "k", "other", too_late) == InFlight()
    assert await idempotency.purge(too_late) == 1
    assert await idempotency.purge(too_late) == 0


async def test_a_released_key_is_new_again(database: Database) -> None:
    idempotency = IdempotencyRepository(database, "node-1")
    await idempotency.begin("key_1", "k", "h", NOW)
    await idempotency.release("key_1", "k")
    assert await idempotency.begin("key_1", "k", "other", NOW) == Begun()
    await idempotency.complete("key_1", "k", RESPONSE)
    await idempotency.release("key_1", "k")
    assert await idempotency.begin("key_1", "k", "other", NOW) == Replay(RESPONSE)


async def test_a_restarted_node_releases_only_its_own(database: Database) -> None:
    mine, theirs = (IdempotencyRepository(database, node) for node in ("node-1", "node-2"))
    await mine.begin("key_1", "a", "h", NOW)
    await mine.begin("key_1", "done", "h", NOW)
    await mine.complete("key_1", "done", RESPONSE)
    await theirs.begin("key_1", "b", "h", NOW)
    assert await mine.release_abandoned() == 1
    assert await mine.begin("key_1", "a", "h", NOW) == Begun()
    assert await mine.begin("key_1", "b", "h", NOW) == InFlight()
    assert await mine.begin("key_1", "done", "h", NOW) == Replay(RESPONSE)


async def test_of_many_at_once_one_begins(database: Database) -> None:
    idempotency = IdempotencyRepository(database, "node-1")
    results = await asyncio.gather(*(idempotency.begin("key_1", "k", "h", NOW) for _ in range(50)))
    assert results.count(Begun()) == 1
    assert results.count(InFlight()) == 49


async def test_jobs(database: Database) -> None:
    jobs = JobRepository(database)
    job = Job("job_1", "customers", "key_1", NOW, dry_run=True, group_id="grp_1")
    await jobs.create(job)
    await jobs.create(Job("job_2", "groups", "key_1", NOW))
    assert await jobs.get("job_1") == job
    assert await jobs.get("job_9") is None
    page = await jobs.list(limit=1)
    assert [j.id for j in page.items] == ["job_2"]
    assert [j.id for j in (await jobs.list(cursor=page.next_cursor)).items] == ["job_1"]
    problems = [RowProblem(line, "numbers[0]", "not a telephone number") for line in (2, 5, 9)]
    job.state, job.rows_read, job.rows_bad, job.finished_at = JobState.COMPLETED, 10, 3, NOW
    await jobs.update(job, problems)
    await jobs.update(job, problems[:1])
    assert await jobs.get("job_1") == job
    first = await jobs.problems("job_1", limit=2)
    assert first.items == problems[:2]
    assert (await jobs.problems("job_1", cursor=first.next_cursor)).items == problems[2:]
    with pytest.raises(NotFoundError):
        await jobs.update(Job("job_9", "groups", "key_1", NOW))
