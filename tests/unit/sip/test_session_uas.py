from __future__ import annotations

import pytest

from tests.unit.sip.agents import (
    ANSWER,
    OFFER,
    STRANGER,
    Clock,
    FarEnd,
    in_dialog,
    invite_text,
    make_agent,
)
from voicegw.errors import SipStateError
from voicegw.sip.events import (
    EndedBy,
    InfoDigit,
    ReofferReceived,
    SessionConfirmed,
    SessionEnded,
)
from voicegw.sip.message import Request, Response
from voicegw.sip.session import SessionState
from voicegw.sip.session_timer import SessionTimerValues
from voicegw.sip.session_uas import UasSession
from voicegw.sip.snapshot import SessionSnapshot
from voicegw.sip.wire import Peer


class Call:
    """One incoming call from a far end played by the test."""

    def __init__(
        self,
        *,
        sdp: str = OFFER,
        extra: str = "Content-Type: application/sdp\n",
        session_timers: SessionTimerValues | None = None,
    ) -> None:
        self.clock = Clock()
        self.agent = make_agent(self.clock, session_timers=session_timers)
        self.far = FarEnd(self.agent, self.clock)
        self.branch = self.far.branch()
        self.text = invite_text(self.far, sdp=sdp, extra=extra, branch=self.branch)
        self.far.send(self.text)
        self.first = self.far.sent()
        self.session = self.agent.session
        self.events = self.agent.events

    def answer(self, sdp: str = ANSWER) -> Response:
        """Answer and return the 200."""
        self.session.answer(sdp)
        return self.far.response()

    def ack(self, answer: Response, body: str = "") -> None:
        extra = "Content-Type: application/sdp\n" if body else ""
        self.far.send(in_dialog(self.far, "ACK", answer, 10, extra=extra, body=body))

    def establish(self) -> Response:
        """Answer, acknowledge and return the 200."""
        answer = self.answer()
        self.ack(answer)
        return answer

    def request(
        self, method: str, answer: Response, cseq: int, *, extra: str = "", body: str = ""
    ) -> Response:
        """Send a request within the dialog and return its answer."""
        self.far.send(in_dialog(self.far, method, answer, cseq, extra=extra, body=body))
        return self.far.response()

    def cancel(self, extra: str = "") -> None:
        head, _, _ = self.text.partition("\r\nMax-Forwards")
        self.far.send(
            head.replace("INVITE", "CANCEL")
            + "\r\nFrom: <sip:+8613900139000@127.0.0.2>;tag=caller\r\n"
            + "To: <sip:+862112345678@127.0.0.1>\r\nCall-ID: call-1\r\n"
            + f"CSeq: 10 CANCEL\r\n{extra}Content-Length: 0\r\n\r\n"
        )

    def assert_forgotten(self) -> None:
        self.far.wait(200)
        assert self.agent.core.is_idle
        assert len(self.agent.core) == 0
        assert self.agent.core.next_timer() is None


def test_an_invite_is_offered_once_however_often_it_comes() -> None:
    call = Call()
    (trying,) = call.first
    assert isinstance(trying, Response)
    assert trying.status == 100
    assert call.session.remote_sdp == OFFER
    assert call.session.state is SessionState.INCOMING
    call.session.ring()
    ringing = call.far.response()
    call.far.send(call.text)
    assert bytes(call.far.response()) == bytes(ringing)
    assert len(call.agent.user.offered) == 1


def test_ringing_carries_tag_contact_and_route() -> None:
    call = Call(extra="Record-Route: <sip:proxy.example;lr>\nContent-Type: application/sdp\n")
    call.session.ring(183, ANSWER)
    ringing = call.far.response()
    assert ringing.status == 183
    assert ringing.to.tag == call.session.local_tag
    assert ringing.header("Contact") == "<sip:+862112345678@127.0.0.1:5060>"
    assert ringing.header("Record-Route") == "<sip:proxy.example;lr>"
    assert ringing.body == ANSWER.encode()
    answer = call.answer()
    assert answer.header("Record-Route") == "<sip:proxy.example;lr>"
    assert answer.to.tag == ringing.to.tag
    assert "INVITE" in answer.allow
    call.ack(answer)
    call.session.end()
    ((peer, bye),) = call.far.sent_to()
    assert isinstance(bye, Request)
    assert peer.host == "proxy.example"
    assert [str(a) for a in bye.route] == ["<sip:proxy.example;lr>"]
    assert str(bye.uri) == "sip:caller@127.0.0.2:5060"
    assert bye.from_.tag == call.session.local_tag


