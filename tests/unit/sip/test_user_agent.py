from __future__ import annotations

import random

import pytest

from tests.unit.sip.agents import (
    ANSWER,
    OFFER,
    STRANGER,
    THEM,
    US,
    Agent,
    Clock,
    FarEnd,
    Pair,
    in_dialog,
    invite_text,
    make_agent,
    spec_for,
)
from voicegw.errors import MalformedMessageError
from voicegw.sip.core import SipCore
from voicegw.sip.events import (
    EndedBy,
    SessionAnswered,
    SessionConfirmed,
    SessionEnded,
    SessionEvent,
    SessionProgressed,
)
from voicegw.sip.message import Request, Response
from voicegw.sip.session import Session
from voicegw.sip.session_uas import UasSession
from voicegw.sip.snapshot import SessionSnapshot
from voicegw.sip.trunk import Trunk, TrunkSource
from voicegw.sip.wire import Peer


def fresh() -> tuple[Agent, FarEnd]:
    clock = Clock()
    agent = make_agent(clock)
    return agent, FarEnd(agent, clock)


def request_text(method: str, *, uri: str = "sip:gw@127.0.0.1", extra: str = "") -> str:
    return (
        f"{method} {uri} SIP/2.0\n"
        f"Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK-{random.getrandbits(64):x};rport\n"
        "Max-Forwards: 70\n"
        "From: <sip:far@127.0.0.2>;tag=far\n"
        "To: <sip:gw@127.0.0.1>\n"
        f"Call-ID: {random.getrandbits(64):x}\n"
        f"CSeq: 1 {method}\n"
        f"Contact: <sip:far@127.0.0.2>\n{extra}"
        "Content-Length: 0\n\n"
    )


def answered(session: UasSession) -> UasSession:
    """Answer a session offered and return it."""
    session.answer(ANSWER)
    return session


def test_a_call_from_invite_to_bye_leaves_nothing() -> None:
    pair = Pair()
    heard: list[SessionEvent] = []
    session = pair.a.core.invite(spec_for(), heard.append)
    pair.settle()
    theirs = pair.b.session
    assert theirs.remote_sdp == OFFER
    theirs.ring()
    pair.settle()
    theirs.answer(ANSWER)
    pair.settle()
    assert heard == [SessionProgressed(180), SessionAnswered(ANSWER)]
    assert pair.b.events == [SessionConfirmed()]
    assert (len(pair.a.core), len(pair.b.core)) == (1, 1)
    assert not pair.a.core.is_idle
    session.end(q850=16)
    pair.settle()
    assert heard[2:] == [SessionEnded(EndedBy.LOCAL, 200, answered=True, q850=16)]
    assert pair.b.events[1:] == [SessionEnded(EndedBy.REMOTE, 200, answered=True, q850=16)]
    assert (len(pair.a.core), len(pair.b.core)) == (0, 0)
    pair.run(70)
    assert pair.a.core.is_idle
    assert pair.b.core.is_idle
    assert pair.a.core.next_timer() is None


def test_many_calls_over_a_lossy_wire_all_end_once() -> None:
    rng = random.Random(7)
    pair = Pair(drop=lambda _data: rng.random() < 0.25)
    pair.b.user.on_offer = lambda session: session.ring()
    ends: list[list[SessionEvent]] = []
    for number in range(60):
        events: list[SessionEvent] = []
        ends.append(events)
        session = pair.a.core.invite(spec_for(), events.append)
        pair.run(rng.random() * 2)
        for offered in pair.b.user.offered:
            if number % 3 and offered.state == "ringing":
                offered.answer(ANSWER)
        pair.run(rng.random() * 3)
        session.end()
    for offered in pair.b.user.offered:
        offered.end()
    pair.run(400)
    assert [sum(isinstance(e, SessionEnded) for e in events) for events in ends] == [1] * 60
    assert all(isinstance(events[-1], SessionEnded) for events in ends)
    offered_ends = sum(isinstance(e, SessionEnded) for e in pair.b.events)
    assert offered_ends == len(pair.b.user.offered)
    for agent in (pair.a, pair.b):
        assert len(agent.core) == 0
        assert agent.core.is_idle
        assert agent.core.next_timer() is None


