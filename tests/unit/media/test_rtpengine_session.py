"""The rtpengine engine's sessions against an rtpengine that says and forgets what a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from voicegw.errors import (
    MediaError,
    MediaSessionLostError,
    NoMediaCapacityError,
    RecordingError,
    SdpError,
    StartError,
)
from voicegw.media.bencode import Encodable, Value
from voicegw.media.engine import (
    CaptureSpec,
    DigitMethod,
    DigitReceived,
    FromLeg,
    MediaEvent,
    MediaTerms,
    Playback,
    PlaybackEnded,
    Prompt,
    SessionLost,
    Silence,
    SrtpPolicy,
)
from voicegw.media.rtpengine import RtpengineEngine, RtpengineOptions
from voicegw.media.rtpengine_call import RtpengineCall
from voicegw.media.rtpengine_client import Reply, RtpengineAwayError, RtpengineRefusedError
from voicegw.media.rtpengine_session import RtpengineSession
from voicegw.model.call import LegRole
from voicegw.sdp.codecs import Codec
from voicegw.sdp.description import parse
from voicegw.sdp.negotiation import Negotiator

from .phone import Phone, until

A, B, C = "leg-a", "leg-b", "leg-c"
UNKNOWN = RtpengineRefusedError("Unknown call-id")


class Client:
    """Answers commands: a description with a port, or an error for a command."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, Encodable]]] = []
        self.errors: dict[str, MediaError] = {}
        self.description: bytes | None = None
        self.hanging: set[str] = set()
        self.tags: Value = {}
        self._port = 30_000

    async def request(self, command: str, fields: Mapping[str, Encodable] | None = None) -> Reply:
        self.asked.append((command, fields or {}))
        await asyncio.sleep(0)
        if command in self.errors:
            raise self.errors[command]
        if command in self.hanging:
            await asyncio.Event().wait()
        self._port += 2
        sound = f"v=0\r\nc=IN IP4 192.0.2.9\r\nm=audio {self._port} RTP/AVP 8\r\n".encode()
        return {"sdp": sound if self.description is None else self.description, "tags": self.tags}

    def commands(self) -> list[str]:
        return [command for command, _ in self.asked]

    def last(self, command: str) -> Mapping[str, Any]:
        return next(fields for name, fields in reversed(self.asked) if name == command)


class Engine:
    """What a session needs of its engine."""

    def __init__(self) -> None:
        self.forgotten: list[RtpengineSession] = []
        self.undeleted: list[RtpengineCall] = []

    def negotiator(self) -> Negotiator:
        return Negotiator(
            session_id=7,
            addresses={},
            port=0,
            codecs=(Codec.PCMA, Codec.PCMU, Codec.G722),
            new_key=bytes,
        )

    async def alaw(self, prompt: Prompt) -> bytes:
        return b"\x2a" * 8 * prompt.duration_ms

    def forget(self, session: RtpengineSession) -> None:
        self.forgotten.append(session)

    def delete_later(self, call: RtpengineCall) -> None:
        self.undeleted.append(call)


class World:
    def __init__(self) -> None:
        self.client = Client()
        self.engine = Engine()
        self.events: list[MediaEvent] = []
        call = RtpengineCall(self.client, "call-1")  # type: ignore[arg-type]
        self.session = RtpengineSession(self.engine, call, self.events.append)
        self.phones: list[Phone] = []

    async def leg(self, name: str, codec: Codec = Codec.PCMA, events: int | None = 101) -> None:
        phone = Phone(codec, events)
        self.phones.append(phone)
        await self.session.answer(name, LegRole.MANAGER, phone.description())

    async def settled(self) -> None:
        """Wait until all commands have been carried out."""
        await self.session._in_order(lambda: asyncio.sleep(0))


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    yield made
    made.client.errors.clear()
    await made.session.close()
    for phone in made.phones:
        phone.close()


