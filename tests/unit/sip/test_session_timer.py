"""Session timers in both roles, refreshed by either side, with every way to end (RFC 4028)."""

from __future__ import annotations

import pytest

from tests.unit.sip.agents import ANSWER, Clock, FarEnd, Pair, invite_text, make_agent, spec_for
from tests.unit.sip.test_session_uac import Call as OutgoingCall
from tests.unit.sip.test_session_uas import Call
from voicegw.sip.digest import Credentials
from voicegw.sip.events import (
    EndedBy,
    ReofferAnswered,
    SessionConfirmed,
    SessionEnded,
    SessionEvent,
    SessionRefreshed,
)
from voicegw.sip.message import Request, Response
from voicegw.sip.session_timer import SessionTimerValues

SDP = "Content-Type: application/sdp\n"
WANTED = SessionTimerValues(1800)
EXPIRED = SessionEnded(EndedBy.NETWORK, 408, answered=True, reason="session timer expired")
ALLOW = ("Allow", "INVITE, ACK, BYE, CANCEL, UPDATE")


def requests(far: FarEnd, method: str) -> list[Request]:
    return [m for m in far.sent() if isinstance(m, Request) and m.method == method]


# The calling side.


def test_an_invite_asks_for_a_timer() -> None:
    invite = OutgoingCall(session_timers=WANTED).invite
    assert invite.header("Session-Expires") == "1800"
    assert "timer" in invite.supported
    assert invite.header("Min-SE") is None
    assert "timer" not in invite.require


def test_an_invite_asks_for_nothing_where_none_is_wanted() -> None:
    invite = OutgoingCall().invite
    assert invite.header("Session-Expires") is None
    assert "timer" in invite.supported


def test_a_longer_least_interval_is_said() -> None:
    invite = OutgoingCall(session_timers=SessionTimerValues(100, 120)).invite
    assert invite.header("Session-Expires") == "120"
    assert invite.header("Min-SE") == "120"


def test_the_called_side_may_have_us_refresh() -> None:
    call = OutgoingCall(session_timers=WANTED)
    call.answer(("Session-Expires", "600;refresher=uac"), ("Require", "timer"), ALLOW)
    call.far.wait(299)
    assert call.far.sent() == []
    update = call.far.request_within(2)
    assert update.method == "UPDATE"
    assert update.body == b""
    assert update.header("Session-Expires") == "600;refresher=uac"
    assert update.contacts
    call.far.reply(update, 200, ("Session-Expires", "600;refresher=uac"))
    call.far.wait(298)
    assert call.far.sent() == []
    assert call.far.request_within(3).method == "UPDATE"
    assert len(call.events) == 1


def test_without_update_we_refresh_by_re_invite_with_the_same_description() -> None:
    call = OutgoingCall(session_timers=WANTED)
    call.answer(("Session-Expires", "600;refresher=uac"), ("Allow", "INVITE, ACK, BYE"))
    again = call.far.request_within(301)
    assert again.method == "INVITE"
    assert again.to.tag == "far"
    assert again.body == call.invite.body
    assert again.header("Session-Expires") == "600;refresher=uac"
    call.far.reply(again, 200, ("Session-Expires", "600;refresher=uac"), sdp=ANSWER)
    assert call.far.request().method == "ACK"
    assert len(call.events) == 1
    assert call.far.request_within(301).method == "INVITE"


def test_a_refresh_may_bring_a_new_description() -> None:
    call = OutgoingCall(session_timers=WANTED)
    call.answer(("Session-Expires", "600;refresher=uac"))
    again = call.far.request_within(301)
    call.far.reply(again, 200, ("Session-Expires", "600;refresher=uac"), sdp="v=moved\r\n")
    assert call.events[1:] == [SessionRefreshed("v=moved\r\n")]


def test_a_refused_update_is_followed_by_a_re_invite() -> None:
    call = OutgoingCall(session_timers=WANTED)
    call.answer(("Session-Expires", "600;refresher=uac"), ALLOW)
    call.far.reply(call.far.request_within(301), 405)
    assert call.far.request_within(60).method == "INVITE"


def test_a_refused_refresh_does_not_end_the_session_before_its_time() -> None:
    call = OutgoingCall(session_timers=WANTED)
    call.answer(("Session-Expires", "600;refresher=uac"))
    tries = 0
    for _ in range(20):
        invite = call.far.request_within(300)
        if invite.method == "BYE":
            break
        tries += 1
        call.far.reply(invite, 488)
        assert call.far.request().method == "ACK"
    assert 2 <= tries <= 8
    assert call.clock.now == pytest.approx(1000 + 600 - 32)
    assert call.events[1:] == [EXPIRED]