def test_ringing_is_repeated_every_minute() -> None:
    call = Call()
    call.session.ring()
    ringing = call.far.response()
    call.far.wait(121)
    assert [bytes(m) for m in call.far.sent()] == [bytes(ringing)] * 2
    call.session.reject(486)
    call.far.sent()
    call.assert_forgotten()


def test_a_200_is_repeated_until_its_ack() -> None:
    call = Call()
    answer = call.answer()
    assert answer.status == 200
    assert answer.body == ANSWER.encode()
    call.far.wait(7.6)
    assert [bytes(m) for m in call.far.sent()] == [bytes(answer)] * 4
    call.ack(answer)
    assert call.events == [SessionConfirmed()]
    call.far.wait(60)
    assert call.far.sent() == []
    call.ack(answer)
    assert call.events == [SessionConfirmed()]


def test_without_ack_the_session_ends_with_bye() -> None:
    call = Call()
    call.answer()
    call.far.wait(32)
    messages = call.far.sent()
    assert len(messages) == 11
    bye = messages[-1]
    assert isinstance(bye, Request)
    assert bye.method == "BYE"
    assert call.events == [SessionEnded(EndedBy.NETWORK, 408, answered=True)]
    call.far.reply(bye, 200)
    call.assert_forgotten()


def test_a_late_offer_is_answered_in_the_ack() -> None:
    call = Call(sdp="", extra="")
    assert call.session.remote_sdp is None
    answer = call.answer(OFFER)
    call.ack(answer, ANSWER)
    assert call.events == [SessionConfirmed(ANSWER)]


def test_a_bye_of_ours_waits_for_the_ack() -> None:
    call = Call()
    answer = call.answer()
    call.session.end(q850=16)
    assert call.far.sent() == []
    call.ack(answer)
    assert call.far.request().method == "BYE"
    assert call.events == [SessionEnded(EndedBy.LOCAL, 200, answered=True, q850=16)]


def test_a_bye_of_ours_waits_no_longer_than_64_t1() -> None:
    call = Call()
    call.answer()
    call.session.end()
    call.session.end()
    call.far.wait(32)
    assert [m.method for m in call.far.sent() if isinstance(m, Request)] == ["BYE"]
    assert call.events == [SessionEnded(EndedBy.LOCAL, 200, answered=True)]


def test_their_bye_may_overtake_the_ack() -> None:
    call = Call()
    answer = call.answer()
    assert call.request("BYE", answer, 11).status == 200
    assert call.events == [SessionEnded(EndedBy.REMOTE, 200, answered=True)]
    call.far.wait(1)
    assert call.far.sent() == []
    call.ack(answer)
    assert len(call.events) == 1
    call.assert_forgotten()


def test_their_bye_tells_its_cause() -> None:
    call = Call()
    answer = call.establish()
    branch = call.far.branch()
    bye = in_dialog(
        call.far,
        "BYE",
        answer,
        11,
        extra='Reason: SIP;cause=200, Q.850;cause=16;text="a,b"\n',
        branch=branch,
    )
    call.far.send(bye)
    first = call.far.response()
    assert call.events[1:] == [SessionEnded(EndedBy.REMOTE, 200, answered=True, q850=16)]
    call.far.send(bye)
    assert bytes(call.far.response()) == bytes(first)
    call.assert_forgotten()


def test_a_bye_within_the_early_dialog_ends_the_invite_too() -> None:
    call = Call()
    call.session.ring()
    ringing = call.far.response()
    call.far.send(in_dialog(call.far, "BYE", ringing, 11))
    bye_answer, final = call.far.sent()
    assert isinstance(bye_answer, Response)
    assert isinstance(final, Response)
    assert (bye_answer.status, final.status) == (200, 487)
    assert call.events == [SessionEnded(EndedBy.REMOTE, 200, answered=False)]


