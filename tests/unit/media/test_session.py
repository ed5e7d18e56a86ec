"""A session's wiring, capture and timers, with a worker whose time stands still."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from voicegw.media import control, dtmf, g711, rtp
from voicegw.media import leg as leg_module
from voicegw.media.capture import Capture, CaptureWriter
from voicegw.media.frames import SILENCE
from voicegw.media.g711 import Law
from voicegw.media.leg import Leg
from voicegw.media.player import ByteFrames, Player
from voicegw.media.session import Session
from voicegw.media.spool import CapturedPacket, CaptureEnd, CaptureMark, SpoolReader
from voicegw.sdp.codecs import Codec, event_name

from .phone import Phone

S = 1_000_000
HELLO, WORLD = b"\x31" * 160, b"\xb4" * 160


class FakeWorker:
    epoch_offset_us = 1_700_000_000 * S
    silence_timeout_us = 30 * S

    def __init__(self) -> None:
        self.writer = CaptureWriter()
        self.time_us = 50 * S
        self.handlers: dict[int, Callable[[], None]] = {}
        self.ticking: list[Leg] = []
        self.replies: list[control.Reply] = []

    def now_us(self) -> int:
        return self.time_us

    def watch(self, descriptor: int, handler: Callable[[], None]) -> None:
        self.handlers[descriptor] = handler

    def unwatch(self, descriptor: int) -> None:
        del self.handlers[descriptor]

    def tick(self, leg: Leg) -> None:
        self.ticking.append(leg)

    def emit(self, reply: control.Reply) -> None:
        self.replies.append(reply)

    def receive(self) -> None:
        """Handle everything that has arrived on any socket."""
        while True:
            ready, _, _ = select.select(list(self.handlers), [], [], 0.002)
            if not ready:
                return
            for descriptor in ready:
                self.handlers[descriptor]()

    def run_ticks(self, count: int) -> None:
        for _ in range(count):
            self.time_us += 20_000
            for leg in dict.fromkeys(self.ticking):
                leg.on_tick(self.time_us)


class Bridge:
    """A session with two telephones, `a` the customer and `b` the manager."""

    def __init__(self, worker: FakeWorker) -> None:
        self.worker = worker
        self.session = Session(worker, 7)
        self.phones: dict[str, Phone] = {}

    def add(self, name: str, phone: Phone, *, held: bool = False) -> Leg:
        sockets = []
        for _ in range(2):
            # As a worker does: a port that was asked for survives a new agreement, 0 does not.
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as lender:
                lender.bind(("127.0.0.1", 0))
                address = lender.getsockname()
            bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            bound.bind(address)
            bound.setblocking(False)
            sockets.append(bound)
        role = 0 if name == "a" else 1
        command = control.BindLeg(1, 7, name, role, "127.0.0.1", 0, {8: "PCMA"})
        leg = Leg(self.session, command, (sockets[0], sockets[1]), self.worker.time_us)
        self.session.add(leg)
        self.phones[name] = phone
        phone.ours = sockets[0].getsockname()
        self.negotiate(leg, held=held)
        return leg

    def negotiate(self, leg: Leg, *, held: bool = False) -> None:
        phone = self.phones[leg.name]
        receive = {phone.payload_type: phone.codec.value}
        if phone.events is not None:
            receive[phone.events] = event_name(phone.codec.clock_hz) or ""
        self.session.negotiated(
            leg,
            control.Negotiated(
                session=7,
                leg=leg.name,
                codec=phone.codec.value,
                event_clock_hz=phone.codec.clock_hz,
                payload_type=phone.payload_type,
                event_payload_type=phone.events,
                receive=receive,
                host="127.0.0.1",
                port=phone.port,
                rtcp_host="127.0.0.1",
                rtcp_port=9,
                may_send=not held,
                is_held=held,
                is_sending=not held,
            ),
        )

    def send(self, name: str, payload: bytes, payload_type: int | None = None) -> None:
        self.phones[name].send(payload, payload_type)
        self.worker.time_us += 20_000
        self.worker.receive()

    def housekeep_after(self, seconds: float) -> None:
        self.worker.time_us += int(seconds * S)
        self.session.housekeep(self.worker.time_us)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWorker]:
    worker = FakeWorker()
    monkeypatch.setattr(leg_module, "_monotonic_ns", lambda: worker.time_us * 1000)
    yield worker
    worker.writer.stop(5)


@pytest.fixture
def bridge(worker: FakeWorker) -> Iterator[Bridge]:
    bridge = Bridge(worker)
    yield bridge
    if bridge.session.legs:
        bridge.session.close(0)
    for phone in bridge.phones.values():
        phone.close()


def test_who_hears_whom_is_directed(bridge: Bridge) -> None:
    a, b, c = (bridge.add(name, Phone()) for name in "abc")
    bridge.session.connect_leg(b, a)
    bridge.session.connect_leg(c, a)
    bridge.send("a", HELLO)
    bridge.send("b", WORLD)
    assert bridge.phones["b"].heard_payloads() == {HELLO}
    assert bridge.phones["c"].heard_payloads() == {HELLO}
    assert bridge.phones["a"].heard() == []
    bridge.session.connect_silence(b)
    bridge.send("a", WORLD)
    assert bridge.phones["b"].heard_payloads() == {HELLO}
    assert bridge.phones["c"].heard_payloads() == {HELLO, WORLD}


def test_the_short_and_the_long_way_say_the_same(bridge: Bridge) -> None:
    a, b = bridge.add("a", Phone()), bridge.add("b", Phone())
    bridge.session.connect_leg(b, a)
    phone = bridge.phones["a"]
    for number in range(12):
        if number == 6:
            phone.sequence += 2
            phone.timestamp += 320
        if number == 9:
            phone.ssrc += 1
            phone.timestamp = 5
        bridge.send("a", HELLO)
    heard = bridge.phones["b"].heard()
    sequences = [(p.sequence - heard[0].sequence) & 0xFFFF for p in heard]
    assert sequences == [0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13]
    timestamps = [(p.timestamp - heard[0].timestamp) & 0xFFFF_FFFF for p in heard]
    assert timestamps == [160 * number for number in sequences]
    assert [number for number, p in enumerate(heard) if p.marker] == [0, 9]
    assert (a.incoming.received, a.incoming.lost) == (12, 2)


def test_a_codec_that_changes_in_mid_call_is_translated(bridge: Bridge) -> None:
    a, b = bridge.add("a", Phone()), bridge.add("b", Phone())
    bridge.session.connect_leg(b, a)
    a.receive = {8: "PCMA", 0: "PCMU"}
    for payload_type in (8, 8, 0, 0, 8):
        bridge.send("a", HELLO, payload_type)
    translated = HELLO.translate(g711.ULAW_TO_ALAW)
    assert [p.payload for p in bridge.phones["b"].heard()] == [
        HELLO,
        HELLO,
        translated,
        translated,
        HELLO,
    ]


@pytest.mark.parametrize("codec", [Codec.G722, Codec.OPUS])
def test_a_wideband_codec_is_heard_only_where_it_was_agreed_on(
    bridge: Bridge, codec: Codec
) -> None:
    a, b = bridge.add("a", Phone(codec)), bridge.add("b", Phone())
    bridge.session.connect_leg(b, a)
    bridge.session.connect_leg(a, b)
    for _ in range(3):
        bridge.send("a", HELLO)
        bridge.send("b", WORLD)
    # Silence, not noise, until one of them changes.
    assert bridge.phones["a"].heard() == bridge.phones["b"].heard() == []
    bridge.phones["b"].agree(codec)
    bridge.negotiate(b)
    for _ in range(3):
        bridge.send("a", HELLO)
        bridge.send("b", WORLD)
    for name, expected in (("a", WORLD), ("b", HELLO)):
        heard = bridge.phones[name].heard()
        assert [p.payload for p in heard] == [expected] * 3
        assert [p.marker for p in heard] == [True, False, False]
        ticks = codec.clock_hz // 50
        assert (heard[2].timestamp - heard[0].timestamp) & 0xFFFF_FFFF == 2 * ticks


def test_going_back_to_g711_keeps_one_stream(bridge: Bridge) -> None:
    a, b = bridge.add("a", Phone(Codec.OPUS)), bridge.add("b", Phone(Codec.OPUS))
    bridge.session.connect_leg(b, a)
    for _ in range(3):
        bridge.send("a", HELLO)
    for name, leg in (("a", a), ("b", b)):
        bridge.phones[name].agree(Codec.PCMA)
        bridge.negotiate(leg)
    for _ in range(3):
        bridge.send("a", HELLO)
    heard = bridge.phones["b"].heard()
    assert len({p.ssrc for p in heard}) == 1
    assert [(p.sequence - heard[0].sequence) & 0xFFFF for p in heard] == list(range(6))
    assert [p.marker for p in heard] == [True, False, False, True, False, False]
    assert [p.payload_type for p in heard] == [107] * 3 + [8] * 3
    assert (a.incoming.received, a.incoming.lost) == (6, 0)
    assert a.incoming.jitter_ms < 20


def test_digits_cross_between_opus_phones(bridge: Bridge) -> None:
    a, b = bridge.add("a", Phone(Codec.OPUS)), bridge.add("b", Phone(Codec.OPUS, events=97))
    bridge.session.connect_leg(b, a)
    for _ in range(2):
        bridge.send("a", HELLO)
    for number, payload in enumerate(dtmf.event_payloads("5", 48_000)):
        if number:
            bridge.phones["a"].timestamp -= 960
        bridge.send("a", payload, 101)
    assert [r.digit for r in bridge.worker.replies if isinstance(r, control.Digit)] == ["5"]
    events = [p for p in bridge.phones["b"].heard() if p.payload_type == 97]
    assert [p.payload for p in events] == dtmf.event_payloads("5", 48_000)
    assert len({p.timestamp for p in events}) == 1


def test_noise_packets_are_life_but_not_sound(bridge: Bridge) -> None:
    a, b = bridge.add("a", Phone()), bridge.add("b", Phone())
    bridge.session.connect_leg(b, a)
    bridge.send("a", HELLO)
    before = a.life_at_us
    bridge.send("a", b"\x40", 13)
    bridge.send("a", HELLO)
    assert a.life_at_us > before
    assert (a.incoming.received, a.incoming.lost) == (3, 0)
    heard = bridge.phones["b"].heard()
    assert [p.payload for p in heard] == [HELLO, HELLO]
    assert (heard[1].sequence - heard[0].sequence) & 0xFFFF == 1
    assert (heard[1].timestamp - heard[0].timestamp) & 0xFFFF_FFFF == 320


def test_digits_from_a_source_of_their_own_are_pressed_once(bridge: Bridge) -> None:
    a, b = bridge.add("a", Phone()), bridge.add("b", Phone(events=97))
    bridge.session.connect_leg(b, a)
    phone = bridge.phones["a"]
    bridge.send("a", HELLO)
    for payload in dtmf.event_payloads("5"):
        bridge.send("a", HELLO)
        beside = rtp.RtpPacket(101, 7, 4711, 0xD161, payload)
        phone.socket.sendto(rtp.build(beside), phone.ours)
        bridge.worker.receive()
    assert [r.digit for r in bridge.worker.replies if isinstance(r, control.Digit)] == ["5"]
    heard = bridge.phones["b"].heard()
    events = [p for p in heard if p.payload_type == 97]
    assert [p.payload for p in events] == dtmf.event_payloads("5")
    assert len({p.timestamp for p in events}) == 1
    sound = [p for p in heard if p.payload_type == 8]
    assert [p.marker for p in sound] == [True] + [False] * 8
    assert sound[-1].timestamp - sound[0].timestamp in (8 * 160, 8 * 160 - 2**32)
    assert (a.incoming.received, a.incoming.lost) == (9, 0)


def test_a_digit_that_begins_another_source_is_pressed_once(bridge: Bridge) -> None:
    a, b = bridge.add("a", Phone()), bridge.add("b", Phone(events=97))
    bridge.session.connect_leg(b, a)
    bridge.send("a", HELLO)
    phone = bridge.phones["a"]
    phone.ssrc += 1  # as after a transfer within the telephone system behind it
    for number, payload in enumerate(dtmf.event_payloads("5")):
        phone.timestamp -= 160 if number else 0
        bridge.send("a", payload, 101)
        if number == 2:
            bridge.send("a", HELLO)
            phone.timestamp -= 160
    assert [r.digit for r in bridge.worker.replies if isinstance(r, control.Digit)] == ["5"]


def test_digits_cross_as_events_and_gathered_ones_do_not(bridge: Bridge) -> None:
    a, b = bridge.add("a", Phone()), bridge.add("b", Phone(events=97))
    bridge.session.connect_leg(b, a)
    for gathering, digit in ((False, "1"), (True, "2"), (False, "3")):
        a.gather(on=gathering)
        for payload in dtmf.event_payloads(digit):
            bridge.phones["a"].timestamp -= 160
            bridge.send("a", payload, 101)
        bridge.phones["a"].timestamp += 2000
    bridge.send("a", b"\x01", 101)
    assert [r.digit for r in bridge.worker.replies if isinstance(r, control.Digit)] == list("123")
    heard = bridge.phones["b"].heard()
    assert {p.payload_type for p in heard} == {97}
    assert {p.payload[0] for p in heard} == {1, 3}
    assert len(heard) == 16
    # Nothing of it is pressed once more by ourselves.
    assert bridge.worker.ticking == []
    assert not b.needs_ticks


def test_digits_become_tones_where_no_events_were_agreed(bridge: Bridge) -> None:
    a, b = bridge.add("a", Phone()), bridge.add("b", Phone(events=None))
    bridge.session.connect_leg(b, a)
    for payload in dtmf.event_payloads("5"):
        bridge.phones["a"].timestamp -= 160
        bridge.send("a", payload, 101)
    assert bridge.worker.ticking == [b]
    bridge.worker.run_ticks(2)
    bridge.send("a", HELLO)
    assert HELLO not in bridge.phones["b"].heard_payloads()
    while b.needs_ticks:
        bridge.worker.run_ticks(1)
    sound = b"".join(p.payload for p in bridge.phones["b"].heard())
    assert sound.startswith(dtmf.tone("5", Law.PCMA))
    bridge.send("a", HELLO)
    assert bridge.phones["b"].heard()[-1].payload == HELLO


def test_tones_are_reported_while_gathering_without_events(bridge: Bridge) -> None:
    a, b = bridge.add("a", Phone(events=None)), bridge.add("b", Phone())
    bridge.session.connect_leg(b, a)
    a.gather(on=True)
    tone = dtmf.tone("9", Law.PCMA)
    for start in range(0, len(tone), 160):
        bridge.send("a", tone[start : start + 160])
    assert bridge.worker.replies == [control.Digit(7, "a", "9", "inband")]
    assert len(bridge.phones["b"].heard()) == 6


def test_no_digit_reaches_the_spool(bridge: Bridge, tmp_path: Path) -> None:
    """Neither an event nor, while digits are gathered, the tone; what is said goes on."""
    path = tmp_path / "call.spool"
    capture = Capture(path)
    bridge.worker.writer.open(capture, {"call_id": "c"}, lambda _: None)
    bridge.session.begin_capture(capture)
    a, _ = bridge.add("a", Phone(events=None)), bridge.add("b", Phone())
    bridge.send("b", HELLO)
    for payload in dtmf.event_payloads("7"):
        bridge.send("b", payload, 101)
    a.gather(on=True)
    bridge.send("a", WORLD)
    tone = dtmf.tone("9", Law.PCMA)
    for start in range(0, len(tone), 160):
        bridge.send("a", tone[start : start + 160])
    for _ in range(3):
        bridge.send("a", SILENCE[Codec.PCMA] * 160)
    bridge.send("a", WORLD)
    bridge.session.close(3)
    while not any(isinstance(reply, control.Closed) for reply in bridge.worker.replies):
        select.select([bridge.worker.writer.fileno()], [], [], 5)
        bridge.worker.writer.complete()
    packets = [record for record in SpoolReader(path) if isinstance(record, CapturedPacket)]
    said = [(packet.leg, packet.payload) for packet in packets if packet.payload]
    assert said[:2] == [(1, HELLO), (0, WORLD)]
    assert said[-1] == (0, WORLD)
    spooled = path.read_bytes()
    assert not any(tone[start : start + 24] in spooled for start in range(0, len(tone) - 24, 8))
    events = [packet for packet in packets if packet.payload_type == 101]
    assert events
    assert not any(packet.payload for packet in events)
    # Their numbers are there, so that nothing counts as lost.
    of_a = [packet.sequence for packet in packets if packet.leg == 0]
    assert of_a == [(of_a[0] + number) & 0xFFFF for number in range(len(of_a))]


def test_info_digits_reach_who_hears_the_leg(bridge: Bridge) -> None:
    a, b = bridge.add("a", Phone()), bridge.add("b", Phone())
    bridge.session.connect_leg(b, a)
    bridge.session.info_pressed(a, "4")
    a.gather(on=True)
    bridge.session.info_pressed(a, "5")
    assert [r.digit for r in bridge.worker.replies if isinstance(r, control.Digit)] == ["4", "5"]
    while b.needs_ticks:
        bridge.worker.run_ticks(1)
    assert {p.payload[0] for p in bridge.phones["b"].heard()} == {4}


def test_a_playback_waits_for_an_agreement_and_tells_its_end(bridge: Bridge) -> None:
    leg = bridge.add("a", Phone())
    leg.out.codec = None
    sound = {codec: ByteFrames(HELLO * 2, SILENCE[codec]) for codec in (Codec.PCMA, Codec.PCMU)}
    bridge.session.connect_player(leg, Player("p", sound, loop=False), [])
    bridge.worker.run_ticks(3)
    assert bridge.phones["a"].heard() == []
    bridge.negotiate(leg)
    bridge.worker.run_ticks(2)
    assert bridge.worker.replies == []
    assert leg.needs_ticks
    bridge.worker.run_ticks(1)
    assert bridge.worker.replies == [control.PlaybackDone(7, "a", "p")]
    assert not leg.needs_ticks
    assert [p.payload for p in bridge.phones["a"].heard()] == [HELLO, HELLO]


def test_silence_is_told_again_and_again_but_never_on_hold(bridge: Bridge) -> None:
    a, b = bridge.add("a", Phone()), bridge.add("b", Phone())
    bridge.session.connect_leg(a, b)
    bridge.session.connect_leg(b, a)
    bridge.housekeep_after(29)
    bridge.send("b", WORLD)
    assert bridge.worker.replies == []
    bridge.housekeep_after(2)
    assert bridge.worker.replies == [control.LegSilent(7, "a")]
    bridge.housekeep_after(30)
    assert bridge.worker.replies[1:] == [control.LegSilent(7, "a"), control.LegSilent(7, "b")]
    bridge.worker.replies.clear()
    bridge.negotiate(b, held=True)
    for _ in range(5):
        bridge.housekeep_after(29)
    assert bridge.worker.replies == []
    bridge.negotiate(b)
    bridge.housekeep_after(29)
    assert bridge.worker.replies == []
    bridge.housekeep_after(1)
    assert {r.leg for r in bridge.worker.replies if isinstance(r, control.LegSilent)} == {"a", "b"}
    assert a.armed_at_us == bridge.worker.time_us


def test_a_leg_that_only_rings_may_be_silent(bridge: Bridge) -> None:
    a, b = bridge.add("a", Phone()), bridge.add("b", Phone())
    bridge.session.connect_leg(a, b)
    for _ in range(5):
        bridge.housekeep_after(29)
    assert bridge.worker.replies == []
    bridge.send("b", WORLD)
    bridge.housekeep_after(30)
    assert bridge.worker.replies == [control.LegSilent(7, "b")]


def test_a_silence_timer_of_zero_is_off(bridge: Bridge) -> None:
    bridge.worker.silence_timeout_us = 0
    bridge.add("a", Phone())
    bridge.send("a", HELLO)
    bridge.housekeep_after(1000)
    assert bridge.worker.replies == []


def test_a_quiet_leg_is_kept_alive(bridge: Bridge) -> None:
    bridge.add("a", Phone())
    for _ in range(40):
        bridge.housekeep_after(0.5)
    assert [p.payload for p in bridge.phones["a"].heard()] == [b"\xd5" * 160]


def test_the_capture_tells_each_time_a_payload_number_changes_its_meaning(
    bridge: Bridge, tmp_path: Path
) -> None:
    path = tmp_path / "call.spool"
    capture = Capture(path)
    bridge.worker.writer.open(capture, {"call_id": "c"}, lambda _: None)
    bridge.session.begin_capture(capture)
    for phone in (Phone(Codec.OPUS, events=101), Phone(events=107), Phone(Codec.OPUS, events=101)):
        former = bridge.phones.get("b")
        bridge.add("b", phone)  # the next telephone takes the place of one that did not answer
        if former is not None:
            former.close()
    bridge.session.close(3)
    while not bridge.worker.replies:
        select.select([bridge.worker.writer.fileno()], [], [], 5)
        bridge.worker.writer.complete()
    marks = [r.detail for r in SpoolReader(path) if isinstance(r, CaptureMark)]
    told = [m["encoding"] for m in marks if m["kind"] == "codec" and m["payload_type"] == 107]
    assert told == ["opus", "telephone-event", "opus"]


def test_the_capture_follows_pause_and_counts_what_it_holds(bridge: Bridge, tmp_path: Path) -> None:
    path = tmp_path / "call.spool"
    capture = Capture(path)
    bridge.worker.writer.open(capture, {"call_id": "c"}, lambda _: None)
    bridge.session.begin_capture(capture)
    a = bridge.add("a", Phone())
    bridge.add("b", Phone())
    bridge.session.mark("bridge", "")
    for _ in range(3):
        bridge.send("a", HELLO)
    bridge.session.flush()
    bridge.session.mark("pause", {"by": "api", "leg": 0})
    bridge.send("a", WORLD)
    bridge.housekeep_after(0.5)
    bridge.session.mark("resume", "")
    bridge.send("a", HELLO)
    bridge.send("b", WORLD)
    bridge.negotiate(a)
    bridge.session.close(3)
    while not bridge.worker.replies:
        select.select([bridge.worker.writer.fileno()], [], [], 5)
        bridge.worker.writer.complete()
    (closed,) = bridge.worker.replies
    assert isinstance(closed, control.Closed)
    assert (closed.request, closed.captured_packets, closed.dropped_packets) == (3, 5, 0)
    assert {f.leg: f.received for f in closed.figures} == {"a": 5, "b": 1}
    assert bridge.worker.handlers == {}
    records = list(SpoolReader(path))
    packets = [(r.leg, r.payload) for r in records if isinstance(r, CapturedPacket)]
    assert packets == [(0, HELLO)] * 4 + [(1, WORLD)]
    kinds = [r.detail["kind"] for r in records if isinstance(r, CaptureMark)]
    assert kinds.count("codec") == 4
    assert [kind for kind in kinds if kind != "codec"] == ["bridge", "pause", "resume"]
    (pause,) = [r for r in records if isinstance(r, CaptureMark) and r.detail["kind"] == "pause"]
    assert pause.detail == {"kind": "pause", "by": "api", "leg": 0}
    assert isinstance(records[-1], CaptureEnd)
    offset = FakeWorker.epoch_offset_us
    assert all(offset < r.arrival_us <= offset + bridge.worker.time_us for r in records)
