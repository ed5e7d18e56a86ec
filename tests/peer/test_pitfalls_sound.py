"""Session descriptions, hold and digits over real sockets: what small stacks get wrong."""

from __future__ import annotations

import re

import pytest

from tests.parts.lab import AT_ONCE_HOTLINE, CALLER_HOST, HOTLINE, UNOWNED, customer_number
from tests.parts.node import wait_for
from tests.parts.raw_lab import RawLab, module_lab, raw
from tests.parts.raw_sip import Leg, Message, description

__all__ = ["module_lab", "raw"]

pytestmark = pytest.mark.peer


def offer(media: list[str] | None = None, **more: object) -> str:
    return description(host=CALLER_HOST, media=media, **more)  # type: ignore[arg-type]


def changed(leg: Leg, body: str, method: str = "INVITE") -> Message:
    """Offer a change and return the accepting answer, acknowledged."""
    if method == "INVITE":
        leg.cseq += 1
        leg.invite(body)
    else:
        leg.send(method, body=body)
    answer = leg.expect(200, method=method)
    if method == "INVITE":
        leg.ack(answer)
    return answer


def final_answer(leg: Leg) -> Message:
    """Return the next final answer to an INVITE."""
    while (answer := leg.expect(0, method="INVITE", timeout_s=5)).status < 200:
        pass
    return answer


def version_of(answer: Message) -> int:
    return int(answer.sdp_lines("o=")[0].split()[2])


HOLDS = {
    "sendonly": (offer(direction="sendonly", version=2), "recvonly"),
    "inactive": (offer(direction="inactive", version=2), "inactive"),
    "of the session": (
        offer(["m=audio 9 RTP/AVP 8"], session_lines=["a=sendonly"], version=2),
        "recvonly",
    ),
    "by address": (
        offer(version=2).replace(f"c=IN IP4 {CALLER_HOST}", "c=IN IP4 0.0.0.0"),
        "recvonly",
    ),
    "by the medium's address": (
        offer(["m=audio 9 RTP/AVP 8", "c=IN IP4 0.0.0.0", "a=sendrecv"], version=2),
        "recvonly",
    ),
}


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
@pytest.mark.parametrize("spelling", HOLDS)
def test_hold_in_every_spelling(raw: RawLab, spelling: str, method: str) -> None:
    body, direction = HOLDS[spelling]
    talk = raw.talking()
    held = changed(talk.customer, body, method)
    assert held.sdp_lines(f"a={direction}"), held.body
    raw.lab.node.wait_for_event(talk.call_id, "call.held")
    bare = offer(["m=audio 9 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000"], version=3)
    again = changed(talk.customer, bare, method)
    assert again.sdp_lines("a=sendrecv"), again.body
    assert version_of(talk.answer) < version_of(held) < version_of(again)
    assert held.sdp_lines("o=")[0].split()[1] == talk.answer.sdp_lines("o=")[0].split()[1]
    raw.hang_up(talk.customer)


def test_change_to_the_same_keeps_the_version(raw: RawLab) -> None:
    talk = raw.talking()
    first = changed(talk.customer, offer())
    again = changed(talk.customer, offer())
    assert first.body == again.body
    raw.hang_up(talk.customer)


def test_update_without_a_description_is_answered_without_one(raw: RawLab) -> None:
    talk = raw.talking()
    talk.customer.send("UPDATE")
    assert talk.customer.expect(200, method="UPDATE").body == ""
    raw.hang_up(talk.customer)


def test_reinvite_without_a_description_gets_our_offer(raw: RawLab) -> None:
    talk = raw.talking()
    leg = talk.customer
    leg.cseq += 1
    leg.invite()
    answer = leg.expect(200)
    assert answer.sdp_lines("m=audio ")
    leg.ack(answer, offer(direction="sendonly"))
    raw.lab.node.wait_for_event(talk.call_id, "call.held")
    assert changed(leg, offer(version=3)).sdp_lines("a=sendrecv")
    raw.hang_up(leg)


