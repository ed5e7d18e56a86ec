"""REFER from a telephone: who may send it, what it may name, and what the telephone is told."""

from __future__ import annotations

import pytest

from tests.unit.sip.agents import Clock, FarEnd, in_dialog, make_agent
from tests.unit.sip.test_session_uac import Call as OutgoingCall
from tests.unit.sip.test_session_uas import Call as IncomingCall
from tests.unit.sip.test_user_agent import request_text
from voicegw.sip.events import EndedBy, ReferReceived, SessionEnded
from voicegw.sip.message import Request, Response
from voicegw.sip.refer import Referral

TO_BOB = "Refer-To: <sip:+8613700137000@gateway.example>\n"


class Talk(OutgoingCall):
    """A telephone registered here, rung by us; it has answered."""

    def __init__(self, *, may_refer: bool = True) -> None:
        super().__init__(may_refer=may_refer)
        self.answer()
        self.theirs = Response(200, "OK", self.invite.headers.copy(), b"")
        self.theirs.headers.set("From", "<sip:+8613800138000@127.0.0.2>;tag=far")
        self.theirs.headers.set("To", self.invite.header("From") or "")
        self.numbers = iter(range(1, 100))

    def send(self, method: str, extra: str = "") -> None:
        self.far.send(in_dialog(self.far, method, self.theirs, next(self.numbers), extra=extra))

    def refer(self, extra: str = TO_BOB) -> Response:
        """Send a REFER and return its answer."""
        self.send("REFER", extra)
        return self.far.response()

    def referred(self, extra: str = TO_BOB) -> Referral:
        """Send a REFER and return what the user is asked."""
        self.send("REFER", extra)
        assert self.far.sent() == []
        event = self.events[-1]
        assert isinstance(event, ReferReceived)
        return event.referral

    def notified(self, status: int = 200) -> Request:
        """Return the NOTIFY sent, answered with `status`."""
        notify = self.far.request()
        assert notify.method == "NOTIFY"
        self.far.reply(notify, status)
        return notify

    def accepted(self, extra: str = TO_BOB) -> Referral:
        """Have a referral accepted; its first NOTIFY is answered."""
        referral = self.referred(extra)
        referral.accept()
        response, notify = self.far.sent()
        assert isinstance(response, Response)
        assert isinstance(notify, Request)
        assert response.status == 202
        self.far.reply(notify, 200)
        return referral


def test_a_call_handed_on_and_what_the_telephone_is_told() -> None:
    talk = Talk()
    referral = talk.referred()
    assert referral.target.user == "+8613700137000"
    referral.accept()
    response, first = talk.far.sent()
    assert isinstance(response, Response)
    assert isinstance(first, Request)
    assert response.status == 202
    assert response.contacts
    assert first.method == "NOTIFY"
    assert first.header("Event") == "refer"
    assert first.header("Subscription-State") == "active;expires=180"
    assert first.header("Content-Type") == "message/sipfrag;version=2.0"
    assert first.contacts
    assert first.body == b"SIP/2.0 100 Trying\r\n"
    assert first.to.tag == "far"
    talk.far.reply(first, 200)
    referral.progress(180)
    assert talk.notified().body == b"SIP/2.0 180 Ringing\r\n"
    referral.finish(200)
    last = talk.notified()
    assert last.body == b"SIP/2.0 200 OK\r\n"
    assert last.header("Subscription-State") == "terminated;reason=noresource"
    referral.progress(180)
    referral.finish(503)
    assert talk.far.sent() == []
    assert len(talk.events) == 2


def test_the_telephone_is_allowed_to_by_name() -> None:
    assert "REFER" in Talk().invite.allow
    assert "REFER" not in Talk(may_refer=False).invite.allow
    assert "norefersub" in Talk().invite.supported


def test_a_refused_referral_changes_nothing() -> None:
    talk = Talk()
    referral = talk.referred()
    referral.refuse(404)
    assert talk.far.response().status == 404
    referral.accept()
    referral.refuse(403)
    referral.finish(200)
    assert talk.far.sent() == []
    assert talk.session.state.value == "confirmed"


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        ("", 400),
        (TO_BOB + TO_BOB, 400),
        ("Refer-To: <sip:a@b>, <sip:c@d>\n", 400),
        ("Refer-To: nobody\n", 400),
        ("Refer-To: <sip:a b@c>\n", 400),
        ("Refer-To: <mailto:bob@example.com>\n", 416),
        ("Refer-To: <sip:bob@example.com;method=BYE>\n", 403),
        ("Refer-To: <sip:bob@example.com?Replaces=1%3Bto-tag%3D2%3Bfrom-tag%3D3>\n", 501),
    ],
)
def test_what_cannot_be_done_is_refused(extra: str, status: int) -> None:
    talk = Talk()
    assert talk.refer(extra).status == status
    assert len(talk.events) == 1
    assert talk.referred().target.user == "+8613700137000"


