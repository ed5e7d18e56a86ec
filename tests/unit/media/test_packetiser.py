from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.media import rtp
from voicegw.media.outgoing import OutgoingStream
from voicegw.media.packetiser import Packetiser, packetiser_for
from voicegw.media.rtp import RtpPacket
from voicegw.sdp.codecs import Codec


@given(st.sampled_from([10, 30, 40, 50, 60]), st.lists(st.binary(min_size=160, max_size=160)))
def test_sound_comes_out_as_it_went_in(packet_ms: int, frames: list[bytes]) -> None:
    packets = Packetiser(packet_ms)
    sent = [packet for frame in frames for packet in packets.feed(frame)]
    assert {len(packet) for packet in sent} <= {packet_ms * 8}
    rest = packets.rest()
    assert len(rest) < packet_ms * 8
    assert b"".join(sent) + rest == b"".join(frames)
    assert packets.rest() == b""


def test_frames_that_fit_and_opus_are_sent_as_they_are() -> None:
    assert packetiser_for(Codec.PCMA, 20, 20) is None
    assert packetiser_for(Codec.OPUS, 60, 20) is None
    assert packetiser_for(Codec.G722, 30, 20) is not None


@pytest.mark.parametrize("packet_ms", [10, 20, 30, 40, 60])
def test_a_stream_of_our_own_is_in_the_packets_that_were_asked_for(packet_ms: int) -> None:
    packets: list[RtpPacket] = []

    def send(data: bytes) -> None:
        packet = rtp.parse(data)
        assert packet is not None
        packets.append(packet)

    out = OutgoingStream(0)
    out.send = send
    out.negotiated(Codec.PCMA, 8, None, may_send=True, packet_ms=packet_ms)
    for number in range(7):  # 140 ms
        out.play(bytes([number]) * 160, number * 20_000)
    out.end_play(140_000)
    assert b"".join(p.payload for p in packets) == b"".join(bytes([n]) * 160 for n in range(7))
    assert {len(p.payload) for p in packets[:-1]} == {packet_ms * 8}
    for before, after in pairwise(packets):
        assert (after.sequence - before.sequence) & 0xFFFF == 1
        assert (after.timestamp - before.timestamp) & 0xFFFF_FFFF == packet_ms * 8
    assert [p.marker for p in packets].count(True) == 1
    out.end_play(160_000)
    out.play(b"x" * 80, 180_000)
    out.switch()
    sent = len(packets)
    out.end_play(200_000)
    assert len(packets) == sent


def test_silence_that_keeps_a_path_open_does_not_wait_for_a_packet_to_be_full() -> None:
    sent: list[bytes] = []
    out = OutgoingStream(0)
    out.send = sent.append
    out.negotiated(Codec.PCMA, 8, None, may_send=True, packet_ms=60)
    out.keep_alive(20_000_000)
    assert len(sent) == 1
