from __future__ import annotations

from itertools import pairwise

from voicegw.media import dtmf, g711, rtp
from voicegw.media.frames import SILENCE
from voicegw.media.g711 import Law
from voicegw.media.outgoing import KEEPALIVE_US, MAX_WAITING_PRESSES, OutgoingStream
from voicegw.media.rtp import RtpPacket
from voicegw.sdp.codecs import Codec

FRAME = b"\x11" * 160


class Far:
    """The far end of a stream; can refuse like a closed port does."""

    def __init__(self) -> None:
        self.packets: list[RtpPacket] = []
        self.refuses = False

    def send(self, data: bytes) -> None:
        if self.refuses:
            raise ConnectionRefusedError
        packet = rtp.parse(data)
        assert packet is not None
        self.packets.append(packet)


def stream(
    events: int | None = 101, codec: Codec = Codec.PCMA, *, may_send: bool = True
) -> tuple[OutgoingStream, Far]:
    far = Far()
    out = OutgoingStream(0)
    out.send = far.send
    out.negotiated(codec, codec.static_payload_type or 0, events, may_send=may_send)
    return out, far


def steps(values: list[int], mask: int) -> list[int]:
    return [(b - a) & mask for a, b in pairwise(values)]


def check_one_stream(packets: list[RtpPacket]) -> None:
    assert len({p.ssrc for p in packets}) == 1
    assert set(steps([p.sequence for p in packets], 0xFFFF)) <= {1}


def test_relayed_sound_keeps_its_steps_and_gets_our_numbers() -> None:
    out, far = stream()
    for number, timestamp in enumerate((1000, 1160, 1480)):
        out.relay(FRAME, timestamp, 20_000 * number)
    check_one_stream(far.packets)
    assert steps([p.timestamp for p in far.packets], 0xFFFF_FFFF) == [160, 320]
    assert [p.marker for p in far.packets] == [True, False, False]
    assert (out.sent, out.octets) == (3, 480)


def test_loss_and_lateness_of_the_source_stay_visible() -> None:
    out, far = stream()
    for step, timestamp in ((1, 1000), (3, 1480), (-1, 1320), (1, 1640)):
        out.relay(FRAME, timestamp, 0, step=step)
    first = far.packets[0].sequence
    assert [(p.sequence - first) & 0xFFFF for p in far.packets] == [0, 3, 2, 4]


def test_a_switch_moves_the_timestamp_by_the_time_that_passed() -> None:
    out, far = stream()
    out.relay(FRAME, 5, 1_000_000)
    out.switch()
    out.play(FRAME, 1_500_000)
    out.play(FRAME, 1_520_000)
    out.switch()
    out.relay(FRAME, 4_000_000_000, 1_530_000)
    out.relay(FRAME, 4_000_000_160, 1_550_000, marker=True)
    check_one_stream(far.packets)
    assert steps([p.timestamp for p in far.packets], 0xFFFF_FFFF) == [4000, 160, 160, 160]
    assert [p.marker for p in far.packets] == [True, True, False, True, True]


def test_the_other_law_is_translated() -> None:
    out, far = stream()
    out.translate = g711.ULAW_TO_ALAW
    out.relay(b"\xff" * 160, 0, 0)
    assert far.packets[0].payload == b"\xd5" * 160


def test_nothing_is_sent_before_an_agreement_or_on_hold() -> None:
    far = Far()
    silent = OutgoingStream(0)
    silent.send = far.send
    silent.press("1")
    silent.keep_alive(KEEPALIVE_US)
    silent.relay_event(b"\x01\x0a\x00\xa0", 0, 0, marker=True)
    assert not silent.is_pressing
    held, held_far = stream(may_send=False)
    held.play(FRAME, 0)
    held.press("1")
    held.keep_alive(KEEPALIVE_US)
    assert (far.packets, held_far.packets, held.sent) == ([], [], 0)