def test_options_tells_what_we_can_do() -> None:
    _, far = fresh()
    far.send(request_text("OPTIONS"))
    reply = far.response()
    assert reply.status == 200
    assert "INVITE" in reply.allow
    assert "application/sdp" in (reply.header("Accept") or "")
    assert reply.supported == ("100rel", "199", "timer", "norefersub")
    far.send(request_text("OPTIONS").replace("Max-Forwards: 70", "Max-Forwards: 0"))
    assert far.response().status == 200


@pytest.mark.parametrize(
    ("text", "status", "header"),
    [
        (request_text("MESSAGE"), 405, "Allow"),
        (request_text("REGISTER"), 405, "Allow"),
        (request_text("BREW"), 405, "Allow"),
        (request_text("INVITE", uri="http:gw"), 416, None),
        (request_text("INVITE").replace("ards: 70", "ards: 0"), 483, None),
        (request_text("INVITE", extra="Require: gold, 100rel\n"), 420, "Unsupported"),
        (request_text("BYE"), 481, None),
        (request_text("INFO"), 481, None),
        (request_text("INVITE", extra="Content-Encoding: gzip\n"), 415, "Accept-Encoding"),
        (request_text("INVITE").replace("Contact: <", "Contact: <<"), 400, None),
    ],
)
def test_what_cannot_be_served_is_refused(text: str, status: int, header: str | None) -> None:
    agent, far = fresh()
    far.send(text)
    reply = far.response()
    assert reply.status == status
    if header is not None:
        assert reply.header(header)
    assert agent.user.offered == []


def test_an_unknown_extension_is_named() -> None:
    _, far = fresh()
    far.send(request_text("INVITE", extra="Require: gold, 100rel\n"))
    assert far.response().header("Unsupported") == "gold"


@pytest.mark.parametrize("extra", ["Content-Type: text/plain\n", ""])
def test_a_body_of_another_kind_is_refused(extra: str) -> None:
    _, far = fresh()
    far.send(invite_text(far, extra=extra))
    reply = far.response()
    assert reply.status == 415
    assert reply.header("Accept") == "application/sdp, multipart/mixed"


def test_a_merged_request_is_refused() -> None:
    agent, far = fresh()
    far.send(invite_text(far))
    far.sent()
    far.send(invite_text(far))
    assert far.response().status == 482
    assert len(agent.user.offered) == 1


def test_nonsense_from_a_trunk_gets_an_answer_and_from_strangers_none() -> None:
    agent, far = fresh()
    far.send(request_text("OPTIONS").replace("CSeq: 1", "CSeq: x"))
    ((peer, answer),) = agent.core.take_transmissions()
    assert peer == THEM
    assert answer.startswith(b"SIP/2.0 400 ")
    far.send(request_text("OPTIONS").replace("CSeq: 1", "CSeq: x"), STRANGER)
    far.send(b"\x00\xff")
    assert far.sent() == []
    assert agent.core.counters["malformed_dropped"] == 2
    assert agent.core.sources.counters == {"OPTIONS": 1}


@pytest.mark.parametrize(
    "method", ["OPTIONS", "INVITE", "REGISTER", "BYE", "CANCEL", "ACK", "BREW"]
)
def test_strangers_get_silence_and_are_counted(method: str) -> None:
    agent, far = fresh()
    far.send(request_text(method), STRANGER)
    assert far.sent() == []
    assert agent.core.is_idle
    counted = method if method != "BREW" else "other"
    assert agent.core.sources.counters == {counted: 1}


def test_a_bye_has_arrived_however_many_hops_it_took() -> None:
    agent, far = fresh()
    far.send(invite_text(far))
    agent.session.answer(ANSWER)
    answer = far.response()
    far.send(in_dialog(far, "ACK", answer, 10))
    bye = in_dialog(far, "BYE", answer, 11)
    far.send(bye.replace("Max-Forwards: 70", "Max-Forwards: 0"))
    assert far.response().status == 200


def test_the_session_knows_its_trunk() -> None:
    agent, far = fresh()
    far.send(invite_text(far))
    assert isinstance(agent.session.source, TrunkSource)
    assert agent.session.source.trunk.name == "lab"


def test_an_ack_for_nothing_is_let_go() -> None:
    agent, far = fresh()
    far.send(request_text("ACK"))
    assert far.sent() == []
    assert agent.core.is_idle


