"""The audit log on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.contract.conftest import NOW
from voicegw.errors import InvalidError
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.store.audit import AuditFilter, AuditLog
from voicegw.store.database import Database

TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def log(database: Database) -> AuditLog:
    """An empty log."""
    return AuditLog(database)


def listening(after_s: float = 0, **changes: Any) -> AuditEntry:
    """Return the entry of somebody who heard rec_1 some seconds after NOW."""
    entry: dict[str, Any] = {
        "at": NOW + timedelta(seconds=after_s),
        "principal": "key_1",
        "role": "qa_reviewer",
        "action": AuditAction.LISTENED,
        "subject_kind": SubjectKind.RECORDING,
        "subject": "rec_1",
        "group_id": "grp_1",
        "request_id": "req_1",
        "detail": {"format": "flac", "channel": "both"},
    }
    return AuditEntry(**(entry | changes))


async def test_entries_come_back_newest_first_as_they_were(log: AuditLog) -> None:
    first, second = listening(), listening(1, principal="key_2", detail={"n": [1, {"a": None}]})
    await log.note(first, second)
    found = (await log.list()).items
    assert found[0].position > found[1].position > 0
    for entry in found:
        entry.position = 0
    assert found == [second, first]
    assert (await log.list(AuditFilter(group_ids=[]))).items == []


async def test_filters(log: AuditLog) -> None:
    await log.note(
        listening(0),
        listening(1, principal="key_2"),
        listening(2, action=AuditAction.DELETED),
        listening(3, subject="rec_2"),
        listening(4, group_id="grp_2"),
    )
    for wanted, seconds in (
        (AuditFilter(), [4, 3, 2, 1, 0]),
        (AuditFilter(principal="key_2"), [1]),
        (AuditFilter(action=AuditAction.DELETED), [2]),
        (AuditFilter(subject="rec_2"), [3]),
        (AuditFilter(group_ids=["grp_2", "grp_3"]), [4]),
        (AuditFilter(from_=NOW + timedelta(seconds=3)), [4, 3]),
        (AuditFilter(until=NOW + timedelta(seconds=1)), [0]),
    ):
        found = (await log.list(wanted)).items
        assert [round((entry.at - NOW).total_seconds()) for entry in found] == seconds


async def test_pages(log: AuditLog) -> None:
    await log.note(*[listening(second) for second in range(7)])
    cursor, seen = None, []
    while True:
        page = await log.list(limit=3, cursor=cursor)
        seen += [entry.at for entry in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [NOW + timedelta(seconds=second) for second in reversed(range(7))]
    with pytest.raises(InvalidError):
        await log.list(cursor="nonsense")


async def test_pages_keep_entries_of_one_moment_apart(log: AuditLog) -> None:
    await log.note(*[listening(0, subject=f"rec_{number}") for number in range(5)])
    cursor, seen = None, []
    while True:
        wanted = AuditFilter(principal="key_1", until=NOW + timedelta(seconds=1))
        page = await log.list(wanted, limit=2, cursor=cursor)
        seen += [entry.subject for entry in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [f"rec_{number}" for number in reversed(range(5))]


async def test_the_same_is_noted_once_within_a_time(log: AuditLog) -> None:
    assert await log.note_once(listening(0), TEN_MINUTES)
    assert not await log.note_once(listening(599), TEN_MINUTES)
    assert await log.note_once(listening(600), TEN_MINUTES)
    for other in (
        {"principal": "key_2"},
        {"subject": "rec_2"},
        {"action": AuditAction.TRANSCRIPT_READ},
        {"detail": {"format": "wav", "channel": "both"}},
    ):
        assert await log.note_once(listening(601, **other), TEN_MINUTES), other
    assert len((await log.list()).items) == 6