def test_change_that_cannot_be_is_refused_and_changes_nothing(raw: RawLab) -> None:
    talk = raw.talking()
    leg = talk.customer
    for body in (offer(formats="18"), "v=0\r\nnonsense"):
        leg.cseq += 1
        leg.invite(body)
        refusal = leg.expect(488)
        leg.ack(refusal)
    leg.cseq += 1
    leg.peer.send(leg.text("INVITE", body="text", content_type="text/plain"))
    leg.ack(leg.expect(415))
    assert raw.lab.node.metrics()["voicegw_sip_sessions"] == 2
    assert leg.count("BYE", 0.1) == 0
    raw.hang_up(leg)


def test_two_changes_at_once_leave_the_call_whole(raw: RawLab) -> None:
    talk = raw.talking()
    leg = talk.customer
    for version in (2, 3):
        leg.cseq += 1
        leg.invite(offer(version=version))
    for _ in range(2):
        answer = final_answer(leg)
        assert answer.status in (200, 491, 500), answer.start
        if answer.status == 500:
            assert 0 <= int(answer.header("retry-after")) <= 10
        leg.ack(answer)
    assert changed(leg, offer(version=4)).status == 200
    raw.hang_up(leg)


def test_call_without_a_description_gets_our_offer(raw: RawLab) -> None:
    known = raw.lab.node.call_ids()
    leg = raw.calling(AT_ONCE_HOTLINE)
    leg.invite()
    answer = leg.expect(200)
    assert set(answer.sdp_lines("m=audio ")[0].split()[3:]) >= {"0", "8"}
    leg.ack(answer, offer(formats="0 101"))
    invite, manager = raw.manager_rung()
    manager.answer(invite, 200, body=description())
    manager.expect("ACK")
    (call_id,) = raw.lab.node.new_calls(known)
    raw.lab.node.bridged(call_id)
    raw.hang_up(leg)


def test_refusing_sentence_is_early_sound(raw: RawLab) -> None:
    leg = Leg.calling(raw.caller(), HOTLINE, caller=customer_number(UNOWNED))
    leg.invite(offer())
    early = leg.expect(183)
    assert early.sdp_lines("m=audio ")
    refusal = final_answer(leg)
    assert refusal.status in (480, 486)
    assert refusal.tag("to") == early.tag("to")
    leg.ack(refusal)


# What a description may hold


def answer_to(raw: RawLab, body: str) -> Message:
    """Return the answer of the hotline that answers at once."""
    leg = raw.calling(AT_ONCE_HOTLINE)
    leg.invite(body)
    answer = final_answer(leg)
    leg.ack(answer)
    return answer


def test_several_ports_of_a_medium(raw: RawLab) -> None:
    body = offer(["m=audio 9/2 RTP/AVP 8 0"])
    answer = answer_to(raw, body)
    assert (answer.status, answer.sdp_lines("m=audio ")[0].split()[3:]) == (200, ["8"])
    assert re.fullmatch(r"m=audio \d+ RTP/AVP 8", answer.sdp_lines("m=")[0])


def test_events_keep_the_number_they_were_offered_with(raw: RawLab) -> None:
    answer = answer_to(raw, offer(formats="0 97"))
    assert answer.sdp_lines("m=")[0].endswith(" RTP/AVP 0 97")
    assert "a=rtpmap:97 telephone-event/8000" in answer.sdp_lines("a=")
    assert "101" not in answer.body.partition("m=")[2]


def test_other_media_are_refused_in_their_place(raw: RawLab) -> None:
    media = [
        "m=video 5004 RTP/AVP 96",
        "a=rtpmap:96 H264/90000",
        "m=audio 9 RTP/SAVP 8",
        "m=audio 9 RTP/AVP 18 8",
        "m=application 5010 UDP/BFCP *",
        "m=image 0 udptl t38",
    ]
    answer = answer_to(raw, offer(media))
    lines = answer.sdp_lines("m=")
    assert [line.split()[0] for line in lines] == [
        line.split()[0] for line in media if line.startswith("m=")
    ]
    live = [index for index, line in enumerate(lines) if line.split()[1] != "0"]
    assert live == [2]
    assert lines[0] == "m=video 0 RTP/AVP 96"
    assert lines[2].endswith(" RTP/AVP 8")