def test_cancel_ends_an_unanswered_call() -> None:
    call = Call()
    call.session.ring()
    call.far.sent()
    call.cancel("Reason: Q.850;cause=31\r\n")
    to_cancel, to_invite = call.far.sent()
    assert isinstance(to_cancel, Response)
    assert isinstance(to_invite, Response)
    assert (to_cancel.status, to_cancel.cseq.method) == (200, "CANCEL")
    assert (to_invite.status, to_invite.cseq.method) == (487, "INVITE")
    assert to_invite.to.tag == to_cancel.to.tag == call.session.local_tag
    assert call.events == [SessionEnded(EndedBy.REMOTE, 487, answered=False, q850=31)]
    call.session.answer(ANSWER)
    call.session.ring()
    call.session.reject(486)
    assert call.far.sent() == []
    call.assert_forgotten()


def test_cancel_after_the_200_changes_nothing() -> None:
    call = Call()
    answer = call.answer()
    call.cancel()
    (to_cancel,) = call.far.sent()
    assert isinstance(to_cancel, Response)
    assert to_cancel.cseq.method == "CANCEL"
    assert to_cancel.status == 200
    call.ack(answer)
    assert call.events == [SessionConfirmed()]


def test_a_refusal_carries_its_headers_and_is_repeated() -> None:
    call = Call()
    call.session.reject(503, "Draining", headers=(("Retry-After", "10"),))
    refusal = call.far.response()
    assert (refusal.status, refusal.reason) == (503, "Draining")
    assert refusal.header("Retry-After") == "10"
    assert refusal.to.tag == call.session.local_tag
    assert call.events == [SessionEnded(EndedBy.LOCAL, 503, answered=False)]
    call.far.wait(0.6)
    assert bytes(call.far.response()) == bytes(refusal)
    call.assert_forgotten()


@pytest.mark.parametrize(("status", "sent"), [(None, 480), (603, 603), (200, 480)])
def test_ending_an_unanswered_call_refuses_it(status: int | None, sent: int) -> None:
    call = Call()
    call.session.end(status=status, q850=21)
    refusal = call.far.response()
    assert refusal.status == sent
    assert refusal.header("Reason") == "Q.850;cause=21"
    assert call.events == [SessionEnded(EndedBy.LOCAL, sent, answered=False, q850=21)]


def test_commands_out_of_turn_are_the_callers_blunder() -> None:
    call = Call()
    with pytest.raises(SipStateError):
        call.session.ring(100)
    with pytest.raises(SipStateError):
        call.session.reject(200)
    with pytest.raises(SipStateError):
        call.session.reoffer(OFFER)
    with pytest.raises(SipStateError):
        call.session.send_info_digit("1")
    call.establish()
    with pytest.raises(SipStateError):
        call.session.answer(ANSWER)
    with pytest.raises(SipStateError):
        call.session.ring()
    with pytest.raises(SipStateError):
        call.session.reject(486)


def test_commands_after_the_end_are_harmless() -> None:
    call = Call()
    answer = call.establish()
    call.request("BYE", answer, 11)
    call.session.ring()
    call.session.answer(ANSWER)
    call.session.reject(486)
    call.session.end()
    call.session.reoffer(OFFER)
    call.session.answer_reoffer(ANSWER)
    call.session.refuse_reoffer(488)
    call.session.send_info_digit("1")
    assert call.far.sent() == []
    assert len(call.events) == 2


def test_an_older_cseq_is_refused() -> None:
    call = Call()
    answer = call.establish()
    assert call.request("OPTIONS", answer, 20).status == 200
    refused = call.request("BYE", answer, 19)
    assert refused.status == 500
    assert len(call.events) == 1


@pytest.mark.parametrize("method", ["BYE", "INFO", "INVITE", "OPTIONS", "UPDATE"])
def test_an_unknown_dialog_is_refused(method: str) -> None:
    call = Call()
    answer = call.establish()
    other = Response(200, "OK", answer.headers.copy(), b"")
    other.headers.set("To", answer.header("To") + "x")  # type: ignore[operator]
    assert call.request(method, other, 11).status == 481
    wrong = Response(200, "OK", answer.headers.copy(), b"")
    wrong.headers.set("From", "<sip:x@127.0.0.2>;tag=other")
    assert call.request(method, wrong, 11).status == 481
    assert len(call.events) == 1


