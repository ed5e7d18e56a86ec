from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sip.agents import ANSWER, OFFER, Clock, FarEnd, in_dialog, make_agent, spec_for
from voicegw.errors import InvalidError, SipStateError
from voicegw.sip.digest import Credentials, split_parameters
from voicegw.sip.events import (
    EndedBy,
    SessionAnswered,
    SessionEnded,
    SessionEvent,
    SessionProgressed,
)
from voicegw.sip.message import Request, Response
from voicegw.sip.session import SessionState
from voicegw.sip.session_timer import SessionTimerValues
from voicegw.sip.session_uac import UacSession
from voicegw.sip.snapshot import SessionSnapshot
from voicegw.sip.wire import Peer


class Call:
    """One outgoing call with a far end played by the test."""

    def __init__(self, *, session_timers: SessionTimerValues | None = None, **spec: Any) -> None:
        self.clock = Clock()
        self.agent = make_agent(self.clock, session_timers=session_timers)
        self.far = FarEnd(self.agent, self.clock)
        self.events: list[SessionEvent] = []
        self.session: UacSession = self.agent.core.invite(spec_for(**spec), self.events.append)
        self.invite = self.far.request()

    def answer(self, *headers: tuple[str, str]) -> Request:
        """Answer with 200 and return the ACK."""
        self.far.reply(self.invite, 200, *headers, sdp=ANSWER)
        return self.far.request()

    def assert_forgotten(self) -> None:
        self.far.wait(200)
        self.far.sent()
        assert self.agent.core.is_idle
        assert len(self.agent.core) == 0
        assert self.agent.core.next_timer() is None


def test_the_invite_holds_what_the_spec_says() -> None:
    call = Call(route=("<sip:proxy.example;lr>",), from_display="Hotline")
    invite = call.invite
    assert str(invite.uri) == "sip:+8613800138000@127.0.0.2:5060"
    assert invite.header("From") == (
        f'"Hotline" <sip:+862112345678@trunk.example>;tag={call.session.local_tag}'
    )
    assert invite.header("To") == "<sip:+8613800138000@127.0.0.2>"
    assert invite.header("Contact") == "<sip:+862112345678@127.0.0.1:5060>"
    assert invite.header("P-Asserted-Identity") == "<sip:+862112345678@trunk.example>"
    assert invite.header("Route") == "<sip:proxy.example;lr>"
    assert invite.max_forwards == 70
    assert invite.header("User-Agent") == "voicegw-test"
    assert invite.body == OFFER.encode()
    assert str(invite.top_via).startswith("SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK")
    assert "rport" in invite.top_via.parameters


def test_over_tcp_via_and_contact_say_so() -> None:
    call = Call(peer=Peer("tcp", "127.0.0.2", 5060))
    assert call.invite.top_via.transport == "TCP"
    assert call.invite.header("Contact") == "<sip:+862112345678@127.0.0.1:5060;transport=tcp>"


def test_a_line_break_in_a_value_is_refused() -> None:
    agent = make_agent(Clock())
    with pytest.raises(InvalidError):
        agent.core.prepare(
            spec_for(asserted=(("P-Asserted-Identity", "<sip:1@x>\r\nX: y"),)), agent.events.append
        )
    assert len(agent.core) == 0


def test_a_prepared_invite_waits_for_send() -> None:
    clock = Clock()
    agent = make_agent(clock)
    far = FarEnd(agent, clock)
    session = agent.core.prepare(spec_for(), agent.events.append)
    assert far.sent() == []
    snapshot = session.snapshot()
    session.send()
    invite = far.request()
    assert not snapshot.confirmed
    assert snapshot.request.split("\r\n")[0] == bytes(invite).decode().split("\r\n")[0]
    assert str(invite.top_via) in snapshot.request
    assert OFFER not in snapshot.request
    with pytest.raises(SipStateError):
        session.send()


def test_a_prepared_invite_may_be_ended_instead() -> None:
    clock = Clock()
    agent = make_agent(clock)
    session = agent.core.prepare(spec_for(), agent.events.append)
    session.end()
    session.send()
    assert agent.core.take_transmissions() == []
    assert agent.events == [SessionEnded(EndedBy.LOCAL, 487, answered=False)]
    assert agent.core.is_idle


def test_commands_outside_receive_ask_for_a_flush() -> None:
    call = Call()
    assert call.agent.user.flushes == 1
    call.far.reply(call.invite, 180)
    assert call.agent.user.flushes == 1
    call.session.end()
    assert call.agent.user.flushes == 2


