from __future__ import annotations

import pytest

from tests.unit.sip.agents import ANSWER, OFFER, Pair, in_dialog, spec_for
from tests.unit.sip.test_session_uac import Call as OutgoingCall
from tests.unit.sip.test_session_uas import Call
from voicegw.sip.digest import Credentials
from voicegw.sip.events import (
    EndedBy,
    ReofferAnswered,
    ReofferReceived,
    ReofferRefused,
    SessionConfirmed,
    SessionEnded,
    SessionEvent,
)
from voicegw.sip.message import Request, Response
from voicegw.sip.session_timer import SessionTimerValues

SDP = "Content-Type: application/sdp\n"
HOLD = "v=0\r\ns=hold\r\n"


def test_their_re_invite_is_answered_and_acknowledged() -> None:
    call = Call()
    first = call.establish()
    invite = in_dialog(call.far, "INVITE", first, 11, extra=SDP, body=HOLD).replace(
        "sip:caller@127.0.0.2:5060>\r\nContent-T", "sip:moved@127.0.0.2:5062>\r\nContent-T"
    )
    call.far.send(invite)
    assert call.far.response().status == 100
    assert call.events[1:] == [ReofferReceived(HOLD)]
    call.far.send(invite)
    assert len(call.events) == 2
    call.session.answer_reoffer(ANSWER)
    answer = call.far.response()
    assert answer.status == 200
    assert answer.body == ANSWER.encode()
    assert answer.header("Contact") == first.header("Contact")
    call.far.wait(1.6)
    assert [bytes(m) for m in call.far.sent() if m.cseq.sequence == 11][-1] == bytes(answer)
    call.far.send(in_dialog(call.far, "ACK", first, 11))
    call.far.wait(10)
    assert call.far.sent() == []
    call.session.end()
    ((peer, bye),) = call.far.sent_to()
    assert isinstance(bye, Request)
    assert str(bye.uri) == "sip:moved@127.0.0.2:5062"
    assert peer.port == 5062


def test_their_offerless_re_invite_gets_an_offer_and_brings_the_answer() -> None:
    call = Call()
    first = call.establish()
    call.far.send(in_dialog(call.far, "INVITE", first, 11))
    assert call.events[1:] == [ReofferReceived(None)]
    call.session.answer_reoffer(OFFER)
    assert call.far.response().body == OFFER.encode()
    call.far.send(in_dialog(call.far, "ACK", first, 11, extra=SDP, body=ANSWER))
    assert call.events[2:] == [SessionConfirmed(ANSWER)]


def test_a_refused_re_invite_changes_nothing() -> None:
    call = Call()
    first = call.establish()
    call.far.send(
        in_dialog(call.far, "INVITE", first, 11, extra=SDP, body=HOLD).replace(
            "<sip:caller@", "<sip:moved@"
        )
    )
    call.session.refuse_reoffer(488)
    assert call.far.response().status == 488
    call.session.refuse_reoffer(488)
    call.session.answer_reoffer(ANSWER)
    assert call.far.sent() == []
    call.session.end()
    assert str(call.far.request().uri) == "sip:caller@127.0.0.2:5060"


def test_a_cancelled_re_invite_leaves_the_session() -> None:
    call = Call()
    first = call.establish()
    branch = call.far.branch()
    call.far.send(in_dialog(call.far, "INVITE", first, 11, extra=SDP, body=HOLD, branch=branch))
    call.far.sent()
    call.far.send(in_dialog(call.far, "CANCEL", first, 11, branch=branch))
    assert [m.status for m in call.far.sent() if isinstance(m, Response)] == [200, 487]
    call.session.answer_reoffer(ANSWER)
    assert call.far.sent() == []
    assert len(call.events) == 2


def test_an_unacknowledged_re_invite_ends_the_session() -> None:
    call = Call()
    first = call.establish()
    call.far.send(in_dialog(call.far, "INVITE", first, 11, extra=SDP, body=HOLD))
    call.session.answer_reoffer(ANSWER)
    call.far.wait(33)
    assert call.events[-1] == SessionEnded(EndedBy.NETWORK, 408, answered=True)