def test_one_to_tag_in_every_answer_within_the_dialog() -> None:
    call = Call()
    answer = call.establish()
    for number, method in enumerate(("OPTIONS", "REFER", "PRACK", "INFO"), 11):
        reply = call.request(method, answer, number)
        assert (reply.header("To") or "").count("tag=") == 1


def test_requests_from_elsewhere_belong_to_their_dialog() -> None:
    call = Call()
    answer = call.establish()
    call.far.send(in_dialog(call.far, "BYE", answer, 11), STRANGER)
    ((peer, reply),) = call.far.sent_to()
    assert isinstance(reply, Response)
    assert reply.status == 200
    assert peer.host == STRANGER.host
    assert len(call.events) == 2


@pytest.mark.parametrize(
    ("content_type", "body", "digit"),
    [
        ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"),
        ("application/dtmf-relay", "Signal= *\nDuration= 250\n", "*"),
        ("Application/DTMF-Relay", "Signal=11\r\n", "#"),
        ("application/dtmf", "d", "D"),
        ("application/dtmf", "10", "*"),
        ("application/dtmf", "16", None),
        ("application/dtmf-relay", "Duration=160\r\n", None),
        ("application/dtmf-relay", "Signal=\xff\r\n", None),
    ],
)
def test_digits_by_info(content_type: str, body: str, digit: str | None) -> None:
    call = Call()
    answer = call.establish()
    reply = call.request("INFO", answer, 11, extra=f"Content-Type: {content_type}\n", body=body)
    assert reply.status == 200
    assert call.events[1:] == ([InfoDigit(digit)] if digit else [])


def test_other_info() -> None:
    call = Call()
    answer = call.establish()
    assert call.request("INFO", answer, 11).status == 200
    reply = call.request("INFO", answer, 12, extra="Content-Type: text/plain\n", body="hello")
    assert reply.status == 415
    assert "application/dtmf-relay" in (reply.header("Accept") or "")
    assert call.request("INFO", answer, 13, body="hello").status == 415


def test_a_digit_of_ours_by_info() -> None:
    call = Call()
    call.establish()
    call.session.send_info_digit("*", 200)
    info = call.far.request()
    assert info.method == "INFO"
    assert info.header("Content-Type") == "application/dtmf-relay"
    assert info.body == b"Signal=*\r\nDuration=200\r\n"
    call.far.reply(info, 415)
    assert len(call.events) == 1
    call.session.send_info_digit("#")
    call.far.reply(call.far.request(), 481)
    assert call.far.request().method == "BYE"
    assert call.events[1:] == [SessionEnded(EndedBy.NETWORK, 481, answered=True)]


def test_the_snapshot_follows_the_session() -> None:
    call = Call()
    seen: list[SessionSnapshot] = []
    call.session.on_snapshot = seen.append
    early = call.session.snapshot()
    assert not early.confirmed
    assert early.local_tag == call.session.local_tag
    answer = call.establish()
    assert [s.confirmed for s in seen] == [True]
    call.session.send_info_digit("1")
    assert seen[-1].local_cseq == seen[0].local_cseq + 1
    assert seen[-1].remote_target == "sip:caller@127.0.0.2:5060"
    assert seen[-1].remote_tag == "caller"
    count = len(seen)
    call.request("BYE", answer, 11)
    assert len(seen) == count


def test_an_answer_that_cannot_leave_ends_the_session() -> None:
    call = Call()
    call.agent.core.transport_failed(Peer("udp", "127.0.0.2", 5060), call.clock.now)
    assert call.events == [SessionEnded(EndedBy.NETWORK, 503, answered=False)]
    call.session.end()
    call.assert_forgotten()


def test_an_invite_without_contact_is_refused() -> None:
    clock = Clock()
    agent = make_agent(clock)
    far = FarEnd(agent, clock)
    far.send(invite_text(far).replace("Contact: <sip:caller@127.0.0.2:5060>\r\n", ""))
    assert far.response().status == 400
    assert agent.user.offered == []


def test_a_user_that_wants_no_session_refuses_it() -> None:
    clock = Clock()
    agent = make_agent(clock)
    agent.user.accept = False
    far = FarEnd(agent, clock)
    far.send(invite_text(far))
    assert far.response().status == 503
    agent.user.on_offer = lambda session: session.reject(404)
    far.send(invite_text(far).replace("call-1", "call-2"))
    assert far.response().status == 404

    def fail(session: UasSession) -> None:
        raise RuntimeError("broken")

    agent.user.on_offer = fail
    far.send(invite_text(far).replace("call-1", "call-3"))
    assert far.response().status == 500
    assert agent.core.counters["listener_failures"] == 1
    assert len(agent.core) == 0