def test_every_provisional_response_is_reported() -> None:
    call = Call()
    call.far.reply(call.invite, 100)
    assert call.events == []
    assert call.session.state is SessionState.PROCEEDING
    call.far.reply(call.invite, 180)
    call.far.reply(call.invite, 183, sdp=ANSWER)
    assert call.events == [SessionProgressed(180), SessionProgressed(183, ANSWER)]


def test_an_answer_is_acknowledged_along_its_routes() -> None:
    call = Call()
    ack = call.answer(
        ("Record-Route", "<sip:a.example;lr>, <sip:127.0.0.9:5070;lr>"),
    )
    assert ack.method == "ACK"
    assert str(ack.uri) == "sip:far@127.0.0.2:5060"
    assert [str(a) for a in ack.route] == ["<sip:127.0.0.9:5070;lr>", "<sip:a.example;lr>"]
    assert ack.cseq.sequence == call.invite.cseq.sequence
    assert ack.to.tag == "far"
    assert ack.top_via.branch != call.invite.top_via.branch
    assert call.events == [SessionAnswered(ANSWER)]
    call.session.end()
    ((peer, bye),) = call.far.sent_to()
    assert peer == Peer("udp", "127.0.0.9", 5070)
    assert isinstance(bye, Request)
    assert bye.method == "BYE"
    assert bye.cseq.sequence == call.invite.cseq.sequence + 1


def test_a_strict_router_gets_its_own_uri() -> None:
    call = Call()
    ack = call.answer(("Record-Route", "<sip:strict.example>"))
    assert str(ack.uri) == "sip:strict.example"
    assert [str(a) for a in ack.route] == ["<sip:far@127.0.0.2:5060>"]


def test_a_repeated_200_gets_the_same_ack_again() -> None:
    call = Call()
    first = bytes(call.answer())
    call.far.wait(10)
    assert bytes(call.answer()) == first
    assert call.events == [SessionAnswered(ANSWER)]
    call.far.wait(30)
    assert call.far.sent() == []
    # The INVITE's transaction is over now: the stray 200 belongs to a living session.
    call.far.reply(call.invite, 200, sdp=ANSWER)
    assert call.far.sent() == []
    assert call.session.state is SessionState.CONFIRMED


def test_another_forks_answer_is_acknowledged_and_ended_once() -> None:
    call = Call()
    call.answer()
    call.far.reply(call.invite, 200, tag="fork", contact="<sip:fork@127.0.0.3>")
    ack, bye = call.far.sent()
    assert isinstance(ack, Request)
    assert isinstance(bye, Request)
    assert (ack.method, ack.to.tag, str(ack.uri)) == ("ACK", "fork", "sip:fork@127.0.0.3")
    assert (bye.method, bye.to.tag) == ("BYE", "fork")
    call.far.reply(bye, 200)
    call.far.reply(call.invite, 200, tag="fork", contact="<sip:fork@127.0.0.3>")
    assert bytes(call.far.request()) == bytes(ack)
    assert call.events == [SessionAnswered(ANSWER)]
    call.session.end()
    call.far.reply(call.far.request(), 200)
    call.assert_forgotten()


@pytest.mark.parametrize(("tag", "sdp"), [("one", "v=one again\r\n"), ("two", "v=two\r\n")])
def test_the_early_description_of_the_answering_fork_counts(tag: str, sdp: str) -> None:
    call = Call()
    call.far.reply(call.invite, 183, tag="one", sdp="v=one\r\n")
    call.far.reply(call.invite, 183, tag="two", sdp="v=two\r\n")
    call.far.reply(call.invite, 183, tag="one", sdp="v=one again\r\n")
    call.far.reply(call.invite, 200, tag=tag)
    assert call.events[-1] == SessionAnswered(sdp)


def test_an_answer_without_any_description_says_so() -> None:
    call = Call()
    call.far.reply(call.invite, 200)
    assert call.events == [SessionAnswered(None)]