def test_the_end_answers_a_pending_re_invite() -> None:
    call = Call()
    first = call.establish()
    call.far.send(in_dialog(call.far, "INVITE", first, 11, extra=SDP, body=HOLD))
    call.far.sent()
    call.session.end()
    messages = call.far.sent()
    assert {(type(m).__name__, getattr(m, "status", None)) for m in messages} == {
        ("Request", None),
        ("Response", 487),
    }


def test_a_second_re_invite_before_the_first_is_answered_comes_too_early() -> None:
    call = Call()
    first = call.establish()
    call.far.send(in_dialog(call.far, "INVITE", first, 11, extra=SDP, body=HOLD))
    second = call.request("INVITE", first, 12, extra=SDP, body=HOLD)
    assert second.status == 500
    assert 0 <= int(second.header("Retry-After") or "-1") <= 10
    call.session.answer_reoffer(ANSWER)
    call.far.sent()
    assert call.request("UPDATE", first, 13, extra=SDP, body=HOLD).status == 500
    assert len(call.events) == 2


def test_a_re_invite_before_the_ack_meets_a_pending_one() -> None:
    call = Call()
    answer = call.answer()
    assert call.request("INVITE", answer, 11, extra=SDP, body=HOLD).status == 491


def test_a_body_of_another_kind_is_refused() -> None:
    call = Call()
    first = call.establish()
    reply = call.request("INVITE", first, 11, extra="Content-Type: text/plain\n", body="hello")
    assert reply.status == 415
    assert reply.header("Accept") == "application/sdp, multipart/mixed"


def test_update_with_and_without_offer() -> None:
    call = Call()
    first = call.establish()
    refresh = call.request("UPDATE", first, 11)
    assert refresh.status == 200
    assert refresh.contacts
    assert len(call.events) == 1
    call.far.send(in_dialog(call.far, "UPDATE", first, 12, extra=SDP, body=HOLD))
    assert call.events[1:] == [ReofferReceived(HOLD)]
    call.session.answer_reoffer(ANSWER)
    answer = call.far.response()
    assert (answer.status, answer.body) == (200, ANSWER.encode())
    call.far.wait(40)
    assert call.far.sent() == []


def test_an_update_may_overtake_the_ack() -> None:
    call = Call()
    answer = call.answer()
    call.far.send(in_dialog(call.far, "UPDATE", answer, 11, extra=SDP, body=HOLD))
    # Our 200 is still unacknowledged: the answer stands, but a new offer waits.
    assert call.far.response().status == 500


def test_an_early_update_needs_a_settled_offer() -> None:
    call = OutgoingCall()
    far, session = call.far, call.session
    theirs = Response(200, "OK", call.invite.headers.copy(), b"")
    theirs.headers.set("From", "<sip:+8613800138000@127.0.0.2>;tag=far")
    theirs.headers.set("To", call.invite.header("From") or "")
    far.reply(call.invite, 183, sdp=ANSWER)
    far.send(in_dialog(far, "UPDATE", theirs, 1, extra=SDP, body=HOLD))
    assert far.response().status == 491
    far.reply(call.invite, 183, ("Require", "100rel"), ("RSeq", "1"), sdp=ANSWER)
    far.sent()
    far.send(in_dialog(far, "UPDATE", theirs, 2, extra=SDP, body=HOLD))
    assert call.events[-1] == ReofferReceived(HOLD)
    session.answer_reoffer(OFFER)
    assert far.response().status == 200