@pytest.mark.parametrize(
    "body",
    [
        offer(formats="18 9"),
        offer(["m=audio 9 RTP/SAVP 8", "a=rtpmap:8 PCMA/8000"]),
        offer(["m=audio 9 UDP/TLS/RTP/SAVPF 8"]),
        offer(["m=video 9 RTP/AVP 96"]),
        offer([]),
        offer(["m=audio 99999 RTP/AVP 8"]),
        offer(["m=audio nine RTP/AVP 8"]),
        offer().replace("IN IP4", "IN IP6").replace(CALLER_HOST, "::1"),
        "v=0\r\n",
        "nonsense",
        "\r\n" * 50,
    ],
    ids=str.split("codec savp dtls video nothing port word ip6 short words blank"),
)
@pytest.mark.parametrize("hotline", [HOTLINE, AT_ONCE_HOTLINE])
def test_offer_without_usable_sound_is_refused(raw: RawLab, body: str, hotline: str) -> None:
    leg = raw.calling(hotline)
    leg.invite(body)
    answer = final_answer(leg)
    leg.ack(answer)
    assert answer.status in (400, 488)
    raw.lab.node.assert_nothing_held()
    raw.carrier.listen(0.02)
    assert not raw.carrier.invites


def test_description_beside_another_part(raw: RawLab) -> None:
    """Softswitches put the ISUP message of the telephone network next to the description."""
    leg = raw.calling(AT_ONCE_HOTLINE)
    parts = ["", "Content-Type: application/ISUP;version=itu-t92+\r\n\r\n\x01\x10"]
    parts += [f"Content-Type: application/sdp\r\n\r\n{offer()}"]
    body = "\r\n--one\r\n".join(parts) + "\r\n--one--\r\n"
    text = leg.text("INVITE", body=body, content_type='multipart/mixed;boundary="one"')
    leg.peer.send(text)
    answer = final_answer(leg)
    leg.ack(answer)
    assert answer.status == 200
    assert answer.sdp_lines("m=audio ")


def test_bare_line_feeds_and_unknown_lines(raw: RawLab) -> None:
    body = offer(session_lines=["b=AS:64", "k=prompt", "a=ice-lite"]).replace("\r\n", "\n")
    assert answer_to(raw, body).status == 200


# Digits


def test_digits_by_info(raw: RawLab) -> None:
    talk = raw.talking()
    leg = talk.customer
    for body, kind, status in (
        ("Signal=5\r\nDuration=160\r\n", "application/dtmf-relay", 200),
        ("Signal= 11 \nDuration= 90", "application/dtmf-relay", 200),
        ("#", "application/dtmf", 200),
        ("Signal=nonsense", "application/dtmf-relay", 200),
        ("5", "text/plain", 415),
    ):
        leg.send("INFO", body=body, content_type=kind)
        answer = leg.expect(status, method="INFO")
        assert answer.tag("to") == talk.answer.tag("to")
    leg.send("INFO")
    leg.expect(200, method="INFO")
    assert raw.lab.node.metrics()["voicegw_sip_sessions"] == 2
    raw.hang_up(leg)


def test_sound_follows_the_change_of_address(raw: RawLab) -> None:
    """After a re-INVITE the other's sound goes to the new port and no more to the old."""
    talk = raw.talking()
    mouth = raw.lab.sound()
    said = b"\x55" * 1600
    first, second = raw.lab.sound(CALLER_HOST), raw.lab.sound(CALLER_HOST)
    changed(talk.customer, offer(port=first.port, version=2))
    changed(talk.manager, description(mouth.port, version=2))
    mouth.speak(talk.manager_sound, said)
    wait_for("sound", lambda: len(first.packets) > 5, 5)
    changed(talk.customer, offer(port=second.port, version=3))
    wait_for("sound at the new port", lambda: len(second.packets) > 5, 5)
    before = len(first.packets)
    wait_for("more sound", lambda: len(second.packets) > 20, 5)
    assert len(first.packets) <= before + 1
    raw.hang_up(talk.customer)