def reliable_call() -> Call:
    return Call(extra="Require: 100rel\nContent-Type: application/sdp\n")


def prack(call: Call, response: Response, cseq: int, *, rack: str = "", body: str = "") -> Response:
    rack = rack or f"{response.header('RSeq')} 10 INVITE"
    extra = f"RAck: {rack}\n" + ("Content-Type: application/sdp\n" if body else "")
    call.far.send(in_dialog(call.far, "PRACK", response, cseq, extra=extra, body=body))
    (reply,) = [m for m in call.far.sent() if m.cseq.method == "PRACK"]
    assert isinstance(reply, Response)
    return reply


def test_a_required_reliable_response_is_repeated_until_prack() -> None:
    call = reliable_call()
    call.session.ring(180)
    call.session.ring(183, ANSWER)
    ringing = call.far.response()
    assert ringing.header("Require") == "100rel"
    call.far.wait(1.6)
    assert [bytes(m) for m in call.far.sent()] == [bytes(ringing)] * 2
    assert prack(call, ringing, 11, rack="1 10 INVITE").status == 481
    assert prack(call, ringing, 12, rack="nonsense").status == 481
    call.far.send(
        in_dialog(
            call.far, "PRACK", ringing, 13, extra=f"RAck: {ringing.header('RSeq')} 10 INVITE\n"
        )
    )
    accepted, progress = call.far.sent()
    assert isinstance(accepted, Response)
    assert isinstance(progress, Response)
    assert (accepted.status, progress.status) == (200, 183)
    assert int(progress.header("RSeq") or 0) == int(ringing.header("RSeq") or 0) + 1


def test_an_answer_waits_for_the_prack_to_its_description() -> None:
    call = reliable_call()
    call.session.ring(183, ANSWER)
    progress = call.far.response()
    call.session.answer(ANSWER)
    assert call.far.sent() == []
    with pytest.raises(SipStateError):
        call.session.answer(ANSWER)
    call.far.send(
        in_dialog(
            call.far, "PRACK", progress, 11, extra=f"RAck: {progress.header('RSeq')} 10 INVITE\n"
        )
    )
    assert [m.status for m in call.far.sent() if isinstance(m, Response)] == [200, 200]
    assert call.session.state is SessionState.ANSWERED


def test_an_offer_with_the_prack_is_a_re_offer() -> None:
    call = reliable_call()
    call.session.ring(183, ANSWER)
    progress = call.far.response()
    call.far.send(
        in_dialog(
            call.far,
            "PRACK",
            progress,
            11,
            extra=f"RAck: {progress.header('RSeq')} 10 INVITE\nContent-Type: application/sdp\n",
            body="v=new\r\n",
        )
    )
    assert call.events == [ReofferReceived("v=new\r\n")]
    call.session.answer_reoffer("v=yes\r\n")
    reply = call.far.response()
    assert (reply.status, reply.cseq.method, reply.body) == (200, "PRACK", b"v=yes\r\n")


def test_without_prack_the_call_is_refused() -> None:
    call = reliable_call()
    call.session.ring()
    call.far.wait(33)
    final = [m for m in call.far.sent() if isinstance(m, Response) and m.status >= 200]
    assert {m.status for m in final} == {504}
    assert call.events == [SessionEnded(EndedBy.NETWORK, 408, answered=False)]
    call.assert_forgotten()


def test_an_acknowledged_ringing_is_repeated_every_minute() -> None:
    call = reliable_call()
    call.session.ring()
    ringing = call.far.response()
    assert prack(call, ringing, 11).status == 200
    call.far.wait(60.1)
    again = call.far.response()
    assert again.status == 180
    assert again.header("RSeq") != ringing.header("RSeq")


def test_reliable_ringing_without_an_offer_is_left_out() -> None:
    call = Call(sdp="", extra="Require: 100rel\n")
    call.session.ring()
    assert call.far.sent() == []
    assert call.answer(OFFER).status == 200