def test_cancel_waits_for_a_sign_of_life() -> None:
    call = Call()
    call.session.end(q850=16)
    assert call.far.sent() == []
    assert call.events == []
    call.far.reply(call.invite, 180)
    cancel = call.far.request()
    assert cancel.method == "CANCEL"
    assert str(cancel.top_via) == str(call.invite.top_via)
    assert cancel.header("Reason") == "Q.850;cause=16"
    call.far.reply(call.invite, 183)
    assert call.far.sent() == []
    call.far.reply(cancel, 200)
    call.far.reply(call.invite, 487)
    assert call.far.request().method == "ACK"
    assert call.events == [SessionEnded(EndedBy.LOCAL, 487, answered=False)]
    call.assert_forgotten()


def test_end_twice_sends_one_cancel() -> None:
    call = Call()
    call.far.reply(call.invite, 180)
    call.session.end()
    call.session.end()
    assert call.far.request().method == "CANCEL"


def test_an_answer_that_crosses_the_cancel_is_acknowledged_and_ended() -> None:
    call = Call()
    call.far.reply(call.invite, 180)
    call.session.end()
    cancel = call.far.request()
    call.far.reply(call.invite, 200, sdp=ANSWER)
    ack, bye = call.far.sent()
    assert isinstance(ack, Request)
    assert isinstance(bye, Request)
    assert (ack.method, bye.method) == ("ACK", "BYE")
    call.far.reply(cancel, 200)
    call.far.reply(bye, 200)
    call.far.reply(call.invite, 200, sdp=ANSWER)
    assert call.far.request().method == "ACK"
    assert call.events[1:] == [SessionEnded(EndedBy.LOCAL, 487, answered=False)]
    call.assert_forgotten()


def test_a_cancelled_invite_that_is_never_answered_ends() -> None:
    call = Call()
    call.far.reply(call.invite, 180)
    call.session.end()
    call.far.wait(33)
    assert call.events[1:] == [SessionEnded(EndedBy.LOCAL, 487, answered=False)]
    call.assert_forgotten()


def test_a_cancelled_invite_is_not_tried_with_credentials() -> None:
    call = Call(credentials=Credentials("u", "p"))
    call.session.end()
    call.far.reply(call.invite, 401, ("WWW-Authenticate", 'Digest realm="r", nonce="n"'))
    assert [m.method for m in call.far.sent() if isinstance(m, Request)] == ["ACK"]
    assert call.events == [SessionEnded(EndedBy.LOCAL, 487, answered=False)]


def test_silence_is_a_network_failure() -> None:
    call = Call()
    call.far.wait(31.9)
    assert call.events == []
    call.far.wait(0.2)
    assert call.events == [SessionEnded(EndedBy.NETWORK, 408, answered=False)]
    assert len([m for m in call.far.sent() if isinstance(m, Request)]) == 6
    call.assert_forgotten()


def test_a_broken_transport_is_a_network_failure() -> None:
    call = Call()
    call.agent.core.transport_failed(call.session.peer, call.clock.now)
    assert call.events == [SessionEnded(EndedBy.NETWORK, 503, answered=False)]
    call.assert_forgotten()


@pytest.mark.parametrize("by_cancel", [False, True])
def test_silence_after_giving_up_is_our_end(by_cancel: bool) -> None:
    call = Call()
    if by_cancel:
        call.far.reply(call.invite, 100)
    call.session.end()
    call.far.wait(40)
    assert call.events == [SessionEnded(EndedBy.LOCAL, 487, answered=False)]


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (486, (), SessionEnded(EndedBy.REMOTE, 486, answered=False, reason="Busy Here")),
        (
            503,
            (("Retry-After", "120 (down)"), ("Reason", "Q.850;cause=34")),
            SessionEnded(
                EndedBy.REMOTE,
                503,
                answered=False,
                reason="Service Unavailable",
                q850=34,
                retry_after_s=120,
            ),
        ),
        (
            503,
            (("Retry-After", "soon"),),
            SessionEnded(EndedBy.REMOTE, 503, answered=False, reason="Service Unavailable"),
        ),
        (
            302,
            (("Contact", "<sip:other@127.0.0.5>;q=0.5"),),
            SessionEnded(
                EndedBy.REMOTE,
                302,
                answered=False,
                reason="Moved Temporarily",
                contacts=("sip:other@127.0.0.5",),
            ),
        ),
    ],
)
def test_a_refusal_is_acknowledged_and_reported(
    status: int, headers: tuple[tuple[str, str], ...], expected: SessionEnded
) -> None:
    call = Call()
    call.far.reply(call.invite, status, *headers, contact=None)
    assert call.far.request().method == "ACK"
    assert call.events == [expected]
    call.far.reply(call.invite, status, *headers, contact=None)
    assert call.far.request().method == "ACK"
    assert len(call.events) == 1
    call.assert_forgotten()