def test_our_re_invite() -> None:
    call = Call()
    call.establish()
    call.session.reoffer(HOLD)
    invite = call.far.request()
    assert invite.method == "INVITE"
    assert invite.body == HOLD.encode()
    assert invite.header("To") == "<sip:+8613900139000@127.0.0.2>;tag=caller"
    far_contact = "<sip:moved@127.0.0.2:5060>"
    call.far.reply(invite, 200, sdp=ANSWER, contact=far_contact)
    ack = call.far.request()
    assert (ack.method, str(ack.uri)) == ("ACK", "sip:moved@127.0.0.2:5060")
    assert ack.cseq.sequence == invite.cseq.sequence
    assert call.events[1:] == [ReofferAnswered(ANSWER)]
    call.far.reply(invite, 200, sdp=ANSWER, contact=far_contact)
    assert bytes(call.far.request()) == bytes(ack)
    assert len(call.events) == 2


def test_our_re_invite_is_refused_and_the_session_goes_on() -> None:
    call = Call()
    call.establish()
    call.session.reoffer(HOLD)
    call.far.reply(call.far.request(), 488)
    assert call.far.request().method == "ACK"
    assert call.events[1:] == [ReofferRefused(488)]


@pytest.mark.parametrize("status", [408, 481])
def test_a_lost_dialog_ends_the_session(status: int) -> None:
    call = Call()
    call.establish()
    call.session.reoffer(HOLD)
    call.far.reply(call.far.request(), status)
    assert [m.method for m in call.far.sent() if isinstance(m, Request)] == ["ACK", "BYE"]
    assert call.events[1:] == [SessionEnded(EndedBy.NETWORK, status, answered=True)]


def test_silence_to_our_re_invite_ends_the_session() -> None:
    call = Call()
    call.establish()
    call.session.reoffer(HOLD)
    call.far.wait(33)
    assert call.events[1:] == [SessionEnded(EndedBy.NETWORK, 408, answered=True)]


def test_offers_wait_for_their_turn_and_the_latest_counts() -> None:
    call = Call()
    answer = call.answer()
    call.session.reoffer("v=1\r\n")
    call.session.reoffer("v=2\r\n")
    assert call.far.sent() == []
    call.ack(answer)
    invite = call.far.request()
    assert invite.body == b"v=2\r\n"
    call.session.reoffer("v=3\r\n")
    assert call.far.sent() == []
    call.far.reply(invite, 200, sdp=ANSWER)
    _, following = call.far.sent()
    assert isinstance(following, Request)
    assert following.body == b"v=3\r\n"


def test_an_offer_waits_for_theirs() -> None:
    call = Call()
    first = call.establish()
    call.far.send(in_dialog(call.far, "INVITE", first, 11, extra=SDP, body=HOLD))
    call.session.reoffer("v=ours\r\n")
    call.session.answer_reoffer(ANSWER)
    assert [type(m) for m in call.far.sent()] == [Response, Response]
    call.far.send(in_dialog(call.far, "ACK", first, 11))
    assert call.far.request().body == b"v=ours\r\n"


def test_glare_backs_off_and_tries_again() -> None:
    call = Call()
    call.establish()
    call.session.reoffer(HOLD)
    call.far.reply(call.far.request(), 491)
    assert call.far.request().method == "ACK"
    again = call.far.request_within(2.01)
    assert again.body == HOLD.encode()
    call.far.reply(again, 200, sdp=ANSWER)
    assert call.events[1:] == [ReofferAnswered(ANSWER)]


def test_the_owner_of_the_call_id_waits_longer() -> None:
    call = OutgoingCall()
    call.answer()
    call.session.reoffer(HOLD)
    call.far.reply(call.far.request(), 491)
    call.far.sent()
    call.far.wait(2.09)
    assert call.far.sent() == []
    assert call.far.request_within(1.95).body == HOLD.encode()


def test_glare_for_ever_is_a_refusal() -> None:
    call = Call()
    call.establish()
    call.session.reoffer(HOLD)
    for _ in range(6):
        call.far.reply(call.far.request_within(2.01), 491)
        assert call.far.request().method == "ACK"
    assert call.events[1:] == [ReofferRefused(491)]


