"""Scripts, checks and the settling of calls in the store."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from tests.contract.conftest import NOW
from tests.contract.records import a_call, a_recording, a_reference
from voicegw.clock import SystemClock
from voicegw.errors import ConflictError, NotFoundError
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import CallChanged, Entry, RecordingChanged
from voicegw.model.event import Event, EventType
from voicegw.model.event_filter import EventFilter
from voicegw.model.finding import Finding, FindingKind, QualityResult, Severity
from voicegw.model.recording import Recording, RecordingStatus
from voicegw.model.script import Script, Statement
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store import schema
from voicegw.store.batch import BatchWriter
from voicegw.store.checks import CheckRepository, FindingFilter
from voicegw.store.database import Database
from voicegw.store.events import EventRepository
from voicegw.store.network import NetworkRepository
from voicegw.store.recordings import RecordingRepository
from voicegw.store.scripts import ScriptRepository
from voicegw.store.work import WorkQueue

EVENTS = EventFactory(SystemClock())


def a_script(key: str, **more: object) -> Script:
    """Return a script of one statement."""
    fields: dict[str, object] = {
        "id": f"scr_{key}", "name": "Revisit", "created_at": NOW, "updated_at": NOW,
        "active": True, "statements": [Statement("notice", "本次通话会被录音")],
    }  # fmt: skip
    return Script(**(fields | more))  # type: ignore[arg-type]


async def test_scripts(database: Database) -> None:
    """Scripts are versioned, found by either id, and listed for a group and for everybody."""
    scripts = ScriptRepository(database)
    first = a_script("1", external_id="oa-1")
    await scripts.create(first)
    await scripts.create(a_script("2", group_id="grp_1", active=False))
    await scripts.create(a_script("3", group_id="grp_2"))
    with pytest.raises(ConflictError):
        await scripts.create(a_script("4", external_id="oa-1"))
    assert await scripts.get("scr_1") == first
    assert await scripts.get_by_external_id("oa-1") == first
    assert [one.id for one in await scripts.active()] == ["scr_1", "scr_3"]
    page = await scripts.list(group_ids=["grp_1"], limit=1)
    assert [one.id for one in page.items] == ["scr_1"]
    page = await scripts.list(group_ids=["grp_1"], limit=1, cursor=page.next_cursor)
    assert [one.id for one in page.items] == ["scr_2"]
    assert page.next_cursor is None
    later = NOW + timedelta(hours=1)
    changed = msgspec.structs.replace(first, name="Other", created_at=later, updated_at=later)
    raised = await scripts.replace(changed, expected_version=1)
    assert (raised.version, raised.created_at, raised.updated_at) == (2, NOW, later)
    assert await scripts.get("scr_1") == raised
    with pytest.raises(ConflictError):
        await scripts.replace(changed, expected_version=1)
    await scripts.delete("scr_1")
    for gone in (scripts.delete("scr_1"), scripts.replace(first, expected_version=None)):
        with pytest.raises(NotFoundError):
            await gone


class Desk:
    """Writes calls and recordings as the journal does, and checks them."""

    def __init__(self, database: Database) -> None:
        self.batch = BatchWriter(database, "node-1")
        self.queue = WorkQueue(database, "node-1")
        self.checks = CheckRepository(database)
        self.events = EventRepository(database)
        self.position = 0

    async def write(self, *entries: Entry) -> None:
        """Take entries to the store."""
        self.position += 1
        await self.batch.apply_entries(entries, self.position)

    async def lease(self, recording: Recording) -> WorkItem:
        """Put and lease the check of a recording."""
        await self.queue.put(WorkKind.CHECK, recording.id, NOW)
        await self.queue.again(WorkKind.CHECK, recording.id, NOW)
        item = await self.queue.lease([WorkKind.CHECK], NOW, 60.0)
        assert item is not None
        return item

    async def check(self, recording: Recording, kinds: list[FindingKind]) -> bool:
        """Check a recording; findings of these kinds come of it."""
        item = await self.lease(recording)
        return await self.checks.conclude(item, *outcome(recording, kinds), NOW)

    async def types(self, call_id: str) -> list[str]:
        """Return the types of the call's events, in order, numbered without a gap."""
        found = [one.event for one in await self.events.after(wanted=EventFilter(subject=call_id))]
        assert [one.sequence for one in found] == list(range(2, len(found) + 2))
        return [one.type for one in found]