def parse_proof(value: str | None) -> dict[str, str]:
    """Return the parameters of an Authorization header."""
    ((scheme, parameters),) = split_parameters(value or "")
    assert scheme == "digest"
    return parameters


CHALLENGE = ("WWW-Authenticate", 'Digest realm="r", nonce="{}", algorithm=MD5, qop="auth"')


def challenge(nonce: str, *, stale: bool = False) -> tuple[str, str]:
    return CHALLENGE[0], CHALLENGE[1].format(nonce) + (", stale=true" if stale else "")


def retried(call: Call) -> Request:
    """Return the INVITE sent again; the ACK came before it."""
    ack, invite = call.far.sent()
    assert isinstance(ack, Request)
    assert ack.method == "ACK"
    assert isinstance(invite, Request)
    assert invite.method == "INVITE"
    return invite


def test_a_challenge_is_answered_with_everything_else_kept() -> None:
    call = Call(credentials=Credentials("user", "secret"))
    snapshots: list[SessionSnapshot] = []
    call.session.on_snapshot = snapshots.append
    call.far.reply(call.invite, 401, challenge("n1"))
    again = retried(call)
    assert 'username="user"' in (again.header("Authorization") or "")
    assert 'uri="sip:+8613800138000@127.0.0.2:5060"' in (again.header("Authorization") or "")
    assert again.cseq.sequence == call.invite.cseq.sequence + 1
    assert again.top_via.branch != call.invite.top_via.branch
    for name in ("P-Asserted-Identity", "From", "To", "Call-ID", "Contact", "Max-Forwards"):
        assert again.header(name) == call.invite.header(name)
    assert again.body == call.invite.body
    assert [str(again.top_via) in snapshot.request for snapshot in snapshots] == [True]
    call.far.reply(again, 200, sdp=ANSWER)
    ack = call.far.request()
    assert ack.cseq.sequence == again.cseq.sequence
    assert ack.header("Authorization") == again.header("Authorization")
    assert call.events == [SessionAnswered(ANSWER)]


def test_cancel_after_a_challenge_cancels_the_new_invite() -> None:
    call = Call(credentials=Credentials("user", "secret"))
    call.far.reply(call.invite, 100)
    call.far.reply(call.invite, 407, ("Proxy-Authenticate", 'Digest realm="r", nonce="n"'))
    again = retried(call)
    assert again.header("Proxy-Authorization") is not None
    call.session.end()
    assert call.far.sent() == []
    call.far.reply(again, 180)
    assert str(call.far.request().top_via) == str(again.top_via)


def test_two_challenges_then_it_is_over() -> None:
    call = Call(credentials=Credentials("user", "wrong"))
    invite = call.invite
    for nonce in ("n1", "n2"):
        call.far.reply(invite, 401, challenge(nonce))
        invite = retried(call)
    call.far.reply(invite, 401, challenge("n3"))
    assert call.far.request().method == "ACK"
    assert call.events == [SessionEnded(EndedBy.REMOTE, 401, answered=False, reason="Unauthorized")]
    call.assert_forgotten()


def test_a_stale_nonce_does_not_count_as_a_refusal() -> None:
    call = Call(credentials=Credentials("user", "secret"))
    invite = call.invite
    call.far.reply(invite, 401, challenge("n1"))
    invite = retried(call)
    call.far.reply(invite, 401, challenge("n2", stale=True))
    invite = retried(call)
    call.far.reply(invite, 401, challenge("n3", stale=True))
    invite = retried(call)
    assert 'nonce="n3"' in (invite.header("Authorization") or "")
    call.far.reply(invite, 401, challenge("n4"))
    retried(call)


def test_the_same_nonce_called_stale_counts() -> None:
    call = Call(credentials=Credentials("user", "secret"))
    invite = call.invite
    for _ in range(2):
        call.far.reply(invite, 401, challenge("n1", stale=True))
        invite = retried(call)
    call.far.reply(invite, 401, challenge("n1", stale=True))
    assert call.far.request().method == "ACK"
    assert len(call.events) == 1


def test_a_proxy_and_a_registrar_may_both_challenge() -> None:
    call = Call(credentials=Credentials("user", "secret"))
    call.far.reply(call.invite, 407, ("Proxy-Authenticate", 'Digest realm="p", nonce="n"'))
    again = retried(call)
    call.far.reply(again, 401, challenge("n2"))
    third = retried(call)
    assert third.header("Proxy-Authorization") is not None
    assert third.header("Authorization") is not None
    assert len(third.headers.get_all("Authorization")) == 1


