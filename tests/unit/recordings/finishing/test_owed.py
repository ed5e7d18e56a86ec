"""What a capture says of who is owed it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recordings.finishing.owed import Owed, owed
from tests.unit.recordings.spools import EPOCH_US, Sender, end, mark, sine, write_spool
from voicegw.errors import RecordingError
from voicegw.media.spool import CaptureMark, CaptureRecord, SpoolReader, encode_mark
from voicegw.model.recording import RecordingKind

HEADER = {"recording_id": "rec_a", "tells_owed": 1}
BEGAN = datetime.fromtimestamp(EPOCH_US / 1_000_000, UTC)
TALK = mark(3, "owed", recording="talk", manager="mgr_1", customer="cus_1")
WAITING = Sender(0, sine(400, 1)).packets()


def capture(folder: Path, records: Sequence[CaptureRecord]) -> SpoolReader:
    return SpoolReader(write_spool(folder / "a.spool", records, HEADER))


def test_a_talk_is_owed_since_it_was_bridged_to_who_talked_last(tmp_path: Path) -> None:
    since = BEGAN + timedelta(seconds=3)
    records: list[CaptureRecord] = [*WAITING, mark(2.9, "bridge", manager="mgr_1"), TALK]
    first = Owed(RecordingKind.TALK, since, "mgr_1", "cus_1")
    assert owed(capture(tmp_path, records)) == first
    handed_on = [mark(9, "bridge", manager="mgr_2"), mark(12, "bridge", manager=None)]
    last = Owed(RecordingKind.TALK, since, "mgr_2", "cus_1")
    assert owed(capture(tmp_path, [*records, *handed_on, end(20)])) == last


def test_a_message_is_owed_once_it_is_long_enough(tmp_path: Path) -> None:
    beep = mark(2, "beep")
    assert owed(capture(tmp_path, [*WAITING, beep])) is None
    message = mark(3, "owed", recording="voicemail", manager=None, customer=None)
    found = owed(capture(tmp_path, [*WAITING, beep, message]))
    assert found == Owed(RecordingKind.VOICEMAIL, BEGAN + timedelta(seconds=3), None, None)


@pytest.mark.parametrize(
    "records",
    [[], WAITING, [*WAITING, end(2)], [*WAITING, mark(1, "bridge", manager="mgr_1")]],
    ids=["begun", "cut off", "whole", "an emergency call"],
)
def test_who_only_waited_is_owed_nothing(tmp_path: Path, records: Sequence[CaptureRecord]) -> None:
    assert owed(capture(tmp_path, records)) is None


def test_what_cannot_be_told_is_not_taken_for_nobodys(tmp_path: Path) -> None:
    before = SpoolReader(write_spool(tmp_path / "b.spool", WAITING, {"recording_id": "rec_b"}))
    with pytest.raises(RecordingError, match="an earlier version"):
        owed(before)
    with pytest.raises(RecordingError, match="can't be read"):
        owed(SpoolReader(tmp_path / "gone.spool"))
    (tmp_path / "no.spool").write_bytes(b"nonsense")
    with pytest.raises(RecordingError, match="can't be read"):
        owed(SpoolReader(tmp_path / "no.spool"))
    spool = capture(tmp_path, [*WAITING, TALK, *Sender(0, sine(400, 1), start_s=4).packets()])
    data = bytearray(spool.path.read_bytes())
    place = data.index(encode_mark(TALK.arrival_us, TALK.detail))
    data[place] = 77  # no record has this type
    spool.path.write_bytes(data)
    with pytest.raises(RecordingError, match="places can't be read"):
        owed(spool)


@pytest.mark.parametrize(
    "damaged",
    [
        mark(3, "owed", recording="walk"),
        mark(3, "owed"),
        CaptureMark((1 << 64) - 1, {"kind": "owed", "recording": "talk"}),
    ],
)
def test_a_damaged_mark_may_be_owed(tmp_path: Path, damaged: CaptureMark) -> None:
    with pytest.raises(RecordingError):
        owed(capture(tmp_path, [*WAITING, damaged]))


def test_a_mark_that_names_nobody_is_owed_all_the_same(tmp_path: Path) -> None:
    found = owed(capture(tmp_path, [mark(3, "owed", recording="talk", manager=7)]))
    assert found == Owed(RecordingKind.TALK, BEGAN + timedelta(seconds=3), None, None)
