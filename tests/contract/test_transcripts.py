"""Transcripts: queued with their recording, final once, with what follows from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.api.fakes import make_call, make_recording
from voicegw.clock import SystemClock
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.call import CallOutcome
from voicegw.model.event_filter import EventFilter
from voicegw.model.recording import Channel, Recording, RecordingStatus
from voicegw.model.transcript import Segment, Transcript, TranscriptStatus, Word
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.events import EventRepository
from voicegw.store.recordings import RecordingRepository
from voicegw.store.transcripts import TranscriptRepository
from voicegw.store.work import WorkQueue

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
EVENTS = EventFactory(SystemClock())


@pytest.fixture
async def recording(database: Database) -> Recording:
    """A completed recording, as its node writes it."""
    call = make_call(outcome=CallOutcome.CONNECTED)
    call.sequence = 4
    done = make_recording(call, duration_s=5.0, completed_at=NOW)
    writer = BatchWriter(database, "node-1", follow_up=[WorkKind.TRANSCRIBE])
    await writer.apply_entries([CallChanged(call, []), RecordingChanged(done)], 1)
    return done


@pytest.fixture
def queue(database: Database) -> WorkQueue:
    return WorkQueue(database, "node-1")


@pytest.fixture
def transcripts(database: Database) -> TranscriptRepository:
    return TranscriptRepository(database)


async def leased(queue: WorkQueue, kind: WorkKind = WorkKind.TRANSCRIBE) -> WorkItem:
    """Lease what there must be."""
    item = await queue.lease([kind], NOW, 60)
    assert item is not None
    return item


def completed(recording: Recording, text: str = "您好") -> Transcript:
    """Return the transcript of a recording in which somebody said `text`."""
    return Transcript(
        recording_id=recording.id,
        call_id=recording.call_id,
        status=TranscriptStatus.COMPLETED,
        created_at=recording.created_at,
        segments=[Segment(Channel.MANAGER, 1.0, 2.0, text, 0.9, [Word(text, 1.0, 2.0, 0.9)])],
    )


async def test_it_is_queued_with_its_recording_and_shows_progress(
    recording: Recording, queue: WorkQueue, transcripts: TranscriptRepository
) -> None:
    assert await transcripts.get("rec_none") is None
    queued = await transcripts.get(recording.id)
    assert queued is not None
    assert (queued.status, queued.call_id, queued.duration_s) == (
        TranscriptStatus.QUEUED,
        recording.call_id,
        5.0,
    )
    backlog = await transcripts.backlog("node-1")
    assert (backlog.count, backlog.oldest_at) == (1, NOW)
    assert (await transcripts.backlog("node-2")).count == 0
    item = await leased(queue)
    await queue.extend(item, NOW, 60, progress=0.25)
    running = await transcripts.get(recording.id)
    assert running is not None
    assert (running.status, running.progress) == (TranscriptStatus.RUNNING, 0.25)


async def test_it_is_final_once_with_its_event_and_its_check(
    database: Database, recording: Recording, queue: WorkQueue, transcripts: TranscriptRepository
) -> None:
    item, transcript = await leased(queue), completed(recording)
    event = EVENTS.transcript(transcript)
    assert await transcripts.conclude(item, transcript, event, NOW)
    found = await transcripts.get(recording.id)
    assert found == transcript
    (stored,) = await EventRepository(database).after(wanted=EventFilter(subject=recording.call_id))
    assert (stored.event.type, stored.event.sequence) == ("transcript.completed", 5)
    assert "segments" not in stored.event.data
    assert "您好" not in str(stored.event.data)
    assert (await leased(queue, WorkKind.CHECK)).subject == recording.id
    assert (await transcripts.backlog("node-1")).count == 0
    # Whoever lost the lease meanwhile changes nothing.
    late = completed(recording, "再见")
    assert not await transcripts.conclude(item, late, EVENTS.transcript(late), NOW)
    assert await transcripts.get(recording.id) == transcript
    assert (
        len(await EventRepository(database).after(wanted=EventFilter(subject=recording.call_id)))
        == 1
    )


async def test_of_two_who_hold_the_work_one_after_the_other_the_later_writes(
    recording: Recording, queue: WorkQueue, transcripts: TranscriptRepository
) -> None:
    first = await leased(queue)
    second = await queue.lease([WorkKind.TRANSCRIBE], NOW + timedelta(seconds=61), 60)
    assert second is not None
    assert not await transcripts.conclude(first, completed(recording, "一"), None, NOW)
    assert await transcripts.conclude(second, completed(recording, "二"), None, NOW)
    found = await transcripts.get(recording.id)
    assert found is not None
    assert found.text() == "二"


@pytest.mark.parametrize("status", [TranscriptStatus.FAILED, TranscriptStatus.NONE])
async def test_the_check_follows_even_without_words(
    recording: Recording,
    queue: WorkQueue,
    transcripts: TranscriptRepository,
    status: TranscriptStatus,
) -> None:
    without = completed(recording)
    without.status, without.segments, without.failure = status, [], "why"
    event = EVENTS.transcript(without)
    assert (event is None) == (status is TranscriptStatus.NONE)
    assert await transcripts.conclude(await leased(queue), without, event, NOW)
    assert (await leased(queue, WorkKind.CHECK)).subject == recording.id


async def test_nothing_is_written_of_a_recording_that_was_deleted(
    database: Database, recording: Recording, queue: WorkQueue, transcripts: TranscriptRepository
) -> None:
    def delete(one: Recording) -> Recording:
        one.status = RecordingStatus.DELETED
        return one

    item = await leased(queue)
    await RecordingRepository(database).change(recording.id, delete)
    transcript = completed(recording)
    assert await transcripts.conclude(item, transcript, EVENTS.transcript(transcript), NOW)
    assert await transcripts.get(recording.id) is None
    assert await queue.lease([WorkKind.TRANSCRIBE, WorkKind.CHECK], NOW, 60) is None
    assert (
        await EventRepository(database).after(wanted=EventFilter(subject=recording.call_id)) == []
    )