def test_a_refusal_by_the_far_end_is_a_lost_packet() -> None:
    out, far = stream()
    far.refuses = True
    out.play(FRAME, 0)
    far.refuses = False
    out.play(FRAME, 20_000)
    assert (out.errors, out.sent) == (1, 1)


def test_a_press_is_sent_as_events_under_one_timestamp() -> None:
    out, far = stream(events=97)
    out.play(FRAME, 0)
    out.press("5")
    out.press("#")
    now = 0
    while out.is_pressing:
        now += 20_000
        out.tick_press(now)
        assert not out.toning
    check_one_stream(far.packets)
    events = far.packets[1:]
    assert {p.payload_type for p in events} == {97}
    assert [p.marker for p in events] == ([True] + [False] * 7) * 2
    assert len({p.timestamp for p in events}) == 2
    detector = dtmf.EventDetector()
    found = []
    for packet in events:
        event = dtmf.parse_event(packet.payload)
        assert event is not None
        found.append(detector.feed(event, packet.timestamp, marker=packet.marker))
    assert [digit for digit in found if digit] == ["5", "#"]


def test_a_flood_of_digits_does_not_wait_without_end() -> None:
    out, far = stream()
    for number in range(10_000):
        out.press(dtmf.DIGITS[number % 16])
    ticks = 0
    while out.is_pressing:
        ticks += 1
        out.tick_press(20_000 * ticks)
    assert len({p.timestamp for p in far.packets}) == MAX_WAITING_PRESSES


def test_a_far_end_without_events_gets_tones_instead_of_sound() -> None:
    out, far = stream(events=None, codec=Codec.PCMU)
    out.press("5")
    sound = b""
    now = 0
    toned = []
    while out.is_pressing:
        now += 20_000
        out.tick_press(now)
        toned.append(out.toning)
    sound = b"".join(p.payload for p in far.packets)
    assert sound.startswith(dtmf.tone("5", Law.PCMU))
    assert toned[0]
    assert not toned[-1]
    check_one_stream(far.packets)
    assert [p.marker for p in far.packets].count(True) == 1
    assert out.second & rtp.MARKER


def test_events_are_relayed_with_our_payload_type_and_clock() -> None:
    out, far = stream(events=97)
    out.relay(FRAME, 1000, 0)
    out.relay_event(b"\x01\x0a\x00\xa0", 1160, 20_000, marker=True)
    out.relay_event(b"\x01\x8a\x01\x40", 1160, 40_000, marker=False)
    out.relay(FRAME, 1640, 80_000, step=3)
    audio, first, second, after = far.packets
    assert (first.payload_type, first.marker, second.marker) == (97, True, False)
    assert first.timestamp == second.timestamp == (audio.timestamp + 160) & 0xFFFF_FFFF
    assert after.timestamp == (audio.timestamp + 640) & 0xFFFF_FFFF


def test_an_event_may_begin_the_stream() -> None:
    out, far = stream(events=97)
    out.relay_event(b"\x01\x0a\x00\xa0", 1160, 20_000, marker=True)
    out.relay(FRAME, 1320, 40_000)
    check_one_stream(far.packets)
    assert (far.packets[1].timestamp - far.packets[0].timestamp) & 0xFFFF_FFFF == 160


def test_silence_is_kept_alive_now_and_then() -> None:
    out, far = stream()
    out.keep_alive(KEEPALIVE_US - 1)
    assert far.packets == []
    out.keep_alive(KEEPALIVE_US)
    out.keep_alive(KEEPALIVE_US + 20_000)
    assert [p.payload for p in far.packets] == [b"\xd5" * 160]