def test_a_cancel_for_nothing_is_refused() -> None:
    _, far = fresh()
    far.send(request_text("CANCEL"))
    assert far.response().status == 481


def test_ipv6_addresses_are_bracketed() -> None:
    clock = Clock()
    agent = make_agent(clock, Peer("udp", "::1", 5060), sources=("::1/128",))
    agent.core.invite(
        spec_for(Peer("udp", "::1", 5070), request_uri="sip:1@[::1]:5070", to_uri="sip:1@[::1]"),
        agent.events.append,
    )
    invite = FarEnd(agent, clock).request()
    assert str(invite.top_via).startswith("SIP/2.0/UDP [::1]:5060;")
    assert invite.header("Contact") == "<sip:+862112345678@[::1]:5060>"


STRAY = (
    "SIP/2.0 {status} OK\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKforgotten;rport\n"
    "Record-Route: <sip:127.0.0.2:5061;lr>\n"
    "From: <sip:+862112345678@trunk.example>;tag=ours\n"
    "To: <sip:+8613800138000@127.0.0.2>;tag=theirs\n"
    "Call-ID: forgotten\n"
    "CSeq: {cseq} INVITE\n"
    "{contact}Content-Length: 0\n\n"
)
CONTACT = "Contact: <sip:phone@127.0.0.3:5062>\n"


def test_a_2xx_nobody_remembers_is_acknowledged_and_ended() -> None:
    agent, far = fresh()
    far.send(STRAY.format(status=200, cseq=7, contact=CONTACT))
    (hop, ack), (_, bye) = far.sent_to()
    assert isinstance(ack, Request)
    assert isinstance(bye, Request)
    assert hop == Peer("udp", "127.0.0.2", 5061)
    assert (ack.method, str(ack.uri), ack.cseq.sequence) == ("ACK", "sip:phone@127.0.0.3:5062", 7)
    assert (bye.method, bye.cseq.sequence) == ("BYE", 8)
    assert bye.header("To") == "<sip:+8613800138000@127.0.0.2>;tag=theirs"
    far.send(STRAY.format(status=200, cseq=7, contact=CONTACT))
    assert bytes(far.request()) == bytes(ack)
    far.reply(bye, 200)
    far.wait(40)
    assert agent.core.is_idle
    assert agent.core.counters["strays_ended"] == 1


def test_a_stray_2xx_without_contact_is_ended_where_it_came_from() -> None:
    _, far = fresh()
    far.send(STRAY.format(status=200, cseq=7, contact="").replace("Record-Route", "X-Route"))
    assert {peer for peer, _ in far.sent_to()} == {THEM}


@pytest.mark.parametrize("status", [180, 486])
def test_other_strays_are_let_go(status: int) -> None:
    _, far = fresh()
    far.send(STRAY.format(status=status, cseq=7, contact=CONTACT))
    assert far.sent() == []


def test_a_strangers_stray_cannot_make_us_send() -> None:
    agent, far = fresh()
    far.send(STRAY.format(status=200, cseq=7, contact=CONTACT), STRANGER)
    assert far.sent() == []
    assert agent.core.sources.counters["response"] == 1


def test_an_unreadable_stray_is_let_go() -> None:
    agent, far = fresh()
    far.send(STRAY.format(status=200, cseq=7, contact="Contact: <sip:x\n"))
    assert far.sent() == []
    assert agent.core.counters["malformed_dropped"] == 1


def restarted(snapshot: SessionSnapshot, trunk: Trunk | None = None) -> tuple[Agent, FarEnd]:
    """Return a new node that ends the orphan of `snapshot`."""
    clock = Clock()
    agent = make_agent(clock, seed=99, trunk=trunk)
    agent.core.end_orphan(snapshot, clock.now)
    assert agent.user.flushes == 1
    return agent, FarEnd(agent, clock)


