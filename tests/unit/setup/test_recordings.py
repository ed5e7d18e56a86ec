"""What becomes of the captures that a killed node has left."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

from config.settings import Settings
from tests.contract.records import a_call, a_recording
from tests.unit.recordings.spools import write_spool
from voicegw.clock import SystemClock
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import RecordingChanged
from voicegw.model.call import Call
from voicegw.model.recording import RecordingKind, RecordingRef, RecordingStatus
from voicegw.setup.recordings import RecordingParts
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database, migrate

NODE = "node-1"


def cut_off(key: str, *, has_recording: bool = False) -> Call:
    """Return a call as the journal has left it."""
    call = a_call(key)
    call.recordings = [
        RecordingRef(f"rec_{key}", RecordingKind.TALK, RecordingStatus.PENDING)
    ] * has_recording
    return call


def capture(folder: Path, key: str, call_id: str) -> None:
    """Leave the capture of a call behind."""
    pending = a_recording(key, call_id, RecordingStatus.PENDING)
    header = {
        "recording_id": pending.id,
        "call_id": call_id,
        "kind": "talk",
        "node": NODE,
        "created_at": pending.created_at.isoformat(),
        "group_id": None,
        "manager_id": None,
        "customer_id": None,
    }
    write_spool(folder / f"{pending.id}.spool", [], header)


async def test_only_sound_that_is_owed_becomes_a_recording(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'voicegw.db'}"
    storage = f"file://{tmp_path / 'recordings'}"
    await migrate(url)
    settings = Settings.model_validate(
        {"store": {"url": url}, "node": {"name": NODE}, "recording": {"storage": storage}}
    )
    waited, talked, opened = cut_off("waited"), cut_off("talked", has_recording=True), cut_off("op")
    spools = tmp_path / "spool"
    spools.mkdir()
    for key, call_id in (
        ("waited", waited.id),
        ("talked", talked.id),
        ("op", opened.id),
        ("unknown", "call_unknown"),
    ):
        capture(spools, key, call_id)
    clock = SystemClock()
    events = EventFactory(clock)
    noted: list[RecordingChanged] = []
    async with AsyncExitStack() as stack:
        database = await Database.open(url)
        stack.push_async_callback(database.close)
        parts = RecordingParts(
            settings,
            database,
            stack,
            clock=clock,
            events=events,
            alerts=Alerts(events, NODE, lambda _event: None),
            note=noted.append,
        )
        # Written down already, though the call's own record does not tell of it yet.
        owed = RecordingChanged(a_recording("op", opened.id, RecordingStatus.PENDING))
        await BatchWriter(database, NODE).apply_entries([owed], 1)
        await parts.start_making(spools)
        for _ in range(2):  # a node killed meanwhile does it once more
            await parts.discard_unowed([waited, talked, opened])
        left = {one.id for one in parts.service.left_behind()}
        assert left == {"rec_talked", "rec_op", "rec_unknown"}
        await parts.recover()
        assert {one.recording.id for one in noted} == {"rec_talked", "rec_unknown"}
