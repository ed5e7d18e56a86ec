"""A leg on real sockets of loopback, under a clock of the test's own."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator

import pytest

from voicegw.media import control, rtcp, rtp
from voicegw.media import leg as leg_module
from voicegw.media.leg import LATCH_WINDOW_US, QUIET_SOURCE_US, Leg
from voicegw.media.rtp import RtpPacket

S = 1_000_000


class Clock:
    def __init__(self) -> None:
        self.now_us = 100 * S

    def monotonic_ns(self) -> int:
        return self.now_us * 1000


class Host:
    epoch_offset_us = 1_700_000_000 * S

    def __init__(self) -> None:
        self.handlers: dict[int, Callable[[], None]] = {}
        self.digits: list[tuple[str, str]] = []
        self.rewired = 0

    def watch(self, descriptor: int, handler: Callable[[], None]) -> None:
        self.handlers[descriptor] = handler

    def digit(self, leg: Leg, digit: str, method: str) -> None:
        self.digits.append((digit, method))

    def relay_press(self, leg: Leg, digit: str) -> None: ...

    def playback_done(self, leg: Leg, playback: str) -> None: ...

    def playback_failed(self, leg: Leg, playback: str) -> None: ...

    def rewire(self) -> None:
        self.rewired += 1


def bound_pair() -> tuple[socket.socket, socket.socket]:
    """Return sockets at two ports one above the other."""
    while True:
        upper = bound()
        lower = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            lower.bind(("127.0.0.1", upper.getsockname()[1] - 1))
        except OSError:
            lower.close()
            upper.close()
            continue
        return lower, upper


def bound(port: int = 0) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", port))
    made.setblocking(False)
    return made


def bound_by_number() -> socket.socket:
    """Bind as a worker does: a port that was asked for survives a disconnect, 0 does not."""
    with bound() as lender:
        number = lender.getsockname()[1]
    return bound(number)


class Bench:
    """A leg, its host and two telephones: the one in the description, and another."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.host = Host()
        self.agreed_phone, self.other_phone = bound(), bound()
        self.rtp, self.rtcp = bound_by_number(), bound()
        self.address = self.rtp.getsockname()
        command = control.BindLeg(1, 1, "leg", 0, "127.0.0.1", 0, {8: "PCMA"})
        self.leg = Leg(self.host, command, (self.rtp, self.rtcp), clock.now_us)
        self.sequence = 0

    def negotiate(self, host: str = "127.0.0.1", port: int | None = None) -> None:
        number = self.agreed_phone.getsockname()[1] if port is None else port
        self.leg.negotiated(
            control.Negotiated(
                session=1,
                leg="leg",
                codec="PCMA",
                payload_type=8,
                event_payload_type=None,
                receive={8: "PCMA", 0: "PCMU"},
                host=host,
                port=number,
                rtcp_host=host,
                rtcp_port=number + 1 if number else 0,
                may_send=True,
                is_held=False,
                is_sending=True,
            ),
            self.clock.now_us,
        )

    def receive(self, source: socket.socket, *, payload_type: int = 8) -> bool:
        """Send one packet from `source`; tell whether the leg took it."""
        self.sequence += 1
        before = self.leg.incoming.received
        packet = RtpPacket(payload_type, self.sequence, 160 * self.sequence, 7, b"x" * 160)
        source.sendto(rtp.build(packet), self.address)
        self.handle(self.rtp)
        return self.leg.incoming.received > before

    def handle(self, ours: socket.socket) -> None:
        time.sleep(0.001)
        self.host.handlers[ours.fileno()]()

    def reaches(self) -> socket.socket | None:
        """Return the telephone that the leg's sound reaches now."""
        self.leg.out.play(b"y" * 160, self.clock.now_us)
        time.sleep(0.001)
        for phone in (self.agreed_phone, self.other_phone):
            try:
                phone.recv(2048)
            except BlockingIOError:
                continue
            return phone
        return None

    def close(self) -> None:
        self.leg.close(self.clock.now_us)
        self.agreed_phone.close()
        self.other_phone.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(leg_module, "_monotonic_ns", clock.monotonic_ns)
    return clock


@pytest.fixture
def bench(clock: Clock) -> Iterator[Bench]:
    bench = Bench(clock)
    yield bench
    bench.close()