def test_two_challenges_in_one_answer_are_both_answered() -> None:
    call = Call(credentials=Credentials("user", "secret"))
    call.far.reply(
        call.invite,
        401,
        challenge("n1"),
        ("Proxy-Authenticate", 'Digest realm="p", nonce="n2", algorithm=SHA-256, qop="auth"'),
    )
    again = retried(call)
    assert 'nonce="n1"' in (again.header("Authorization") or "")
    assert 'nonce="n2"' in (again.header("Proxy-Authorization") or "")


def test_a_nonce_used_again_counts_on_with_the_same_cnonce() -> None:
    """The secret of `-sess` is bound to the cnonce, and a server refuses a count it has seen."""
    call = Call(credentials=Credentials("user", "secret"))
    call.far.reply(
        call.invite,
        407,
        ("Proxy-Authenticate", 'Digest realm="p", nonce="n", algorithm=MD5-sess, qop="auth"'),
    )
    again = retried(call)
    first = parse_proof(again.header("Proxy-Authorization"))
    call.far.reply(again, 401, challenge("n2"))
    second = parse_proof(retried(call).header("Proxy-Authorization"))
    assert (first["nc"], second["nc"]) == ("00000001", "00000002")
    assert first["cnonce"] == second["cnonce"]
    assert first["response"] != second["response"]


def test_ever_new_realms_end() -> None:
    call = Call(credentials=Credentials("user", "secret"))
    invite = call.invite
    for realm in ("a", "b"):
        call.far.reply(
            invite, 407, ("Proxy-Authenticate", f'Digest realm="{realm}", nonce="n", qop="auth"')
        )
        invite = retried(call)
    assert len(invite.headers.get_all("Proxy-Authorization")) == 2
    call.far.reply(invite, 407, ("Proxy-Authenticate", 'Digest realm="c", nonce="n"'))
    assert call.far.request().method == "ACK"
    assert [type(event) for event in call.events] == [SessionEnded]


def test_the_best_of_several_challenges_is_answered() -> None:
    call = Call(credentials=Credentials("user", "secret"))
    call.far.reply(
        call.invite,
        401,
        ("WWW-Authenticate", 'Digest realm="r", nonce="1", algorithm=SHA-512-256, qop="auth"'),
        ("WWW-Authenticate", 'Digest realm="r", nonce="2", algorithm=MD5'),
        ("WWW-Authenticate", 'Digest realm="r", nonce="3", algorithm=SHA-256, qop="auth-int,auth"'),
        ("WWW-Authenticate", 'Digest realm="r", nonce="4", algorithm=MD5, qop="auth"'),
    )
    proof = parse_proof(retried(call).header("Authorization"))
    assert (proof["nonce"], proof["algorithm"], proof["qop"]) == ("3", "SHA-256", "auth")


def test_the_next_nonce_is_left_unused() -> None:
    """Each session proves itself anew; a server that names the next nonce loses nothing by it."""
    call = Call(credentials=Credentials("user", "secret"))
    call.far.reply(call.invite, 401, challenge("n1"))
    again = retried(call)
    call.far.reply(again, 200, ("Authentication-Info", 'nextnonce="n9", qop=auth'), sdp=ANSWER)
    assert call.far.request().method == "ACK"
    assert call.events == [SessionAnswered(ANSWER)]


def test_without_credentials_a_challenge_is_a_refusal() -> None:
    call = Call()
    call.far.reply(call.invite, 401, challenge("n1"))
    assert isinstance(call.events[0], SessionEnded)
    assert call.events[0].status == 401


def test_a_challenge_nobody_can_answer_is_a_refusal() -> None:
    call = Call(credentials=Credentials("user", "secret"))
    call.far.reply(
        call.invite, 401, ("WWW-Authenticate", 'Digest realm="r", nonce="n", qop="auth-int"')
    )
    assert call.far.request().method == "ACK"
    assert isinstance(call.events[0], SessionEnded)


