from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from voicegw.media import rtcp
from voicegw.media.rtcp import ReportBlock, SenderInfo

_blocks = st.builds(
    ReportBlock,
    ssrc=st.integers(0, 0xFFFF_FFFF),
    fraction_lost=st.integers(0, 255),
    cumulative_lost=st.integers(-(2**23), 2**23 - 1),
    highest_sequence=st.integers(0, 0xFFFF_FFFF),
    jitter_ticks=st.integers(0, 0xFFFF_FFFF),
    last_sr=st.integers(0, 0xFFFF_FFFF),
    delay_since_last_sr=st.integers(0, 0xFFFF_FFFF),
)
_senders = st.builds(
    SenderInfo,
    ntp=st.integers(0, 2**64 - 1),
    rtp_timestamp=st.integers(0, 0xFFFF_FFFF),
    packets=st.integers(0, 0xFFFF_FFFF),
    octets=st.integers(0, 0xFFFF_FFFF),
)


@given(
    st.none() | _senders, st.lists(_blocks, max_size=3), st.text("abc", max_size=9), st.booleans()
)
def test_what_is_built_parses_back(
    sender: SenderInfo | None, blocks: list[ReportBlock], cname: str, bye: bool
) -> None:
    data = rtcp.build(7, cname, sender=sender, blocks=blocks, bye=bye)
    assert len(data) % 4 == 0
    assert rtcp.is_rtcp(data)
    (report,) = rtcp.parse(data)
    assert report == rtcp.Report(7, sender, tuple(blocks))


def test_the_compound_packet_has_a_name_and_a_goodbye() -> None:
    data = rtcp.build(7, "abcd", sender=None, bye=True)
    kinds = []
    offset = 0
    while offset < len(data):
        kinds.append(data[offset + 1])
        offset += 4 * (1 + struct.unpack_from("!H", data, offset + 2)[0])
    assert kinds == [rtcp.RR, rtcp.SDES, rtcp.BYE]
    assert b"\x01\x04abcd\x00" in data


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_left(data: bytes) -> None:
    rtcp.parse(data)
    rtcp.parse(b"\x82\xc8\x00\x03" + data)


def test_a_cut_sender_report_is_left_out() -> None:
    assert rtcp.parse(struct.pack("!BBHI", 0x80, rtcp.SR, 1, 9)) == []
    assert not rtcp.is_rtcp(b"\x80\x08")
    assert not rtcp.is_rtcp(struct.pack("!BBHI", 0x80, 8, 1, 9))


def test_time_and_round_trip() -> None:
    assert rtcp.ntp_time(0) >> 32 == 2_208_988_800
    assert rtcp.ntp_time(500_000) & 0xFFFF_FFFF == 0x8000_0000
    sent = rtcp.ntp_time(1_700_000_000_000_000)
    now = rtcp.ntp_time(1_700_000_000_150_000)
    block = ReportBlock(1, 0, 0, 0, 0, rtcp.middle(sent), 65_536 // 10)
    trip_ms = rtcp.round_trip_ms(block, now)
    assert trip_ms is not None
    assert abs(trip_ms - 50) < 0.1


def test_no_round_trip_without_a_sender_report_or_from_the_future() -> None:
    now = rtcp.ntp_time(1_700_000_000_000_000)
    assert rtcp.round_trip_ms(ReportBlock(1, 0, 0, 0, 0), now) is None
    later = rtcp.middle(now) + 65_536
    assert rtcp.round_trip_ms(ReportBlock(1, 0, 0, 0, 0, later), now) is None
