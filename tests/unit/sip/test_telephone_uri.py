"""Every way in which carriers write a number into a URI, and the number that is meant."""

from __future__ import annotations

import pytest

from tests.unit.calls.test_caller_identity import invite
from voicegw.model.numbers import normalise
from voicegw.sip.caller import asserted_caller
from voicegw.sip.grammar import URI
from voicegw.sip.message import Request
from voicegw.sip.telephone_uri import called_numbers, telephone_number

HOTLINE = "+862162340000"

SPELLINGS = [
    "sip:+862162340000@gw.example",
    "sips:+862162340000@gw.example",
    "sip:+862162340000@gw.example;user=phone",
    "sip:862162340000@gw.example",
    "sip:00862162340000@gw.example",
    "sip:02162340000@gw.example",
    "sip:%2B862162340000@gw.example:5080;transport=udp",
    "sip:+862162340000;npdi@gw.example;user=phone",
    "sip:+862162340000;rn=+862100000;npdi@gw.example",
    "sip:+862162340000;rn=2100;rn-context=+86;npdi@gw.example",
    "sip:+862162340000;isub=4321@gw.example",
    "sip:+862162340000;cpc=ordinary@gw.example",
    "sip:+862162340000;ext=12;oli=00@gw.example",
    "sip:02162340000;phone-context=+86@gw.example;user=phone",
    "sip:2162340000;phone-context=+86@gw.example",
    "sip:62340000;phone-context=+86-21@gw.example",
    "sip:02162340000;phone-context=carrier.example@gw.example",
    "tel:+862162340000",
    "tel:+86-21-6234-0000",
    "tel:+86(21)6234.0000",
    "tel:+862162340000;npdi;rn=+862100000",
    "tel:+862162340000;isub=1;cpc=payphone",
    "tel:02162340000;phone-context=+86",
    "tel:2162340000;phone-context=+86",
    "tel:62340000;phone-context=+8621",
    "tel:02162340000;phone-context=carrier.example",
]


@pytest.mark.parametrize("uri", SPELLINGS)
def test_a_hotline_is_found_in_every_spelling(uri: str) -> None:
    [number] = called_numbers(to(uri))
    assert normalise(number, "CN") == HOTLINE


@pytest.mark.parametrize("uri", SPELLINGS)
@pytest.mark.parametrize("header", ["P-Asserted-Identity", "Remote-Party-ID", "From"])
def test_a_caller_is_recognised_in_every_spelling(uri: str, header: str) -> None:
    if header == "From":
        request = invite(from_=f'"Wang" <{uri}>;tag=1')
    else:
        request = invite(f"{header}: <{uri}>")
    assert normalise(asserted_caller(request) or "", "CN") == HOTLINE


@pytest.mark.parametrize(
    ("uri", "number"),
    [
        ("tel:10086;phone-context=+86", "10086"),
        ("sip:95588;phone-context=+86@gw.example", "95588"),
        ("sip:0085212345678;phone-context=+86@gw.example", "0085212345678"),
        ("sip:desk@gw.example", "desk"),
        ("sip:gw.example", None),
        ("mailto:x@y.example", None),
    ],
)
def test_what_no_context_completes(uri: str, number: str | None) -> None:
    assert telephone_number(URI.parse(uri)) == number


def to(uri: str, *headers: str, to_: str = "<sip:10000000@127.0.0.1>") -> Request:
    request = invite(*headers)
    request.headers.set("To", to_)
    return Request("INVITE", URI.parse(uri), request.headers)


def test_our_contact_in_the_request_uri_leaves_the_word_to_others() -> None:
    contact = "sip:account-7@127.0.0.1:5060"
    dialled = f"<sip:{HOTLINE}@carrier.example>"
    called = f"P-Called-Party-ID: {dialled}"
    assert called_numbers(to(contact, to_=dialled), "account-7") == ["account-7", HOTLINE]
    assert called_numbers(to(contact, called), "account-7") == ["account-7", HOTLINE, "10000000"]
    assert called_numbers(to("sip:127.0.0.1", to_=dialled)) == [HOTLINE]
    # Whoever else is meant is not looked for elsewhere.
    assert called_numbers(to(contact, called, to_=dialled), "another") == ["account-7"]
    broken = to(contact, "P-Called-Party-ID: <sip:", to_=dialled)
    assert called_numbers(broken, "account-7") == ["account-7", HOTLINE]
