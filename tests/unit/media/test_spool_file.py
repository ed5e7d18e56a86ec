"""Encrypted spools: what a capture writes comes back, nothing plain is on the disk, and no block
can be changed, taken out or moved unseen."""

from __future__ import annotations

import errno
import os
import resource
import select
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from voicegw.encryption import BLOCK_HEAD, HEADER_BYTES
from voicegw.errors import KeyMissingError
from voicegw.keyring import KeyRing, add_key
from voicegw.media.capture import Capture, CaptureWriter
from voicegw.media.spool import (
    CapturedPacket,
    CaptureEnd,
    CaptureMark,
    CaptureRecord,
    SpoolReader,
    encode_end,
    encode_mark,
    encode_packet,
)
from voicegw.media.spool_file import new_spool_key

SOUND = b"\x55\xd5sound of a talk" * 10
PACKETS = [CapturedPacket(0, 8, n, n * 160, n * 20_000, SOUND) for n in range(6)]


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    add_key(tmp_path / "keys", date(2026, 11, 21))
    return KeyRing(tmp_path / "keys")


@pytest.fixture
def writer() -> Iterator[CaptureWriter]:
    made = CaptureWriter()
    yield made
    made.stop(5)


def done(writer: CaptureWriter, results: list[OSError | None]) -> None:
    while not results:
        assert select.select([writer.fileno()], [], [], 5)[0]
        writer.complete()
    assert results == [None]


def begin(writer: CaptureWriter, path: Path, keys: KeyRing) -> Capture:
    capture = Capture(path, new_spool_key(keys.current))
    results: list[OSError | None] = []
    writer.open(capture, {"call_id": "call_secret"}, results.append)
    done(writer, results)
    return capture


def flush(writer: CaptureWriter, capture: Capture, records: bytes, packets: int = 1) -> None:
    capture.buffer += records
    writer.write(capture, packets)


def close(writer: CaptureWriter, capture: Capture) -> None:
    results: list[OSError | None] = []
    writer.close(capture, results.append)
    done(writer, results)


@pytest.fixture
def spool(writer: CaptureWriter, tmp_path: Path, keys: KeyRing) -> Path:
    """A spool of a mark, six packets and the end, in eight blocks behind that of the header."""
    path = tmp_path / "rec_1.spool"
    capture = begin(writer, path, keys)
    flush(writer, capture, encode_mark(1, {"kind": "bridge"}), 0)
    for packet in PACKETS:
        flush(writer, capture, encode_packet(packet))
    flush(writer, capture, encode_end(200_000), 0)
    close(writer, capture)
    return path


def blocks(stored: bytes) -> list[bytes]:
    found, place = [], HEADER_BYTES
    while place < len(stored):
        length, _ = BLOCK_HEAD.unpack_from(stored, place)
        found.append(stored[place : place + BLOCK_HEAD.size + length])
        place += BLOCK_HEAD.size + length
    return found


def read(path: Path, keys: KeyRing | None) -> list[CaptureRecord]:
    return list(SpoolReader(path, keys))


def test_what_was_captured_is_read_and_nothing_plain_is_on_the_disk(
    spool: Path, keys: KeyRing
) -> None:
    reader = SpoolReader(spool, keys)
    assert reader.header() == {"call_id": "call_secret"}
    assert list(reader) == [CaptureMark(1, {"kind": "bridge"}), *PACKETS, CaptureEnd(200_000)]
    assert reader.has_end()
    stored = spool.read_bytes()
    assert not any(plain in stored for plain in (SOUND[:16], b"call_secret", b"bridge"))
    assert len(blocks(stored)) == 9


def test_a_spool_has_its_own_key_which_is_all_that_a_worker_gets(keys: KeyRing) -> None:
    one, other = new_spool_key(keys.current), new_spool_key(keys.current)
    assert one.secret != other.secret
    assert keys.current.secret not in (one.secret, other.secret)


def test_without_the_key_it_can_t_be_read(spool: Path, tmp_path: Path, keys: KeyRing) -> None:
    add_key(tmp_path / "others", date(2026, 11, 21))
    for others in (None, KeyRing(tmp_path / "others")):
        with pytest.raises(KeyMissingError) as caught:
            SpoolReader(spool, others).header()
        assert caught.value.key_id == keys.current.id


def test_every_cut_reads_to_its_last_whole_block(spool: Path, keys: KeyRing) -> None:
    stored = spool.read_bytes()
    whole = read(spool, keys)
    ends, place = [], HEADER_BYTES
    for block in blocks(stored):
        place += len(block)
        ends.append(place)
    for size in range(ends[0], len(stored)):
        spool.write_bytes(stored[:size])
        expected = sum(end <= size for end in ends) - 1
        assert read(spool, keys) == whole[:expected]
        assert not SpoolReader(spool, keys).has_end()


