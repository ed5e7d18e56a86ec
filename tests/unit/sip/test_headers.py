"""The header fields of a message."""

from __future__ import annotations

import pytest

from voicegw.errors import InvalidError, MalformedMessageError
from voicegw.sip.headers import Headers, canonical_name


@pytest.mark.parametrize(
    ("name", "usual"),
    [("i", "Call-ID"), ("CALL-id", "Call-ID"), ("cseq", "CSeq"), ("V", "Via"),
     ("p-asserted-identity", "P-Asserted-Identity"), ("www-authenticate", "WWW-Authenticate")],
)  # fmt: skip
def test_names(name: str, usual: str) -> None:
    assert canonical_name(name) == usual


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "x" * 129])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(MalformedMessageError):
        canonical_name(name)


def test_fields_of_one_name_keep_their_order() -> None:
    headers = Headers([("Subject", "s"), ("via", "1"), ("v", "2"), ("Content-Length", 5)])
    assert headers.get("Via") == "1"
    assert headers.get_all("VIA") == ["1", "2"]
    assert headers.repeated({"Subject", "Via"}) == "Via"
    assert headers.repeated({"Subject", "CSeq"}) is None
    assert headers.lines() == ["Via: 1", "Via: 2", "Subject: s"]
    assert "v" in headers
    assert 5 not in headers
    assert headers.get("X-None") is None
    headers.remove("X-None")


def test_copies_are_independent() -> None:
    first = Headers([("Route", "a")])
    second = first.copy()
    second.add("Route", "b")
    third = Headers()
    third.copy_from(first, "Route", "Via")
    third.add("Route", "c")
    assert first.get_all("Route") == ["a"]
    assert first != second
    assert first != 1
    assert "Route" in repr(first)


@pytest.mark.parametrize("value", ["a\r\nEvil: 1", "a\nb", "a\rb", "\ud800"])
def test_line_breaks_are_refused(value: str) -> None:
    headers = Headers()
    for put in (headers.add, headers.set):
        with pytest.raises(InvalidError):
            put("Subject", value)
    assert headers.lines() == []