def test_opus_counts_its_own_clock_and_carries_its_own_silence() -> None:
    out, far = stream()
    out.negotiated(Codec.OPUS, 107, None, may_send=True, event_clock_hz=48_000)
    out.play(SILENCE[Codec.OPUS], 0)
    out.play(SILENCE[Codec.OPUS], 20_000)
    out.switch()
    out.relay(b"\xf8opus", 77_000, 40_000)
    out.switch()
    out.relay(b"\xf8opus", 5_000_000, 100_000)
    out.keep_alive(100_000 + KEEPALIVE_US)
    check_one_stream(far.packets)
    assert [p.payload_type for p in far.packets] == [107] * 5
    assert steps([p.timestamp for p in far.packets], 0xFFFF_FFFF) == [960, 960, 2880, 720_000]
    assert far.packets[-1].payload == SILENCE[Codec.OPUS]


def test_the_stream_goes_on_when_another_codec_is_agreed_on() -> None:
    out, far = stream()
    out.relay(FRAME, 1000, 0)
    out.relay(FRAME, 1160, 20_000)
    out.negotiated(Codec.OPUS, 107, None, may_send=True, event_clock_hz=48_000)
    out.relay(b"\xf8opus", 9_000_000, 60_000)
    out.relay(b"\xf8opus", 9_000_960, 80_000)
    out.negotiated(Codec.G722, 9, None, may_send=True)
    out.relay(FRAME, 30, 100_000)
    check_one_stream(far.packets)
    assert steps([p.timestamp for p in far.packets], 0xFFFF_FFFF) == [160, 1920, 960, 160]
    assert [p.marker for p in far.packets] == [True, False, True, False, True]


def test_a_codec_agreed_on_again_is_no_switch() -> None:
    out, far = stream()
    out.relay(FRAME, 1000, 0)
    out.negotiated(Codec.PCMA, 8, 101, may_send=True)
    out.relay(FRAME, 1160, 20_000)
    assert [p.marker for p in far.packets] == [True, False]


def test_events_cross_between_clocks() -> None:
    out, far = stream()
    out.negotiated(Codec.OPUS, 107, 101, may_send=True, event_clock_hz=48_000)
    out.relay(b"\xf8opus", 960, 0)
    for number, payload in enumerate(dtmf.event_payloads("5")):
        out.relay_event(payload, 700, 20_000, marker=number == 0, clock_hz=8000)
    out.relay_event(dtmf.event_payloads("6")[0], 9000, 420_000, marker=True, clock_hz=8000)
    sound, *events = far.packets
    assert [p.payload for p in events[:-1]] == dtmf.event_payloads("5", 48_000)
    since = [(p.timestamp - sound.timestamp) & 0xFFFF_FFFF for p in events]
    assert since == [960] * 8 + [420 * 48]
    assert [p.marker for p in events] == [True, *[False] * 7, True]


def test_events_named_at_8_khz_beside_opus_keep_to_the_stream() -> None:
    out, far = stream()
    out.negotiated(Codec.OPUS, 107, 101, may_send=True, event_clock_hz=8000)
    out.relay(b"\xf8opus", 960, 0)
    for payload in dtmf.event_payloads("1", 48_000):
        out.relay_event(payload, 123_456, 20_000, marker=False, clock_hz=48_000)
    assert [p.payload for p in far.packets[1:]] == dtmf.event_payloads("1", 8000)
    assert {p.timestamp - far.packets[0].timestamp & 0xFFFF_FFFF for p in far.packets[1:]} == {960}


def test_a_digit_of_ours_counts_the_clock_of_the_events() -> None:
    out, far = stream()
    out.negotiated(Codec.OPUS, 107, 101, may_send=True, event_clock_hz=48_000)
    out.press("7")
    while out.is_pressing:
        out.tick_press(0)
    assert [p.payload for p in far.packets] == dtmf.event_payloads("7", 48_000)


def test_no_tones_are_sent_in_a_wideband_codec() -> None:
    out, far = stream()
    out.negotiated(Codec.G722, 9, None, may_send=True)
    out.press("7")
    out.tick_press(0)
    assert not out.is_pressing
    assert not out.toning
    assert far.packets == []
