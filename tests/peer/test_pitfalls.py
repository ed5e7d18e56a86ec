"""What small SIP stacks get wrong when they are called, tried on a node over real sockets."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable

import pytest

from tests.parts.lab import CALLER_HOST, CARRIER_HOST, HOTLINE, customer_number, customer_of
from tests.parts.raw_lab import RawLab, module_lab, raw
from tests.parts.raw_sip import Leg, description, request, unique

__all__ = ["module_lab", "raw"]

pytestmark = pytest.mark.peer

UNKNOWN = "+864009999999"
SDP = description(host=CALLER_HOST)


def node_uri(raw: RawLab, user: str = HOTLINE) -> str:
    return f"sip:{user}@127.0.0.1:{raw.lab.sip_port}"


# Retransmissions and merges


def test_invite_repeated_while_ringing_is_one_call(raw: RawLab) -> None:
    leg = raw.calling()
    text = leg.invite(SDP)
    raw.manager_rung()
    ringing = leg.expect(180)
    for _ in range(3):
        leg.peer.send(text)
        assert leg.expect(180).tag("to") == ringing.tag("to")
    raw.carrier.listen(0.1)
    assert len(raw.carrier.invites) == 1
    assert raw.lab.node.metrics()["voicegw_calls_live"] == 1
    leg.cancel()
    assert leg.expect(487).tag("to") == ringing.tag("to")


def test_invite_repeated_after_the_answer_begins_nothing(raw: RawLab) -> None:
    leg = raw.calling()
    text = leg.invite(SDP)
    invite, manager = raw.manager_rung()
    manager.answer(invite, 200, body=description())
    answer = leg.expect(200)
    leg.peer.send(text)
    assert leg.count(481, 0.3) == 0
    leg.ack(answer)
    leg.peer.send(text)
    assert {m.tag("to") for m in leg.peer.heard if m.status == 200} <= {answer.tag("to")}
    assert raw.lab.node.metrics()["voicegw_calls_live"] == 1
    raw.hang_up(leg)


def test_merged_invite_is_refused(raw: RawLab) -> None:
    leg = raw.calling()
    text = leg.invite(SDP)
    raw.manager_rung()
    leg.expect(180)
    leg.peer.send(text.replace(leg.branch, unique("z9hG4bK")))
    merged = leg.expect(482)
    assert merged.tag("to")
    assert raw.lab.node.metrics()["voicegw_calls_live"] == 1


def test_bye_repeated_is_answered_again(raw: RawLab) -> None:
    talk = raw.talking()
    text = talk.customer.send("BYE")
    for _ in range(3):
        talk.customer.expect(200, method="BYE")
        talk.customer.peer.send(text)
    assert talk.customer.count(481, 0.2) == 0
    bye = talk.manager.expect("BYE")
    talk.manager.answer(bye, 200)


def test_refusal_is_repeated_until_its_ack(raw: RawLab) -> None:
    leg = raw.calling(UNKNOWN)
    leg.invite(SDP)
    refusal = leg.expect(404)
    assert leg.count(404, 0.45) >= 2
    leg.ack(refusal)
    leg.peer.listen(0.1)
    leg.peer.heard.clear()
    assert leg.count(404, 0.6) == 0


def test_answer_is_repeated_until_its_ack(raw: RawLab) -> None:
    leg = raw.calling()
    leg.invite(SDP)
    invite, manager = raw.manager_rung()
    manager.answer(invite, 200, body=description())
    answer = leg.expect(200)
    assert leg.count(200, 0.45) >= 2
    leg.ack(answer)
    leg.peer.listen(0.1)
    leg.peer.heard.clear()
    assert leg.count(200, 0.6) == 0
    raw.hang_up(leg)


# CANCEL and BYE


def test_cancel_while_ringing_ends_both_legs(raw: RawLab) -> None:
    leg = raw.calling()
    leg.invite(SDP)
    invite, manager = raw.manager_rung()
    manager.answer(invite, 180)
    ringing = leg.expect(180)
    leg.cancel()
    assert leg.expect(200, method="CANCEL").tag("to") == ringing.tag("to")
    refusal = leg.expect(487)
    leg.ack(refusal)
    cancel = manager.expect("CANCEL")
    assert cancel.branch == invite.branch
    manager.answer(cancel, 200)
    manager.answer(invite, 487)
    manager.expect("ACK")
    raw.lab.node.assert_nothing_held()


def test_cancel_after_the_answer_changes_nothing(raw: RawLab) -> None:
    talk = raw.talking()
    leg = talk.customer
    leg.peer.send(leg.text("CANCEL", branch=unique("z9hG4bK")))
    assert leg.expect(481, method="CANCEL")
    assert raw.lab.node.metrics()["voicegw_sip_sessions"] == 2
    raw.hang_up(leg)


def test_cancel_that_crosses_the_answer_is_answered_and_ignored(raw: RawLab) -> None:
    leg = raw.calling()
    leg.invite(SDP)
    invite, manager = raw.manager_rung()
    manager.answer(invite, 200, body=description())
    answer = leg.expect(200)
    leg.cancel()
    assert leg.expect(200, method="CANCEL")
    assert leg.count(487, 0.2) == 0
    leg.ack(answer)
    assert manager.count("BYE", 0.3) == 0
    raw.hang_up(leg)


def test_cancel_of_nothing(raw: RawLab) -> None:
    leg = raw.calling()
    leg.cancel()
    assert leg.expect(481, method="CANCEL")


def test_bye_before_the_ack_ends_the_call(raw: RawLab) -> None:
    leg = raw.calling()
    leg.invite(SDP)
    invite, manager = raw.manager_rung()
    manager.answer(invite, 200, body=description())
    answer = leg.expect(200)
    leg.remote, leg.target = answer.header("to"), answer.contact
    raw.hang_up(leg)
    bye = manager.expect("BYE")
    manager.answer(bye, 200)
    leg.peer.listen(0.1)
    leg.peer.heard.clear()
    assert leg.count(200, 0.5, method="INVITE") == 0
    raw.lab.node.assert_nothing_held()


def test_bye_crosses_bye(raw: RawLab) -> None:
    talk = raw.talking()
    raw.lab.node.hangup(talk.call_id)
    theirs = talk.customer.expect("BYE")
    talk.customer.send("BYE")
    assert talk.customer.expect(0, method="BYE").status in (200, 481)
    talk.customer.answer(theirs, 200)
    talk.manager.answer(talk.manager.expect("BYE"), 200)
    assert raw.ended(talk.call_id)["outcome"] == "connected"


def test_bye_of_an_unknown_dialog(raw: RawLab) -> None:
    leg = raw.calling()
    leg.remote += ";tag=nobody"
    leg.send("BYE")
    assert leg.expect(481).tag("to") == "nobody"


def test_bye_at_the_last_hop_still_ends_the_call(raw: RawLab) -> None:
    talk = raw.talking()
    talk.customer.send("BYE", max_forwards=0)
    assert talk.customer.expect(200, method="BYE")


def test_numbers_out_of_order_are_refused(raw: RawLab) -> None:
    talk = raw.talking()
    leg = talk.customer
    leg.cseq = 20
    leg.send("OPTIONS")
    leg.expect(200, method="OPTIONS")
    leg.cseq = 5
    leg.send("INFO", body="Signal=1\r\n", content_type="application/dtmf-relay")
    assert leg.expect(500, method="INFO")
    leg.cseq = 30
    raw.hang_up(leg)


# Routes and targets


def test_record_route_and_contact_are_followed(raw: RawLab) -> None:
    leg = raw.calling()
    proxy = raw.caller()
    far = raw.caller()
    routes = [f"<sip:{CALLER_HOST}:{proxy.port};lr;far=1>", f"<sip:{CALLER_HOST}:{far.port};lr>"]
    leg.invite(SDP, headers=[f"Record-Route: {routes[0]}, {routes[1]}"])
    invite, manager = raw.manager_rung()
    assert ", ".join(leg.expect(180).all("record-route")) == ", ".join(routes)
    manager.answer(invite, 200, body=description())
    answer = leg.expect(200)
    assert ", ".join(answer.all("record-route")) == ", ".join(routes)
    leg.ack(answer)
    raw.hang_up(manager)
    bye = proxy.expect("BYE", call_id=leg.call_id)
    assert ", ".join(bye.all("route")) == ", ".join(routes)
    assert bye.uri == f"sip:peer@{CALLER_HOST}:{leg.peer.port}"
    proxy.send(_ok(bye.start, bye.lines))


def test_strict_router_is_the_request_uri(raw: RawLab) -> None:
    leg = raw.calling()
    proxy = raw.caller()
    leg.invite(SDP, headers=[f"Record-Route: <sip:{CALLER_HOST}:{proxy.port}>"])
    invite, manager = raw.manager_rung()
    manager.answer(invite, 200, body=description())
    leg.ack(leg.expect(200))
    raw.hang_up(manager)
    bye = proxy.expect("BYE", call_id=leg.call_id)
    assert bye.uri == f"sip:{CALLER_HOST}:{proxy.port}"
    assert bye.all("route") == [f"<sip:peer@{CALLER_HOST}:{leg.peer.port}>"]
    proxy.send(_ok(bye.start, bye.lines))


def _ok(_start: str, lines: tuple[tuple[str, str], ...]) -> str:
    kept = [f"{n}: {v}" for n, v in lines if n in ("via", "from", "to", "call-id", "cseq")]
    return "\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""])


def test_contact_of_a_reinvite_is_the_new_target(raw: RawLab) -> None:
    talk = raw.talking()
    elsewhere = raw.caller()
    leg = talk.customer
    leg.cseq += 1
    text = leg.text("INVITE", body=description(host=CALLER_HOST, version=2))
    leg.peer.send(text.replace(f":{leg.peer.port}>", f":{elsewhere.port}>"))
    leg.ack(leg.expect(200, method="INVITE"))
    raw.hang_up(talk.manager)
    bye = elsewhere.expect("BYE", call_id=leg.call_id)
    elsewhere.send(_ok(bye.start, bye.lines))


def test_uppercase_transport_in_contact(raw: RawLab) -> None:
    leg = raw.calling()
    text = leg.text("INVITE", body=SDP)
    leg.peer.send(text.replace(f":{leg.peer.port}>", f":{leg.peer.port};transport=UDP>"))
    invite, manager = raw.manager_rung()
    manager.answer(invite, 200, body=description())
    leg.ack(leg.expect(200))
    raw.hang_up(manager)
    leg.answer(leg.expect("BYE"), 200)


# Via


@pytest.mark.parametrize("lie", [";rport;received=127.0.0.98", ";rport=9;received=127.0.0.98"])
def test_received_and_rport_of_the_sender_are_not_believed(raw: RawLab, lie: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as victim:
        victim.bind(("127.0.0.98", 0))
        victim.settimeout(0.2)
        leg = raw.calling()
        sent_by = f"SIP/2.0/UDP 127.0.0.98:{victim.getsockname()[1]}"
        via = f"{sent_by};branch={unique('z9hG4bK')}{lie}"
        leg.peer.send(leg.text("OPTIONS", via=via))
        answer = leg.expect(200, method="OPTIONS")
        assert f"received={CALLER_HOST}" in answer.header("via")
        assert f"rport={leg.peer.port}" in answer.header("via")
        assert "98:" not in answer.header("via").partition(";")[2]
        with pytest.raises(TimeoutError):
            victim.recv(100)


def test_without_rport_the_answer_goes_to_the_port_of_sent_by(raw: RawLab) -> None:
    sender, waiting = raw.caller(), raw.caller()
    leg = Leg.calling(sender, HOTLINE)
    via = f"SIP/2.0/UDP 127.0.0.98:{waiting.port};branch={unique('z9hG4bK')}"
    sender.send(leg.text("OPTIONS", via=via))
    answer = waiting.expect(200, method="OPTIONS")
    assert f"received={CALLER_HOST}" in answer.header("via")


# What a request may look like


def test_options_tells_what_is_understood(raw: RawLab) -> None:
    leg = raw.calling()
    leg.send("OPTIONS")
    answer = leg.expect(200)
    for name in ("allow", "accept", "supported"):
        assert answer.header(name)
    assert answer.tag("to")


def test_options_in_dialog_has_one_to_tag(raw: RawLab) -> None:
    talk = raw.talking()
    talk.customer.send("OPTIONS")
    answer = talk.customer.expect(200, method="OPTIONS")
    assert answer.tag("to") == talk.answer.tag("to")
    raw.hang_up(talk.customer)


REFUSED: dict[str, tuple[int, Callable[[str], str]]] = {
    "a required extension": (420, lambda t: t.replace("Max-F", "Require: xyz, timer9\r\nMax-F")),
    "the last hop": (483, lambda t: t.replace("Max-Forwards: 70", "Max-Forwards: 0")),
    "an unknown method": (405, lambda t: t.replace("INVITE", "DANCE")),
    "another body": (415, lambda t: t.replace("application/sdp", "text/plain")),
    "an encoded body": (415, lambda t: t.replace("Max-F", "Content-Encoding: gzip\r\nMax-F")),
    "another scheme": (416, lambda t: t.replace("INVITE sip:", "INVITE urn:service:sos.", 1)),
    "another version": (505, lambda t: t.replace(" SIP/2.0\r\n", " SIP/3.0\r\n", 1)),
    "no Contact": (400, lambda t: re.sub(r"Contact:.*\r\n", "", t)),
    "another method in CSeq": (400, lambda t: t.replace("1 INVITE", "1 BYE")),
    "a huge CSeq": (400, lambda t: t.replace("1 INVITE", "9999999999 INVITE")),
    "a wrong Max-Forwards": (400, lambda t: t.replace("Max-Forwards: 70", "Max-Forwards: many")),
    "two lengths": (400, lambda t: t.replace("CSeq", "Content-Length: 1\r\nCSeq")),
    "too long a Content-Length": (
        400,
        lambda t: re.sub(r"Content-Length: \d+", "Content-Length: 9000", t),
    ),
    "a negative Content-Length": (
        400,
        lambda t: re.sub(r"Content-Length: \d+", "Content-Length: -1", t),
    ),
    "a broken Request-URI": (400, lambda t: t.replace("INVITE sip:", "INVITE <sip:", 1)),
    "a broken From": (400, lambda t: t.replace("From: <", 'From: "x <')),
}


@pytest.mark.parametrize("what", REFUSED)
def test_request_is_refused_by_its_fault(raw: RawLab, what: str) -> None:
    status, spoil = REFUSED[what]
    leg = raw.calling()
    text = leg.text("INVITE", body=SDP)
    spoilt = spoil(text)
    assert spoilt != text
    leg.peer.send(spoilt)
    while (answer := leg.peer.expect(0)).status == 100:
        pass
    assert answer.status == status
    assert answer.header("to").count(";tag=") == 1
    expected = {420: ("unsupported", "xyz, timer9"), 415: None, 405: None}.get(status)
    if expected is not None:
        assert answer.header(expected[0]) == expected[1]
    if status == 405:
        assert "INVITE" in answer.header("allow")
    if status == 415:
        assert answer.all("accept") or answer.all("accept-encoding")
    if not what.startswith("an unknown"):
        leg.ack(answer)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00" * 200,
        b"\r\n",
        b"INVITE\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"INVITE sip:x@y SIP/2.0\r\nVia: x\r\n\r\n",
        b"\xff\xfe" * 500,
    ],
)
def test_nonsense_gets_silence(raw: RawLab, data: bytes) -> None:
    peer = raw.caller()
    peer.send(data)
    assert peer.count(0, 0.1) == 0


def test_message_of_the_largest_datagram(raw: RawLab) -> None:
    leg = raw.calling()
    text = leg.text("OPTIONS")
    line = f"X-Filler: {'f' * 8000}\r\n"
    filler = line * 8 + f"X-Filler: {'f' * (65_000 - len(text) - 8 * len(line))}\r\n"
    leg.peer.send(text.replace("Max-F", f"{filler}Max-F"))
    assert leg.expect(200, method="OPTIONS").size < 1500


def test_one_line_as_long_as_the_largest_datagram(raw: RawLab) -> None:
    leg = raw.calling()
    leg.peer.send(leg.text("OPTIONS").replace("Max-F", f"X-Filler: {'f' * 64_000}\r\nMax-F"))
    assert leg.expect(400, method="OPTIONS").size < 1500


def test_folded_lines_and_compact_forms(raw: RawLab) -> None:
    leg = raw.calling()
    text = leg.text("INVITE", body=SDP)
    short = {
        "Via": "v", "From": "f", "To": "t", "Call-ID": "i", "Contact": "m",
        "Content-Type": "c", "Content-Length": "l",
    }  # fmt: skip
    for name, compact in short.items():
        text = text.replace(f"\r\n{name}: ", f"\r\n{compact} : ")
    text = text.replace(";tag=", "\r\n ;tag=").replace(";branch=", "\r\n\t;branch=")
    text = text.replace("Max-Forwards: ", "mAX-fORWARDS:\r\n  ")
    leg.peer.send(text)
    _, manager = raw.manager_rung()
    assert leg.expect(180).tag("to")
    leg.cancel()
    leg.ack(leg.expect(487))
    assert manager.call_id


def test_telephone_uris(raw: RawLab) -> None:
    known = raw.lab.node.call_ids()
    leg = raw.calling()
    number = customer_number(customer_of(1))
    leg.local = f"<tel:{number};phone-context=+86>;tag={unique('t')}"
    leg.remote = f"<tel:{HOTLINE}>"
    leg.target = f"tel:{HOTLINE}"
    leg.invite(SDP)
    raw.manager_rung()
    ringing = leg.expect(180)
    assert ringing.header("from") == leg.local
    assert ringing.header("to").startswith(f"<tel:{HOTLINE}>;tag=")
    (call_id,) = raw.lab.node.new_calls(known)
    assert raw.lab.node.get(f"/v1/calls/{call_id}")["customer_number"] == number


def test_display_name_is_no_address(raw: RawLab) -> None:
    known = raw.lab.node.call_ids()
    leg = raw.calling(manager=2)
    other = customer_number(customer_of(1))
    leg.local = f'"<sip:{other}@corp>;tag=x, \\"" {leg.local}'
    leg.invite(SDP)
    raw.manager_rung(2)
    assert leg.expect(180).header("from") == leg.local
    (call_id,) = raw.lab.node.new_calls(known)
    call = raw.lab.node.get(f"/v1/calls/{call_id}")
    assert call["customer_number"] == customer_number(customer_of(2))


# Reliable provisional responses


def test_required_reliability_is_given(raw: RawLab) -> None:
    leg = raw.calling()
    leg.invite(SDP, headers=["Require: 100rel"])
    raw.manager_rung()
    ringing = leg.expect(180)
    assert "100rel" in ringing.header("require")
    assert leg.count(180, 0.35) >= 1
    leg.remote, leg.target = ringing.header("to"), ringing.contact
    leg.send("PRACK", headers=[f"RAck: {ringing.header('rseq')} 1 INVITE"])
    assert leg.expect(200, method="PRACK")
    leg.peer.heard.clear()
    assert leg.count(180, 0.5) == 0
    leg.send("PRACK", headers=["RAck: 99 1 INVITE"])
    assert leg.expect(481, method="PRACK")


# TCP


def test_tcp_byte_by_byte(raw: RawLab) -> None:
    leg = Leg.calling(raw.stream(), HOTLINE)
    for byte in leg.text("OPTIONS").encode():
        leg.peer.send(bytes([byte]))
    assert leg.expect(200).header("via").startswith("SIP/2.0/TCP ")


def test_tcp_line_breaks_pings_and_messages_in_one_piece(raw: RawLab) -> None:
    peer = raw.stream()
    one, two = Leg.calling(peer, HOTLINE), Leg.calling(peer, HOTLINE)
    peer.send(b"\r\n" + one.text("OPTIONS").encode() + two.text("OPTIONS").encode())
    one.expect(200)
    two.expect(200)
    peer.send(b"\r\n\r\n")
    assert peer.read(2) == b"\r\n"


@pytest.mark.parametrize("length", ["-1", "none", "99999999999", "70000"])
def test_tcp_stream_that_makes_no_sense_is_closed(raw: RawLab, length: str) -> None:
    peer = raw.stream()
    text = Leg.calling(peer, HOTLINE).text("OPTIONS")
    peer.send(text.replace("Content-Length: 0", f"Content-Length: {length}"))
    assert peer.is_closed()


def test_tcp_endless_headers_are_closed(raw: RawLab) -> None:
    peer = raw.stream()
    peer.send(Leg.calling(peer, HOTLINE).text("OPTIONS").removesuffix("\r\n\r\n"))
    for _ in range(9):
        peer.send(b"\r\nX-Filler: " + b"f" * 8000)
    assert peer.is_closed()


def test_tcp_call_ends_over_a_new_connection(raw: RawLab) -> None:
    listener = raw.listener()
    port = listener.getsockname()[1]
    leg = Leg.calling(raw.stream(), HOTLINE, caller=customer_number(customer_of(1)))
    text = leg.text("INVITE", body=SDP)
    leg.peer.send(text.replace(f":{leg.peer.port};transport", f":{port};transport"))
    invite, manager = raw.manager_rung()
    manager.answer(invite, 200, body=description())
    answer = leg.expect(200)
    assert "transport=tcp" in answer.contact
    leg.ack(answer)
    assert manager.expect("ACK")
    leg.peer.close()
    raw.peers.remove(leg.peer)
    time.sleep(0.1)
    raw.hang_up(manager)
    connection, _ = listener.accept()
    with connection:
        connection.settimeout(3)
        assert connection.recv(4096).startswith(b"BYE sip:peer@")


@pytest.mark.parametrize("rings", [False, True])
def test_tcp_call_whose_connection_drops_is_answered_by_a_new_one(raw: RawLab, rings: bool) -> None:
    listener = raw.listener()
    port = listener.getsockname()[1]
    peer = raw.stream()
    leg = Leg.calling(peer, HOTLINE, caller=customer_number(customer_of(1)))
    via = f"SIP/2.0/TCP {peer.host}:{port};branch={unique('z9hG4bK')}"
    text = leg.text("INVITE", body=SDP, via=via)
    peer.send(text.replace(f":{peer.port};transport", f":{port};transport"))
    invite, manager = raw.manager_rung()
    if rings:
        manager.answer(invite, 180)
        leg.expect(180)
    peer.close()
    time.sleep(0.1)
    manager.answer(invite, 200, body=description())
    peer.socket, _ = listener.accept()
    answer = leg.expect(200)
    leg.ack(answer)
    assert manager.expect("ACK")
    raw.hang_up(manager)
    assert leg.expect("BYE")


# Overload of one's own making


def test_own_request_that_comes_back_is_no_loop(raw: RawLab) -> None:
    """A trunk that sends our INVITE straight back must not ring for ever."""
    peer = raw.caller()
    spiral = request(
        "INVITE",
        node_uri(raw, UNKNOWN),
        via=peer.via(),
        from_=f"<sip:{HOTLINE}@{CARRIER_HOST}>;tag=1",
        to=f"<sip:{UNKNOWN}@{CARRIER_HOST}>",
        call_id=unique("c"),
        cseq=1,
        headers=[f"Contact: <sip:x@{CALLER_HOST}:{peer.port}>"],
        max_forwards=1,
    )
    peer.send(spiral)
    assert peer.expect(404)
