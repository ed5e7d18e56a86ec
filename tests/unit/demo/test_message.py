from __future__ import annotations

import pytest

from voicegw.demo.message import (
    NotSipError,
    SipText,
    address_of,
    parameter,
    uri_of,
    user_of,
    via_address,
)

INVITE = (
    b"INVITE sip:+8613800138000@127.0.0.1:5070 SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1, SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK2\r\n"
    b"From: <sip:a@h>;tag=1\r\n"
    b"To: <sip:b@h>\r\n"
    b"Call-ID: c\r\n"
    b"CSeq: 1\r\n"
    b" INVITE\r\n"
    b"Content-Length: 3\r\n\r\nv=0"
)


def test_a_request_is_split_into_its_parts() -> None:
    message = SipText.parse(b"\r\n\r\n" + INVITE)
    assert message.is_request
    assert message.method == "INVITE"
    assert message.request_uri == "sip:+8613800138000@127.0.0.1:5070"
    assert message.all("via") == [
        "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1",
        "SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK2",
    ]
    assert message.first("cseq") == "1 INVITE"
    assert message.body == b"v=0"
    assert message.status == 0


def test_what_was_parsed_can_be_sent_again() -> None:
    again = SipText.parse(bytes(SipText.parse(INVITE)))
    assert again.all("via") == SipText.parse(INVITE).all("via")
    assert again.body == b"v=0"


def test_a_response_knows_its_status_and_method() -> None:
    response = SipText.parse(b"SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\n\r\n")
    assert not response.is_request
    assert response.status == 180
    assert response.method == "INVITE"
    assert SipText.parse(b"SIP/2.0 nonsense\r\n\r\n").status == 0


@pytest.mark.parametrize("data", [b"", b"\x00\x00\x00\x00", b"GET / HTTP/1.1\r\n\r\n"])
def test_what_is_no_sip_is_told(data: bytes) -> None:
    with pytest.raises(NotSipError):
        SipText.parse(data)


def test_headers_are_replaced_and_dropped_by_any_of_their_names() -> None:
    message = SipText.parse(INVITE)
    message.replace_first("via", "x")
    assert message.first("via") == "x"
    message.drop_first("via")
    assert len(message.all("via")) == 1
    message.replace_first("contact", "x")
    message.drop_first("contact")
    assert message.first("contact") == ""


def test_an_answer_keeps_what_it_must_and_gets_a_tag() -> None:
    request = SipText.parse(INVITE)
    answer = SipText.parse(bytes(request.answer(404, "Not Found", ("X", "y"))))
    assert answer.status == 404
    assert answer.all("via") == request.all("via")
    assert parameter(answer.first("to"), "tag")
    assert answer.first("x") == "y"
    assert not parameter(request.answer(100, "Trying").first("to"), "tag")


@pytest.mark.parametrize(
    ("header", "uri", "user"),
    [
        ("<sip:+86138@h:5070;x=y>;tag=1", "sip:+86138@h:5070;x=y", "+86138"),
        ('"<sip:boss@corp>" <sip:evil@x>', "sip:evil@x", "evil"),
        ("sip:10086@h", "sip:10086@h", "10086"),
        ("<tel:+86138>", "tel:+86138", "+86138"),
        ("<sip:host>", "sip:host", ""),
        ("nonsense", "", ""),
    ],
)
def test_the_user_is_found_in_an_address(header: str, uri: str, user: str) -> None:
    assert uri_of(header) == uri
    assert user_of(uri) == user


def test_an_address_is_read_with_its_default_port() -> None:
    assert address_of("sip:u@10.0.0.1:5070;x") == ("10.0.0.1", 5070)
    assert address_of("sip:[::1]") == ("::1", 5060)
    assert address_of("tel:1") is None


@pytest.mark.parametrize(
    ("via", "address"),
    [
        ("SIP/2.0/UDP 10.0.0.1:5070;branch=z", ("10.0.0.1", 5070)),
        ("SIP/2.0/UDP 10.0.0.1;received=1.2.3.4;rport=9", ("1.2.3.4", 9)),
        ("SIP/2.0/UDP 10.0.0.1:5070;rport", ("10.0.0.1", 5070)),
        ("SIP/2.0/UDP 10.0.0.1:5070;rport=x", ("10.0.0.1", 5070)),
        ("", None),
    ],
)
def test_answers_go_where_the_via_says(via: str, address: tuple[str, int] | None) -> None:
    assert via_address(via) == address


def test_a_parameter_is_found_whatever_its_case() -> None:
    assert parameter("<sip:a@h>;TAG = 7;x=1", "tag") == "7"
    assert parameter("<sip:a@h>", "tag") == ""