def outcome(
    recording: Recording, kinds: list[FindingKind]
) -> tuple[QualityResult, list[Finding], Event]:
    """Return what a check of a recording came to."""
    result = QualityResult(
        recording.id, recording.call_id, NOW, "grp_1", "mgr_1", score=50.0, findings=len(kinds)
    )
    findings = [
        Finding(
            id=f"fnd_{recording.id}_{number}", recording_id=recording.id,
            call_id=recording.call_id, kind=kind, severity=Severity.MAJOR,
            created_at=NOW + timedelta(seconds=number), group_id="grp_1", manager_id="mgr_1",
        )
        for number, kind in enumerate(kinds)
    ]  # fmt: skip
    return result, findings, EVENTS.quality(result)


@pytest.fixture
def desk(database: Database) -> Desk:
    """A desk over an empty store."""
    return Desk(database)


async def test_a_check_is_written_whole_and_settles_its_call(desk: Desk) -> None:
    """All come together; a second check replaces what was found and settles nothing more."""
    recording = a_recording("1", "call_1", RecordingStatus.COMPLETED)
    call = a_call("1", ended=True, recordings=[a_reference(recording)], recording_id="rec_1")
    await desk.write(CallChanged(call), RecordingChanged(recording))
    assert await desk.types("call_1") == []
    assert await desk.check(recording, [FindingKind.PHRASE_FORBIDDEN, FindingKind.STATEMENT_LATE])
    assert await desk.types("call_1") == [EventType.QUALITY_COMPLETED, EventType.CALL_SETTLED]
    settled = (await desk.events.after(wanted=EventFilter(subject="call_1")))[-1].event
    assert settled.data["quality"] == {"score": 50.0, "findings": 2, "script_ids": []}
    assert settled.data["recordings"][0]["status"] == RecordingStatus.COMPLETED
    result = await desk.checks.result("rec_1")
    assert result is not None
    assert result.score == 50.0
    assert len(await desk.checks.findings("rec_1")) == 2

    assert await desk.check(recording, [FindingKind.STATEMENT_SAID])
    assert [one.kind for one in await desk.checks.findings("rec_1")] == [FindingKind.STATEMENT_SAID]
    assert (await desk.types("call_1")).count(EventType.CALL_SETTLED) == 1


async def test_work_that_was_lost_writes_nothing(desk: Desk) -> None:
    """A check whose lease ran out meanwhile leaves no trace."""
    recording = a_recording("1", "call_1", RecordingStatus.COMPLETED)
    call = a_call("1", ended=True, recordings=[a_reference(recording)])
    await desk.write(CallChanged(call), RecordingChanged(recording))
    item = await desk.lease(recording)
    lost = msgspec.structs.replace(item, attempts=7)
    result, findings, event = outcome(recording, [FindingKind.STATEMENT_SAID])
    assert not await desk.checks.conclude(lost, result, findings, event, NOW)
    assert not await desk.checks.give_up(lost, "why", NOW)
    assert await desk.checks.result("rec_1") is None
    assert await desk.types("call_1") == []


async def test_of_a_deleted_recording_nothing_is_written(desk: Desk, database: Database) -> None:
    """Deleted while it was checked: no finding, but the work ends and the call is settled."""
    recording = a_recording("1", "call_1", RecordingStatus.COMPLETED)
    call = a_call("1", ended=True, recordings=[a_reference(recording)])
    await desk.write(CallChanged(call), RecordingChanged(recording))
    item = await desk.lease(recording)

    def delete(one: Recording) -> Recording:
        return msgspec.structs.replace(one, status=RecordingStatus.DELETED)

    await RecordingRepository(database).change("rec_1", delete)
    result, findings, event = outcome(recording, [FindingKind.STATEMENT_SAID])
    assert await desk.checks.conclude(item, result, findings, event, NOW)
    assert await desk.checks.findings("rec_1") == []
    assert await desk.types("call_1") == [EventType.CALL_SETTLED]


@pytest.mark.parametrize("status", [RecordingStatus.ABSENT, RecordingStatus.FAILED])
async def test_without_sound_the_recording_settles_the_call(
    desk: Desk, status: RecordingStatus
) -> None:
    """An absent or failed recording needs no check; its end is the last there is to know."""
    recording = a_recording("1", "call_1", status)
    call = a_call("1", ended=True, recordings=[a_reference(recording)])
    event = EVENTS.recording(recording)
    assert event is not None
    await desk.write(CallChanged(call), RecordingChanged(recording, [event]))
    assert (await desk.types("call_1"))[-1] == EventType.CALL_SETTLED
    await desk.write(CallChanged(call), RecordingChanged(recording, [event]))
    assert (await desk.types("call_1")).count(EventType.CALL_SETTLED) == 1