def test_a_last_block_that_was_never_all_written_counts_as_torn(spool: Path, keys: KeyRing) -> None:
    """A lost power supply may leave the length of a file and zeroes for its end."""
    stored, whole = spool.read_bytes(), read(spool, keys)
    spool.write_bytes(stored[:-10] + bytes(10))
    assert read(spool, keys) == whole[:-1]
    assert not SpoolReader(spool, keys).has_end()


@pytest.mark.parametrize(
    ("change", "left"),
    [("flip", [2]), ("remove", [2]), ("double", []), ("swap", [2]), ("other", [2])],
)
def test_a_change_in_the_middle_is_told_and_costs_no_other_block(
    writer: CaptureWriter, spool: Path, keys: KeyRing, change: str, left: list[int]
) -> None:
    """What was moved is left out where it does not belong; nothing is heard twice or elsewhere."""
    stored, whole = spool.read_bytes(), read(spool, keys)
    parts = blocks(stored)
    if change == "flip":
        parts[3] = parts[3][:-1] + bytes([parts[3][-1] ^ 1])
    elif change == "remove":
        del parts[3]
    elif change == "double":
        parts.insert(3, parts[3])
    elif change == "swap":
        parts[3], parts[4] = parts[4], parts[3]
    else:
        path = spool.with_name("rec_2.spool")
        capture = begin(writer, path, keys)
        for packet in PACKETS[:4]:
            flush(writer, capture, encode_packet(packet))
        close(writer, capture)
        parts[3] = blocks(path.read_bytes())[3]
    spool.write_bytes(stored[:HEADER_BYTES] + b"".join(parts))
    reader = SpoolReader(spool, keys)
    assert list(reader) == [one for number, one in enumerate(whole) if number not in left]
    assert reader.damaged >= 1
    assert reader.has_end()


@pytest.mark.parametrize("byte", range(8))
def test_a_damaged_head_of_a_block_costs_no_block_before_it(
    spool: Path, keys: KeyRing, byte: int
) -> None:
    stored, whole = bytearray(spool.read_bytes()), read(spool, keys)
    place = HEADER_BYTES + sum(len(block) for block in blocks(bytes(stored))[:4])
    for change in (0x01, 0x80, 0xFF):
        damaged = stored.copy()
        damaged[place + byte] ^= change
        spool.write_bytes(damaged)
        reader = SpoolReader(spool, keys)
        found = list(reader)
        assert found[:3] == whole[:3]
        assert all(one in whole for one in found)
        assert len(found) == len(set(map(repr, found)))
        assert reader.damaged or not reader.has_end()


def test_zeroes_in_the_middle_are_one_damage(spool: Path, keys: KeyRing) -> None:
    stored, whole = spool.read_bytes(), read(spool, keys)
    place = HEADER_BYTES + sum(len(block) for block in blocks(stored)[:4])
    spool.write_bytes(stored[:place] + bytes(len(stored) - place - 1) + b"x")
    reader = SpoolReader(spool, keys)
    assert list(reader) == whole[:3]
    assert reader.damaged == 1


def test_a_spool_may_be_moved(spool: Path, keys: KeyRing) -> None:
    whole = read(spool, keys)
    assert read(spool.rename(spool.with_name("call_1.spool")), keys) == whole


def test_what_a_full_disk_refused_leaves_whole_blocks_and_no_number_twice(
    writer: CaptureWriter, tmp_path: Path, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rec_1.spool"
    capture = begin(writer, path, keys)
    write, refuse = os.write, [False]

    def half(descriptor: int, data: memoryview) -> int:
        if not refuse[0] or descriptor != capture.descriptor:
            return write(descriptor, data)
        if len(data) > 50:
            return write(descriptor, data[:50])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", half)
    flush(writer, capture, encode_packet(PACKETS[0]))
    close_after = len(PACKETS)
    for number in range(1, close_after):
        while writer._written_bytes < writer._queued_bytes:
            select.select([], [], [], 0.001)
        refuse[0] = number in (2, 3)
        mark = encode_mark(number, {"kind": "hold"})
        flush(writer, capture, mark + encode_packet(PACKETS[number]))
    close(writer, capture)
    records = read(path, keys)
    kept = [record for record in records if isinstance(record, CapturedPacket)]
    assert kept == [PACKETS[n] for n in (0, 1, 4, 5)]
    marks = [record.arrival_us for record in records if isinstance(record, CaptureMark)]
    assert marks == [1, 2, 3, 4, 5]
    numbers = [BLOCK_HEAD.unpack_from(block)[1] for block in blocks(path.read_bytes())]
    assert numbers == [1, 2, 3, 6, 7]


def test_a_file_that_can_t_take_its_header_is_not_left(
    writer: CaptureWriter, tmp_path: Path, keys: KeyRing
) -> None:
    path = tmp_path / "rec_1.spool"
    capture = Capture(path, new_spool_key(keys.current))
    results: list[OSError | None] = []
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (70, before[1]))
    try:
        writer.open(capture, {"call_id": "c"}, results.append)
        while not results:
            assert select.select([writer.fileno()], [], [], 5)[0]
            writer.complete()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert isinstance(results[0], OSError)
    assert not path.exists()
