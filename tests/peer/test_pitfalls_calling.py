"""What small SIP stacks get wrong when they call, tried on a node over real sockets."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.parts.lab import (
    CALLER_HOST,
    CARRIER_HOST,
    CONFIRM_HOTLINE,
    HOTLINE,
    customer_number,
    customer_of,
)
from tests.parts.node import wait_for
from tests.parts.raw_lab import RawLab, make_raw_lab, module_lab, raw
from tests.parts.raw_sip import Leg, Message, description, response, unique
from tests.parts.rtp import tone_alaw

__all__ = ["module_lab", "raw"]

pytestmark = pytest.mark.peer

CHALLENGE = 'Digest realm="carrier", nonce="{nonce}", algorithm=MD5, qop="auth"{more}'


def digest(message: Message, name: str) -> dict[str, str]:
    """Return the parameters of the one answer to a challenge."""
    (value,) = message.all(name)
    return {k: a or b for k, a, b in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', value)}


def test_invite_is_repeated_until_a_provisional_answer(raw: RawLab) -> None:
    raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    times = [invite.at, *(leg.expect("INVITE").at for _ in range(3))]
    for gap, nominal in zip((b - a for a, b in pairwise(times)), (0.1, 0.2, 0.4), strict=True):
        assert nominal - 0.05 < gap < nominal + 0.3
    leg.answer(invite, 180)
    raw.carrier.listen(0.05)
    raw.carrier.heard.clear()
    assert leg.count("INVITE", 1.2) == 0


def test_refusal_is_acknowledged_each_time(raw: RawLab) -> None:
    call_id = raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    for _ in range(3):
        leg.answer(invite, 486)
        ack = leg.expect("ACK")
        assert (ack.branch, ack.uri) == (invite.branch, invite.uri)
        assert ack.header("to") == leg.local
        assert ack.header("cseq") == "1 ACK"
    assert raw.lab.node.ended(call_id)["outcome"] == "manager_busy"


@pytest.mark.parametrize("status", [302, 408, 480, 500, 503, 603, 699])
def test_every_final_answer_is_acknowledged_and_ends_the_call(raw: RawLab, status: int) -> None:
    call_id = raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    leg.answer(invite, status)
    leg.expect("ACK")
    assert raw.ended(call_id)["legs"][0]["sip_code"] == status


def test_challenges_are_answered_with_every_other_header_kept(raw: RawLab) -> None:
    raw.lab.dial(1)
    first, leg = raw.manager_rung()
    challenges = [
        (401, f"WWW-Authenticate: {CHALLENGE.format(nonce='one', more='')}"),
        (407, f"Proxy-Authenticate: {CHALLENGE.format(nonce='two', more='')}"),
        (407, f"Proxy-Authenticate: {CHALLENGE.format(nonce='three', more=', stale=true')}"),
    ]
    earlier = first
    for status, challenge in challenges:
        leg.answer(earlier, status, headers=[challenge])
        leg.expect("ACK")
        again = leg.expect("INVITE")
        assert again.branch != earlier.branch
        assert again.tag("from") == first.tag("from")
        changing = ("via", "cseq", "authorization", "proxy-authorization")
        assert [one for one in again.lines if one[0] not in changing] == [
            one for one in first.lines if one[0] not in changing
        ]
        assert again.body == first.body
        earlier = again
    assert earlier.header("cseq") == "4 INVITE"
    assert digest(earlier, "authorization")["nonce"] == "one"
    answered = digest(earlier, "proxy-authorization")
    assert answered["nonce"] == "three"
    assert (answered["username"], answered["qop"]) == ("gateway", "auth")
    assert earlier.header("p-asserted-identity") == f"<sip:{HOTLINE}@{CARRIER_HOST}>"
    leg.answer(earlier, 200, body=description())
    assert leg.expect("ACK").header("cseq") == "4 ACK"


def test_wrong_password_does_not_go_on_for_ever(raw: RawLab) -> None:
    call_id = raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    for number in range(1, 9):
        challenge = f"WWW-Authenticate: {CHALLENGE.format(nonce=f'n{number}', more='')}"
        leg.answer(invite, 401, headers=[challenge])
        leg.expect("ACK")
        raw.carrier.listen(0.05)
        if len(raw.carrier.invites) == number:
            break
        invite = list(raw.carrier.invites.values())[-1]
    assert 2 <= number <= 4
    raw.lab.node.ended(call_id)


def test_contact_and_record_route_rule_ack_and_bye(raw: RawLab) -> None:
    call_id = raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    proxy, inner = raw.caller(CARRIER_HOST), raw.caller(CARRIER_HOST)
    near, far = (f"<sip:{CARRIER_HOST}:{one.port};lr>" for one in (proxy, inner))
    contact = "sip:ne%77target@192.0.2.77:5090;x=y"
    leg.answer(
        invite,
        200,
        body=description(),
        headers=[f"Record-Route: {far}", f"Record-Route: {near}"],
        contact=f"Contact: <{contact}>",
    )
    ack = proxy.expect("ACK", call_id=leg.call_id)
    raw.lab.node.hangup(call_id)
    bye = proxy.expect("BYE", call_id=leg.call_id)
    for message in (ack, bye):
        assert message.uri == contact
        assert ", ".join(message.all("route")) == f"{near}, {far}"
        assert message.branch != invite.branch
    proxy.send(response(bye, 200, to=bye.header("to")))


def test_second_fork_that_answers_is_acknowledged_and_ended(raw: RawLab) -> None:
    raw.lab.dial(1)
    invite, first = raw.manager_rung()
    second = Leg.called(raw.carrier, invite)
    for leg in (first, second):
        leg.answer(invite, 180)
    first.answer(invite, 200, body=description())
    ack = first.expect("ACK")
    assert ack.header("to") == first.local
    second.answer(invite, 200, body=description())
    ack, bye = second.expect("ACK"), second.expect("BYE")
    assert ack.header("to") == bye.header("to") == second.local
    second.answer(bye, 200)
    assert first.count("BYE", 0.2) == 0
    first.answer(invite, 200, body=description())
    assert first.expect("ACK").header("to") == first.local


def test_answer_repeated_is_acknowledged_again(raw: RawLab) -> None:
    raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    leg.answer(invite, 200, body=description())
    first = leg.expect("ACK")
    leg.answer(invite, 200, body=description())
    again = leg.expect("ACK")
    assert (again.uri, again.header("cseq")) == (first.uri, "1 ACK")


def test_no_cancel_before_a_provisional_answer(raw: RawLab) -> None:
    call_id = raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    raw.lab.node.hangup(call_id)
    assert leg.count("CANCEL", 0.4) == 0
    leg.answer(invite, 100, to=invite.header("to"))
    cancel = leg.expect("CANCEL")
    assert (cancel.branch, cancel.uri) == (invite.branch, invite.uri)
    assert cancel.header("to") == invite.header("to")
    assert cancel.header("cseq") == "1 CANCEL"
    leg.answer(cancel, 200)
    leg.answer(invite, 487)
    leg.expect("ACK")


def test_refusal_overtakes_the_cancel_that_was_never_sent(raw: RawLab) -> None:
    call_id = raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    raw.lab.node.hangup(call_id)
    leg.answer(invite, 486)
    leg.expect("ACK")
    assert leg.count("CANCEL", 0.2) == 0
    raw.lab.node.assert_nothing_held()


@pytest.mark.parametrize("provisional", [True, False])
def test_answer_that_crosses_the_cancel_is_ended(raw: RawLab, provisional: bool) -> None:
    call_id = raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    if provisional:
        leg.answer(invite, 180)
        raw.lab.node.call_with_status(call_id, "ringing")
    raw.lab.node.hangup(call_id)
    if provisional:
        cancel = leg.expect("CANCEL")
    leg.answer(invite, 200, body=description())
    leg.expect("ACK")
    bye = leg.expect("BYE")
    assert bye.header("to") == leg.local
    if provisional:
        leg.answer(cancel, 481)
    leg.answer(bye, 200)
    call = raw.ended(call_id)
    assert (call["outcome"], call["answered_at"]) == ("canceled", None)


def test_cancel_is_repeated_until_answered(raw: RawLab) -> None:
    call_id = raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    leg.answer(invite, 180)
    raw.lab.node.call_with_status(call_id, "ringing")
    raw.lab.node.hangup(call_id)
    assert len({leg.expect("CANCEL").branch for _ in range(3)}) == 1
    leg.answer(invite, 487)
    leg.expect("ACK")


def test_bye_is_repeated_until_answered(raw: RawLab) -> None:
    call_id, leg = raw.manager_on()
    raw.lab.node.hangup(call_id)
    byes = [leg.expect("BYE") for _ in range(4)]
    assert len({bye.branch for bye in byes}) == 1
    leg.answer(byes[-1], 200)
    raw.carrier.listen(0.05)
    raw.carrier.heard.clear()
    assert leg.count("BYE", 1.0) == 0


def test_bye_that_is_challenged_is_proved(raw: RawLab) -> None:
    call_id, leg = raw.manager_on()
    raw.lab.node.hangup(call_id)
    bye = leg.expect("BYE")
    challenge = f"Proxy-Authenticate: {CHALLENGE.format(nonce='b', more='')}"
    leg.answer(bye, 407, headers=[challenge])
    again = leg.expect("BYE")
    assert digest(again, "proxy-authorization")["nonce"] == "b"
    assert int(again.header("cseq").split()[0]) > int(bye.header("cseq").split()[0])
    leg.answer(again, 200)


def test_ringing_outlasts_every_timer(tmp_path_factory: pytest.TempPathFactory) -> None:
    """With a T1 of 50 ms, 64 times T1 is over after 3.2 s; both legs ring for longer."""
    quick = make_raw_lab(tmp_path_factory.mktemp("quick"), t1_ms=50)
    try:
        caller = quick.calling()
        caller.invite(description(host=CALLER_HOST))
        invite, manager = quick.manager_rung()
        manager.answer(invite, 180)
        caller.expect(180)
        assert caller.count(480, 4.0) + manager.count("CANCEL", 0) == 0
        manager.answer(invite, 200, body=description())
        manager.expect("ACK")
        answer = caller.expect(200)
        # No ACK: the 200 is repeated for 3.2 s, then the call is ended.
        assert caller.expect("BYE", timeout_s=5).header("from") == answer.header("to")
        assert sum(one.status == 200 for one in caller.peer.heard) >= 5
        manager.expect("BYE")
        quick.over()
    finally:
        quick.clear()
        quick.close()


def test_reliable_provisional_answers_are_acknowledged_in_order(raw: RawLab) -> None:
    raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    assert "100rel" in invite.header("supported")
    reliable = ["Require: 100rel", "RSeq: 7001"]
    leg.answer(invite, 183, headers=reliable, body=description())
    prack = leg.expect("PRACK")
    assert prack.header("rack") == "7001 1 INVITE"
    assert prack.uri == f"sip:peer@{CARRIER_HOST}:{raw.carrier.port}"
    leg.answer(prack, 200)
    leg.answer(invite, 183, headers=reliable, body=description())
    leg.answer(invite, 180, headers=["Require: 100rel", "RSeq: 7009"])
    assert leg.count("PRACK", 0.3) == 0
    leg.answer(invite, 180, headers=["Require: 100rel", "RSeq: 7002"])
    assert leg.expect("PRACK").header("rack") == "7002 1 INVITE"
    leg.answer(invite, 200)
    leg.expect("ACK")


@pytest.mark.parametrize(
    "body",
    ["", "v=0\r\nnonsense", description(formats="18"), description(media=["m=audio 0 RTP/AVP 8"])],
    ids=["none", "nonsense", "no-codec", "refused"],
)
def test_answer_that_gives_no_sound_is_acknowledged_and_ended(raw: RawLab, body: str) -> None:
    call_id = raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    leg.answer(invite, 200, body=body)
    leg.expect("ACK")
    leg.answer(leg.expect("BYE"), 200)
    raw.ended(call_id)


def test_answer_whose_contact_cannot_be_read_is_ended(raw: RawLab) -> None:
    call_id = raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    leg.answer(invite, 200, body=description(), contact="Contact: <sip:a b@c>")
    leg.expect("ACK")
    bye = leg.expect("BYE")
    assert (bye.uri, bye.header("to")) == (invite.uri, leg.local)
    leg.answer(bye, 200)
    raw.ended(call_id)


def test_broken_answers_do_not_stop_a_call(raw: RawLab) -> None:
    raw.lab.dial(1)
    invite, leg = raw.manager_rung()
    sound = response(invite, 200, to=leg.local, headers=[leg.contact], body=description())
    for spoilt in (
        sound.replace("SIP/2.0 200", "SIP/2.0 20"),
        sound.replace("CSeq: 1", "CSeq: one"),
        re.sub(r"Via: .*\r\n", "", sound),
        sound.replace("Via: ", f"Via: SIP/2.0/UDP other;branch={unique('z9hG4bK')}\r\nVia: ", 1),
        sound.replace(invite.branch, unique("z9hG4bK")),
        sound.replace("INVITE\r\n", "OPTIONS\r\n"),
    ):
        raw.carrier.send(spoilt)
    assert leg.count("BYE", 0.2) == 0
    leg.answer(invite, 200, body=description())
    leg.expect("ACK")


def test_early_sound_is_heard_from_its_first_packet(raw: RawLab) -> None:
    call_id = raw.lab.dial(1)
    invite, manager = raw.manager_rung()
    ear = raw.lab.sound()
    manager.answer(invite, 200, body=description(ear.port))
    manager.expect("ACK")
    ringing, customer = raw.customer_rung()
    mouth = raw.lab.sound()
    said = tone_alaw(700, 1.0)
    customer.answer(ringing, 183, body=description(mouth.port))
    mouth.speak(ringing.sound, said)

    def heard() -> bool:
        return said[:160] in ear.heard() or said[1600:1760] in ear.heard()

    wait_for("the far end's own sound", heard, 5)
    raw.lab.node.hangup(call_id)
    cancel = customer.expect("CANCEL")
    customer.answer(cancel, 200)
    customer.answer(ringing, 487)


def test_key_pressed_by_info_lets_the_customer_be_rung(raw: RawLab) -> None:
    raw.lab.dial(1, hotline_id=raw.lab.hotline_id(CONFIRM_HOTLINE))
    invite, leg = raw.manager_rung()
    leg.answer(invite, 200, body=description())
    leg.expect("ACK")
    number = customer_number(customer_of(1))
    raw.carrier.listen(0.3)
    assert not [one for one in raw.carrier.invites.values() if number in one.uri]
    leg.remote, leg.target = invite.header("from"), invite.contact
    leg.send("INFO", body="Signal=1\r\nDuration=160\r\n", content_type="application/dtmf-relay")
    leg.expect(200, method="INFO")
    raw.customer_rung()
