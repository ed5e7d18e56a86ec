from __future__ import annotations

import asyncio
import dataclasses
import errno
import os
import random
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import uvloop

from voicegw.errors import (
    MediaError,
    MediaSessionLostError,
    NoMediaCapacityError,
    RecordingError,
    SdpError,
    StartError,
)
from voicegw.media import control, dtmf, embedded_session, g711, opus, rtcp
from voicegw.media.embedded import EmbeddedEngine, EmbeddedEngineOptions
from voicegw.media.embedded_session import EmbeddedSession
from voicegw.media.engine import (
    CaptureSpec,
    DigitMethod,
    DigitReceived,
    FromLeg,
    MediaEngine,
    MediaEvent,
    MediaSession,
    Playback,
    PlaybackEnded,
    Prompt,
    SessionLost,
    Silence,
    SilenceTimedOut,
)
from voicegw.media.g711 import Law
from voicegw.media.rtp import RtpPacket
from voicegw.media.spool import CapturedPacket, CaptureEnd, CaptureMark, SpoolReader
from voicegw.media.worker_link import WorkerLink
from voicegw.model.call import LegRole
from voicegw.sdp.codecs import Codec
from voicegw.sdp.description import parse

from .phone import Phone, until

CUSTOMER, MANAGER = "leg-customer", "leg-manager"
ROLES = {CUSTOMER: LegRole.CUSTOMER, MANAGER: LegRole.MANAGER}
#: Sound that can be told apart in either law.
HELLO, WORLD = b"\x31" * 160, b"\xb4" * 160


def options(**changes: Any) -> EmbeddedEngineOptions:
    first = random.randrange(20_000, 58_000, 2)
    settings: dict[str, Any] = {
        "workers": 1,
        "ports": f"{first}-{first + 399}",
        "bind_host": "127.0.0.1",
        "port_drain_s": 0.2,
    }
    return EmbeddedEngineOptions(**(settings | changes))