def test_sound_goes_where_the_description_says_before_anything_came(bench: Bench) -> None:
    assert bench.reaches() is None
    bench.negotiate()
    assert bench.reaches() is bench.agreed_phone


def test_the_agreed_source_is_tied_at_once(bench: Bench) -> None:
    bench.negotiate()
    assert bench.receive(bench.agreed_phone)
    assert not bench.receive(bench.other_phone)
    assert bench.receive(bench.agreed_phone)
    assert bench.reaches() is bench.agreed_phone


def test_another_source_is_learned_within_the_window_and_then_tied(bench: Bench) -> None:
    bench.negotiate()
    bench.clock.now_us += LATCH_WINDOW_US - 1
    assert bench.receive(bench.other_phone)
    assert bench.reaches() is bench.other_phone
    bench.leg.close_window(bench.clock.now_us)
    bench.clock.now_us += 1
    bench.leg.close_window(bench.clock.now_us)
    assert bench.receive(bench.other_phone)
    assert not bench.receive(bench.agreed_phone)
    assert bench.reaches() is bench.other_phone


def test_no_source_is_learned_after_the_window(bench: Bench) -> None:
    bench.negotiate()
    bench.clock.now_us += LATCH_WINDOW_US
    assert not bench.receive(bench.other_phone)
    assert bench.leg.refused_source == 1
    bench.leg.close_window(bench.clock.now_us)
    assert not bench.receive(bench.other_phone)
    assert bench.receive(bench.agreed_phone)


def test_a_source_that_still_sends_keeps_its_stream(bench: Bench) -> None:
    bench.negotiate(port=9)
    third = bound()
    assert bench.receive(bench.other_phone)
    bench.clock.now_us += QUIET_SOURCE_US - 1
    assert not bench.receive(third)
    bench.clock.now_us += 1
    assert bench.receive(third)
    third.close()


def test_the_agreed_source_takes_over_from_another(bench: Bench) -> None:
    bench.negotiate()
    assert bench.receive(bench.other_phone)
    assert bench.receive(bench.agreed_phone)
    assert not bench.receive(bench.other_phone)


def test_a_new_negotiation_opens_the_window_again(bench: Bench) -> None:
    bench.negotiate()
    assert bench.receive(bench.agreed_phone)
    bench.clock.now_us += 60 * S
    bench.negotiate()
    assert bench.reaches() is bench.agreed_phone
    assert bench.receive(bench.other_phone)
    assert bench.reaches() is bench.other_phone


def test_a_new_address_forgets_the_source_learned(bench: Bench) -> None:
    bench.negotiate(port=9)
    assert bench.receive(bench.other_phone)
    bench.negotiate()
    assert bench.reaches() is bench.agreed_phone


def test_hold_by_address_sends_nowhere(bench: Bench) -> None:
    bench.negotiate(host="0.0.0.0")
    assert bench.reaches() is None
    bench.clock.now_us += LATCH_WINDOW_US
    bench.leg.close_window(bench.clock.now_us)
    assert bench.reaches() is None


def test_an_address_that_can_not_be_reached_is_counted(bench: Bench) -> None:
    bench.negotiate(host="255.255.255.255", port=9)
    bench.clock.now_us += LATCH_WINDOW_US
    bench.leg.close_window(bench.clock.now_us)
    assert bench.leg.socket_errors == 1
    bench.leg.out.play(b"y" * 160, bench.clock.now_us)
    assert bench.leg.out.errors == 1


def test_a_closed_far_end_does_not_stop_the_leg(bench: Bench) -> None:
    bench.negotiate()
    assert bench.receive(bench.agreed_phone)
    number = bench.agreed_phone.getsockname()[1]
    bench.agreed_phone.close()
    bench.leg.out.play(b"y" * 160, bench.clock.now_us)
    bench.handle(bench.rtp)
    assert bench.leg.socket_errors == 1
    bench.agreed_phone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bench.agreed_phone.bind(("127.0.0.1", number))
    bench.agreed_phone.setblocking(False)
    assert bench.receive(bench.agreed_phone)
    assert bench.reaches() is bench.agreed_phone


