"""A call of ours that comes back to us is known by its Call-ID or by a Via, and refused."""

from __future__ import annotations

import random

import pytest

from tests.unit.sip.agents import Clock, FarEnd, invite_text, make_agent, spec_for
from voicegw.sip.message import Request, Response, response_to
from voicegw.sip.own_mark import OwnMark


class Circle:
    """A trunk that sends a call of ours back to us, as a proxy or as an agent of its own."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.agent = make_agent(self.clock)
        self.far = FarEnd(self.agent, self.clock)
        self.agent.core.invite(spec_for(), self.agent.events.append)
        self.ours = self.far.request()

    def offer(self, invite: Request) -> Response:
        """Bring `invite` to the node and return its answer."""
        self.far.send(invite)
        return self.far.response()

    def copy(self) -> Request:
        return Request("INVITE", self.ours.uri, self.ours.headers.copy(), self.ours.body)


def test_a_call_that_a_proxy_sends_back() -> None:
    circle = Circle()
    invite = circle.copy()
    via = f"SIP/2.0/UDP 127.0.0.2:5060;branch={circle.far.branch()}"
    invite.headers.set_all("Via", [via, *circle.ours.headers.get_all("Via")])
    invite.headers.set("Max-Forwards", "69")
    refusal = circle.offer(invite)
    assert refusal.status == 482
    assert len(refusal.vias) == 2
    assert circle.agent.user.offered == []
    assert circle.agent.core.counters["loops_refused"] == 1


@pytest.mark.parametrize("behind", ["", "@carrier.example"])
def test_a_call_that_an_agent_sends_back_with_our_call_id(behind: str) -> None:
    circle = Circle()
    text = invite_text(circle.far).replace(
        "Call-ID: call-1", f"Call-ID: {circle.ours.call_id}{behind}"
    )
    circle.far.send(text)
    assert circle.far.response().status == 482
    assert circle.agent.user.offered == []


def test_a_call_of_ours_that_has_ended_is_known_too() -> None:
    circle = Circle()
    circle.far.reply(circle.ours, 486)
    circle.far.wait(100)
    circle.far.sent()
    assert circle.agent.core.is_idle
    invite = circle.copy()
    via = f"SIP/2.0/UDP 127.0.0.2:5060;branch={circle.far.branch()}"
    invite.headers.set_all("Via", [via, *circle.ours.headers.get_all("Via")])
    assert circle.offer(invite).status == 482


def test_the_refusal_reaches_our_own_call_and_ends_it() -> None:
    circle = Circle()
    circle.far.send(response_to(circle.ours, 482, to_tag="far"))
    assert circle.far.request().method == "ACK"
    assert len(circle.agent.core) == 0


def test_calls_of_others_are_no_loops() -> None:
    clock = Clock()
    agent = make_agent(clock, seed=1)
    far = FarEnd(agent, clock)
    other = OwnMark(random.Random(2))
    far.send(invite_text(far).replace("Call-ID: call-1", f"Call-ID: {other.new()}"))
    assert len(agent.user.offered) == 1


def test_nobody_else_can_make_the_mark() -> None:
    mark = OwnMark(random.Random(1))
    made = [mark.new() for _ in range(100)]
    assert len(set(made)) == 100
    assert all(mark.made(one) for one in made)
    assert all(mark.made(f"z9hG4bK{one}") for one in made)
    for one in made:
        flipped = one[:-1] + ("0" if one[-1] != "0" else "1")
        assert not mark.made(flipped)
        assert not mark.made(one[:16] + made[0][16:]) or one == made[0]
        assert not mark.made(one.upper()) or one == one.upper()
    for text in ("", "z9hG4bK", "@", "x" * 32, "\u00e9" * 32, made[0] * 2):
        assert not mark.made(text)