@pytest.mark.parametrize("status", [408, 481])
def test_a_far_end_that_has_lost_the_dialog_ends_it(status: int) -> None:
    call = OutgoingCall(session_timers=WANTED)
    call.answer(("Session-Expires", "600;refresher=uac"), ALLOW)
    call.far.reply(call.far.request_within(301), status)
    assert call.far.request().method == "BYE"
    assert call.events[1:] == [SessionEnded(EndedBy.NETWORK, status, answered=True)]


def test_silence_to_a_refresh_ends_the_session() -> None:
    call = OutgoingCall(session_timers=WANTED)
    call.answer(("Session-Expires", "600;refresher=uac"), ALLOW)
    call.far.wait(300 + 33)
    assert call.events[1:] == [SessionEnded(EndedBy.NETWORK, 408, answered=True)]


def test_a_far_end_that_should_refresh_and_does_not_has_gone() -> None:
    call = OutgoingCall(session_timers=WANTED)
    call.answer(("Session-Expires", "90;refresher=uas"))
    call.far.wait(59.9)
    assert call.far.sent() == []
    bye = call.far.request_within(0.2)
    assert bye.method == "BYE"
    assert "408" in (bye.header("Reason") or "")
    assert call.events[1:] == [EXPIRED]
    call.far.reply(bye, 200)
    call.assert_forgotten()


def test_a_far_end_that_knows_no_timers_is_asked_where_it_allows_update() -> None:
    call = OutgoingCall(session_timers=WANTED)
    call.answer(ALLOW)
    assert call.far.request_within(901).header("Session-Expires") == "1800;refresher=uac"


def test_a_far_end_that_knows_neither_is_left_alone() -> None:
    call = OutgoingCall(session_timers=WANTED)
    call.answer()
    call.far.wait(100_000)
    assert call.far.sent() == []
    assert len(call.events) == 1


@pytest.mark.parametrize("value", ["", "soon", "-5", "600;refresher", "9999999999"])
def test_a_timer_that_cannot_be_read_is_none_or_ours(value: str) -> None:
    call = OutgoingCall()
    call.answer(("Session-Expires", value))
    assert (call.session.timer.interval_s == 600) == value.startswith("600")


def test_nobody_can_drive_us() -> None:
    call = OutgoingCall()
    call.answer(("Session-Expires", "1;refresher=uac"), ALLOW)
    call.far.wait(14.9)
    assert call.far.sent() == []
    assert call.far.request_within(0.2).method == "UPDATE"


def test_too_short_an_interval_is_made_longer() -> None:
    call = OutgoingCall(session_timers=SessionTimerValues(300))
    call.far.reply(call.invite, 422, ("Min-SE", "900"))
    ack, again = call.far.sent()
    assert isinstance(ack, Request)
    assert isinstance(again, Request)
    assert (ack.method, again.method) == ("ACK", "INVITE")
    assert again.header("Session-Expires") == "900"
    assert again.header("Min-SE") == "900"
    assert again.call_id == call.invite.call_id
    assert again.from_.tag == call.invite.from_.tag
    assert again.cseq.sequence == 2
    assert again.top_via.branch != call.invite.top_via.branch
    assert again.header("P-Asserted-Identity") == call.invite.header("P-Asserted-Identity")
    call.far.reply(again, 422, ("Min-SE", "1200"))
    _, third = call.far.sent()
    assert isinstance(third, Request)
    assert third.header("Session-Expires") == "1200"
    call.far.reply(third, 200, ("Session-Expires", "1200;refresher=uas"), sdp=ANSWER)
    assert call.session.timer.interval_s == 1200
    assert call.far.request().cseq.sequence == 3


def test_a_longer_interval_keeps_the_credentials() -> None:
    call = OutgoingCall(session_timers=WANTED, credentials=Credentials("user", "secret"))
    call.far.reply(call.invite, 407, ("Proxy-Authenticate", 'Digest realm="r", nonce="n"'))
    _, proved = call.far.sent()
    assert isinstance(proved, Request)
    call.far.reply(proved, 422, ("Min-SE", "3600"))
    _, again = call.far.sent()
    assert isinstance(again, Request)
    assert again.header("Session-Expires") == "3600"
    assert len(again.headers.get_all("Proxy-Authorization")) == 1


