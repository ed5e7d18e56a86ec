"""The small parts of sessions: reasons, digits, and what goes wrong late."""

from __future__ import annotations

import pytest

from tests.unit.sip.agents import STRANGER, Clock, FarEnd, invite_text, make_agent
from tests.unit.sip.test_session_uac import Call as OutgoingCall
from tests.unit.sip.test_session_uas import Call
from voicegw.errors import InvalidError, SipStateError
from voicegw.sip.events import EndedBy, SessionEnded
from voicegw.sip.info_digits import relay_body
from voicegw.sip.message import Request, response_to
from voicegw.sip.reason import q850_cause, reason_header
from voicegw.sip.trunk import SourcePolicy, TrunkBook


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["Q.850;cause=16"], 16),
        (['q.850 ; CAUSE = 17 ;text="a;cause=3"'], 17),
        (["SIP;cause=600", "Q.850;cause=31"], 31),
        (["SIP;cause=200"], None),
        (["Q.850;cause=0", "Q.850;cause=128"], None),
        (["Q.850;text=none"], None),
        (['Q.850;cause=1;text="never closed'], None),
        ([], None),
    ],
)
def test_the_cause_a_message_names(values: list[str], expected: int | None) -> None:
    invite = OutgoingCall().invite
    invite.headers.set_all("Reason", values)
    assert q850_cause(invite) == expected


def test_the_reasons_we_give() -> None:
    assert reason_header() == []
    assert reason_header(status=200, q850=16, text='so "long"') == [
        ("Reason", 'Q.850;cause=16;text="so \\"long\\""'),
        ("Reason", 'SIP;cause=200;text="so \\"long\\""'),
    ]


def test_only_digits_are_sent() -> None:
    assert relay_body("d", 100) == b"Signal=D\r\nDuration=100\r\n"
    for digit in ("", "12", "x", "\r\n"):
        with pytest.raises(InvalidError):
            relay_body(digit, 100)


def test_a_digit_nobody_answers_ends_the_session() -> None:
    call = Call()
    call.establish()
    call.session.send_info_digit("1")
    call.far.wait(33)
    assert call.events[1:] == [SessionEnded(EndedBy.NETWORK, 408, answered=True)]


def test_two_digits_nobody_answers_end_it_once() -> None:
    call = Call()
    call.establish()
    call.session.send_info_digit("1")
    call.session.send_info_digit("2")
    call.far.wait(33)
    assert len(call.events) == 2
    call.assert_forgotten()


def test_a_bye_nobody_answers_is_given_up() -> None:
    call = Call()
    call.establish()
    call.session.end()
    call.assert_forgotten()


def test_there_is_no_dialog_before_the_answer() -> None:
    call = OutgoingCall()
    with pytest.raises(SipStateError):
        _ = call.session.dialog


def test_a_bye_to_another_fork_leaves_the_session() -> None:
    call = OutgoingCall()
    call.answer()
    call.far.reply(call.invite, 200, tag="fork", contact="<sip:fork@127.0.0.3>")
    _, bye = call.far.sent()
    assert isinstance(bye, Request)
    theirs = response_to(bye, 200).headers
    text = (
        f"BYE {call.session.contact.strip('<>')} SIP/2.0\n"
        f"Via: SIP/2.0/UDP 127.0.0.3;branch={call.far.branch()}\n"
        f"From: {theirs.get('To')}\nTo: {theirs.get('From')}\n"
        f"Call-ID: {call.session.call_id}\nCSeq: 1 BYE\nContent-Length: 0\n\n"
    )
    call.far.send(text)
    assert call.far.response().status == 200
    assert len(call.events) == 1
    assert len(call.agent.core) == 1


def test_an_answer_after_the_transaction_failed_is_counted() -> None:
    call = Call()
    call.agent.user.accept = False
    transaction = call.session._transaction
    transaction.terminate()
    call.session.reject(486)
    assert call.far.sent() == []
    assert call.agent.core.counters["answers_too_late"] == 1


def test_without_a_registrar_nobody_can_prove_himself() -> None:
    clock = Clock()
    agent = make_agent(clock, policy=SourcePolicy(TrunkBook(), registrar_enabled=True))
    far = FarEnd(agent, clock)
    far.send(invite_text(far), STRANGER)
    assert far.response().status == 403
    assert agent.user.offered == []
