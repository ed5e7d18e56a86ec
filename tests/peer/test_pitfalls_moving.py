"""Session timers, circles, redirections and REFER on a node, over real sockets."""

from __future__ import annotations

import pytest

from tests.parts.lab import (
    CALLER_HOST,
    CARRIER_HOST,
    HOTLINE,
    customer_number,
    customer_of,
    manager_number,
)
from tests.parts.raw_lab import RawLab, module_lab, raw
from tests.parts.raw_sip import Leg, description, request, unique

__all__ = ["module_lab", "raw"]

pytestmark = pytest.mark.peer

OTHER = "+8613600136000"


def options(message_header: str) -> set[str]:
    return {option.strip() for option in message_header.split(",")}


# Session timers (RFC 4028)


def test_timers_reach_the_wire_on_both_legs(raw: RawLab) -> None:
    customer = raw.calling()
    wish = ["Supported: timer", "Session-Expires: 600"]
    customer.invite(description(host=CALLER_HOST), headers=wish)
    invite, manager = raw.manager_rung()
    assert invite.header("session-expires") == "1800"
    assert "timer" in options(invite.header("supported"))
    granted = ["Require: timer", "Session-Expires: 900;refresher=uas"]
    manager.answer(invite, 200, headers=granted, body=description())
    manager.expect("ACK")
    answer = customer.expect(200)
    assert answer.header("session-expires") == "600;refresher=uac"
    assert answer.header("require") == "timer"
    customer.ack(answer)
    customer.send("UPDATE", headers=["Supported: timer", "Session-Expires: 600;refresher=uac"])
    refreshed = customer.expect(200, method="UPDATE")
    assert refreshed.header("session-expires") == "600;refresher=uac"
    raw.hang_up(customer)


def test_too_short_an_interval_is_refused_with_the_least(raw: RawLab) -> None:
    customer = raw.calling()
    wish = ["Supported: timer", "Session-Expires: 30"]
    customer.invite(description(host=CALLER_HOST), headers=wish)
    refusal = customer.expect(422)
    assert refusal.header("min-se") == "90"
    customer.ack(refusal)


def test_an_interval_too_short_for_the_far_end_is_made_longer(raw: RawLab) -> None:
    raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    leg.answer(invite, 422, headers=["Min-SE: 3600"])
    leg.expect("ACK")
    again = leg.expect("INVITE")
    assert again.header("session-expires") == "3600"
    assert again.header("min-se") == "3600"
    assert again.header("cseq") == "2 INVITE"
    assert again.header("from") == invite.header("from")
    assert again.body == invite.body
    leg.answer(again, 486)


# Circles (RFC 3261 §16.3, RFC 7332)


def test_a_call_that_a_proxy_sends_back_is_a_circle(raw: RawLab) -> None:
    call_id = raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    leg.answer(invite, 100)
    text = invite.start + "\r\n"
    text += f"Via: SIP/2.0/UDP {CARRIER_HOST}:{raw.carrier.port};branch={unique('z9hG4bK')}\r\n"
    text += "".join(f"Via: {via}\r\n" for via in invite.all("via"))
    for name in ("From", "To", "Call-ID", "CSeq", "Contact"):
        text += f"{name}: {invite.header(name.lower())}\r\n"
    text += "Max-Forwards: 69\r\nContent-Length: 0\r\n\r\n"
    raw.carrier.send(text)
    refusal = raw.carrier.expect(482, call_id=leg.call_id)
    assert len(refusal.all("via")) == 2
    leg.answer(invite, 482)
    assert raw.ended(call_id)["outcome"] == "manager_unreachable"


def test_a_call_from_a_hotline_to_a_hotline_is_a_circle(raw: RawLab) -> None:
    leg = Leg.calling(raw.caller(), HOTLINE, caller=HOTLINE)
    leg.invite(description(host=CALLER_HOST))
    refusal = leg.expect(482)
    leg.ack(refusal)
    assert raw.carrier.count("INVITE", 0.2) == 0


def test_the_hops_that_are_left_go_on(raw: RawLab) -> None:
    customer = raw.calling()
    raw_text = customer.text("INVITE", body=description(host=CALLER_HOST), max_forwards=12)
    customer.peer.send(raw_text)
    invite, _ = raw.manager_rung()
    assert invite.header("max-forwards") == "11"
    customer.cancel()
    customer.ack(customer.expect(487))


# Redirections (RFC 3261 §21.3)


def test_a_redirection_is_followed_within_the_trunk(raw: RawLab) -> None:
    call_id = raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    contact = f"Contact: <sip:{OTHER}@{CARRIER_HOST}:{raw.carrier.port}>"
    leg.answer(invite, 302, contact=contact)
    leg.expect("ACK")
    followed, there = raw.rung(OTHER)
    assert followed.header("from").split(";tag=")[0] == invite.header("from").split(";tag=")[0]
    assert manager_number(1) not in followed.start
    there.answer(followed, 486)
    assert raw.ended(call_id)["outcome"] == "manager_busy"


@pytest.mark.parametrize(
    "contact", [f"<sip:{OTHER}@203.0.113.7>", f"<sip:+12025550123@{CARRIER_HOST}>"]
)
def test_a_redirection_elsewhere_is_not_followed(raw: RawLab, contact: str) -> None:
    call_id = raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    leg.answer(invite, 302, contact=f"Contact: {contact}")
    leg.expect("ACK")
    assert raw.ended(call_id)["outcome"] == "manager_unreachable"
    assert raw.carrier.count("INVITE", 0.1) == 0


# REFER (RFC 3515)


def test_a_trunk_hands_nobody_on(raw: RawLab) -> None:
    talk = raw.talking()
    for leg in (talk.customer, talk.manager):
        leg.send("REFER", headers=[leg.contact, f"Refer-To: <sip:{manager_number(2)}@x.invalid>"])
        assert leg.expect(403, method="REFER")
    assert raw.carrier.count("INVITE", 0.1) == 0
    raw.hang_up(talk.customer)


def test_outside_a_session_nobody_is_called(raw: RawLab) -> None:
    peer = raw.caller()
    text = request(
        "REFER",
        f"sip:{HOTLINE}@127.0.0.1:{raw.lab.sip_port}",
        via=peer.via(),
        from_=f"<sip:{customer_number(customer_of(1))}@{CALLER_HOST}>;tag=1",
        to=f"<sip:{HOTLINE}@127.0.0.1>",
        call_id=unique("c"),
        cseq=1,
        headers=[f"Refer-To: <sip:{manager_number(1)}@x.invalid>"],
    )
    peer.send(text)
    assert peer.expect(403)


# Early dialogs that end (RFC 6228)


def test_a_telephone_that_gives_up_leaves_the_others_ringing(raw: RawLab) -> None:
    call_id = raw.lab.dial(1)
    invite, first = raw.manager_rung()
    assert "199" in options(invite.header("supported"))
    second = Leg.called(raw.carrier, invite)
    for leg in (first, second):
        leg.answer(invite, 180)
    first.answer(invite, 199)
    second.answer(invite, 200, body=description())
    assert second.expect("ACK").header("to") == second.local
    raw.lab.node.hangup(call_id)
    second.answer(second.expect("BYE"), 200)
    assert raw.ended(call_id)["outcome"] == "canceled"