def test_rubbish_neither_teaches_nor_counts(bench: Bench) -> None:
    bench.negotiate()
    for data in (b"", b"\x80", b"\x00" * 40, rtp.build(RtpPacket(99, 1, 1, 1, b"z"))):
        bench.other_phone.sendto(data, bench.address)
        bench.handle(bench.rtp)
    assert bench.leg.incoming.received == 0
    assert bench.reaches() is bench.agreed_phone
    for data in (b"\xa0" + bytes(12), rtp.build(RtpPacket(8, 1, 1, 1, b""))):
        bench.agreed_phone.sendto(data, bench.address)
        bench.handle(bench.rtp)
    assert bench.leg.incoming.received == 0
    assert not bench.receive(bench.agreed_phone, payload_type=18)
    assert bench.leg.wrong_payload == 1
    bench.host.handlers[bench.rtp.fileno()]()
    bench.host.handlers[bench.rtcp.fileno()]()


def test_a_change_of_law_finds_the_sinks_again(bench: Bench) -> None:
    bench.negotiate()
    assert bench.receive(bench.agreed_phone)
    assert bench.receive(bench.agreed_phone)
    assert bench.host.rewired == 0
    assert bench.receive(bench.agreed_phone, payload_type=0)
    assert bench.host.rewired == 1
    assert bench.leg.codec == "PCMU"


def test_reports_of_the_far_end_are_life_and_tell_the_round_trip(bench: Bench) -> None:
    bench.negotiate()
    ours = bench.rtcp.getsockname()
    now_ntp = rtcp.ntp_time(bench.clock.now_us + Host.epoch_offset_us)
    bench.clock.now_us += 1 * S
    block = rtcp.ReportBlock(
        bench.leg.out.ssrc, 0, 0, 0, 0, rtcp.middle(now_ntp), round(0.9 * 65_536)
    )
    foreign = rtcp.ReportBlock(1, 0, 0, 0, 0)
    sender = rtcp.SenderInfo(now_ntp, 0, 0, 0)
    data = rtcp.build(7, "phone", sender=sender, blocks=[foreign, block])
    bench.other_phone.sendto(data, ours)
    bench.handle(bench.rtcp)
    assert bench.leg.life_at_us == bench.clock.now_us
    assert bench.leg.round_trip_ms == pytest.approx(100, abs=1)
    bench.other_phone.sendto(b"no report", ours)
    bench.handle(bench.rtcp)
    assert bench.leg.refused_source == 1


def test_reports_leave_each_five_seconds_once_anything_flowed(bench: Bench) -> None:
    target = bound()
    bench.leg.report_if_due(bench.clock.now_us + 10 * S)
    bench.negotiate(port=target.getsockname()[1] - 1)
    bench.clock.now_us += 20 * S
    bench.leg.report_if_due(bench.clock.now_us)
    with pytest.raises(BlockingIOError):
        target.recv(2048)
    bench.leg.out.send = lambda _: None
    bench.leg.out.play(b"y" * 160, bench.clock.now_us)
    bench.leg.report_if_due(bench.clock.now_us + 1 * S)
    bench.clock.now_us += 7 * S
    bench.leg.report_if_due(bench.clock.now_us)
    time.sleep(0.001)
    (report,) = rtcp.parse(target.recv(2048))
    assert report.sender is not None
    assert (report.ssrc, report.sender.packets, report.sender.octets) == (
        bench.leg.out.ssrc,
        1,
        160,
    )
    expected = (bench.leg.out.timestamp + 7 * 8000) & 0xFFFF_FFFF
    assert report.sender.rtp_timestamp == expected
    bench.clock.now_us += 7 * S
    bench.leg.report_if_due(bench.clock.now_us)
    time.sleep(0.001)
    (report,) = rtcp.parse(target.recv(2048))
    assert report.sender is None
    target.close()


def test_reports_go_beside_a_learned_source(bench: Bench) -> None:
    bench.negotiate(port=9)
    learned, beside = bound_pair()
    assert bench.receive(learned)
    bench.leg.report_if_due(bench.clock.now_us + 30 * S)
    time.sleep(0.001)
    (report,) = rtcp.parse(beside.recv(2048))
    assert report.blocks[0].ssrc == 7
    learned.close()
    beside.close()