def test_an_orphan_that_was_calling_is_cancelled() -> None:
    old, far = fresh()
    session = old.core.prepare(spec_for(), old.events.append)
    snapshot = session.snapshot()
    session.send()
    invite = far.request()
    agent, far = restarted(snapshot)
    ((peer, cancel),) = far.sent_to()
    assert isinstance(cancel, Request)
    assert peer == THEM
    assert cancel.method == "CANCEL"
    assert str(cancel.top_via) == str(invite.top_via)
    far.reply(cancel, 200)
    far.reply(invite, 487, contact=None)
    ack = far.request()
    assert ack.method == "ACK"
    assert str(ack.top_via) == str(invite.top_via)
    far.wait(100)
    assert agent.core.is_idle


def test_an_orphans_late_answer_is_ended() -> None:
    old, far = fresh()
    session = old.core.invite(spec_for(), old.events.append)
    invite = far.request()
    _, far = restarted(session.snapshot())
    far.sent()
    far.reply(invite, 200, sdp=ANSWER)
    assert [m.method for m in far.sent() if isinstance(m, Request)] == ["ACK", "BYE"]


@pytest.mark.parametrize("calling", [True, False])
def test_an_orphan_that_was_answered_is_hung_up(calling: bool) -> None:
    pair = Pair()
    ours = pair.a.core.invite(spec_for(), pair.a.events.append)
    pair.settle()
    theirs = answered(pair.b.session)
    pair.settle()
    session: Session = ours if calling else theirs
    survivor = pair.b if calling else pair.a
    agent, far = restarted(session.snapshot())
    bye = far.request()
    assert bye.method == "BYE"
    address = US if calling else THEM
    survivor.core.receive(bytes(bye), address, pair.clock.now)
    assert survivor.events[-1] == SessionEnded(EndedBy.REMOTE, 200, answered=True)
    far.send(survivor.core.take_transmissions()[0][1])
    far.wait(40)
    assert agent.core.is_idle


def test_an_orphans_bye_answers_a_challenge_with_the_trunks_credentials() -> None:
    pair = Pair()
    ours = pair.a.core.invite(spec_for(), pair.a.events.append)
    pair.settle()
    answered(pair.b.session)
    pair.settle()
    _, far = restarted(
        ours.snapshot(), Trunk("lab", "127.0.0.2", username="user", password="secret")
    )
    far.reply(far.request(), 401, ("WWW-Authenticate", 'Digest realm="r", nonce="n"'))
    again = far.request()
    assert again.method == "BYE"
    assert again.header("Authorization") is not None


@pytest.mark.parametrize("rang", [True, False])
def test_an_orphan_that_was_called_is_refused(rang: bool) -> None:
    old, far = fresh()
    far.send(invite_text(far))
    session = old.session
    if rang:
        session.ring()
    agent, far = restarted(session.snapshot())
    refusal = far.response()
    assert refusal.status == 503
    assert refusal.to.tag == session.local_tag
    far.wait(0.6)
    assert len(far.sent()) == 1
    far.send(
        in_dialog(far, "ACK", refusal, 10, branch="z9hG4bK-far-1")
        if refusal.contacts
        else request_text("ACK").replace("CSeq: 1", "CSeq: 10")
    )
    far.wait(40)
    assert agent.core.is_idle
    assert agent.user.offered == []


def test_a_useless_snapshot_is_an_error() -> None:
    old, _ = fresh()
    session = old.core.prepare(spec_for(), old.events.append)
    snapshot = session.snapshot()
    session.end()
    snapshot.request = "SIP/2.0 200 OK\r\n" + snapshot.request.split("\r\n", 1)[1]
    with pytest.raises(MalformedMessageError):
        old.core.end_orphan(snapshot, 0.0)


def test_a_call_through_the_gateway_leaks_nothing_of_the_caller() -> None:
    pair = Pair()
    pair.a.core.invite(spec_for(), pair.a.events.append)
    pair.settle()
    answered(pair.b.session)
    pair.settle()
    wire = b"".join(pair.sent)
    assert b"+862112345678" in wire
    assert b"13900139000" not in wire


def test_the_core_is_what_the_transport_drives() -> None:
    agent, _ = fresh()
    core: SipCore = agent.core
    assert core.next_timer() is None


def test_a_response_only_counts_for_the_present_attempt() -> None:
    agent, far = fresh()
    events: list[SessionEvent] = []
    agent.core.invite(spec_for(), events.append)
    invite = far.request()
    far.send(Response(180, "Ringing", invite.headers.copy()))
    assert events == [SessionProgressed(180)]
