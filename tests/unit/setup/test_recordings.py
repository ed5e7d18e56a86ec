"""What becomes of the captures that a killed node has left."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.settings import Settings
from tests.contract.records import a_call, a_recording
from tests.parts.empty_store import empty_store
from tests.unit.recordings.spools import EPOCH_US, Sender, as_captured, mark, sine, write_spool
from voicegw.clock import SystemClock
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import RecordingChanged
from voicegw.media.spool import CaptureMark, CaptureRecord, encode_mark
from voicegw.model.call import Call
from voicegw.model.recording import RecordingKind, RecordingRef, RecordingStatus
from voicegw.setup.recordings import RecordingParts
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database

NODE = "node-1"
CREATED = datetime(2026, 3, 4, 5, tzinfo=UTC)


WAITED = Sender(0, sine(400, 1)).packets()
SPOKEN = Sender(0, sine(400, 1), start_s=2.1, first_sequence=1105, first_timestamp=66_800).packets()
DAMAGED = CaptureMark(EPOCH_US + 1_000_000, {"kind": "x" * 40})


def owed_mark(kind: RecordingKind) -> CaptureMark:
    """Return what a capture is told two seconds after it began, when it becomes owed."""
    return mark(2, "owed", recording=str(kind), manager="mgr_2", customer="cus_1")


TALKED = as_captured(
    WAITED,
    [mark(2, "bridge", manager="mgr_2"), owed_mark(RecordingKind.TALK)],
    SPOKEN,
    Sender(1, sine(700, 1), start_s=2.1).packets(),
)
SAID = as_captured(
    WAITED,
    [mark(1.5, "beep"), owed_mark(RecordingKind.VOICEMAIL)],
    SPOKEN,
)
"""What lies there once the disk of the journal has refused what tells of it."""


def cut_off(key: str, *, has_recording: bool = False) -> Call:
    """Return a call as the journal has left it."""
    call = a_call(key)
    call.recordings = [
        RecordingRef(f"rec_{key}", RecordingKind.TALK, RecordingStatus.PENDING)
    ] * has_recording
    return call


def capture(folder: Path, key: str, records: Sequence[CaptureRecord]) -> Path:
    """Leave the capture of a call behind."""
    header = {
        "recording_id": f"rec_{key}",
        "call_id": f"call_{key}",
        "kind": "talk",
        "node": NODE,
        "created_at": CREATED.isoformat(),
        "group_id": "grp_1",
        "manager_id": "mgr_1",
        "customer_id": None,
        "hotline_id": "hl_1",
        "tells_owed": 1,
    }
    return write_spool(folder / f"rec_{key}.spool", records, header)


def refs(call: Call) -> list[tuple[str, RecordingKind]]:
    """Return the recordings that a call has."""
    return [(one.id, one.kind) for one in call.recordings]


async def test_only_sound_that_is_owed_becomes_a_recording(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"sqlite:///{tmp_path / 'voicegw.db'}"
    storage = f"file://{tmp_path / 'recordings'}"
    empty_store(url)
    settings = Settings.model_validate(
        {"store": {"url": url}, "node": {"name": NODE}, "recording": {"storage": storage}}
    )
    spools = tmp_path / "spool"
    known: dict[str, Sequence[CaptureRecord]] = {
        "talked": TALKED,
        "waited": WAITED,
        "opened": TALKED,
        "lost": TALKED,
        "said": SAID,
    }
    left_over = known | {"torn": [*WAITED, DAMAGED, *SAID], "unknown": SAID}
    for key, records in left_over.items():
        capture(spools, key, records)
    torn = spools / "rec_torn.spool"
    wrong = encode_mark(DAMAGED.arrival_us, DAMAGED.detail)
    torn.write_bytes(torn.read_bytes().replace(wrong, b"\x4d" + wrong[1:]))
    torn.write_bytes(torn.read_bytes().replace(b'"owed"', b'"owe?"'))
    clock = SystemClock()
    events = EventFactory(clock)
    noted: list[RecordingChanged] = []
    refusals = 0

    def note(entry: RecordingChanged) -> None:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise OSError(28, "No space left on device")
        noted.append(entry)

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
            note=note,
        )
        writer = BatchWriter(database, NODE)
        # Written down already, though the call's own record does not tell of it yet.
        opening = RecordingChanged(a_recording("opened", "call_opened", RecordingStatus.PENDING))
        await writer.apply_entries([opening], 1)
        await parts.start_making(spools)
        for run in range(2):  # a node killed meanwhile does it once more
            calls = {key: cut_off(key, has_recording=key == "talked") for key in (*known, "torn")}
            refusals = 1 - run
            await parts.claim_captures(calls.values())
            left = {one.id for one in parts.service.left_behind()}
            assert left == {f"rec_{key}" for key in (*known, "torn", "unknown")} - {"rec_waited"}
            since = datetime.fromtimestamp(EPOCH_US / 1_000_000 + 2, UTC)
            for key in ("lost", "opened"):
                call = calls[key]
                assert refs(call) == [(f"rec_{key}", RecordingKind.TALK)]
                assert (call.recording_id, call.bridged_at) == (f"rec_{key}", since)
            assert (calls["lost"].manager_id, calls["opened"].manager_id) == ("mgr_2", "mgr_1")
            said = calls["said"]
            assert refs(said) == [("rec_said", RecordingKind.VOICEMAIL)]
            assert (said.recording_id, said.bridged_at) == (None, None)
            assert refs(calls["waited"]) == refs(calls["torn"]) == []
        told = {one.recording.id: one.recording for one in noted}
        assert {name: one.kind for name, one in told.items()} == {
            "rec_lost": RecordingKind.TALK,
            "rec_talked": RecordingKind.TALK,
            "rec_said": RecordingKind.VOICEMAIL,
            "rec_unknown": RecordingKind.VOICEMAIL,
        }
        lost = told["rec_lost"]
        assert (lost.manager_id, lost.customer_id, lost.hotline_id) == ("mgr_2", "cus_1", "hl_1")
        noted.clear()
        await parts.recover()
        assert [one.recording.id for one in noted] == ["rec_torn"]
        # The end of the service waits for what is to be made.
    assert "capture kept: it may be owed" in caplog.text
    status = RecordingStatus
    assert {one.recording.id: one.recording.status for one in noted} == {
        **dict.fromkeys(
            ("rec_talked", "rec_lost", "rec_said", "rec_opened", "rec_unknown"), status.COMPLETED
        ),
        "rec_torn": status.FAILED,
    }
    assert [one.name for one in spools.iterdir()] == ["rec_torn.spool"]
