from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicegw.media.spool import (
    MAGIC,
    RECORD_HEAD,
    TYPE_HEADER,
    TYPE_MARK,
    CapturedPacket,
    CaptureEnd,
    CaptureMark,
    SpoolFormatError,
    SpoolReader,
    encode_end,
    encode_header,
    encode_mark,
    encode_packet,
)

PACKET = CapturedPacket(1, 8, 65535, 4294967295, 1_700_000_000_000_000, b"sound")


def spool(folder: Path, data: bytes) -> SpoolReader:
    path = folder / "call.spool"
    path.write_bytes(data)
    return SpoolReader(path)


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    mark = CaptureMark(5, {"kind": "hold", "detail": "录音"})
    reader = spool(
        tmp_path,
        encode_header({"call_id": "c", "count": 1})
        + encode_packet(PACKET)
        + encode_mark(5, {"kind": "hold", "detail": "录音"})
        + encode_end(9),
    )
    assert reader.header() == {"call_id": "c", "count": 1}
    assert list(reader) == [PACKET, mark, CaptureEnd(9)]
    assert list(reader) == [PACKET, mark, CaptureEnd(9)]


def test_every_cut_leaves_the_whole_records_before_it(tmp_path: Path) -> None:
    head = encode_header({})
    records = [encode_packet(PACKET), encode_mark(1, {"kind": "a"}), encode_end(2)]
    whole = head + b"".join(records)
    for length in range(len(head), len(whole)):
        ends = [len(head + b"".join(records[:n])) for n in range(4)]
        expected = sum(end <= length for end in ends) - 1
        assert len(list(spool(tmp_path, whole[:length]))) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF....WAVE",
        MAGIC,
        MAGIC + b"\x00",
        MAGIC + RECORD_HEAD.pack(TYPE_HEADER, 10) + b"{}",
        MAGIC + RECORD_HEAD.pack(TYPE_MARK, 2) + b"{}",
        MAGIC + RECORD_HEAD.pack(TYPE_HEADER, 2) + b"{x",
        MAGIC + RECORD_HEAD.pack(TYPE_HEADER, 2) + b"[]",
    ],
)
def test_what_is_no_spool_is_refused(tmp_path: Path, data: bytes) -> None:
    reader = spool(tmp_path, data)
    with pytest.raises(SpoolFormatError):
        reader.header()
    with pytest.raises(SpoolFormatError):
        list(reader)


def test_records_of_an_unknown_kind_or_damaged_are_passed_over(tmp_path: Path) -> None:
    reader = spool(
        tmp_path,
        encode_header({})
        + RECORD_HEAD.pack(9, 3)
        + b"new"
        + RECORD_HEAD.pack(TYPE_MARK, 10)
        + bytes(8)
        + b"{x"
        + RECORD_HEAD.pack(TYPE_MARK, 2)
        + b"{}"
        + encode_packet(PACKET),
    )
    assert list(reader) == [PACKET]


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_any_bytes_after_the_header_are_survived(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    list(spool(tmp_path_factory.mktemp("spool"), encode_header({}) + data))