def test_a_reliable_provisional_response_is_acknowledged_in_order() -> None:
    call = Call()
    reliable = (("Require", "100rel"), ("RSeq", "5"))
    call.far.reply(call.invite, 183, *reliable, sdp=ANSWER)
    prack = call.far.request()
    assert prack.method == "PRACK"
    assert prack.header("RAck") == "5 1 INVITE"
    assert prack.cseq.sequence == 2
    assert prack.to.tag == "far"
    call.far.reply(call.invite, 183, *reliable, sdp=ANSWER)
    call.far.reply(call.invite, 180, ("Require", "100rel"), ("RSeq", "7"))
    assert call.far.sent() == []
    call.far.reply(call.invite, 180, ("Require", "100rel"), ("RSeq", "6"))
    second = call.far.request()
    assert second.header("RAck") == "6 1 INVITE"
    assert call.events == [SessionProgressed(183, ANSWER), SessionProgressed(180)]
    call.far.reply(prack, 200)
    call.far.reply(second, 200)
    call.far.reply(call.invite, 200)
    assert call.events[-1] == SessionAnswered(ANSWER)
    call.far.sent()
    call.session.end()
    assert call.far.request().cseq.sequence == 4


def test_a_challenged_bye_is_sent_again() -> None:
    call = Call(credentials=Credentials("user", "secret"))
    call.answer()
    call.session.end()
    bye = call.far.request()
    call.far.reply(bye, 407, ("Proxy-Authenticate", 'Digest realm="r", nonce="n"'))
    again = call.far.request()
    assert (again.method, again.cseq.sequence) == ("BYE", bye.cseq.sequence + 1)
    assert again.header("Proxy-Authorization") is not None
    call.far.reply(again, 200)
    assert call.events[1:] == [SessionEnded(EndedBy.LOCAL, 200, answered=True)]
    call.assert_forgotten()


def test_bye_is_repeated_until_answered_and_then_forgotten() -> None:
    call = Call()
    call.answer()
    call.session.end(q850=16, text="normal")
    call.session.end()
    bye = call.far.request()
    assert bye.header("Reason") == 'Q.850;cause=16;text="normal"'
    call.far.wait(1.6)
    assert [bytes(m) for m in call.far.sent()] == [bytes(bye), bytes(bye)]
    call.far.reply(bye, 200)
    call.assert_forgotten()


def test_byes_may_cross() -> None:
    call = Call()
    call.far.reply(call.invite, 200, sdp=ANSWER)
    ack = call.far.request()
    call.session.end()
    bye = call.far.request()
    their = Response(200, "OK", call.invite.headers.copy(), b"")
    their.headers.set("From", ack.header("To") or "")
    their.headers.set("To", ack.header("From") or "")
    their.headers.set("Contact", call.session.contact)
    call.far.send(in_dialog(call.far, "BYE", their, 1))
    assert call.far.response().status == 200
    call.far.reply(bye, 200)
    assert call.events[1:] == [SessionEnded(EndedBy.LOCAL, 200, answered=True)]
    call.assert_forgotten()


@pytest.mark.parametrize(
    ("header", "value"),
    [("Record-Route", "<sip:broken"), ("Contact", "<sip:a b@c>"), ("Content-Type", "nonsense")],
)
@pytest.mark.parametrize("given_up", [False, True])
def test_an_unreadable_answer_is_acknowledged_and_ended(
    header: str, value: str, given_up: bool
) -> None:
    call = Call()
    call.far.reply(call.invite, 180, ("Content-Type", "nonsense"), contact=None)
    assert call.events == []
    assert call.agent.core.counters["malformed_dropped"] == 1
    if given_up:
        call.session.end()
        call.far.sent()
    for _ in range(2):
        call.far.reply(call.invite, 200, (header, value), contact=None)
    ack, bye, repeated = call.far.sent()
    assert isinstance(ack, Request)
    assert isinstance(bye, Request)
    assert (ack.method, bye.method) == ("ACK", "BYE")
    assert ack.uri == bye.uri == call.invite.uri
    assert ack.to.tag == bye.to.tag == "far"
    assert bytes(repeated) == bytes(ack)
    by, status = (EndedBy.LOCAL, 487) if given_up else (EndedBy.NETWORK, 500)
    assert call.events == [SessionEnded(by, status, answered=False)]
    call.far.reply(bye, 200)
    call.assert_forgotten()


def test_another_forks_unreadable_answer_leaves_the_session_alone() -> None:
    call = Call()
    call.answer()
    call.far.reply(call.invite, 200, ("Contact", "<sip:a b@c>"), tag="fork", contact=None)
    ack, bye = call.far.sent()
    assert ack.to.tag == bye.to.tag == "fork"
    assert call.events == [SessionAnswered(ANSWER)]