async def test_no_port_is_no_capacity(world: World) -> None:
    for error in (RtpengineAwayError("away"), RtpengineRefusedError("full")):
        world.client.errors["offer"] = error
        with pytest.raises(NoMediaCapacityError):
            await world.session.offer(A, LegRole.MANAGER)
    world.client.errors.clear()
    for useless in (b"", b"nonsense", b"v=0\r\nm=audio 9 RTP/AVP 8\r\n", b"v=0\r\n"):
        world.client.description = useless
        with pytest.raises(NoMediaCapacityError):
            await world.session.offer(A, LegRole.MANAGER)


async def test_terms_that_rtpengine_is_not_asked_for_are_refused(world: World) -> None:
    for terms in (MediaTerms(srtp=SrtpPolicy.REQUIRED), MediaTerms(family=6)):
        with pytest.raises(SdpError):
            await world.session.offer(A, LegRole.MANAGER, terms)
    await world.leg(A)
    with pytest.raises(SdpError):
        await world.session.reoffer(A, MediaTerms(family=6))


async def test_a_far_end_is_shown_the_address_of_rtpengine_and_no_other(world: World) -> None:
    offer = await world.session.offer(
        A, LegRole.MANAGER, MediaTerms(srtp=SrtpPolicy.OPTIONAL, inner_address="10.0.0.1")
    )
    assert "c=IN IP4 192.0.2.9" in offer
    assert "10.0.0.1" not in offer
    assert "crypto" not in offer


async def test_an_agreement_that_is_refused_is_no_agreement(world: World) -> None:
    world.client.errors["answer"] = RtpengineRefusedError("Failed to parse SDP")
    with pytest.raises(SdpError):
        await world.leg(A)
    world.client.errors["answer"] = RtpengineAwayError("away")
    with pytest.raises(MediaSessionLostError):
        await world.leg(A, Codec.PCMU)
    assert world.events == []


async def test_a_call_that_rtpengine_has_forgotten_is_lost_once(world: World) -> None:
    await world.leg(A)
    world.client.errors.update({"offer": UNKNOWN, "answer": UNKNOWN, "query": UNKNOWN})
    with pytest.raises(MediaSessionLostError):
        await world.leg(A, Codec.PCMU)
    await world.session.look(60)
    await until(lambda: world.events)
    assert world.events == [SessionLost("Unknown call-id")]
    with pytest.raises(MediaSessionLostError):
        world.session.connect(Silence(), A)
    summary = await world.session.close()
    assert summary.legs[A].received == 0
    assert "delete" not in world.client.commands()


async def test_a_forgotten_call_is_noticed_by_a_command_too(world: World) -> None:
    await world.leg(A)
    world.client.errors["block DTMF"] = UNKNOWN
    world.session.gather(A, on=True)
    await until(lambda: world.events)
    assert world.events == [SessionLost("Unknown call-id")]


async def test_nothing_is_lost_before_the_first_leg(world: World) -> None:
    world.client.errors["query"] = UNKNOWN
    await world.session.look(60)
    assert world.events == []


async def test_a_command_that_fails_keeps_those_after_it(world: World) -> None:
    await world.leg(A)
    for error in (RtpengineAwayError("away"), RtpengineRefusedError("no")):
        world.client.errors["block DTMF"] = error
        world.session.gather(A, on=True)
        world.session.gather(A, on=True)
        await world.settled()
    assert world.client.commands().count("block DTMF") == 4
    assert world.events == []


async def test_legs_that_nobody_hears_are_blocked(world: World) -> None:
    await world.leg(A)
    assert world.client.commands()[-1] == "block media"
    await world.leg(B)
    world.session.connect(FromLeg(A), B)
    await world.settled()
    assert world.client.last("unblock media")["from-tag"] == "leg-1"
    assert world.client.commands().count("unblock media") == 1
    world.session.connect(Silence(), B)
    await world.settled()
    assert world.client.last("block media")["from-tag"] == "leg-1"