@pytest.mark.parametrize("least", [None, "60", "90", "many", "86400"])
def test_a_422_that_asks_for_nothing_sensible_is_a_refusal(least: str | None) -> None:
    call = OutgoingCall(session_timers=WANTED)
    call.far.reply(call.invite, 422, *([("Min-SE", least)] if least else []))
    assert call.far.request().method == "ACK"
    assert [type(event) for event in call.events] == [SessionEnded]


def test_a_422_for_ever_is_a_refusal() -> None:
    call = OutgoingCall(session_timers=WANTED)
    invite, tries = call.invite, 0
    while True:
        call.far.reply(invite, 422, ("Min-SE", str(2000 + tries)))
        _, *again = call.far.sent()
        if not again:
            break
        (following,) = again
        assert isinstance(following, Request)
        invite, tries = following, tries + 1
    assert tries == 3


def test_a_422_to_a_call_given_up_is_its_end() -> None:
    call = OutgoingCall(session_timers=WANTED)
    call.far.reply(call.invite, 180)
    call.session.end()
    call.far.reply(call.invite, 422, ("Min-SE", "3600"))
    assert [m.method for m in call.far.sent() if isinstance(m, Request)] == ["CANCEL", "ACK"]


def test_a_refresh_whose_interval_is_too_short() -> None:
    call = OutgoingCall(session_timers=WANTED)
    call.answer(("Session-Expires", "600;refresher=uac"), ALLOW)
    call.far.reply(call.far.request_within(301), 422, ("Min-SE", "900"))
    again = call.far.request()
    assert again.header("Session-Expires") == "900;refresher=uac"
    call.far.reply(again, 200, ("Session-Expires", "900;refresher=uac"))
    assert call.session.timer.interval_s == 900


# The called side.


def accepted(extra: str, values: SessionTimerValues = WANTED) -> tuple[Call, Response]:
    call = Call(extra=extra + SDP, session_timers=values)
    return call, call.establish()


@pytest.mark.parametrize(
    ("extra", "given", "required"),
    [
        ("Supported: timer\nSession-Expires: 600\n", "600;refresher=uac", True),
        ("k: timer\nx: 600;refresher=uas\n", "600;refresher=uas", True),
        ("Supported: timer\nSession-Expires: 600;refresher=uac\n", "600;refresher=uac", True),
        ("Session-Expires: 600\n", "600;refresher=uas", False),
        ("Supported: 100rel, timer\n", "1800;refresher=uac", True),
        ("Supported: timer\nMin-SE: 3600\n", "3600;refresher=uac", True),
        ("Supported: timer\nSession-Expires: 7200\n", "1800;refresher=uac", True),
        (
            "Supported: timer\nSession-Expires: 7200\nMin-SE: 3600\n",
            "3600;refresher=uac",
            True,
        ),
        ("Require: timer\nSession-Expires: 600\n", "600;refresher=uac", True),
        ("Allow: UPDATE\n", "1800;refresher=uas", False),
        ("", None, False),
        ("Session-Expires: 20\n", None, False),
    ],
)
def test_what_is_agreed_with_a_caller(extra: str, given: str | None, required: bool) -> None:
    _, answer = accepted(extra)
    assert answer.header("Session-Expires") == given
    assert ("timer" in answer.require) == required


def test_a_callers_timer_is_kept_where_we_want_none() -> None:
    _, answer = accepted("Supported: timer\nSession-Expires: 3600\n", SessionTimerValues())
    assert answer.header("Session-Expires") == "3600;refresher=uac"
    _, answer = accepted("Supported: timer\n", SessionTimerValues())
    assert answer.header("Session-Expires") is None


def test_too_short_a_wish_is_refused_with_the_least() -> None:
    clock = Clock()
    agent = make_agent(clock, session_timers=SessionTimerValues(1800, 120))
    far = FarEnd(agent, clock)
    far.send(invite_text(far, extra=f"Supported: timer\nSession-Expires: 100\n{SDP}"))
    refusal = far.response()
    assert (refusal.status, refusal.header("Min-SE")) == (422, "120")
    assert agent.user.offered == []


def test_who_cannot_read_a_422_gets_none() -> None:
    clock = Clock()
    agent = make_agent(clock, session_timers=SessionTimerValues(1800, 120))
    far = FarEnd(agent, clock)
    far.send(invite_text(far, extra=f"Session-Expires: 100\n{SDP}"))
    assert len(agent.user.offered) == 1


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_too_short_a_wish_within_the_dialog(method: str) -> None:
    call, first = accepted("")
    wish = "Supported: timer\nSession-Expires: 10\n"
    refusal = call.request(method, first, 11, extra=wish)
    assert (refusal.status, refusal.header("Min-SE")) == (422, "90")
    assert call.events == [SessionConfirmed()]


