"""Encrypted legs and legs of IPv6 in the embedded engine, with telephones that do the same."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.unit.media.phone import Phone, until
from voicegw.errors import SdpError
from voicegw.media import control, spool
from voicegw.media.embedded import EmbeddedEngine, EmbeddedEngineOptions
from voicegw.media.embedded_session import EmbeddedSession
from voicegw.media.engine import (
    CaptureSpec,
    DigitReceived,
    FromLeg,
    MediaEvent,
    MediaTerms,
    SrtpPolicy,
)
from voicegw.media.srtp import SrtpContext
from voicegw.model.call import LegRole
from voicegw.sdp.crypto import CryptoLine, CryptoSuite, usable_lines
from voicegw.sdp.description import parse

CUSTOMER, MANAGER = "c", "m"
OPTIONAL, REQUIRED = MediaTerms(srtp=SrtpPolicy.OPTIONAL), MediaTerms(srtp=SrtpPolicy.REQUIRED)
HELLO, WORLD = b"\x31" * 160, b"\xb4" * 160


class SecurePhone(Phone):
    """Encrypts as its description says; `suite` is the one it wants."""

    def __init__(
        self,
        suite: CryptoSuite = CryptoSuite.AES_CM_128_HMAC_SHA1_80,
        profile: str = "RTP/SAVP",
    ) -> None:
        super().__init__()
        self.suite = suite
        self.profile = profile
        self.key = random.randbytes(suite.key_bytes)
        self.tag = 1
        self.sent: list[bytes] = []
        self.context: SrtpContext | None = None

    def description(self, *lines: str) -> str:
        line = CryptoLine(self.tag, self.suite, self.key)
        return super().description(f"a={line.attribute()}", *lines)

    def learn(self, description: str) -> None:
        super().learn(description)
        (audio,) = parse(description).media
        found = next(line for line in usable_lines(audio) if line.suite is self.suite)
        self.tag = found.tag
        keys = control.SrtpKeys(self.suite, self.key, found.key)
        if self.context is None:
            self.context = SrtpContext(keys)
        else:
            self.context.renew(keys)

    def seal(self, packet: bytes) -> bytes:
        assert self.context is not None
        self.sent.append(self.context.protect(packet))
        return self.sent[-1]

    def unseal(self, packet: bytes) -> bytes:
        assert self.context is not None
        return self.context.unprotect(packet)


class Talk:
    """A session between two telephones, each leg hearing the other: the customer has called."""

    def __init__(self, session: EmbeddedSession, customer: Phone, manager: Phone) -> None:
        self.session = session
        self.customer = customer
        self.manager = manager
        self.events: list[MediaEvent] = []

    async def begin(self, customer: MediaTerms, manager: MediaTerms) -> None:
        session = self.session
        offer = self.customer.description()
        self.customer.learn(await session.answer(CUSTOMER, LegRole.CUSTOMER, offer, customer))
        self.manager.learn(await session.offer(MANAGER, LegRole.MANAGER, manager))
        await session.accept(MANAGER, self.manager.description())
        session.connect(FromLeg(CUSTOMER), MANAGER)
        session.connect(FromLeg(MANAGER), CUSTOMER)
        await self.settled()

    async def settled(self) -> None:
        number = self.session._link.next_request()
        await self.session._link.request(number, control.Ping(number))

    async def speak(self) -> None:
        """Each says its word; both are heard at the other side and nothing else is."""
        before = len(self.customer.heard()), len(self.manager.heard())
        await asyncio.gather(self.customer.speak(HELLO, 4), self.manager.speak(WORLD, 4))
        await until(lambda: len(self.manager.heard()) == before[1] + 4)
        await until(lambda: len(self.customer.heard()) == before[0] + 4)
        assert self.manager.heard_payloads() == {HELLO}
        assert self.customer.heard_payloads() == {WORLD}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[EmbeddedEngine]:
    first = random.randrange(20_000, 58_000, 2)
    engine = EmbeddedEngine(
        EmbeddedEngineOptions(
            workers=1,
            ports=f"{first}-{first + 399}",
            bind_host="127.0.0.1",
            bind6="::1",
            port_drain_s=0.1,
        )
    )
    await engine.start()
    yield engine
    assert engine.load().sessions == 0
    await engine.stop()


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def talk(
    engine: EmbeddedEngine,
    customer: Phone,
    manager: Phone,
    terms: tuple[MediaTerms, MediaTerms] = (OPTIONAL, OPTIONAL),
    capture: CaptureSpec | None = None,
) -> Talk:
    events: list[MediaEvent] = []
    session = await engine.open("call", capture, events.append)
    made = Talk(session, customer, manager)
    made.events = events
    await made.begin(*terms)
    return made


async def close(talk: Talk) -> None:
    await talk.session.close()
    talk.customer.close()
    talk.manager.close()


@pytest.mark.parametrize("suite", CryptoSuite)
@pytest.mark.parametrize("profile", ["RTP/AVP", "RTP/SAVP"])
async def test_an_encrypted_leg_talks_with_a_plain_one(
    engine: EmbeddedEngine, suite: CryptoSuite, profile: str
) -> None:
    made = await talk(engine, SecurePhone(suite, profile), Phone(), (REQUIRED, MediaTerms()))
    await made.speak()
    await made.customer.dial("5")
    await until(lambda: [e.digit for e in made.events if isinstance(e, DigitReceived)] == ["5"])
    await close(made)


@pytest.mark.parametrize(
    ("suite", "profile", "terms"),
    [
        (CryptoSuite.AES_CM_128_HMAC_SHA1_80, "RTP/SAVP", REQUIRED),
        (CryptoSuite.AES_CM_128_HMAC_SHA1_80, "RTP/AVP", OPTIONAL),
        (CryptoSuite.AEAD_AES_128_GCM, "RTP/SAVP", REQUIRED),
    ],
)
async def test_what_we_offer_is_encrypted_as_the_far_end_chooses(
    engine: EmbeddedEngine, suite: CryptoSuite, profile: str, terms: MediaTerms
) -> None:
    made = await talk(engine, Phone(), SecurePhone(suite, profile), (MediaTerms(), terms))
    await made.speak()
    await close(made)


async def test_forged_replayed_and_plain_packets_reach_nobody_and_no_recording(
    engine: EmbeddedEngine, tmp_path: Path
) -> None:
    path = tmp_path / "call.spool"
    customer, manager = SecurePhone(), Phone()
    made = await talk(engine, customer, manager, capture=CaptureSpec(path, {}))
    await made.speak()
    sealed = customer.sent[-1]
    for bad in (sealed, sealed[:-1] + bytes([sealed[-1] ^ 1]), b"\x80\x08\x00\x09" + bytes(168)):
        customer.socket.sendto(bad, customer.ours)
    stranger = Phone()
    stranger.ours = customer.ours
    stranger.send(b"\x99" * 160)
    await made.speak()
    rejected = engine.load().rejected_packets
    summary = await made.session.close()
    assert summary.legs[CUSTOMER].received == 8
    assert summary.legs[CUSTOMER].rejected == 3
    assert engine.load().rejected_packets == rejected + 3
    assert summary.captured_packets == 8 + 8
    captured = [r for r in spool.SpoolReader(path) if isinstance(r, spool.CapturedPacket)]
    assert sum(record.payload == HELLO for record in captured) == 8
    assert {record.payload for record in captured} == {HELLO, WORLD}
    stranger.close()
    await close(made)


async def test_nothing_plain_is_heard_before_the_keys_are_known(engine: EmbeddedEngine) -> None:
    session = await engine.open("call", None, lambda _event: None)
    plain = Phone()
    plain.learn(await session.offer(MANAGER, LegRole.MANAGER, OPTIONAL))
    await plain.speak(HELLO, 3)
    await session.accept(MANAGER, plain.description())
    await plain.speak(HELLO, 3)
    await asyncio.sleep(0.05)
    summary = await session.close()
    assert summary.legs[MANAGER].received == 3
    plain.close()


async def test_a_new_key_in_mid_call_is_followed_and_the_same_goes_on(
    engine: EmbeddedEngine,
) -> None:
    customer = SecurePhone()
    customer.sequence = 65_530
    made = await talk(engine, customer, Phone())
    await made.speak()
    for key in (customer.key, bytes(30)):
        customer.key = key
        offer = customer.description()
        customer.learn(await made.session.answer(CUSTOMER, LegRole.CUSTOMER, offer, OPTIONAL))
        await made.settled()
        await made.speak()
    summary = await made.session.close()
    assert summary.legs[CUSTOMER].received == 12
    assert summary.legs[CUSTOMER].rejected == 0
    await close(made)


async def test_each_offer_to_another_far_end_has_keys_and_ports_of_its_own(
    engine: EmbeddedEngine,
) -> None:
    session = await engine.open("call", None, lambda _event: None)
    first = parse(await session.offer(MANAGER, LegRole.MANAGER, REQUIRED)).media[0]
    second = parse(await session.offer(MANAGER, LegRole.MANAGER, REQUIRED)).media[0]
    assert first.port != second.port
    assert {line.key for line in usable_lines(first)}.isdisjoint(
        line.key for line in usable_lines(second)
    )
    assert engine.load().ports_in_use == 1
    await session.close()


async def test_a_call_may_have_one_leg_of_each_family(engine: EmbeddedEngine) -> None:
    terms = (MediaTerms(), MediaTerms())
    made = await talk(engine, Phone(host="::1"), Phone(), terms)
    await made.speak()
    await close(made)
    made = await talk(engine, Phone(), Phone(host="::1"), (MediaTerms(), MediaTerms(family=6)))
    await made.speak()
    await close(made)


async def test_a_leg_of_ipv6_moves_and_holds(engine: EmbeddedEngine) -> None:
    made = await talk(engine, Phone(host="::1"), Phone(), (MediaTerms(), MediaTerms()))
    await made.speak()
    moved = Phone(host="::1")
    moved.learn(await made.session.answer(CUSTOMER, LegRole.CUSTOMER, moved.description()))
    made.customer.close()
    made.customer = moved
    await made.settled()
    await made.speak()
    offer = moved.description().replace("c=IN IP6 ::1", "c=IN IP6 ::")
    await made.session.answer(CUSTOMER, LegRole.CUSTOMER, offer)
    assert made.session.is_held(CUSTOMER)
    with pytest.raises(SdpError, match="IPv4"):
        await made.session.answer(CUSTOMER, LegRole.CUSTOMER, made.manager.description())
    await close(made)


async def test_without_a_socket_of_ipv6_there_is_no_such_leg() -> None:
    first = random.randrange(20_000, 58_000, 2)
    engine = EmbeddedEngine(
        EmbeddedEngineOptions(workers=1, ports=f"{first}-{first + 9}", bind_host="127.0.0.1")
    )
    await engine.start()
    session = await engine.open("call", None, lambda _event: None)
    phone = Phone(host="::1")
    with pytest.raises(SdpError, match="IPv6"):
        await session.answer(CUSTOMER, LegRole.CUSTOMER, phone.description())
    with pytest.raises(SdpError, match="IPv6"):
        await session.offer(CUSTOMER, LegRole.CUSTOMER, MediaTerms(family=6))
    assert engine.load().ports_in_use == 0
    await session.close()
    phone.close()
    await engine.stop()
