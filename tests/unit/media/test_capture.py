from __future__ import annotations

import errno
import os
import select
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from voicegw.media.capture import Capture, CaptureWriter
from voicegw.media.spool import (
    CapturedPacket,
    CaptureEnd,
    CaptureMark,
    SpoolReader,
    encode_end,
    encode_mark,
    encode_packet,
)


@pytest.fixture
def writer() -> Iterator[CaptureWriter]:
    writer = CaptureWriter()
    yield writer
    writer.stop(5)


def finish(writer: CaptureWriter) -> None:
    ready, _, _ = select.select([writer.fileno()], [], [], 5)
    assert ready
    writer.complete()


def opened(writer: CaptureWriter, path: Path) -> Capture:
    capture = Capture(path)
    results: list[OSError | None] = []
    writer.open(capture, {"call_id": "c"}, results.append)
    finish(writer)
    assert results == [None]
    return capture


def closed(writer: CaptureWriter, capture: Capture) -> None:
    results: list[OSError | None] = []
    writer.close(capture, results.append)
    while not results:
        finish(writer)
    assert results == [None]


def marks(path: Path) -> list[object]:
    return [r.detail["kind"] for r in SpoolReader(path) if isinstance(r, CaptureMark)]


def test_the_spool_is_private_and_begins_with_its_header(
    writer: CaptureWriter, tmp_path: Path
) -> None:
    path = tmp_path / "deep" / "call.spool"
    capture = opened(writer, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SpoolReader(path).header() == {"call_id": "c"}
    capture.buffer += encode_mark(1, {"kind": "a"})
    writer.write(capture, 0)
    writer.write(capture, 0)
    capture.buffer += encode_mark(2, {"kind": "b"})
    writer.write(capture, 0)
    closed(writer, capture)
    assert marks(path) == ["a", "b"]
    assert capture.descriptor == -1


def test_a_spool_that_exists_is_not_touched(writer: CaptureWriter, tmp_path: Path) -> None:
    path = tmp_path / "call.spool"
    path.write_bytes(b"evidence")
    capture = Capture(path)
    results: list[OSError | None] = []
    writer.open(capture, {}, results.append)
    finish(writer)
    assert results[0] is not None
    assert results[0].errno == errno.EEXIST
    capture.buffer += b"x"
    writer.write(capture, 3)
    closed(writer, capture)
    assert path.read_bytes() == b"evidence"
    assert (capture.lost_packets, writer.dropped_packets) == (3, 3)


def test_what_does_not_fit_is_dropped_and_counted(tmp_path: Path) -> None:
    writer = CaptureWriter(max_pending_bytes=10)
    capture = opened(writer, tmp_path / "call.spool")
    capture.buffer += bytes(11)
    writer.write(capture, 7)
    assert capture.buffer == b""
    closed(writer, capture)
    assert (capture.lost_packets, writer.dropped_packets) == (7, 7)
    assert list(SpoolReader(tmp_path / "call.spool")) == []
    writer.stop(5)


def test_a_full_disk_costs_packets_but_never_the_order(
    writer: CaptureWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = opened(writer, tmp_path / "call.spool")
    real_write = os.write
    full = [True]

    def failing(descriptor: int, data: memoryview) -> int:
        if full and len(data) > 10:
            return real_write(descriptor, data[:10])
        if full:
            full.clear()
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(descriptor, data)

    monkeypatch.setattr(os, "write", failing)
    capture.buffer += encode_mark(1, {"kind": "lost"})[:15]
    writer.write(capture, 2)
    capture.buffer += encode_mark(2, {"kind": "kept"})
    writer.write(capture, 1)
    closed(writer, capture)
    assert marks(tmp_path / "call.spool") == ["kept"]
    assert capture.lost_packets == 2


def packet(sequence: int) -> bytes:
    return encode_packet(CapturedPacket(0, 8, sequence, 160 * sequence, 1, bytes(160)))


def test_marks_outlast_what_does_not_fit(tmp_path: Path) -> None:
    writer = CaptureWriter(max_pending_bytes=200)
    capture = opened(writer, tmp_path / "call.spool")
    capture.buffer += packet(1) + encode_mark(2, {"kind": "bridge"}) + packet(2)
    writer.write(capture, 2)
    capture.buffer += packet(3) + packet(4)
    writer.write(capture, 2)
    closed(writer, capture)
    assert marks(tmp_path / "call.spool") == ["bridge"]
    assert (capture.lost_packets, writer.dropped_packets) == (4, 4)
    writer.stop(5)


@pytest.mark.parametrize("refusals", [1, 2, 3])
def test_marks_outlast_a_disk_that_is_full_for_a_while(
    writer: CaptureWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusals: int
) -> None:
    capture = opened(writer, tmp_path / "call.spool")
    real_write = os.write
    left = [None] * refusals

    def failing(descriptor: int, data: memoryview) -> int:
        if left:
            left.pop()
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(descriptor, data)

    monkeypatch.setattr(os, "write", failing)
    capture.buffer += packet(1) + encode_mark(2, {"kind": "bridge"})
    writer.write(capture, 1)
    capture.buffer += encode_mark(3, {"kind": "hold"}) + packet(2)
    writer.write(capture, 1)
    capture.buffer += packet(3) + encode_end(4)
    writer.write(capture, 1)
    closed(writer, capture)
    records = list(SpoolReader(tmp_path / "call.spool"))
    assert marks(tmp_path / "call.spool") == ["bridge", "hold"]
    assert records[-1] == CaptureEnd(4)
    assert capture.lost_packets == refusals
    assert [r.sequence for r in records if isinstance(r, CapturedPacket)] == [2, 3][refusals - 1 :]


def test_a_spool_without_room_for_its_header_leaves_nothing_behind(
    writer: CaptureWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_open = os.open
    descriptors: list[int] = []

    def noting(path: Path, flags: int, mode: int) -> int:
        descriptors.append(real_open(path, flags, mode))
        return descriptors[-1]

    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "open", noting)
    monkeypatch.setattr(os, "write", refuse)
    capture = Capture(tmp_path / "call.spool")
    results: list[OSError | None] = []
    writer.open(capture, {"call_id": "c"}, results.append)
    finish(writer)
    monkeypatch.undo()
    assert results[0] is not None
    assert results[0].errno == errno.ENOSPC
    assert not capture.path.exists()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptors[0])


def test_a_file_that_can_not_be_cut_back_is_given_up(
    writer: CaptureWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = opened(writer, tmp_path / "call.spool")

    def refuse(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "write", refuse)
    monkeypatch.setattr(os, "ftruncate", refuse)
    capture.buffer += b"x"
    writer.write(capture, 1)
    closed(writer, capture)
    monkeypatch.undo()
    assert capture.lost_packets == 1
    assert list(SpoolReader(tmp_path / "call.spool")) == []


def test_a_wake_up_without_work_is_harmless(writer: CaptureWriter) -> None:
    writer.complete()