def test_every_spelling_of_the_header_is_read() -> None:
    for extra in (
        "r: <sip:bob@example.com>\n",
        "Refer-To: sip:bob@example.com\n",
        'Refer-To: "Bob" <sips:bob@example.com;transport=tls>\nReferred-By: <sip:me@x>\n',
        "Refer-To: <sip:bob@example.com;method=INVITE>\nContact: <sip:m@127.0.0.2>\n",
    ):
        assert Talk().referred(extra).target.user == "bob"


def test_from_a_trunk_nobody_is_handed_on() -> None:
    talk = Talk(may_refer=False)
    assert talk.refer().status == 403
    assert len(talk.events) == 1
    call = IncomingCall()
    first = call.establish()
    assert call.request("REFER", first, 11, extra=TO_BOB).status == 403
    assert len(call.events) == 1


def test_outside_a_session_nobody_is_called() -> None:
    clock = Clock()
    agent = make_agent(clock)
    far = FarEnd(agent, clock)
    far.send(request_text("REFER"))
    assert far.response().status == 403


def test_before_the_answer_nobody_is_handed_on() -> None:
    call = OutgoingCall(may_refer=True)
    call.far.reply(call.invite, 180)
    theirs = Response(200, "OK", call.invite.headers.copy(), b"")
    theirs.headers.set("From", "<sip:+8613800138000@127.0.0.2>;tag=far")
    theirs.headers.set("To", call.invite.header("From") or "")
    call.far.send(in_dialog(call.far, "REFER", theirs, 1, extra=TO_BOB))
    assert call.far.response().status == 403


def test_one_at_a_time() -> None:
    talk = Talk()
    referral = talk.accepted()
    assert talk.refer().status == 491
    referral.finish(486)
    assert talk.notified().body == b"SIP/2.0 486 Busy Here\r\n"
    second = talk.referred()
    second.accept()
    _, notify = talk.far.sent()
    assert isinstance(notify, Request)
    assert notify.header("Event") == "refer;id=3"


@pytest.mark.parametrize("value", ["false", "False "])
def test_a_telephone_may_want_to_hear_nothing(value: str) -> None:
    talk = Talk()
    referral = talk.referred(f"{TO_BOB}Require: norefersub\nRefer-Sub: {value}\n")
    referral.accept()
    response = talk.far.response()
    assert (response.status, response.header("Refer-Sub")) == (202, "false")
    referral.progress(180)
    referral.finish(200)
    assert talk.far.sent() == []


@pytest.mark.parametrize("status", [405, 481, 489])
def test_a_telephone_without_the_subscription_is_told_nothing_else(status: int) -> None:
    talk = Talk()
    referral = talk.referred()
    referral.accept()
    _, notify = talk.far.sent()
    assert isinstance(notify, Request)
    talk.far.reply(notify, status)
    referral.progress(180)
    referral.finish(200)
    assert talk.far.sent() == []
    assert len(talk.events) == 2


def test_a_telephone_that_hangs_up_hears_no_more() -> None:
    talk = Talk()
    referral = talk.accepted()
    talk.send("BYE")
    assert talk.far.response().status == 200
    referral.progress(180)
    referral.finish(200)
    assert talk.far.sent() == []
    assert talk.events[-1] == SessionEnded(EndedBy.REMOTE, 200, answered=True)


def test_the_end_answers_an_open_referral() -> None:
    talk = Talk()
    referral = talk.referred()
    talk.session.end()
    assert {getattr(m, "status", m) for m in talk.far.sent() if isinstance(m, Response)} == {487}
    referral.accept()
    assert talk.far.sent() == []


def test_notifies_that_nobody_answers_do_not_end_the_talk() -> None:
    talk = Talk()
    referral = talk.referred()
    referral.accept()
    talk.far.wait(40)
    referral.finish(200)
    assert talk.events[-1] == ReferReceived(referral)
    assert len(talk.agent.core) == 1
