from __future__ import annotations

from dataclasses import replace

import pytest

from voicegw.errors import MalformedMessageError
from voicegw.sip.dialog import Dialog, contact_of, hop_of
from voicegw.sip.grammar import URI
from voicegw.sip.message import Request, parse, response_to
from voicegw.sip.wire import Peer

PEER = Peer("udp", "10.0.0.1", 5060, 3)
CONNECTION = Peer("tcp", "10.0.0.1", 40001, 7)
SECURE = Peer("tls", "10.0.0.1", 5061, 4, tls_name="sbc.example")


def invite(extra: str = "", contact: str = "Contact: <sip:c@10.0.0.1>\n") -> Request:
    text = (
        "INVITE sip:b@h SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\n"
        "From: A <sip:a@h>;tag=ft\nTo: B <sip:b@h>\nCall-ID: i\nCSeq: 4 INVITE\n"
        f"{contact}{extra}Content-Length: 0\n\n"
    )
    message = parse(text.replace("\n", "\r\n").encode())
    assert isinstance(message, Request)
    return message


def test_the_called_sides_dialog() -> None:
    request = invite("Record-Route: <sip:1.example;lr>\nRecord-Route: <sip:2.example;lr>\n")
    dialog = Dialog.from_request(request, "lt", PEER, local_cseq=9)
    assert dialog.id == ("i", "lt", "ft")
    assert dialog.route_set == ("<sip:1.example;lr>", "<sip:2.example;lr>")
    bye = dialog.request("BYE", "SIP/2.0/UDP x;branch=z9hG4bK2", dialog.next_cseq())
    assert str(bye.uri) == "sip:c@10.0.0.1"
    assert bye.cseq.sequence == 10
    assert bye.header("From") == '"B" <sip:b@h>;tag=lt'
    assert bye.header("To") == "A <sip:a@h>;tag=ft"
    assert bye.headers.get_all("Route") == ["<sip:1.example;lr>", "<sip:2.example;lr>"]
    assert bye.max_forwards == 70
    assert dialog.next_hop() == Peer("udp", "1.example", 5060, 3)


def test_the_calling_sides_dialog() -> None:
    request = invite()
    response = response_to(
        request,
        200,
        to_tag="rt",
        headers=(
            ("Record-Route", "<sip:1.example;lr>, <sip:2.example>"),
            ("Contact", "<sip:far@10.0.0.9;transport=UDP?Subject=x>"),
        ),
    )
    dialog = Dialog.from_response(request, response, PEER)
    assert dialog.id == ("i", "ft", "rt")
    assert str(dialog.remote_target) == "sip:far@10.0.0.9;transport=UDP"
    bye = dialog.request("BYE", "SIP/2.0/UDP x;branch=z9hG4bK2", dialog.next_cseq())
    assert bye.cseq.sequence == 5
    assert str(bye.uri) == "sip:2.example"
    assert bye.headers.get_all("Route") == [
        "<sip:1.example;lr>",
        "<sip:far@10.0.0.9;transport=UDP>",
    ]


def test_a_response_without_contact_keeps_the_request_uri() -> None:
    dialog = Dialog.from_response(invite(), response_to(invite(), 200), PEER)
    assert str(dialog.remote_target) == "sip:b@h"


def test_a_request_without_contact_makes_no_dialog() -> None:
    with pytest.raises(MalformedMessageError):
        Dialog.from_request(invite(contact=""), "lt", PEER, local_cseq=1)


def test_a_contact_nobody_can_send_to_is_no_target() -> None:
    assert contact_of(invite(contact="Contact: <tel:+861>, <sip:x@y>\n")) == URI.parse("sip:x@y")
    assert contact_of(invite(contact="Contact: <tel:+861>\n")) is None