def test_a_listener_that_raises_stops_nothing() -> None:
    clock = Clock()
    agent = make_agent(clock)
    far = FarEnd(agent, clock)

    def listener(event: SessionEvent) -> None:
        raise RuntimeError("broken")

    agent.core.invite(spec_for(), listener)
    invite = far.request()
    far.reply(invite, 180)
    far.reply(invite, 486, contact=None)
    assert agent.core.counters["listener_failures"] == 2
    assert len(agent.core) == 0


def test_ending_from_within_an_event_is_allowed() -> None:
    clock = Clock()
    agent = make_agent(clock)
    far = FarEnd(agent, clock)
    events: list[SessionEvent] = []

    def listener(event: SessionEvent) -> None:
        events.append(event)
        session.end()

    session = agent.core.invite(spec_for(), listener)
    far.reply(far.request(), 200, sdp=ANSWER)
    assert [m.method for m in far.sent() if isinstance(m, Request)] == ["ACK", "BYE"]
    assert events == [SessionAnswered(ANSWER), SessionEnded(EndedBy.LOCAL, 200, answered=True)]


def test_the_best_redirection_comes_first() -> None:
    call = Call()
    contacts = "<sip:c@x>;q=0.1, <sip:a@x>, <sip:d@x>;q=none, <sip:b@x>;q=0.5"
    call.far.reply(call.invite, 302, ("Contact", contacts))
    ended = call.events[-1]
    assert isinstance(ended, SessionEnded)
    assert list(ended.contacts) == ["sip:a@x", "sip:b@x", "sip:c@x", "sip:d@x"]


def test_a_redirection_that_cannot_be_read_names_nobody() -> None:
    call = Call()
    call.far.reply(call.invite, 302, ("Contact", "<sip:a b@x>"))
    assert call.far.request().method == "ACK"
    ended = call.events[-1]
    assert isinstance(ended, SessionEnded)
    assert (ended.status, ended.contacts) == (302, ())


def test_early_media_of_several_telephones() -> None:
    call = Call()
    for tag, status, sdp in [
        ("one", 183, "v=1\r\n"),
        ("two", 183, "v=2\r\n"),
        ("one", 183, "v=1\r\n"),
        ("one", 180, None),
        ("two", 183, "v=22\r\n"),
    ]:
        call.far.reply(call.invite, status, tag=tag, sdp=sdp)
    assert call.events == [
        SessionProgressed(183, "v=1\r\n"),
        SessionProgressed(183, "v=2\r\n"),
        SessionProgressed(183),
        SessionProgressed(180),
        SessionProgressed(183, "v=22\r\n"),
    ]
    call.far.reply(call.invite, 200, tag="one")
    assert call.events[-1] == SessionAnswered("v=1\r\n")


def test_a_telephone_that_gives_up_is_heard_no_more() -> None:
    call = Call()
    assert "199" in call.invite.supported
    call.far.reply(call.invite, 183, tag="one", sdp="v=1\r\n")
    call.far.reply(call.invite, 183, tag="two", sdp="v=2\r\n")
    call.far.reply(call.invite, 180, tag="three")
    call.far.reply(call.invite, 199, tag="three")
    call.far.reply(call.invite, 199, tag="two")
    call.far.reply(call.invite, 199, tag="one")
    call.far.reply(call.invite, 199, tag="never-seen")
    assert call.events[3:] == [
        SessionProgressed(199),
        SessionProgressed(199, "v=1\r\n"),
        SessionProgressed(199, silenced=True),
        SessionProgressed(199),
    ]
    assert call.session.state is SessionState.PROCEEDING
    call.far.reply(call.invite, 486)
    assert isinstance(call.events[-1], SessionEnded)
    call.assert_forgotten()


def test_a_telephone_that_gave_up_can_be_asked_nothing() -> None:
    call = Call()
    call.far.reply(call.invite, 183, tag="one", sdp="v=1\r\n")
    call.far.reply(call.invite, 199, tag="one")
    theirs = Response(200, "OK", call.invite.headers.copy(), b"")
    theirs.headers.set("From", "<sip:+8613800138000@127.0.0.2>;tag=one")
    theirs.headers.set("To", call.invite.header("From") or "")
    call.far.send(in_dialog(call.far, "UPDATE", theirs, 1))
    assert call.far.response().status == 481
