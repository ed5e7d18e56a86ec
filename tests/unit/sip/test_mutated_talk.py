"""Two agents whose wire loses, repeats and spoils messages: nothing raises, nothing is left."""

from __future__ import annotations

import random

import pytest

from tests.parts.mutation import mutated
from tests.unit.sip.agents import ANSWER, Agent, Pair, spec_for
from voicegw.sip.events import SessionEvent
from voicegw.sip.session import Session
from voicegw.sip.session_uas import UasSession

ADDRESSES = {("127.0.0.1", 5060), ("127.0.0.2", 5060)}


class SpoiltWire:
    """Carries messages between both agents, as badly as chance will have it."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.pair = Pair()
        for agent in (self.pair.a, self.pair.b):
            agent.user.on_offer = self._offered
        self.events: list[SessionEvent] = []
        self.calls = [self.pair.a.core.invite(spec_for(), self.events.append) for _ in range(3)]

    def _offered(self, session: UasSession) -> None:
        session.ring(183, ANSWER) if self.rng.random() < 0.5 else session.ring()
        if self.rng.random() < 0.7:
            session.answer(ANSWER)

    @property
    def sessions(self) -> list[Session]:
        return [*self.calls, *self.pair.a.user.offered, *self.pair.b.user.offered]

    def carry(self, agent: Agent, other: Agent) -> None:
        """Bring what one has sent to the other; a spoilt copy may come first."""
        for peer, data in agent.core.take_transmissions():
            if (peer.host, peer.port) not in ADDRESSES:
                continue
            if self.rng.random() < 0.3:
                spoilt = mutated(data, self.rng)
                other.core.receive(spoilt, agent.address, self.pair.clock.now)
            if self.rng.random() < 0.8:
                other.core.receive(data, agent.address, self.pair.clock.now)

    def command(self, step: int) -> None:
        """Have one session do something."""
        session = self.rng.choice(self.sessions)
        chance = self.rng.random()
        if chance < 0.1 and session.answered:
            session.reoffer(f"v=0\r\ns={step}\r\n")
        elif chance < 0.2:
            session.answer_reoffer(ANSWER)
        elif chance < 0.22:
            session.end()
        elif chance < 0.3 and session.answered:
            session.send_info_digit("5")

    def pass_time(self, seconds: float) -> None:
        self.pair.clock.now += seconds
        for agent in (self.pair.a, self.pair.b):
            agent.core.handle_timer(self.pair.clock.now)

    def exchange(self) -> None:
        self.carry(self.pair.a, self.pair.b)
        self.carry(self.pair.b, self.pair.a)


@pytest.mark.parametrize("seed", [*range(80), 413, 456, 471, 660])
def test_nothing_raises_and_nothing_is_left(seed: int) -> None:
    wire = SpoiltWire(seed)
    for step in range(40):
        wire.exchange()
        wire.command(step)
        wire.pass_time(wire.rng.choice([0, 0.1, 0.5, 2]))
    for session in wire.sessions:
        session.end()
    for _ in range(400):
        wire.exchange()
        wire.pass_time(0.5)
        for session in wire.sessions:
            session.end()
    for agent in (wire.pair.a, wire.pair.b):
        wire.exchange()
        assert len(agent.core) == 0
        assert agent.core.is_idle
        assert agent.core.counters["listener_failures"] == 0