async def test_a_third_leg_takes_the_place_in_the_pair(world: World) -> None:
    for name in (A, B, C):
        await world.leg(name)
    for source, leg in ((A, B), (B, A), (A, C)):
        world.session.connect(FromLeg(source), leg)
    await world.settled()
    assert world.client.last("answer")["from-tag"] == "leg-3"
    assert world.client.last("answer")["to-tag"] == "leg-1"
    blocked = [fields["from-tag"] for name, fields in world.client.asked if name == "block media"]
    assert blocked == ["leg-1", "leg-2", "leg-3", "leg-2"]
    before = len(world.client.asked)
    world.session.connect(FromLeg(A), C)
    await world.settled()
    assert len(world.client.asked) == before


async def test_legs_are_bridged_with_one_number_of_events_and_codecs_that_are_changed(
    world: World,
) -> None:
    await world.leg(A, events=96)
    offer = await world.session.offer(B, LegRole.CUSTOMER)
    offered = {p.encoding: p.payload_type for p in parse(offer).media[0].payloads()}
    assert offered["telephone-event"] == 96
    phone = Phone(Codec.PCMU, None)
    world.phones.append(phone)
    await world.session.accept(B, phone.description())
    world.session.connect(FromLeg(A), B)
    await world.settled()
    bridged = world.client.last("offer")
    assert (bridged["from-tag"], bridged["to-tag"]) == ("leg-2", "leg-1")
    assert bridged["codec"] == {"transcode": ["PCMA", "PCMU"]}
    for command, number in (("offer", 0), ("answer", 8)):
        line = parse(world.client.last(command)["sdp"]).media[0]
        assert [p.payload_type for p in line.payloads()] == [number, 96]


async def test_a_leg_that_is_bridged_before_it_has_agreed_is_bridged_then(world: World) -> None:
    await world.leg(A)
    await world.session.offer(B, LegRole.CUSTOMER)
    world.session.connect(FromLeg(B), A)
    await world.settled()
    phone = Phone()
    world.phones.append(phone)
    await world.session.accept(B, phone.description())
    assert world.client.last("offer")["from-tag"] == "leg-1"
    blocked = [fields["from-tag"] for name, fields in world.client.asked if name == "block media"]
    assert blocked == ["leg-1"]
    before = len(world.client.asked)
    await world.session.accept(B, phone.description())
    assert len(world.client.asked) == before


async def test_a_digit_that_was_played_is_not_taken_for_one_that_was_pressed(world: World) -> None:
    await world.leg(A)
    await world.leg(B)
    world.session.press(B, "5")
    await world.settled()
    assert "play DTMF" not in world.client.commands()
    world.session.connect(FromLeg(A), B)
    world.session.press(B, "5")
    await world.settled()
    assert world.client.last("play DTMF")["from-tag"] == "leg-1"
    for _ in range(2):
        world.session.digit_reported("leg-1", "5")
    world.session.digit_reported("leg-9", "5")
    world.client.errors["play DTMF"] = RtpengineRefusedError("No SSRC context present")
    world.session.press(B, "6")
    await world.settled()
    world.session.digit_reported("leg-1", "6")
    await until(lambda: len(world.events) == 2)
    assert world.events == [DigitReceived(A, d, DigitMethod.RFC4733) for d in "56"]


async def test_long_prompts_are_played_piece_by_piece(world: World, tmp_path: Any) -> None:
    await world.leg(A)
    prompt = Prompt("long", "long", tmp_path, tmp_path, 3100)
    world.session.connect(Playback("p", (prompt,)), A)
    await until(lambda: "play media" in world.client.commands())
    first = world.client.last("play media")["blob"]
    assert len(first) == 44 + 24_000
    world.session.connect(Silence(), A)
    await world.settled()
    assert world.client.commands()[-1] == "stop media"
    assert not [event for event in world.events if isinstance(event, PlaybackEnded)]


async def test_a_prompt_that_rtpengine_refuses_was_not_heard(world: World, tmp_path: Any) -> None:
    await world.leg(A)
    world.client.errors["play media"] = RtpengineRefusedError("unsupported")
    world.session.connect(Playback("p", (Prompt("p", "p", tmp_path, tmp_path, 40),)), A)
    await until(lambda: world.events)
    assert world.events == [PlaybackEnded(A, "p", heard=False)]