def is_running(pid: int) -> bool:
    """Whether a process lives; one that nobody has waited for does not."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


Start = Callable[..., Any]


@pytest_asyncio.fixture
async def start() -> AsyncIterator[Start]:
    """Start engines that are stopped, and checked for leaks, at the end."""
    engines: list[EmbeddedEngine] = []

    async def run(**changes: Any) -> EmbeddedEngine:
        engine = EmbeddedEngine(options(**changes))
        engines.append(engine)
        await engine.start()
        return engine

    yield run
    for engine in engines:
        pids = engine.worker_pids()
        await engine.stop()
        load = engine.load()
        assert (load.sessions, load.legs, load.ports_in_use, load.workers) == (0, 0, 0, 0)
        assert not [pid for pid in pids if is_running(pid)]


class Call:
    """Two telephones and a session between them, each leg hearing the other."""

    def __init__(self, engine: EmbeddedEngine, customer: Phone, manager: Phone) -> None:
        self.engine = engine
        self.customer = customer
        self.manager = manager
        self.events: list[MediaEvent] = []
        self.session: EmbeddedSession

    async def begin(self, capture: CaptureSpec | None = None, *, bridged: bool = True) -> Call:
        self.session = await self.engine.open("call-1", capture, self.events.append)
        self.customer.learn(
            await self.session.answer(CUSTOMER, LegRole.CUSTOMER, self.customer.description())
        )
        self.manager.learn(await self.session.offer(MANAGER, LegRole.MANAGER))
        await self.session.accept(MANAGER, self.manager.description())
        if bridged:
            self.session.connect(FromLeg(CUSTOMER), MANAGER)
            self.session.connect(FromLeg(MANAGER), CUSTOMER)
            await self.settled()
        return self

    async def settled(self) -> None:
        """Wait until the worker has carried out all commands: an answered one comes after them."""
        number = self.session._link.next_request()
        await self.session._link.request(number, control.Ping(number))

    def digits(self) -> list[tuple[str, str, DigitMethod]]:
        return [(e.leg, e.digit, e.method) for e in self.events if isinstance(e, DigitReceived)]


Connect = Callable[..., Any]


@pytest_asyncio.fixture
async def connect(start: Start) -> AsyncIterator[Connect]:
    calls: list[Call] = []

    async def run(
        engine: EmbeddedEngine | None = None,
        customer: Phone | None = None,
        manager: Phone | None = None,
        **settings: Any,
    ) -> Call:
        carrier = engine or await start()
        call = Call(carrier, customer or Phone(), manager or Phone())
        calls.append(call)
        return await call.begin(**settings)

    yield run
    for call in calls:
        await call.session.close()
        call.customer.close()
        call.manager.close()


def prompt(folder: Path, name: str, duration_ms: int, alaw: bytes = b"\x61") -> Prompt:
    pcma, pcmu = folder / f"{name}.pcma", folder / f"{name}.pcmu"
    pcma.write_bytes(alaw * 8 * duration_ms)
    pcmu.write_bytes(alaw.translate(g711.ALAW_TO_ULAW) * 8 * duration_ms)
    return Prompt(name, f"digest-{name}", pcma, pcmu, duration_ms)


def wideband_prompt(folder: Path, name: str, packets: Sequence[bytes]) -> Prompt:
    """A prompt that also exists in Opus."""
    narrow = prompt(folder, name, 20 * len(packets))
    file = folder / f"{name}.opus"
    file.write_bytes(opus.join(packets))
    return dataclasses.replace(narrow, opus=file)


def check_one_stream(packets: list[RtpPacket]) -> None:
    """One SSRC, no break in sequence, a timestamp that only rises."""
    assert len({p.ssrc for p in packets}) == 1
    for before, after in pairwise(packets):
        assert (after.sequence - before.sequence) & 0xFFFF == 1
        assert 160 <= (after.timestamp - before.timestamp) & 0xFFFF_FFFF < 80_000


def test_the_port_is_kept() -> None:
    engine: MediaEngine = EmbeddedEngine(options())
    assert engine.load().workers == 0
    kept: type[MediaSession] = EmbeddedSession
    assert kept is EmbeddedSession


async def test_sound_crosses_both_ways(connect: Connect) -> None:
    call = await connect()
    await asyncio.gather(call.customer.speak(HELLO, 10), call.manager.speak(WORLD, 10))
    await until(lambda: len(call.customer.heard()) == len(call.manager.heard()) == 10)
    assert call.manager.heard_payloads() == {HELLO}
    assert call.customer.heard_payloads() == {WORLD}
    for phone, other in ((call.customer, call.manager), (call.manager, call.customer)):
        check_one_stream(phone.heard())
        assert phone.heard()[0].ssrc != other.ssrc
        assert [p.marker for p in phone.heard()] == [True] + [False] * 9
    summary = await call.session.close()
    for leg in (CUSTOMER, MANAGER):
        figures = summary.legs[leg]
        assert (figures.codec, figures.received, figures.sent, figures.lost) == ("PCMA", 10, 10, 0)
        assert figures.quality.mos is not None
        assert figures.quality.mos > 4
    assert summary.spool is None
    assert call.engine.load().sessions == 0


async def test_laws_are_translated_where_they_differ(connect: Connect) -> None:
    call = await connect(manager=Phone(Codec.PCMU))
    await asyncio.gather(call.customer.speak(HELLO), call.manager.speak(WORLD))
    await until(lambda: len(call.customer.heard()) == len(call.manager.heard()) == 5)
    assert call.manager.heard_payloads() == {HELLO.translate(g711.ALAW_TO_ULAW)}
    assert {p.payload_type for p in call.manager.heard()} == {0}
    assert call.customer.heard_payloads() == {WORLD.translate(g711.ULAW_TO_ALAW)}
    assert {p.payload_type for p in call.customer.heard()} == {8}


async def test_one_stream_through_prompt_talk_and_prompt(connect: Connect, tmp_path: Path) -> None:
    call = await connect(bridged=False)
    notice = prompt(tmp_path, "notice", 110)
    call.session.connect(Playback("one", (notice,)), MANAGER)
    await until(lambda: PlaybackEnded(MANAGER, "one") in call.events)
    call.session.connect(FromLeg(CUSTOMER), MANAGER)
    await call.settled()
    await call.customer.speak(HELLO)
    call.session.connect(Playback("two", (notice, notice)), MANAGER)
    await until(lambda: PlaybackEnded(MANAGER, "two") in call.events)
    heard = call.manager.heard()
    check_one_stream(heard)
    padded = b"\x61" * 80 + b"\xd5" * 80
    assert [p.payload for p in heard] == (
        [b"\x61" * 160] * 5 + [padded] + [HELLO] * 5 + [b"\x61" * 160] * 11
    )
    assert [i for i, p in enumerate(heard) if p.marker] == [0, 6, 11]
    assert call.customer.heard() == []


async def test_a_prompt_is_heard_by_one_leg_only(connect: Connect, tmp_path: Path) -> None:
    call = await connect()
    call.session.connect(Playback("x", (prompt(tmp_path, "whisper", 100),)), MANAGER)
    await asyncio.gather(call.customer.speak(HELLO, 3), call.manager.speak(WORLD, 3))
    await until(lambda: PlaybackEnded(MANAGER, "x") in call.events)
    assert call.manager.heard_payloads() == {b"\x61" * 160}
    assert call.customer.heard_payloads() == {WORLD}


async def test_ring_back_goes_round_until_it_is_replaced(connect: Connect, tmp_path: Path) -> None:
    call = await connect(bridged=False)
    ring = prompt(tmp_path, "ring", 50)
    call.session.connect(Playback("ring", (ring,), loop=True), CUSTOMER)
    await until(lambda: len(call.customer.heard()) >= 8)
    call.session.connect(Silence(), CUSTOMER)
    await call.settled()
    count = len(call.customer.heard())
    await asyncio.sleep(0.1)
    assert len(call.customer.heard()) == count
    check_one_stream(call.customer.heard())
    assert call.customer.heard_payloads() == {b"\x61" * 160}
    assert call.events == []


async def test_playback_is_paced(connect: Connect, tmp_path: Path) -> None:
    call = await connect(bridged=False)
    loop = asyncio.get_running_loop()
    began = loop.time()
    call.session.connect(Playback("p", (prompt(tmp_path, "p", 400),)), MANAGER)
    await until(lambda: PlaybackEnded(MANAGER, "p") in call.events)
    assert 0.36 < loop.time() - began < 0.9
    assert len(call.manager.heard()) == 20


async def test_a_missing_prompt_ends_at_once_unheard(connect: Connect, tmp_path: Path) -> None:
    call = await connect()
    gone = Prompt("gone", "d", tmp_path / "no.pcma", tmp_path / "no.pcmu", 1000)
    call.session.connect(Playback("p", (gone,)), MANAGER)
    await until(lambda: PlaybackEnded(MANAGER, "p", heard=False) in call.events)


async def test_digits_by_events_come_once_and_are_relayed_once(connect: Connect) -> None:
    call = await connect(manager=Phone(events=97))
    await call.customer.speak(HELLO, 2)
    for digit in "15":
        await call.customer.dial(digit)
    await until(lambda: len(call.digits()) == 2)
    assert call.digits() == [
        (CUSTOMER, "1", DigitMethod.RFC4733),
        (CUSTOMER, "5", DigitMethod.RFC4733),
    ]
    await until(lambda: len(call.manager.heard()) == 18)
    events = [p for p in call.manager.heard() if p.payload_type == 97]
    detector = dtmf.EventDetector()
    found = []
    for packet in events:
        event = dtmf.parse_event(packet.payload)
        assert event is not None
        found.append(detector.feed(event, packet.timestamp, marker=packet.marker))
    assert [digit for digit in found if digit] == ["1", "5"]


async def test_gathered_digits_are_kept_from_the_other_leg(connect: Connect) -> None:
    call = await connect()
    call.session.gather(CUSTOMER, on=True)
    await call.settled()
    await call.customer.dial("9")
    call.session.digit_by_info(CUSTOMER, "8")
    await until(lambda: len(call.digits()) == 2)
    call.session.gather(CUSTOMER, on=False)
    await call.settled()
    await call.customer.speak(HELLO, 2)
    await until(lambda: len(call.manager.heard()) == 2)
    assert call.manager.heard_payloads() == {HELLO}


async def test_digits_by_info_are_reported_and_relayed(connect: Connect) -> None:
    call = await connect()
    call.session.digit_by_info(CUSTOMER, "d")
    await until(lambda: len(call.manager.heard()) == 8)
    assert call.digits() == [(CUSTOMER, "D", DigitMethod.INFO)]
    assert {p.payload_type for p in call.manager.heard()} == {101}
    assert {p.payload[0] for p in call.manager.heard()} == {15}


async def test_digits_for_a_leg_without_events_become_tones(connect: Connect) -> None:
    call = await connect(manager=Phone(events=None))
    await call.customer.dial("4")
    await until(lambda: len(call.manager.heard()) >= 10)
    sound = b"".join(p.payload for p in call.manager.heard())
    assert sound.startswith(dtmf.tone("4", Law.PCMA))
    assert {p.payload_type for p in call.manager.heard()} == {8}
    call.session.press(MANAGER, "6")
    await until(lambda: len(call.manager.heard()) >= 20)
    sound = b"".join(p.payload for p in call.manager.heard()[10:])
    assert sound.startswith(dtmf.tone("6", Law.PCMA))
    await call.customer.speak(HELLO, 2)
    await until(lambda: call.manager.heard()[-1].payload == HELLO)


async def test_tones_are_heard_while_a_leg_without_events_is_gathered(connect: Connect) -> None:
    call = await connect(customer=Phone(events=None))
    tone = dtmf.tone("7", Law.PCMA)
    for gathering in (False, True, False):
        call.session.gather(CUSTOMER, on=gathering)
        await call.settled()
        for start in range(0, len(tone), 160):
            call.customer.send(tone[start : start + 160])
            await asyncio.sleep(0.005)
        await call.customer.speak(b"\xd5" * 160, 3)
    await until(lambda: len(call.manager.heard()) == 27)
    assert call.digits() == [(CUSTOMER, "7", DigitMethod.INBAND)]


async def test_nobody_else_can_take_over_a_stream(connect: Connect) -> None:
    call = await connect()
    thief = Phone()
    thief.ours = call.customer.ours
    await asyncio.gather(call.customer.speak(HELLO), call.manager.speak(WORLD))
    await thief.speak(b"\x00" * 160)
    await asyncio.gather(call.customer.speak(HELLO), call.manager.speak(WORLD))
    await until(lambda: len(call.manager.heard()) == 10)
    assert call.manager.heard_payloads() == {HELLO}
    assert thief.heard() == []
    thief.close()


async def test_a_source_behind_nat_is_learned(connect: Connect) -> None:
    call = await connect(bridged=False)
    inside, outside = Phone(), Phone()
    call.session.connect(FromLeg(MANAGER), CUSTOMER)
    outside.learn(await call.session.answer(CUSTOMER, LegRole.CUSTOMER, inside.description()))
    await call.settled()
    await call.manager.speak(WORLD, 2)
    await until(lambda: len(inside.heard()) == 2)
    await outside.speak(HELLO, 2)
    await call.manager.speak(WORLD, 3)
    await until(lambda: len(outside.heard()) == 3)
    inside.close()
    outside.close()


async def test_early_sound_is_taken_before_the_answer(connect: Connect, start: Start) -> None:
    call = await connect(bridged=False)
    early = Phone()
    early.learn(await call.session.offer("early", LegRole.MANAGER))
    call.session.connect(FromLeg("early"), CUSTOMER)
    await call.settled()
    await early.speak(WORLD, 3)
    await until(lambda: len(call.customer.heard()) == 3)
    await call.session.accept("early", early.description())
    early.close()


async def test_wrong_payload_types_and_noise_packets_are_not_relayed(connect: Connect) -> None:
    call = await connect()
    call.customer.send(HELLO)
    call.customer.send(b"\x40", 13)
    call.customer.send(HELLO, 18)
    call.customer.socket.sendto(b"no rtp", call.customer.ours)
    call.customer.send(HELLO)
    await until(lambda: len(call.manager.heard()) == 2)
    assert call.manager.heard_payloads() == {HELLO}


async def test_reports_come_from_a_random_name(connect: Connect) -> None:
    call = await connect(bridged=False)
    reports = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    reports.bind(("127.0.0.1", 0))
    reports.settimeout(5)
    own = f"a=rtcp:{reports.getsockname()[1]}"
    await call.session.answer(CUSTOMER, LegRole.CUSTOMER, call.customer.description(own))
    await call.customer.speak(HELLO, 3)
    block = rtcp.ReportBlock(1, 0, 0, 0, 0)
    data = rtcp.build(call.customer.ssrc, "phone", sender=None, blocks=[block])
    reports.sendto(data, (call.customer.ours[0], call.customer.ours[1] + 1))
    await call.session.close()
    goodbye = reports.recv(2048)
    (report,) = rtcp.parse(goodbye)
    assert report.blocks[0].ssrc == call.customer.ssrc
    assert b"phone" not in goodbye
    reports.close()


async def test_the_capture_holds_both_legs_and_the_marks(connect: Connect, tmp_path: Path) -> None:
    path = tmp_path / "spool" / "call.spool"
    spec = CaptureSpec(path, {"call_id": "call-1", "started": 1.5, "none": None})
    call = await connect(manager=Phone(Codec.PCMU), capture=spec)
    call.session.mark("bridge")
    await asyncio.gather(call.customer.speak(HELLO, 5), call.manager.speak(WORLD, 4))
    call.session.mark("pause", "by api")
    await call.settled()
    await call.customer.speak(b"\x01" * 160, 2)
    call.session.mark("resume")
    await call.settled()
    await call.customer.speak(HELLO, 1)
    call.session.connect(Playback("p", (prompt(tmp_path, "notice", 40),)), MANAGER)
    await until(lambda: PlaybackEnded(MANAGER, "p") in call.events)
    assert SpoolReader(path).header() == {"call_id": "call-1", "started": 1.5, "none": None}
    summary = await call.session.close()
    assert (summary.spool, summary.captured_packets, summary.dropped_packets) == (path, 10, 0)
    records = list(SpoolReader(path))
    packets = [r for r in records if isinstance(r, CapturedPacket)]
    assert [p.payload for p in packets if p.leg == 0] == [HELLO] * 6
    assert [p.payload for p in packets if p.leg == 1] == [WORLD] * 4
    assert {p.payload_type for p in packets if p.leg == 1} == {0}
    arrivals = [p.arrival_us for p in packets if p.leg == 0]
    assert arrivals == sorted(arrivals)
    details = [dict(r.detail) for r in records if isinstance(r, CaptureMark)]
    assert {"kind": "bridge"} in details
    assert {"kind": "pause", "detail": "by api"} in details
    assert {
        "kind": "codec",
        "leg": 1,
        "payload_type": 0,
        "encoding": "PCMU",
        "clock_hz": 8000,
    } in details
    (said,) = [d for d in details if d["kind"] == "prompt"]
    assert (said["leg"], said["digests"]) == (1, ["digest-notice"])
    assert [d["kind"] for d in details][-1] == "prompt_ended"
    assert isinstance(records[-1], CaptureEnd)


async def test_a_capture_is_on_disk_within_a_second(connect: Connect, tmp_path: Path) -> None:
    path = tmp_path / "call.spool"
    call = await connect(capture=CaptureSpec(path, {}))
    await call.customer.speak(HELLO, 3)
    await until(
        lambda: sum(isinstance(r, CapturedPacket) for r in SpoolReader(path)) == 3, timeout_s=1.5
    )


async def test_a_capture_that_can_not_be_created_is_refused(start: Start, tmp_path: Path) -> None:
    engine = await start()
    path = tmp_path / "taken"
    path.write_bytes(b"")
    with pytest.raises(RecordingError):
        await engine.open("c", CaptureSpec(path, {}), lambda _: None)
    assert engine.load().sessions == 0
    assert engine.load().workers == 1


async def test_a_dead_worker_loses_only_its_own_calls(connect: Connect, start: Start) -> None:
    engine = await start(workers=2)
    lost = await connect(engine)
    kept = await connect(engine)
    assert engine.load().per_worker == (1, 1)
    victim = lost.session._link.pid
    os.kill(victim, signal.SIGKILL)
    await until(lambda: any(isinstance(e, SessionLost) for e in lost.events))
    with pytest.raises(MediaSessionLostError):
        lost.session.connect(Silence(), CUSTOMER)
    with pytest.raises(MediaSessionLostError):
        await lost.session.offer("another", LegRole.MANAGER)
    summary = await lost.session.close()
    assert summary.legs[CUSTOMER].received == 0
    await kept.customer.speak(HELLO, 3)
    await until(lambda: len(kept.manager.heard()) == 3)
    assert kept.events == []
    await until(lambda: engine.load().workers == 2, timeout_s=10)
    assert engine.load().workers_restarted == 1
    assert victim not in engine.worker_pids()
    after = await connect(engine)
    await after.customer.speak(HELLO, 2)
    await until(lambda: len(after.manager.heard()) == 2)


async def test_a_worker_that_stands_still_is_replaced(connect: Connect, start: Start) -> None:
    engine = await start(control_timeout_s=0.3)
    call = await connect(engine)
    os.kill(call.session._link.pid, signal.SIGSTOP)
    with pytest.raises(MediaSessionLostError):
        await call.session.offer("another", LegRole.MANAGER)
    await until(lambda: any(isinstance(e, SessionLost) for e in call.events))
    await call.session.close()
    await until(lambda: engine.load().workers == 1, timeout_s=10)


async def test_a_disk_that_does_not_answer_costs_the_call_not_the_worker(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await start(control_timeout_s=60)
    session = await engine.open("c", None, lambda _: None)
    offer = parse(await session.offer(CUSTOMER, LegRole.CUSTOMER))
    monkeypatch.setattr(embedded_session, "SPOOL_TIMEOUT_S", 0.05)
    (pid,) = engine.worker_pids()
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(RecordingError):
        await engine.open("c", CaptureSpec(tmp_path / "call.spool", {}), lambda _: None)
    summary = await session.close()
    assert offer.media[0].port
    assert summary.legs[CUSTOMER].codec is None
    assert engine.load().sessions == 0
    os.kill(pid, signal.SIGCONT)
    session = await engine.open("c", None, lambda _: None)
    await session.close()
    assert engine.worker_pids() == (pid,)


async def test_a_worker_that_does_not_start_again_is_tried_until_it_does(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await start()
    executable = sys.executable
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    os.kill(engine.worker_pids()[0], signal.SIGKILL)
    await until(lambda: engine.load().workers == 0)
    with pytest.raises(NoMediaCapacityError):
        await engine.open("c", None, lambda _: None)
    await asyncio.sleep(0.4)
    monkeypatch.setattr(sys, "executable", executable)
    await until(lambda: engine.load().workers == 1, timeout_s=10)
    assert engine.load().workers_restarted == 1


async def test_a_worker_waits_for_descriptors_to_start_again(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await start()
    refused: list[int] = []

    def none_left(*_: object) -> None:
        refused.append(errno.EMFILE)
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(socket, "socketpair", none_left)
        os.kill(engine.worker_pids()[0], signal.SIGKILL)
        await until(lambda: len(refused) == 2)
        assert engine.load().workers == 0
    await until(lambda: engine.load().workers == 1, timeout_s=10)


async def test_a_worker_that_speaks_nonsense_is_taken_for_dead() -> None:
    deaths: list[str] = []
    link = WorkerLink(
        silence_timeout_s=1,
        cpu=None,
        control_timeout_s=1,
        on_event=lambda _: None,
        on_death=lambda _, reason: deaths.append(reason),
    )
    await link.start()
    link._take(b"\xc1")
    link.kill("again")
    assert deaths == ["it sent what can't be read"]
    with pytest.raises(MediaSessionLostError):
        link.send(control.Ping(1))
    pid = link.pid
    await link.stop()
    assert not is_running(pid)


async def test_a_closed_session_hears_nothing_more(connect: Connect) -> None:
    call = await connect()
    call.session.digit_by_info(CUSTOMER, "1")
    await call.session.close()
    assert call.events == []


async def test_ports_rest_and_return(connect: Connect, start: Start) -> None:
    engine = await start()
    call = await connect(engine)
    assert engine.load().ports_in_use == 2
    summary = await call.session.close()
    assert await call.session.close() is summary
    load = engine.load()
    assert (load.sessions, load.ports_in_use) == (0, 0)
    assert load.ports_draining >= 2
    await until(lambda: engine.load().ports_draining == 0)


async def test_a_leg_may_end_before_its_call(connect: Connect, start: Start) -> None:
    engine = await start()
    call = await connect(engine)
    await call.manager.speak(WORLD, 10)
    await until(lambda: len(call.customer.heard()) == 10)
    call.session.end_leg(MANAGER)
    call.session.end_leg(MANAGER)
    load = engine.load()
    assert (load.ports_in_use, load.ports_draining) == (1, 1)
    with pytest.raises(MediaError):
        call.session.connect(Silence(), MANAGER)
    offer = await call.session.offer("another", LegRole.MANAGER)
    assert parse(offer).media[0].port
    summary = await call.session.close()
    call.session.end_leg(CUSTOMER)
    assert summary.legs[MANAGER].received == 10
    assert set(summary.legs) == {CUSTOMER, MANAGER, "another"}
    assert engine.load().ports_in_use == 0


async def test_the_256th_leg_takes_the_number_of_one_that_nobody_heard(
    connect: Connect, start: Start, tmp_path: Path
) -> None:
    """Hundreds of telephones ring for one caller; two of them talk, and are told apart."""
    path = tmp_path / "call.spool"
    engine = await start(port_drain_s=0)
    call = await connect(engine, capture=CaptureSpec(path, {}))
    await call.manager.speak(WORLD, 2)
    await until(lambda: len(call.customer.heard()) == 2)
    call.session.end_leg(MANAGER)
    for number in range(300):
        await call.session.offer(f"rung-{number}", LegRole.MANAGER)
        call.session.end_leg(f"rung-{number}")
    colleague = Phone()
    colleague.learn(await call.session.offer("colleague", LegRole.MANAGER))
    await call.session.accept("colleague", colleague.description())
    call.session.connect(FromLeg("colleague"), CUSTOMER)
    await call.settled()
    await colleague.speak(HELLO, 3)
    await until(lambda: len(call.customer.heard()) == 5)
    colleague.close()
    await call.session.close()
    packets = [one for one in SpoolReader(path) if isinstance(one, CapturedPacket)]
    assert [one.payload for one in packets if one.leg == 1] == [WORLD] * 2
    (number,) = {one.leg for one in packets if one.payload == HELLO}
    assert 1 < number <= 255
    codecs = [
        dict(one.detail)["leg"]
        for one in SpoolReader(path)
        if isinstance(one, CaptureMark) and dict(one.detail)["kind"] == "codec"
    ]
    assert number in codecs


async def test_legs_that_are_all_heard_leave_no_number(connect: Connect, start: Start) -> None:
    engine = await start(port_drain_s=0)
    call = await connect(engine)
    for number in range(254):
        await call.session.offer(f"heard-{number}", LegRole.MANAGER)
        call.session.connect(FromLeg(f"heard-{number}"), CUSTOMER)
        call.session.end_leg(f"heard-{number}")
    with pytest.raises(NoMediaCapacityError):
        await call.session.offer("one-more", LegRole.MANAGER)
    assert engine.load().ports_in_use == 2
    await call.session.offer(MANAGER, LegRole.MANAGER)


async def test_a_port_in_use_is_passed_over(start: Start) -> None:
    setting = options()
    first = int(setting.ports.partition("-")[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", first + 1))
        engine = await start(ports=setting.ports)
        session = await engine.open("c", None, lambda _: None)
        offer = await session.offer(CUSTOMER, LegRole.CUSTOMER)
        assert parse(offer).media[0].port > first + 1
        await session.close()


async def test_no_port_is_no_capacity(start: Start) -> None:
    first = random.randrange(20_000, 58_000, 2)
    engine = await start(ports=f"{first}-{first + 1}")
    session = await engine.open("c", None, lambda _: None)
    await session.offer(CUSTOMER, LegRole.CUSTOMER)
    with pytest.raises(NoMediaCapacityError):
        await session.offer(MANAGER, LegRole.MANAGER)
    await session.close()


async def test_an_address_that_is_not_ours_is_no_capacity(start: Start) -> None:
    engine = await start(bind_host="192.0.2.1")
    session = await engine.open("c", None, lambda _: None)
    with pytest.raises(NoMediaCapacityError):
        await session.offer(CUSTOMER, LegRole.CUSTOMER)
    await session.close()


async def test_silence_is_reported_but_not_on_hold(connect: Connect, start: Start) -> None:
    engine = await start(silence_timeout_s=0.3)
    call = await connect(engine)
    await call.session.answer(CUSTOMER, LegRole.CUSTOMER, call.customer.description("a=sendonly"))
    assert call.session.is_held(CUSTOMER)
    assert not call.session.is_held(MANAGER)
    assert not call.session.is_held("nobody")
    await asyncio.sleep(1.3)
    assert call.events == []
    await call.session.answer(CUSTOMER, LegRole.CUSTOMER, call.customer.description())
    assert not call.session.is_held(CUSTOMER)
    await until(
        lambda: (
            {e.leg for e in call.events if isinstance(e, SilenceTimedOut)} == {CUSTOMER, MANAGER}
        )
    )


async def test_sound_keeps_the_silence_timer_away(connect: Connect, start: Start) -> None:
    engine = await start(silence_timeout_s=0.4)
    call = await connect(engine)
    await asyncio.gather(call.customer.speak(HELLO, 60), call.manager.speak(b"", 60))
    assert {e.leg for e in call.events if isinstance(e, SilenceTimedOut)} == {MANAGER}


async def test_a_held_leg_is_not_sent_to(connect: Connect) -> None:
    call = await connect()
    await call.session.answer(
        CUSTOMER, LegRole.CUSTOMER, call.customer.description("c=IN IP4 0.0.0.0")
    )
    await call.settled()
    await call.manager.speak(WORLD, 3)
    await call.session.answer(CUSTOMER, LegRole.CUSTOMER, call.customer.description())
    await call.settled()
    await call.manager.speak(HELLO, 3)
    await until(lambda: len(call.customer.heard()) == 3)
    assert call.customer.heard_payloads() == {HELLO}
    check_one_stream(call.customer.heard())


async def test_a_moved_telephone_is_followed(connect: Connect) -> None:
    call = await connect()
    await call.customer.speak(HELLO, 2)
    moved = Phone()
    moved.learn(await call.session.answer(CUSTOMER, LegRole.CUSTOMER, moved.description()))
    assert moved.ours == call.customer.ours
    await call.settled()
    await moved.speak(WORLD, 3)
    await call.manager.speak(HELLO, 3)
    await until(lambda: len(moved.heard()) == 3)
    assert WORLD in call.manager.heard_payloads()
    check_one_stream(call.manager.heard())
    moved.close()


async def test_an_offerless_reinvite_gets_our_present_description(connect: Connect) -> None:
    call = await connect()
    offer = await call.session.reoffer(CUSTOMER)
    assert parse(offer).media[0].port == call.customer.ours[1]
    await call.session.accept(CUSTOMER, call.customer.description())
    with pytest.raises(SdpError):
        await call.session.accept(CUSTOMER, "nonsense")
    with pytest.raises(SdpError):
        await call.session.answer(CUSTOMER, LegRole.CUSTOMER, "nonsense")


async def test_two_wideband_phones_hear_each_other_and_prompts(
    start: Start, connect: Connect, tmp_path: Path
) -> None:
    engine = EmbeddedEngine(options(codecs=["opus", "G722", "PCMA"]))
    greeting = wideband_prompt(tmp_path, "greeting", [b"\xf8one", b"\xf8two"])
    engine.preload([greeting])
    await engine.start()
    for file in (greeting.pcma, greeting.pcmu, greeting.opus):
        assert file is not None
    call = await connect(
        engine,
        Phone(Codec.OPUS),
        Phone(Codec.OPUS),
        capture=CaptureSpec(tmp_path / "a.spool", {}),
    )
    assert greeting.opus is not None
    greeting.opus.unlink()
    await call.customer.speak(b"\xf8hello")
    call.session.connect(Playback("p", (greeting,)), MANAGER)
    await until(lambda: PlaybackEnded(MANAGER, "p") in call.events)
    call.session.connect(FromLeg(CUSTOMER), MANAGER)
    await call.settled()
    await call.customer.speak(b"\xf8again")
    await until(lambda: b"\xf8again" in call.manager.heard_payloads())
    heard = call.manager.heard()
    assert {p.payload_type for p in heard} == {107}
    assert [p.payload for p in heard if p.payload in (b"\xf8one", b"\xf8two")] == [
        b"\xf8one",
        b"\xf8two",
    ]
    for before, after in pairwise(heard):
        assert (after.sequence - before.sequence) & 0xFFFF == 1
        assert 960 <= (after.timestamp - before.timestamp) & 0xFFFF_FFFF < 480_000
    summary = await call.session.close()
    assert summary.legs[CUSTOMER].codec == "opus"
    jitter_ms = summary.legs[CUSTOMER].quality.jitter_ms
    assert jitter_ms is not None
    assert jitter_ms < 20
    marks = [r.detail for r in SpoolReader(tmp_path / "a.spool") if isinstance(r, CaptureMark)]
    clocks = {m["encoding"]: m["clock_hz"] for m in marks if m["kind"] == "codec"}
    assert clocks["opus"] == 48_000
    await engine.stop()


async def test_a_prompt_that_was_not_prepared_in_the_codec_is_unheard(
    start: Start, connect: Connect, tmp_path: Path
) -> None:
    call = await connect(await start(codecs=["G722", "PCMA"]), Phone(Codec.G722), Phone())
    assert call.session.codec(CUSTOMER) == "G722"
    assert not call.session.can_relay(CUSTOMER, MANAGER)
    call.session.connect(Playback("p", (prompt(tmp_path, "narrow", 100),)), CUSTOMER)
    await until(lambda: PlaybackEnded(CUSTOMER, "p", heard=False) in call.events)


async def test_misuse_is_refused(connect: Connect) -> None:
    call = await connect()
    misuses: list[Callable[[], None]] = [
        lambda: call.session.connect(Silence(), "nobody"),
        lambda: call.session.connect(FromLeg("nobody"), CUSTOMER),
        lambda: call.session.press(CUSTOMER, "x"),
        lambda: call.session.digit_by_info(CUSTOMER, "12"),
        lambda: call.session.gather("nobody", on=True),
    ]
    for misuse in misuses:
        with pytest.raises(MediaError):
            misuse()
    with pytest.raises(MediaError):
        await call.session.accept("nobody", call.customer.description())
    await call.session.close()
    with pytest.raises(MediaError):
        call.session.mark("bridge")
    with pytest.raises(MediaError):
        await call.session.offer("late", LegRole.MANAGER)


def test_options_that_can_not_work_are_refused() -> None:
    with pytest.raises(StartError):
        EmbeddedEngine(options(codecs=["GSM"]))
    with pytest.raises(StartError):
        EmbeddedEngine(options(ports="no"))


async def test_an_engine_that_is_not_running_has_no_capacity(start: Start) -> None:
    engine = EmbeddedEngine(options())
    with pytest.raises(NoMediaCapacityError):
        await engine.open("c", None, lambda _: None)


async def test_a_worker_that_does_not_come_up_is_a_start_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    engine = EmbeddedEngine(options())
    with pytest.raises(StartError):
        await engine.start()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    engine = EmbeddedEngine(options())
    with pytest.raises(StartError):
        await engine.start()


async def test_the_address_shown_is_the_one_configured(start: Start) -> None:
    engine = await start(advertise="203.0.113.7")
    session = await engine.open("c", None, lambda _: None)
    offer = parse(await session.offer(CUSTOMER, LegRole.CUSTOMER))
    assert offer.connection is not None
    assert offer.connection.address == "203.0.113.7"
    assert offer.origin.username == "-"
    await session.close()


def test_it_runs_on_uvloop() -> None:
    async def scenario() -> None:
        engine = EmbeddedEngine(options(bind_host="0.0.0.0", advertise="127.0.0.1"))
        await engine.start()
        call = await Call(engine, Phone(), Phone()).begin()
        await call.customer.speak(HELLO, 3)
        await until(lambda: len(call.manager.heard()) == 3)
        os.kill(call.session._link.pid, signal.SIGKILL)
        await until(lambda: any(isinstance(e, SessionLost) for e in call.events))
        await until(lambda: engine.load().workers == 1, timeout_s=10)
        await call.session.close()
        call.customer.close()
        call.manager.close()
        await engine.stop()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(scenario())


def test_no_worker_outlives_a_killed_node(tmp_path: Path) -> None:
    spool = tmp_path / "call.spool"
    program = textwrap.dedent(
        f"""
        import asyncio, pathlib
        from voicegw.media.embedded import EmbeddedEngine, EmbeddedEngineOptions
        from voicegw.media.engine import CaptureSpec

        async def main():
            engine = EmbeddedEngine(EmbeddedEngineOptions(workers=2, bind_host="127.0.0.1"))
            await engine.start()
            spec = CaptureSpec(pathlib.Path({str(spool)!r}), {{}})
            session = await engine.open("c", spec, print)
            session.mark("bridge")
            print(*engine.worker_pids(), flush=True)
            await asyncio.sleep(60)

        asyncio.run(main())
        """
    )
    node = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert node.stdout is not None
    pids = [int(text) for text in node.stdout.readline().split()]
    assert len(pids) == 2
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
        os.kill(pid, signal.SIGINT)
    time.sleep(0.1)
    assert all(is_running(pid) for pid in pids)
    node.kill()
    node.wait()
    node.stdout.close()
    end = time.monotonic() + 5
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < end
        time.sleep(0.01)
    kinds = [r.detail["kind"] for r in SpoolReader(spool) if isinstance(r, CaptureMark)]
    assert kinds == ["bridge"]
