from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.media import rtp
from voicegw.media.rtp import RtpPacket

PACKET = RtpPacket(8, 65535, 4294967295, 0x12345678, b"sound", marker=True)

_packets = st.builds(
    RtpPacket,
    payload_type=st.integers(0, 127),
    sequence=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 0xFFFF_FFFF),
    ssrc=st.integers(0, 0xFFFF_FFFF),
    payload=st.binary(max_size=200),
    marker=st.booleans(),
)


@given(_packets)
def test_what_is_built_parses_back(packet: RtpPacket) -> None:
    assert rtp.parse(rtp.build(packet)) == packet


def test_sources_extension_and_padding_are_taken_off() -> None:
    plain = rtp.build(PACKET)
    extended = (
        bytes((plain[0] | 0x30 | 2,))
        + plain[1:12]
        + b"csrccsrc"
        + b"\xbe\xde\x00\x01abcd"
        + plain[12:]
        + b"\x00\x00\x03"
    )
    assert rtp.parse(extended) == PACKET


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80" * 11,
        b"\x40" + bytes(11),
        b"\xa0" + bytes(11),
        b"\xa0" + bytes(11) + b"\x09",
        b"\xa0" + bytes(12),
        b"\x90" + bytes(11),
        b"\x90" + bytes(11) + b"\x00\x00\x00\x09",
        b"\x8f" + bytes(11),
    ],
)
def test_what_is_no_packet_is_none(data: bytes) -> None:
    assert rtp.parse(data) is None


@given(st.binary(max_size=64))
def test_any_bytes_are_a_packet_or_none(data: bytes) -> None:
    packet = rtp.parse(data)
    assert packet is None or len(packet.payload) <= len(data) - 12


@given(st.integers(0, 0xFFFF), st.integers(-32768, 32767))
def test_sequence_arithmetic_wraps(older: int, step: int) -> None:
    assert rtp.sequence_delta((older + step) & 0xFFFF, older) == step


@given(st.integers(0, 0xFFFF_FFFF), st.integers(-(2**31), 2**31 - 1))
def test_timestamp_arithmetic_wraps(older: int, step: int) -> None:
    assert rtp.timestamp_delta((older + step) & 0xFFFF_FFFF, older) == step