async def test_close_gives_up_when_rtpengine_is_away(world: World) -> None:
    await world.leg(A)
    world.client.errors["query"] = RtpengineAwayError("away")
    summary = await world.session.close()
    figures = summary.legs[A]
    assert (figures.codec, figures.received, figures.sent, figures.lost) == ("PCMA", 0, None, None)
    assert world.engine.forgotten == [world.session]
    assert [call.name for call in world.engine.undeleted] == ["call-1"]
    with pytest.raises(MediaError):
        await world.session.offer(B, LegRole.CUSTOMER)


async def test_ports_whose_reply_was_lost_are_given_back(world: World) -> None:
    world.client.errors["offer"] = RtpengineAwayError("away")
    with pytest.raises(NoMediaCapacityError):
        await world.session.offer(A, LegRole.MANAGER)
    world.client.errors["query"] = RtpengineRefusedError("busy")
    await world.session.close()
    assert world.client.commands()[-1] == "delete"


async def test_calls_that_could_not_be_deleted_are_deleted_later() -> None:
    engine = RtpengineEngine(RtpengineOptions(("127.0.0.1", 9), ("127.0.0.1", 0)))
    client = Client()
    engine._client = client  # type: ignore[assignment]
    for name in ("call-1", "call-2"):
        engine.delete_later(RtpengineCall(client, name))  # type: ignore[arg-type]
    client.errors["delete"] = RtpengineAwayError("away")
    with pytest.raises(RtpengineAwayError):
        await engine._watch_once(looks=False)
    client.errors["delete"] = UNKNOWN
    await engine._watch_once(looks=False)
    await engine._watch_once(looks=False)
    deleted = [fields["call-id"] for command, fields in client.asked if command == "delete"]
    assert deleted == ["call-1", "call-1", "call-2"]


async def test_a_call_without_a_leg_asks_for_nothing_at_its_end(world: World) -> None:
    await world.session.close()
    assert world.client.asked == []


async def test_who_waits_for_an_answer_hears_that_the_session_is_closed(world: World) -> None:
    world.client.hanging.add("offer")
    under_way = asyncio.create_task(world.session.offer(A, LegRole.MANAGER))
    queued = asyncio.create_task(world.session.offer(B, LegRole.CUSTOMER))
    await until(lambda: "offer" in world.client.commands())
    await world.session.close()
    for waiting in (under_way, queued):
        with pytest.raises(MediaError, match="closed"):
            await asyncio.wait_for(waiting, 1)


async def test_a_call_made_anew_without_a_leg_is_lost(world: World) -> None:
    await world.leg(A)
    world.client.tags = {"leg-1": {}}
    await world.session.look(60)
    await world.session.offer(B, LegRole.CUSTOMER)
    world.client.tags = {"gateway-leg-2": {}}
    await world.session.look(60)
    await until(lambda: world.events)
    assert world.events == [SessionLost("rtpengine no longer knows a leg")]
    assert [call.name for call in world.engine.undeleted] == ["call-1"]


async def test_an_engine_that_finds_no_rtpengine_does_not_start() -> None:
    phone = Phone()
    taken = ("127.0.0.1", phone.port)
    try:
        nobody = RtpengineEngine(RtpengineOptions(taken, ("127.0.0.1", 0), request_timeout_s=0.2))
        with pytest.raises(StartError, match="no rtpengine answers"):
            await nobody.start()
        deaf = RtpengineEngine(RtpengineOptions(taken, taken))
        with pytest.raises(StartError, match="can't be listened on"):
            await deaf.start()
        with pytest.raises(NoMediaCapacityError):
            await nobody.open("call-1", None, lambda _event: None)
        with pytest.raises(RecordingError):
            await nobody.open("call-1", CaptureSpec(phone.__class__, {}), lambda _event: None)  # type: ignore[arg-type]
        with pytest.raises(StartError, match="no codec"):
            RtpengineEngine(RtpengineOptions(taken, taken, codecs=("GSM",)))
    finally:
        phone.close()