@pytest.mark.parametrize("status", [RecordingStatus.ABSENT, RecordingStatus.FAILED])
async def test_the_call_settles_that_ends_after_its_recording(
    desk: Desk, status: RecordingStatus
) -> None:
    """Whichever of the two is written last."""
    recording = a_recording("1", "call_1", status)
    references = [a_reference(recording)]
    await desk.write(CallChanged(a_call("1", recordings=references)), RecordingChanged(recording))
    assert await desk.types("call_1") == []
    await desk.write(CallChanged(a_call("1", ended=True, recordings=references)))
    assert await desk.types("call_1") == [EventType.CALL_SETTLED]


async def test_the_last_of_several_recordings_settles(desk: Desk) -> None:
    """A talk and a voicemail: settled when both are known, and not while the call runs."""
    talk = a_recording("1", "call_1", RecordingStatus.COMPLETED)
    mail = a_recording("2", "call_1", RecordingStatus.PENDING)
    references = [a_reference(talk), a_reference(mail)]
    running = a_call("1", recordings=references)
    await desk.write(CallChanged(running), RecordingChanged(talk), RecordingChanged(mail))
    await desk.check(talk, [])
    ended = a_call("1", ended=True, recordings=references)
    await desk.write(CallChanged(ended))
    assert EventType.CALL_SETTLED not in await desk.types("call_1")
    await desk.write(RecordingChanged(a_recording("2", "call_1", RecordingStatus.ABSENT)))
    assert (await desk.types("call_1"))[-1] == EventType.CALL_SETTLED


async def test_a_call_is_settled_after_it_is_known_who_answered(
    desk: Desk, database: Database
) -> None:
    """Whichever of check and answerer is last settles the call."""
    network = NetworkRepository(database)
    for number, is_checked_first in enumerate((True, False), 1):
        key = str(number)
        recording = a_recording(key, f"call_{key}", RecordingStatus.COMPLETED)
        call = a_call(key, ended=True, recordings=[a_reference(recording)])
        await desk.write(CallChanged(call), RecordingChanged(recording))
        await desk.queue.put(WorkKind.NETWORK, recording.id, NOW)
        item = await desk.queue.lease([WorkKind.NETWORK], NOW, 60.0)
        assert item is not None
        if is_checked_first:
            await desk.check(recording, [])
            assert EventType.CALL_SETTLED not in await desk.types(call.id)
            assert await network.conclude(item, call.id, lambda _call: [], NOW)
        else:
            assert await network.pass_over(item, NOW, failure="given-up")
            assert EventType.CALL_SETTLED not in await desk.types(call.id)
            await desk.check(recording, [])
        assert (await desk.types(call.id)).count(EventType.CALL_SETTLED) == 1


async def test_given_up_is_known_too(desk: Desk) -> None:
    """A recording that can't be checked settles its call all the same."""
    recording = a_recording("1", "call_1", RecordingStatus.COMPLETED)
    call = a_call("1", ended=True, recordings=[a_reference(recording)])
    await desk.write(CallChanged(call), RecordingChanged(recording))
    assert await desk.checks.give_up(await desk.lease(recording), "process-lost", NOW)
    assert await desk.types("call_1") == [EventType.CALL_SETTLED]


async def test_a_list_of_findings(desk: Desk, database: Database) -> None:
    """Newest first, by kind, severity and scope, page by page."""
    recording = a_recording("1", "call_1", RecordingStatus.COMPLETED)
    call = a_call("1", ended=True, recordings=[a_reference(recording)])
    await desk.write(CallChanged(call), RecordingChanged(recording))
    kinds = [FindingKind.STATEMENT_SAID, FindingKind.STATEMENT_LATE, FindingKind.PHRASE_FORBIDDEN]
    await desk.check(recording, kinds)
    checks = CheckRepository(database)
    page = await checks.list(limit=2)
    assert [one.kind for one in page.items] == kinds[:0:-1]
    page = await checks.list(limit=2, cursor=page.next_cursor)
    assert [one.kind for one in page.items] == kinds[:1]
    late = await checks.list(FindingFilter(kind=FindingKind.STATEMENT_LATE))
    assert len(late.items) == 1
    assert (await checks.list(FindingFilter(group_ids=["grp_2"]))).items == []
    assert (await checks.list(FindingFilter(severity=Severity.CRITICAL))).items == []
    assert (await checks.list(FindingFilter(until=NOW))).items == []
    async with database.read() as connection:
        count = sa.select(sa.func.count()).select_from(schema.findings)
        assert (await connection.execute(count)).scalar_one() == 3
