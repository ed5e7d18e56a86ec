"""The media port, one suite for both engines: the embedded one and a real rtpengine."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio

from tests.parts.needs import missing
from tests.parts.rtpengine import Rtpengine, RtpengineMissingError, free_udp_port
from tests.unit.media.phone import FRAME_S, Phone, until
from voicegw.errors import MediaError, SdpError
from voicegw.media.embedded import EmbeddedEngine, EmbeddedEngineOptions
from voicegw.media.engine import (
    DigitMethod,
    DigitReceived,
    FromLeg,
    MediaEngine,
    MediaEvent,
    MediaSession,
    Mix,
    Playback,
    PlaybackEnded,
    Prompt,
    Silence,
    SilenceTimedOut,
)
from voicegw.media.frames import translation
from voicegw.media.mixer import added
from voicegw.media.rtpengine import RtpengineEngine, RtpengineOptions
from voicegw.model.call import LegRole
from voicegw.sdp.codecs import Codec
from voicegw.sdp.description import parse

CUSTOMER, MANAGER = "leg-customer", "leg-manager"
#: Sound that can be told apart in either law.
HELLO, WORLD, PROMPT = b"\x31" * 160, b"\xb4" * 160, b"\x2a" * 160
SILENCE_TIMEOUT_S = 0.6


@pytest_asyncio.fixture(params=["embedded", "rtpengine"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MediaEngine]:
    """A started engine, checked for leaks at the end."""
    if request.param == "embedded":
        first = random.randrange(20_000, 29_000, 2)
        started: MediaEngine = EmbeddedEngine(
            EmbeddedEngineOptions(
                workers=1,
                ports=f"{first}-{first + 199}",
                bind_host="127.0.0.1",
                port_drain_s=0.0,
                silence_timeout_s=SILENCE_TIMEOUT_S,
            )
        )
        await started.start()
        yield started
        await end(started)
        return
    async with running_rtpengine(tmp_path, codecs=("PCMA", "PCMU")) as running:
        yield running


@asynccontextmanager
async def running_rtpengine(folder: Path, codecs: Sequence[str]) -> AsyncIterator[MediaEngine]:
    """The engine on a real rtpengine; where that is not installed tests are skipped."""
    digits = ("127.0.0.1", free_udp_port())
    try:
        server = Rtpengine(folder, digits)
    except RtpengineMissingError as error:
        missing(str(error))
    with server:
        options = RtpengineOptions(
            server.control,
            digits,
            codecs=codecs,
            silence_timeout_s=SILENCE_TIMEOUT_S,
            watch_s=0.1,
            look_every=1,
        )
        started = RtpengineEngine(options)
        await started.start()
        yield started
        await end(started)


async def end(engine: MediaEngine) -> None:
    await engine.stop()
    load = engine.load()
    assert (load.sessions, load.legs, load.ports_in_use, load.workers) == (0, 0, 0, 0)


class Call:
    """A session with two telephones."""

    def __init__(self, session: MediaSession, customer: Phone, manager: Phone) -> None:
        self.session = session
        self.customer = customer
        self.manager = manager

    def bridge(self) -> None:
        self.session.connect(FromLeg(CUSTOMER), MANAGER)
        self.session.connect(FromLeg(MANAGER), CUSTOMER)


class Lab:
    """Makes calls, and keeps what the engine told of them."""

    def __init__(self, engine: MediaEngine) -> None:
        self.engine = engine
        self.events: list[MediaEvent] = []
        self.phones: list[Phone] = []
        self.sessions: list[MediaSession] = []

    def phone(self, codec: Codec = Codec.PCMA, events: int | None = 101) -> Phone:
        phone = Phone(codec, events)
        self.phones.append(phone)
        return phone

    async def call(self, customer: Phone | None = None, manager: Phone | None = None) -> Call:
        """Have a customer call, answer them, and reach a manager; nobody hears anybody yet."""
        call = Call(
            await self.engine.open("call-1", None, self.events.append),
            customer or self.phone(),
            manager or self.phone(),
        )
        self.sessions.append(call.session)
        call.customer.learn(
            await call.session.answer(CUSTOMER, LegRole.CUSTOMER, call.customer.description())
        )
        offer = await call.session.offer(MANAGER, LegRole.MANAGER)
        call.manager.learn(offer)
        if call.manager.events is not None:
            call.manager.events = offered_events(offer)
        await call.session.accept(MANAGER, call.manager.description())
        return call

    def digits(self) -> list[tuple[str, str, DigitMethod]]:
        return [(e.leg, e.digit, e.method) for e in self.events if isinstance(e, DigitReceived)]

    def events_of(self, kind: type[MediaEvent]) -> list[MediaEvent]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest_asyncio.fixture
async def lab(engine: MediaEngine) -> AsyncIterator[Lab]:
    made = Lab(engine)
    yield made
    for session in made.sessions:
        await session.close()
    for phone in made.phones:
        phone.close()


def offered_events(description: str) -> int:
    """Return the number that a description gives telephone events."""
    payloads = parse(description).media[0].payloads()
    return next(p.payload_type for p in payloads if p.encoding == "telephone-event")


def prompt(folder: Path, *, frames: int = 25) -> Prompt:
    """Return a prompt that lasts `frames` packets."""
    samples = PROMPT * frames
    path = folder / f"prompt-{frames}"
    path.write_bytes(samples)
    return Prompt("prompt", path.name, path, path, frames * 20)


async def hears(speaker: Phone, payload: bytes, listener: Phone, expected: bytes) -> None:
    """Speak until the other side hears `expected`."""
    for _ in range(100):
        await speaker.speak(payload, frames=1)
        if expected in listener.heard_payloads():
            return
    pytest.fail("not heard")


async def heard_in(listener: Phone, speaker: Phone, payload: bytes, frames: int = 8) -> set[bytes]:
    """Return what is heard from now on while `speaker` speaks."""
    before = len(listener.heard())
    await speaker.speak(payload, frames)
    await asyncio.sleep(2 * FRAME_S)
    return {packet.payload for packet in listener.heard()[before:]}


@pytest.mark.asyncio
async def test_descriptions_show_ports_of_the_engine_and_nothing_of_the_far_end(lab: Lab) -> None:
    session = await lab.engine.open("call-1", None, lab.events.append)
    lab.sessions.append(session)
    phone = lab.phone()
    offer = await session.offer(MANAGER, LegRole.MANAGER)
    media = parse(offer).media[0]
    assert media.port > 0
    assert media.port % 2 == 0
    assert [p.encoding for p in media.payloads()] == ["PCMA", "PCMU", "telephone-event"]
    await session.accept(MANAGER, phone.description())
    answer = await session.answer(
        CUSTOMER, LegRole.CUSTOMER, phone.description("a=tool:13800138000")
    )
    assert parse(answer).media[0].port not in {0, media.port}
    assert "13800138000" not in answer
    assert str(phone.port) not in answer
    assert parse(await session.reoffer(MANAGER)).media[0].port == media.port


@pytest.mark.asyncio
async def test_a_description_that_fits_nothing_is_refused_and_changes_nothing(lab: Lab) -> None:
    call = await lab.call()
    with pytest.raises(SdpError):
        await call.session.answer(
            CUSTOMER, LegRole.CUSTOMER, call.customer.description().replace("8 101", "18")
        )
    call.bridge()
    await hears(call.customer, HELLO, call.manager, HELLO)


@pytest.mark.asyncio
async def test_two_legs_hear_each_other_once_connected_and_not_before(lab: Lab) -> None:
    call = await lab.call()
    assert HELLO not in await heard_in(call.manager, call.customer, HELLO)
    call.bridge()
    await hears(call.customer, HELLO, call.manager, HELLO)
    await hears(call.manager, WORLD, call.customer, WORLD)


@pytest.mark.asyncio
async def test_a_law_is_changed_into_mu_law_and_back(lab: Lab) -> None:
    call = await lab.call(manager=lab.phone(Codec.PCMU))
    assert call.session.codec(CUSTOMER) == "PCMA"
    assert call.session.codec(MANAGER) == "PCMU"
    assert call.session.codec("leg-other") is None
    assert call.session.can_relay(CUSTOMER, MANAGER)
    assert call.session.can_relay("leg-other", MANAGER)
    call.bridge()
    await call.customer.speak(HELLO, 10)
    await until(call.manager.heard)
    packet = call.manager.heard()[-1]
    assert packet.payload_type == 0
    assert packet.payload != HELLO
    assert len(set(packet.payload)) == 1
    call.manager.send(packet.payload)
    await hears(call.manager, packet.payload, call.customer, HELLO)


@pytest.mark.asyncio
async def test_a_prompt_is_heard_by_its_leg_only_and_its_end_is_told_once(
    lab: Lab, tmp_path: Path
) -> None:
    call = await lab.call()
    call.session.connect(Playback("notice", (prompt(tmp_path),)), CUSTOMER)
    await until(lambda: lab.events_of(PlaybackEnded))
    assert lab.events_of(PlaybackEnded) == [PlaybackEnded(CUSTOMER, "notice", heard=True)]
    assert PROMPT in call.customer.heard_payloads()
    assert 20 <= sum(p.payload == PROMPT for p in call.customer.heard()) <= 26
    assert PROMPT not in call.manager.heard_payloads()


@pytest.mark.asyncio
async def test_a_prompt_in_a_loop_goes_on_until_another_source_takes_its_place(
    lab: Lab, tmp_path: Path
) -> None:
    call = await lab.call()
    call.session.connect(Playback("music", (prompt(tmp_path, frames=5),), loop=True), MANAGER)
    await until(lambda: sum(p.payload == PROMPT for p in call.manager.heard()) > 12)
    call.bridge()
    await hears(call.customer, HELLO, call.manager, HELLO)
    assert await heard_in(call.manager, call.customer, WORLD) == {WORLD}
    assert lab.events_of(PlaybackEnded) == []


@pytest.mark.asyncio
async def test_a_prompt_that_is_missing_is_told_as_not_heard(lab: Lab, tmp_path: Path) -> None:
    call = await lab.call()
    lost = Prompt("lost", "lost", tmp_path / "none", tmp_path / "none", 500)
    call.session.connect(Playback("notice", (lost,)), CUSTOMER)
    await until(lambda: lab.events_of(PlaybackEnded))
    assert lab.events_of(PlaybackEnded) == [PlaybackEnded(CUSTOMER, "notice", heard=False)]


@pytest.mark.asyncio
async def test_each_side_may_hear_what_the_other_does_not(lab: Lab, tmp_path: Path) -> None:
    call = await lab.call()
    call.bridge()
    await hears(call.customer, HELLO, call.manager, HELLO)
    call.session.connect(Playback("music", (prompt(tmp_path),), loop=True), CUSTOMER)
    await until(lambda: PROMPT in call.customer.heard_payloads())
    assert WORLD not in await heard_in(call.customer, call.manager, WORLD)
    await hears(call.customer, WORLD, call.manager, WORLD)
    call.session.connect(Silence(), MANAGER)
    await asyncio.sleep(0.1)
    assert HELLO not in await heard_in(call.manager, call.customer, HELLO)
    call.bridge()
    await hears(call.manager, WORLD, call.customer, WORLD)
    await hears(call.customer, HELLO, call.manager, HELLO)


@pytest.mark.asyncio
@pytest.mark.parametrize("number", [101, 96])
async def test_a_digit_is_reported_once_and_relayed_as_the_peer_agreed(
    lab: Lab, number: int
) -> None:
    call = await lab.call(lab.phone(events=number))
    call.bridge()
    await hears(call.customer, HELLO, call.manager, HELLO)
    await call.customer.dial("7")
    await until(lab.digits)
    await asyncio.sleep(0.15)
    assert lab.digits() == [(CUSTOMER, "7", DigitMethod.RFC4733)]
    relayed = [p for p in call.manager.heard() if p.payload_type == call.manager.events]
    assert {p.payload[0] for p in relayed} == {7}


@pytest.mark.asyncio
async def test_a_gathered_digit_is_reported_and_not_relayed(lab: Lab) -> None:
    call = await lab.call()
    call.session.gather(MANAGER, on=True)
    await call.manager.dial("1")
    await until(lab.digits)
    call.bridge()
    await hears(call.manager, HELLO, call.customer, HELLO)
    await call.manager.dial("2")
    await until(lambda: len(lab.digits()) == 2)
    assert [digit for _, digit, _ in lab.digits()] == ["1", "2"]
    assert not [p for p in call.customer.heard() if p.payload_type == 101]
    call.session.gather(MANAGER, on=False)
    await asyncio.sleep(0.05)
    await call.manager.dial("3")
    await until(lambda: [p for p in call.customer.heard() if p.payload_type == 101])


@pytest.mark.asyncio
async def test_a_kept_digit_can_be_pressed_at_who_would_have_heard_it(lab: Lab) -> None:
    call = await lab.call()
    call.bridge()
    await hears(call.manager, HELLO, call.customer, HELLO)
    call.session.gather(MANAGER, on=True, tones=False)
    await asyncio.sleep(0.05)
    await call.manager.dial("5")
    await until(lab.digits)
    assert not [p for p in call.customer.heard() if p.payload_type == 101]
    call.session.press(CUSTOMER, "5")
    speaking = asyncio.create_task(call.manager.speak(HELLO, 40))
    await until(lambda: [p for p in call.customer.heard() if p.payload_type == 101])
    await speaking
    assert {p.payload[0] for p in call.customer.heard() if p.payload_type == 101} == {5}


@pytest.mark.asyncio
async def test_a_digit_that_came_by_info_is_told_and_sent_to_who_hears_the_leg(lab: Lab) -> None:
    call = await lab.call()
    call.bridge()
    await hears(call.customer, HELLO, call.manager, HELLO)
    call.session.digit_by_info(CUSTOMER, "5")
    speaking = asyncio.create_task(call.customer.speak(HELLO, 40))
    await until(lambda: [p for p in call.manager.heard() if p.payload_type == 101])
    await speaking
    assert lab.digits() == [(CUSTOMER, "5", DigitMethod.INFO)]
    with pytest.raises(MediaError):
        call.session.digit_by_info(CUSTOMER, "55")


@pytest.mark.asyncio
async def test_hold_and_its_end_are_understood(lab: Lab) -> None:
    call = await lab.call()
    call.bridge()
    await hears(call.customer, HELLO, call.manager, HELLO)
    held = await call.session.answer(
        CUSTOMER, LegRole.CUSTOMER, call.customer.description("a=sendonly")
    )
    assert "a=recvonly" in held
    assert call.session.is_held(CUSTOMER)
    assert not call.session.is_held(MANAGER)
    assert WORLD not in await heard_in(call.customer, call.manager, WORLD)
    await call.session.answer(CUSTOMER, LegRole.CUSTOMER, call.customer.description())
    assert not call.session.is_held(CUSTOMER)
    await hears(call.manager, WORLD, call.customer, WORLD)


@pytest.mark.asyncio
async def test_a_leg_may_move_in_mid_call_and_our_port_stays(lab: Lab) -> None:
    call = await lab.call()
    call.bridge()
    await hears(call.customer, HELLO, call.manager, HELLO)
    moved = lab.phone(Codec.PCMU)
    moved.learn(await call.session.answer(CUSTOMER, LegRole.CUSTOMER, moved.description()))
    assert moved.ours == call.customer.ours
    before = len(call.manager.heard())
    await moved.speak(HELLO, 10)
    await until(lambda: len(call.manager.heard()) > before)
    await call.manager.speak(WORLD, 10)
    await until(moved.heard)
    assert moved.heard()[-1].payload_type == 0


@pytest.mark.asyncio
async def test_a_leg_that_falls_silent_is_told(lab: Lab) -> None:
    call = await lab.call()

    async def speaks_on() -> None:
        while SilenceTimedOut(CUSTOMER) not in lab.events:
            call.manager.send(WORLD)
            await asyncio.sleep(FRAME_S)

    # From before the bridge on: until the customer is heard, the manager would be silent.
    speaking = asyncio.ensure_future(speaks_on())
    call.bridge()
    await hears(call.customer, HELLO, call.manager, HELLO)
    await asyncio.wait_for(speaking, 20)
    assert SilenceTimedOut(MANAGER) not in lab.events


@pytest.mark.asyncio
async def test_close_gives_figures_frees_everything_and_may_be_repeated(lab: Lab) -> None:
    call = await lab.call(manager=lab.phone(Codec.PCMU))
    call.bridge()
    await call.customer.speak(HELLO, 5)
    load = lab.engine.load()
    assert (load.sessions, load.legs) == (1, 2)
    assert load.ports_in_use > 0
    await call.customer.speak(HELLO, 10)
    await asyncio.sleep(FRAME_S)
    summary, again = await asyncio.gather(call.session.close(), call.session.close())
    assert summary == again
    assert (summary.legs[CUSTOMER].codec, summary.legs[MANAGER].codec) == ("PCMA", "PCMU")
    assert summary.legs[CUSTOMER].received >= 10
    assert summary.legs[MANAGER].received == 0
    assert (summary.spool, summary.captured_packets) == (None, 0)
    load = lab.engine.load()
    assert (load.sessions, load.legs, load.ports_in_use) == (0, 0, 0)
    assert not await heard_in(call.manager, call.customer, HELLO)
    with pytest.raises(MediaError):
        call.session.connect(Silence(), CUSTOMER)


@pytest.mark.asyncio
async def test_three_hear_each_other_where_the_engine_can_add_up_sound(lab: Lab) -> None:
    call = await lab.call()
    session, third = call.session, lab.phone(Codec.PCMU)
    third.learn(await session.offer("leg-third", LegRole.MANAGER))
    await session.accept("leg-third", third.description())
    names = (CUSTOMER, MANAGER, "leg-third")
    mixes = {one: Mix(tuple(other for other in names if other != one)) for one in names}
    assert session.can_mix is not isinstance(lab.engine, RtpengineEngine)
    if not session.can_mix:
        with pytest.raises(MediaError):
            session.connect(mixes[CUSTOMER], CUSTOMER)
        return
    for name, mix in mixes.items():
        session.connect(mix, name)
    phones = dict(zip(names, (call.customer, call.manager, third), strict=True))
    said = {CUSTOMER: HELLO, MANAGER: WORLD, "leg-third": PROMPT}
    for _ in range(30):
        for name, phone in phones.items():
            phone.send(said[name])
        await asyncio.sleep(FRAME_S)
    as_alaw = {CUSTOMER: HELLO, MANAGER: WORLD}
    as_alaw["leg-third"] = PROMPT.translate(translation(Codec.PCMU, Codec.PCMA))
    for name, phone in phones.items():
        one, other = (as_alaw[source] for source in names if source != name)
        expected = added(one, other)
        if phone.codec is Codec.PCMU:
            expected = expected.translate(translation(Codec.PCMA, Codec.PCMU))
        heard = [packet.payload for packet in phone.heard()]
        assert heard.count(expected) >= 10
        numbers = [packet.sequence for packet in phone.heard()]
        assert all((b - a) & 0xFFFF == 1 for a, b in pairwise(numbers)), "one stream, unbroken"
    # Back to two: the third hears nothing of them any more.
    call.bridge()
    session.connect(Silence(), "leg-third")
    assert await heard_in(call.manager, call.customer, HELLO) == {HELLO}


@pytest.mark.asyncio
async def test_a_leg_without_sound_can_be_told_nothing(lab: Lab) -> None:
    call = await lab.call()
    commands: list[Callable[[], None]] = [
        lambda: call.session.connect(Silence(), "leg-other"),
        lambda: call.session.connect(FromLeg("leg-other"), CUSTOMER),
        lambda: call.session.gather("leg-other", on=True),
        lambda: call.session.press("leg-other", "1"),
    ]
    for command in commands:
        with pytest.raises(MediaError):
            command()
    assert not call.session.is_held("leg-other")


@pytest_asyncio.fixture
async def wideband(tmp_path: Path) -> AsyncIterator[Lab]:
    """A lab on an rtpengine that carries what the embedded engine only passes on."""
    async with running_rtpengine(tmp_path, codecs=("PCMA", "G722", "opus")) as engine:
        made = Lab(engine)
        yield made
        for phone in made.phones:
            phone.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(("number", "rtpmap"), [(9, "G722/8000"), (107, "opus/48000/2")])
async def test_rtpengine_changes_any_codec_into_any_other(
    wideband: Lab, tmp_path: Path, number: int, rtpmap: str
) -> None:
    session = await wideband.engine.open("call-1", None, wideband.events.append)
    manager, customer = wideband.phone(events=None), wideband.phone()
    manager.payload_type = number
    offer = await session.offer(MANAGER, LegRole.MANAGER)
    manager.learn(offer)
    await session.accept(MANAGER, manager.description(f"a=rtpmap:{number} {rtpmap}"))
    session.connect(Playback("notice", (prompt(tmp_path),)), MANAGER)
    await until(lambda: wideband.events_of(PlaybackEnded))
    assert {packet.payload_type for packet in manager.heard()} == {number}
    customer.learn(await session.answer(CUSTOMER, LegRole.CUSTOMER, customer.description()))
    before = len(manager.heard())
    session.connect(FromLeg(CUSTOMER), MANAGER)
    session.connect(FromLeg(MANAGER), CUSTOMER)
    await customer.speak(HELLO, 15)
    await until(lambda: len(manager.heard()) > before + 5)
    assert {packet.payload_type for packet in manager.heard()[before:]} == {number}
    summary = await session.close()
    assert summary.legs[MANAGER].codec == rtpmap.split("/", maxsplit=1)[0]
