from __future__ import annotations

from pathlib import Path

import pytest

from voicegw.media.spool import (
    CapturedPacket,
    CaptureEnd,
    CaptureMark,
    CaptureRecord,
    SpoolReader,
    encode_end,
    encode_header,
    encode_mark,
    encode_packet,
)

PACKETS = [CapturedPacket(0, 8, number, 0, 10**15, b"\xd5" * 160) for number in range(20)]
RECORDS: list[CaptureRecord] = [
    CaptureMark(10**15, {"kind": "bridge"}),
    *PACKETS,
    CaptureEnd(10**15),
]
HEADER = encode_header({"node": "n1"})


def written(record: CaptureRecord) -> bytes:
    if isinstance(record, CapturedPacket):
        return encode_packet(record)
    if isinstance(record, CaptureMark):
        return encode_mark(record.arrival_us, record.detail)
    return encode_end(record.arrival_us)


ENCODED = [written(record) for record in RECORDS]


def read(tmp_path: Path, data: bytes) -> tuple[list[CaptureRecord], int]:
    path = tmp_path / "spool"
    path.write_bytes(HEADER + data)
    reader = SpoolReader(path)
    return list(reader), reader.damaged


def test_a_whole_spool_has_no_damage(tmp_path: Path) -> None:
    assert read(tmp_path, b"".join(ENCODED)) == (RECORDS, 0)


@pytest.mark.parametrize("length", [0, 3, 15, 175, 177, 300, 1000, 60_000, 65_535])
@pytest.mark.parametrize("number", [0, 1, 10, 18, 20])
def test_a_wrong_length_costs_what_it_swallows(tmp_path: Path, number: int, length: int) -> None:
    broken = bytearray(ENCODED[number])
    broken[1:3] = length.to_bytes(2, "little")
    found, damaged = read(
        tmp_path, b"".join([*ENCODED[:number], bytes(broken), *ENCODED[number + 1 :]])
    )
    assert found[:number] == RECORDS[:number]
    behind = RECORDS[number + 1 + length // len(ENCODED[1]) + 1 :]
    if length < 10_000:
        assert found[len(found) - len(behind) :] == behind
    if number < 18 and length < 2000:
        assert damaged
        assert found[-1] == RECORDS[-1]


@pytest.mark.parametrize("damage", [b"\0" * 100_000, b"\xff" * 300, b"\1" * 500, b"RIFF" * 70_000])
def test_what_is_no_record_is_passed_over(tmp_path: Path, damage: bytes) -> None:
    found, damaged = read(tmp_path, b"".join([*ENCODED[:7], damage, *ENCODED[7:]]))
    assert found[:7] == RECORDS[:7]
    assert found[-10:] == RECORDS[-10:]
    assert damaged


@pytest.mark.parametrize("length", [0, 15, 177, 1000, 60_000])
def test_behind_a_damage_those_are_found_who_followed_on_the_managers_side(
    tmp_path: Path, length: int
) -> None:
    """After a transfer no packet is of leg 1, and a group may have rung before."""
    records: list[CaptureRecord] = [
        CapturedPacket((0, 2, 17)[number % 3], 8, number, 0, 10**15 + number, b"\xd5" * 160)
        for number in range(3000)
    ]
    encoded = [bytearray(written(record)) for record in records]
    encoded[100][1:3] = length.to_bytes(2, "little")
    found, damaged = read(tmp_path, b"".join(encoded))
    kept = 2500 if length > 10_000 else 2800
    assert damaged
    assert len(found) >= 100 + kept
    assert found[:100] + found[-kept:] == records[:100] + records[-kept:]


def test_no_record_holds_more_than_a_packet_can(tmp_path: Path) -> None:
    """A length that was changed makes no seconds of noise out of what follows."""
    records: list[CaptureRecord] = [
        CapturedPacket(0, 8, number, 0, 10**15 + number, b"\xd5" * 160) for number in range(400)
    ]
    encoded = [bytearray(written(record)) for record in records]
    encoded[50][1:3] = (40_000).to_bytes(2, "little")
    found, damaged = read(tmp_path, b"".join(encoded))
    assert damaged == 1
    assert len(found) == 399
    assert found == [*records[:50], *records[51:]]


def test_a_torn_tail_is_no_damage(tmp_path: Path) -> None:
    whole = b"".join(ENCODED[:-1])
    for cut in range(1, len(ENCODED[1])):
        assert read(tmp_path, whole[:-cut]) == (RECORDS[:-2], 0)


def test_a_mark_that_is_none_is_damage(tmp_path: Path) -> None:
    broken = ENCODED[0].replace(b"{", b"<")
    assert read(tmp_path, broken + b"".join(ENCODED[1:])) == (RECORDS[1:], 1)