def test_the_callers_refresh_keeps_the_session() -> None:
    call, first = accepted("Supported: timer\nSession-Expires: 600\n")
    for number in range(11, 21):
        call.far.wait(300)
        update = call.request(
            "UPDATE", first, number, extra="Supported: timer\nx: 600;refresher=uac\n"
        )
        assert update.status == 200
        assert update.header("Session-Expires") == "600;refresher=uac"
    assert call.events == [SessionConfirmed()]
    call.far.wait(600)
    assert call.events[1:] == [EXPIRED]


def test_the_callers_re_invite_keeps_it_too() -> None:
    call, first = accepted("Supported: timer\nSession-Expires: 600\n")
    call.far.wait(500)
    call.request("INVITE", first, 11, extra="Supported: timer\nx: 600\n" + SDP, body=ANSWER)
    call.session.answer_reoffer(ANSWER)
    assert call.far.response().header("Session-Expires") == "600;refresher=uac"
    assert call.session.timer.interval_s == 600


def test_a_refresh_without_a_timer_ends_the_timer() -> None:
    call, first = accepted("Supported: timer\nSession-Expires: 600\n", SessionTimerValues())
    assert call.request("UPDATE", first, 11).header("Session-Expires") is None
    call.far.wait(5000)
    assert call.events == [SessionConfirmed()]


def test_we_refresh_for_the_caller_who_asked_us_to() -> None:
    call, _ = accepted("Supported: timer\nSession-Expires: 600;refresher=uas\nAllow: UPDATE\n")
    update = call.far.request_within(301)
    assert update.header("Session-Expires") == "600;refresher=uac"


def test_a_refresh_meets_an_offer_of_ours() -> None:
    call, _ = accepted("Supported: timer\nSession-Expires: 600;refresher=uas\n")
    refresh = call.far.request_within(301)
    call.session.reoffer("v=wish\r\n")
    call.far.reply(refresh, 200, ("Session-Expires", "600;refresher=uac"), sdp=ANSWER)
    _, ours = call.far.sent()
    assert isinstance(ours, Request)
    assert ours.body == b"v=wish\r\n"
    call.far.reply(ours, 200, ("Session-Expires", "600;refresher=uac"), sdp="v=granted\r\n")
    assert call.events[1:] == [SessionRefreshed(ANSWER), ReofferAnswered("v=granted\r\n")]


def test_a_refresh_that_meets_theirs_is_tried_again() -> None:
    call, _ = accepted("Supported: timer\nSession-Expires: 600;refresher=uas\n")
    call.far.reply(call.far.request_within(301), 491)
    assert call.far.request().method == "ACK"
    again = call.far.request_within(2.1)
    call.far.reply(again, 200, ("Session-Expires", "600;refresher=uac"))
    assert call.session.timer.interval_s == 600
    assert call.events == [SessionConfirmed()]


# Both.


@pytest.mark.parametrize("theirs", [WANTED, SessionTimerValues(), SessionTimerValues(200, 100)])
def test_two_nodes_talk_for_hours(theirs: SessionTimerValues) -> None:
    pair = Pair(session_timers=WANTED, their_timers=theirs)
    events: list[SessionEvent] = []
    ours = pair.a.core.invite(spec_for(), events.append)
    pair.settle()
    pair.b.session.answer(ANSWER)
    pair.run(4 * 3600)
    assert len(events) == 1
    refreshes = [data for data in pair.sent if data.startswith(b"UPDATE")]
    assert len(refreshes) >= 4 * 3600 // 1800
    ours.end()
    pair.run(40)
    assert pair.a.core.is_idle
    assert pair.b.core.is_idle
    assert pair.a.core.next_timer() is None
    assert pair.b.core.next_timer() is None


def test_a_cut_wire_ends_both_sides() -> None:
    cut = False
    pair = Pair(drop=lambda _data: cut, session_timers=SessionTimerValues(90))
    events: list[SessionEvent] = []
    pair.a.core.invite(spec_for(), events.append)
    pair.settle()
    pair.b.session.answer(ANSWER)
    pair.settle()
    cut = True
    pair.run(200)
    assert isinstance(events[-1], SessionEnded)
    assert pair.b.events[-1] == EXPIRED
    assert pair.a.core.is_idle
    assert pair.b.core.is_idle
