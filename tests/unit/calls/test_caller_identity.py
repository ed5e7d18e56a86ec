"""Who calls: P-Asserted-Identity, Remote-Party-ID, From, and those who stay unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.model.numbers import normalise
from voicegw.sip.caller import asserted_caller, number_withheld
from voicegw.sip.message import Request, parse

ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1'


def invite(*headers: str, from_: str = ANONYMOUS) -> Request:
    lines = [
        "INVITE sip:10000000@127.0.0.1 SIP/2.0",
        "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1",
        f"From: {from_}",
        "To: <sip:10000000@127.0.0.1>",
        "Call-ID: one@127.0.0.1",
        "CSeq: 1 INVITE",
        "Max-Forwards: 70",
        *headers,
        "Content-Length: 0",
        "",
        "",
    ]
    request = parse("\r\n".join(lines).encode())
    assert isinstance(request, Request)
    return request


@pytest.mark.parametrize(
    ("from_", "user"),
    [
        ("<sip:13800138000@carrier.invalid>;tag=1", "13800138000"),
        ("sip:13800138000@carrier.invalid;tag=1", "13800138000"),
        ('"Wang" <sip:+8613800138000@carrier.invalid>;tag=1', "+8613800138000"),
        ('"<sip:10086@x>" <sip:13800138000@carrier.invalid>;tag=1', "13800138000"),
        ("<sip:13800138000;npdi;rn=1380@carrier.invalid>;tag=1", "13800138000"),
        ("<sip:13800138000@carrier.invalid;user=phone>;tag=1", "13800138000"),
        ("<tel:+8613800138000>;tag=1", "+8613800138000"),
        ("<tel:13800138000;phone-context=+86>;tag=1", "+8613800138000"),
        ("<tel:+86-138-0013-8000;npdi>;tag=1", "+86-138-0013-8000"),
        (ANONYMOUS, None),
        ("<sip:Restricted@carrier.invalid>;tag=1", None),
        ("<sip:unknown@carrier.invalid>;tag=1", None),
        ("<sip:carrier.invalid>;tag=1", None),
    ],
)
def test_from_alone(from_: str, user: str | None) -> None:
    assert asserted_caller(invite(from_=from_)) == user


@pytest.mark.parametrize(
    "header",
    [
        "P-Asserted-Identity: <sip:+8613800138000@carrier.invalid>",
        'P-Asserted-Identity: "Wang, Ltd." <sip:+8613800138000@carrier.invalid>',
        "P-Asserted-Identity: <tel:+8613800138000>",
        "P-Asserted-Identity: <sip:+8613800138000@a.invalid>, <tel:+8613900139000>",
        "p-asserted-identity: sip:+8613800138000@carrier.invalid",
        "Remote-Party-ID: <sip:+8613800138000@carrier.invalid>;party=calling;privacy=full",
    ],
)
def test_an_assertion_comes_before_from(header: str) -> None:
    request = invite(header, from_="<sip:10086@carrier.invalid>;tag=1")
    assert asserted_caller(request) == "+8613800138000"


def test_the_asserted_identity_comes_before_the_remote_party() -> None:
    request = invite(
        "Remote-Party-ID: <sip:13900139000@carrier.invalid>",
        "P-Asserted-Identity: <sip:13800138000@carrier.invalid>",
    )
    assert asserted_caller(request) == "13800138000"


def test_who_wants_privacy_is_still_matched_by_the_assertion() -> None:
    request = invite("Privacy: id", "P-Asserted-Identity: <sip:13800138000@carrier.invalid>")
    assert asserted_caller(request) == "13800138000"


NAMED = "<sip:13800138000@carrier.invalid>;tag=1"


@pytest.mark.parametrize(
    ("header", "from_", "withheld"),
    [
        ("Privacy: id", NAMED, True),
        ("Privacy: ID;critical", NAMED, True),
        ("Privacy: header, user", NAMED, True),
        ("Privacy: none", NAMED, False),
        ("Privacy: session", NAMED, False),
        ("Subject: id", NAMED, False),
        ("Remote-Party-ID: <sip:1@x.invalid>;party=calling;privacy=full", NAMED, True),
        ("Remote-Party-ID: <sip:1@x.invalid>; privacy = uri", NAMED, True),
        ("Remote-Party-ID: <sip:1@x.invalid>;privacy=off;screen=yes", NAMED, False),
        ("Remote-Party-ID: <sip:1@x.invalid>", NAMED, False),
        ("P-Asserted-Identity: <sip:13800138000@carrier.invalid>", ANONYMOUS, True),
        ("P-Asserted-Identity: <tel:+8613800138000>", "<sip:unavailable@x.invalid>;tag=1", False),
        ("Subject: none", "<sip:carrier.invalid>;tag=1", False),
    ],
)
def test_who_does_not_want_to_be_shown(header: str, from_: str, withheld: bool) -> None:
    assert number_withheld(invite(header, from_=from_)) is withheld


@pytest.mark.parametrize(
    "header",
    [
        "P-Asserted-Identity: <sip:anonymous@anonymous.invalid>",
        "P-Asserted-Identity:",
        "P-Asserted-Identity: <sip:carrier.invalid>",
        "P-Asserted-Identity: <mailto:wang@example.net",
        'P-Asserted-Identity: "unclosed <sip:13900139000@carrier.invalid>',
        "P-Asserted-Identity: <<>>",
        'Remote-Party-ID: "unclosed',
    ],
)
def test_an_assertion_that_says_nothing_is_passed_over(header: str) -> None:
    request = invite(header, from_="<sip:13800138000@carrier.invalid>;tag=1")
    assert asserted_caller(request) == "13800138000"
    assert asserted_caller(invite(header)) is None


@given(st.text(alphabet='"<>@:;,=\\+138sipteln ', max_size=40))
def test_whatever_a_peer_asserts_never_raises(value: str) -> None:
    request = invite(
        f"P-Asserted-Identity: {value}", from_="<sip:13800138000@carrier.invalid>;tag=1"
    )
    found = asserted_caller(request)
    assert found is not None
    assert normalise(found) is None or normalise(found)