def test_the_end_during_a_back_off_is_the_end() -> None:
    call = Call()
    call.establish()
    call.session.reoffer(HOLD)
    call.far.reply(call.far.request(), 491)
    call.session.end()
    _, bye = call.far.sent()
    assert isinstance(bye, Request)
    call.far.reply(bye, 200)
    call.assert_forgotten()


def test_an_answer_to_our_re_invite_after_the_end_is_still_acknowledged() -> None:
    call = Call()
    call.establish()
    call.session.reoffer(HOLD)
    invite = call.far.request()
    call.session.end()
    bye = call.far.request()
    call.far.reply(invite, 200, sdp=ANSWER)
    assert call.far.request().method == "ACK"
    call.far.reply(bye, 200)
    assert call.events[1:] == [SessionEnded(EndedBy.LOCAL, 200, answered=True)]
    call.assert_forgotten()


@pytest.mark.parametrize(
    ("status", "header"),
    [(401, ("WWW-Authenticate", 'Digest realm="r", nonce="n"')), (422, ("Min-SE", "1200"))],
)
def test_a_refusal_of_our_re_invite_after_the_end_begins_no_other(
    status: int, header: tuple[str, str]
) -> None:
    """Another one, answered by 100 and nothing more, would be kept for ever."""
    call = OutgoingCall(
        credentials=Credentials("user", "secret"), session_timers=SessionTimerValues(600)
    )
    call.answer(("Session-Expires", "600;refresher=uac"))
    call.session.reoffer(HOLD)
    invite = call.far.request()
    call.session.end()
    bye = call.far.request()
    call.far.reply(bye, 200)
    call.far.reply(invite, status, header)
    assert call.far.request().method == "ACK"
    assert call.far.sent() == []
    call.assert_forgotten()


def test_our_re_invite_meets_theirs() -> None:
    pair = Pair()
    events: list[SessionEvent] = []
    ours = pair.a.core.invite(spec_for(), events.append)
    pair.settle()
    theirs = pair.b.session
    theirs.answer(ANSWER)
    pair.settle()
    ours.reoffer("v=from a\r\n")
    theirs.reoffer("v=from b\r\n")
    pair.settle()
    assert ReofferReceived("v=from a\r\n") not in pair.b.events
    pair.run(2.05)
    assert events[-1] == ReofferReceived("v=from b\r\n")
    ours.answer_reoffer("v=yes\r\n")
    pair.settle()
    assert pair.b.events[1:] == [ReofferAnswered("v=yes\r\n")]
    pair.run(4)
    assert pair.b.events[2:] == [ReofferReceived("v=from a\r\n")]


def test_a_challenged_re_invite_is_sent_again() -> None:
    call = OutgoingCall(credentials=Credentials("user", "secret"))
    call.answer()
    call.session.reoffer(HOLD)
    invite = call.far.request()
    call.far.reply(invite, 401, ("WWW-Authenticate", 'Digest realm="r", nonce="n"'))
    _, again = call.far.sent()
    assert isinstance(again, Request)
    assert again.header("Authorization") is not None
    assert again.cseq.sequence == invite.cseq.sequence + 1
    call.far.reply(again, 200, sdp=ANSWER)
    assert call.far.request().cseq.sequence == again.cseq.sequence
    assert call.events[-1] == ReofferAnswered(ANSWER)


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_a_change_whose_contact_cannot_be_read_is_refused(method: str) -> None:
    call = Call()
    first = call.establish()
    text = in_dialog(call.far, method, first, 11, extra=SDP, body=HOLD)
    call.far.send(text.replace("Contact: <sip:caller@", "Contact: <sip:call er@"))
    assert call.far.response().status == 400
    assert call.events == [SessionConfirmed()]
    call.session.answer_reoffer(ANSWER)
    assert call.far.sent() == []


def test_a_re_invite_that_hangs_is_forgotten_after_the_end() -> None:
    """A far end that said 1xx and then lost the dialog never says more."""
    call = OutgoingCall()
    call.answer()
    call.session.reoffer(HOLD)
    call.far.reply(call.far.request(), 100)
    call.far.wait(100)
    assert call.far.sent() == []
    call.session.end()
    call.far.reply(call.far.request(), 200)
    assert call.events[-1] == SessionEnded(EndedBy.LOCAL, 200, answered=True)
    call.assert_forgotten()


