"""INVITEs too large for a datagram."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.sip.agents import OFFER, THEM, Agent, Clock, make_agent, spec_for
from voicegw.sip import large_requests
from voicegw.sip.digest import Credentials
from voicegw.sip.large_requests import FAILED_S, WORKS_S
from voicegw.sip.message import Request, parse, response_to
from voicegw.sip.session import SessionState
from voicegw.sip.session_uac import UacSession
from voicegw.sip.wire import Peer

BY_TCP = Peer("tcp", THEM.host, THEM.port)
LARGE = OFFER + "a=x-padding:" + 1300 * "x" + "\r\n"


@pytest.fixture
def agent() -> Agent:
    return make_agent(Clock(), large_requests_by_tcp=True)


def clock_of(agent: Agent) -> Clock:
    clock = agent.core._clock
    assert isinstance(clock, Clock)
    return clock


def sent(agent: Agent) -> list[tuple[str, Request]]:
    """What has left: by which transport, and what."""
    found: list[tuple[str, Request]] = []
    for peer, data in agent.core.take_transmissions():
        message = parse(data)
        assert isinstance(message, Request)
        assert message.top_via.transport == peer.transport.upper()
        found.append((peer.transport, message))
    return found


def dial(agent: Agent, sdp: str = LARGE) -> UacSession:
    return agent.core.invite(spec_for(sdp=sdp), agent.events.append)


def answer(agent: Agent, request: Request, status: int, peer: Peer = BY_TCP) -> None:
    data = bytes(response_to(request, status, to_tag="t"))
    agent.core.receive(data, peer, clock_of(agent).now)


def proven(agent: Agent) -> None:
    """Have the trunk answer by TCP."""
    dial(agent)
    ((_, question), *_) = [one for one in sent(agent) if one[1].method == "OPTIONS"]
    answer(agent, question, 200)


def test_the_first_goes_by_datagram_and_a_question_by_tcp(agent: Agent) -> None:
    dial(agent)
    assert [(way, one.method) for way, one in sent(agent)] == [
        ("tcp", "OPTIONS"),
        ("udp", "INVITE"),
    ]
    dial(agent)
    assert [way for way, _ in sent(agent)] == ["udp"]


@pytest.mark.parametrize("status", [200, 404, 405, 481])
def test_once_answered_large_ones_go_by_tcp_and_small_ones_do_not(
    agent: Agent, status: int
) -> None:
    dial(agent)
    answer(agent, sent(agent)[0][1], status)
    session = dial(agent)
    ((way, invite),) = sent(agent)
    assert (way, session.peer) == ("tcp", BY_TCP)
    assert ";transport=tcp>" in (invite.header("Contact") or "")
    assert session.snapshot().transport == "tcp"
    dial(agent, OFFER)
    assert [way for way, _ in sent(agent)] == ["udp"]


def test_a_trunk_without_tcp_is_asked_now_and_then(agent: Agent) -> None:
    dial(agent)
    sent(agent)
    agent.core.transport_failed(BY_TCP, clock_of(agent).now)
    clock_of(agent).now += FAILED_S - 1
    dial(agent)
    assert [way for way, _ in sent(agent)] == ["udp"]
    clock_of(agent).now += 2
    dial(agent)
    assert [way for way, _ in sent(agent)] == ["tcp", "udp"]


def test_what_is_served_by_nobody_is_no_proof(agent: Agent) -> None:
    dial(agent)
    answer(agent, sent(agent)[0][1], 503)
    dial(agent)
    assert [way for way, _ in sent(agent)] == ["udp"]


def test_what_was_found_is_forgotten_in_time(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    proven(agent)
    clock_of(agent).now += WORKS_S + 1
    dial(agent)
    assert [way for way, _ in sent(agent)] == ["tcp", "udp"]
    monkeypatch.setattr(large_requests, "MAX_KNOWN", 1)
    agent.core.invite(spec_for(Peer("udp", "127.0.0.4", 5060), sdp=LARGE), agent.events.append)
    dial(agent)
    assert [one.method for _, one in sent(agent)].count("OPTIONS") == 2


def test_an_invite_that_tcp_does_not_take_falls_back_to_a_datagram(agent: Agent) -> None:
    proven(agent)
    session = dial(agent)
    ((_, by_tcp),) = sent(agent)
    agent.core.transport_failed(BY_TCP, clock_of(agent).now)
    ((way, invite),) = sent(agent)
    assert (way, session.peer, session.state) == ("udp", THEM, SessionState.CALLING)
    assert invite.cseq == by_tcp.cseq
    assert invite.top_via.branch != by_tcp.top_via.branch
    assert invite.body == by_tcp.body
    assert ";transport=tcp" not in (invite.header("Contact") or "")
    assert agent.events == []
    dial(agent)
    assert [way for way, _ in sent(agent)] == ["udp"]
    agent.core.transport_failed(THEM, clock_of(agent).now)
    assert session.state is SessionState.ENDED


def test_one_that_rings_or_was_given_up_does_not_fall_back(agent: Agent) -> None:
    proven(agent)
    ringing, given_up = dial(agent), dial(agent)
    (_, first), _ = sent(agent)
    answer(agent, first, 180)
    given_up.end()
    agent.core.transport_failed(BY_TCP, clock_of(agent).now)
    assert ringing.state is given_up.state is SessionState.ENDED
    assert [one.method for _, one in sent(agent)] == []


def test_room_is_left_for_the_answer_to_a_challenge(agent: Agent) -> None:
    small = spec_for()
    size = len(bytes(agent.core.prepare(small, agent.events.append).invite))
    nearly = OFFER + "a=x:" + "x" * (1250 - size) + "\r\n"
    agent.core.invite(spec_for(sdp=nearly), agent.events.append)
    assert [way for way, _ in sent(agent)] == ["udp"]
    spec = replace(spec_for(sdp=nearly), credentials=Credentials("u", "p"))
    agent.core.invite(spec, agent.events.append)
    assert [way for way, _ in sent(agent)] == ["tcp", "udp"]


def test_telephones_are_called_over_their_own_flow() -> None:
    agent = make_agent(Clock(), large_requests_by_tcp=True)
    agent.core.invite(spec_for(replace(THEM, flow=2), sdp=LARGE), agent.events.append)
    assert [way for way, _ in sent(agent)] == ["udp"]


def test_it_is_off_where_nobody_listens_by_tcp() -> None:
    agent = make_agent(Clock())
    dial(agent)
    assert [way for way, _ in sent(agent)] == ["udp"]