def test_the_same_flow_is_kept_unless_there_is_a_route() -> None:
    request = invite(contact="Contact: <sip:c@192.168.1.2:5070>\n")
    natted = Dialog.from_request(request, "lt", PEER, local_cseq=1, same_flow=True)
    assert natted.next_hop() == PEER
    natted.route_set = ("<sip:10.0.0.8;lr>",)
    assert natted.next_hop().host == "10.0.0.8"


@pytest.mark.parametrize(
    ("uri", "peer", "expected"),
    [
        ("sip:x@10.0.0.1", PEER, PEER),
        ("sip:x@10.0.0.1:5080", PEER, Peer("udp", "10.0.0.1", 5080, 3)),
        ("sip:x@10.0.0.2", PEER, Peer("udp", "10.0.0.2", 5060, 3)),
        ("sip:x@h;maddr=10.0.0.1", PEER, PEER),
        ("sip:x@10.0.0.1;transport=tcp", PEER, Peer("tcp", "10.0.0.1", 5060)),
        ("sip:x@10.0.0.1:5070;transport=TCP", CONNECTION, Peer("tcp", "10.0.0.1", 40001, 7, 5070)),
        ("sip:x@10.0.0.1", CONNECTION, Peer("tcp", "10.0.0.1", 40001, 7, 5060)),
        ("sip:x@10.0.0.1:5070", Peer("tcp", "10.0.0.1", 5060), Peer("tcp", "10.0.0.1", 5060)),
        ("sip:x@10.0.0.1;transport=udp", CONNECTION, Peer("udp", "10.0.0.1", 5060)),
        ("sip:x@[2001:db8::1]:5061", PEER, Peer("udp", "2001:db8::1", 5061, 3)),
        ("tel:+861", PEER, PEER),
        ("sip:x@0.0.0.0", PEER, PEER),
        ("sip:x@0.0.0.0:5070;transport=udp", CONNECTION, CONNECTION),
        ("sip:x@[::]", PEER, PEER),
        ("sip:x@10.0.0.1:5080", SECURE, replace(SECURE, fallback_port=5080)),
        ("sip:x@10.0.0.1;transport=tls", SECURE, replace(SECURE, fallback_port=5061)),
        ("sip:x@10.0.0.2", SECURE, Peer("tls", "10.0.0.2", 5061, tls_name="sbc.example")),
        ("sip:x@b.example:5071", SECURE, Peer("tls", "b.example", 5071)),
        ("sip:x@10.0.0.1:5060;transport=udp", SECURE, Peer("udp", "10.0.0.1", 5060)),
        ("sip:x@10.0.0.1;transport=tls", PEER, Peer("tls", "10.0.0.1", 5061)),
        ("sips:x@10.0.0.1", CONNECTION, Peer("tls", "10.0.0.1", 5061)),
        ("sip:x@10.0.0.1;transport=tcp", SECURE, Peer("tcp", "10.0.0.1", 5060)),
        ("sip:x@[::ffff:10.0.0.1]", PEER, PEER),
        ("sip:x@[2001:DB8:0::1]:5070", PEER, Peer("udp", "2001:db8::1", 5070, 3)),
    ],
)
def test_where_a_uri_is_reached(uri: str, peer: Peer, expected: Peer) -> None:
    assert hop_of(URI.parse(uri), peer) == expected


def test_numbers_of_requests_must_rise() -> None:
    dialog = Dialog.from_request(invite(), "lt", PEER, local_cseq=1)
    older, same = invite(), invite()
    older.headers.set("CSeq", "3 INVITE")
    assert not dialog.accepts_cseq(older)
    assert dialog.accepts_cseq(same)
    dialog.remote_cseq = None
    assert dialog.accepts_cseq(older)


def test_the_target_follows_contact() -> None:
    dialog = Dialog.from_request(invite(), "lt", PEER, local_cseq=1)
    dialog.refresh_target(invite(contact=""))
    assert str(dialog.remote_target) == "sip:c@10.0.0.1"
    dialog.refresh_target(invite(contact="Contact: <sip:new@10.0.0.4>\n"))
    assert str(dialog.remote_target) == "sip:new@10.0.0.4"