def test_a_re_invite_is_forgotten_whose_first_sign_comes_after_the_end() -> None:
    """The 100 stops its repetitions; what limits the wait for a final answer goes on."""
    call = OutgoingCall()
    call.answer()
    call.session.reoffer(HOLD)
    invite = call.far.request()
    call.session.end()
    call.far.reply(call.far.request(), 200)
    call.far.reply(invite, 100)
    call.assert_forgotten()


def test_a_far_end_that_is_busy_with_it_is_asked_again() -> None:
    call = Call()
    call.establish()
    call.session.reoffer(HOLD)
    call.far.reply(call.far.request(), 500, ("Retry-After", "3"))
    assert call.far.request().method == "ACK"
    call.far.wait(2.9)
    assert call.far.sent() == []
    again = call.far.request_within(0.2)
    assert again.body == HOLD.encode()
    call.far.reply(again, 200, sdp=ANSWER)
    assert call.events[1:] == [ReofferAnswered(ANSWER)]


@pytest.mark.parametrize("headers", [(), (("Retry-After", "60"),), (("Retry-After", "soon"),)])
def test_a_500_that_names_no_near_time_is_a_refusal(headers: tuple[tuple[str, str], ...]) -> None:
    call = Call()
    call.establish()
    call.session.reoffer(HOLD)
    call.far.reply(call.far.request(), 500, *headers)
    assert call.events[1:] == [ReofferRefused(500)]


def test_their_re_invite_meets_ours() -> None:
    call = Call()
    first = call.establish()
    call.session.reoffer(HOLD)
    ours = call.far.request()
    for number, method in ((11, "INVITE"), (12, "UPDATE")):
        assert call.request(method, first, number, extra=SDP, body=HOLD).status == 491
    assert call.request("UPDATE", first, 13).status == 200
    call.far.reply(ours, 200, sdp=ANSWER)
    assert call.events[1:] == [ReofferAnswered(ANSWER)]


@pytest.mark.parametrize("what", ["BYE", "UPDATE", "NOTIFY", "INFO"])
def test_every_request_within_the_dialog_answers_challenges(what: str) -> None:
    """Two challenges at once, then a nonce that has grown stale."""
    call = OutgoingCall(
        credentials=Credentials("user", "secret"),
        may_refer=True,
        session_timers=SessionTimerValues(600),
    )
    call.answer(("Allow", "UPDATE"))
    if what == "BYE":
        call.session.end()
    elif what == "INFO":
        call.session.send_info_digit("5")
    elif what == "NOTIFY":
        call.session.send_in_dialog("NOTIFY", (), b"", lambda _status, _response: None)
    request = call.far.request_within(301)
    assert request.method == what
    call.far.reply(
        request,
        407,
        ("Proxy-Authenticate", 'Digest realm="proxy", nonce="n1", qop="auth"'),
        ("WWW-Authenticate", 'Digest realm="carrier", nonce="m1", qop="auth"'),
    )
    proved = call.far.request()
    assert (proved.method, proved.cseq.sequence) == (what, request.cseq.sequence + 1)
    assert 'realm="proxy"' in (proved.header("Proxy-Authorization") or "")
    assert 'realm="carrier"' in (proved.header("Authorization") or "")
    stale = 'Digest realm="proxy", nonce="n2", qop="auth", stale=true'
    call.far.reply(proved, 407, ("Proxy-Authenticate", stale))
    again = call.far.request()
    assert 'nonce="n2"' in (again.header("Proxy-Authorization") or "")
    assert 'nonce="m1"' in (again.header("Authorization") or "")
    assert again.cseq.sequence == proved.cseq.sequence + 1
    assert [m for m in (request, proved, again) if m.header("To") != request.header("To")] == []
    call.far.reply(again, 200)
