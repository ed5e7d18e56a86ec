"""URIs, addresses, Via and parameters."""

from __future__ import annotations

import pytest
import sipmessage
from hypothesis import given
from hypothesis import strategies as st

from voicegw.errors import MalformedMessageError
from voicegw.sip.grammar import URI, Address, CSeq, MediaType, Parameters, Via, split_quoted


@pytest.mark.parametrize(
    "text",
    [
        "sip:example.com",
        "sips:alice:secret@example.com:5061;transport=TCP;lr?Subject=x",
        "SIP:alice@[2001:db8::1]:5060",
        "sip:%61lice@example.com",
        "tel:+86-138-0013-8000;phone-context=x",
        "urn:service:sos",
    ],
)
def test_a_uri_is_written_as_it_was_read(text: str) -> None:
    assert str(URI.parse(text)) == text


def test_parts_of_a_uri() -> None:
    uri = URI.parse("sips:al%20ice:se%3Acret@[2001:db8::1]:5061;Transport=TCP;lr")
    assert (uri.scheme, uri.user, uri.password) == ("sips", "al ice", "se:cret")
    assert (uri.host, uri.address, uri.port) == ("[2001:db8::1]", "2001:db8::1", 5061)
    assert uri.transport == "tcp"
    assert uri.is_loose_router
    assert URI.parse("tel:+8613800138000").user == "+8613800138000"
    assert URI.parse("mailto:a@b").opaque == "a@b"


def test_a_built_uri_is_escaped() -> None:
    uri = URI("sip", "example.com", 'a b"<>', "p@w", 5060, Parameters(user="phone", lr=None), "a=b")
    text = str(uri)
    assert text == "sip:a%20b%22%3C%3E:p%40w@example.com:5060;user=phone;lr?a=b"
    assert URI.parse(text).user == 'a b"<>'
    assert str(URI("tel", "", "+1 2;x")) == "tel:+1%202%3Bx"
    with pytest.raises(MalformedMessageError):
        str(URI("sip", "exa mple.com"))


@pytest.mark.parametrize(
    "text",
    ["", "sip", "sip:", "sip:@b", "sip:a@", "sip:a@b:0", "sip:a@b:99999", "sip:a@b;", "sip:a@b;=1",
     "sip:a%4@b", "sip:a@b?x y", "sip:a@b :5060", "tel:", "tel:abcx", "1x:y", "x:", "x:<y>"],
)  # fmt: skip
def test_what_is_no_uri(text: str) -> None:
    with pytest.raises(MalformedMessageError):
        URI.parse(text)


@given(st.text(min_size=1, max_size=20), st.text(max_size=10))
def test_any_user_and_password_survive(user: str, password: str) -> None:
    text = str(URI("sip", "h", user, password)) if user.isprintable() else "sip:u:p@h"
    assert str(URI.parse(text)) == text


def test_addresses() -> None:
    bare = Address.parse("sip:a@b;tag=1")
    assert bare.tag == "1"
    assert not bare.uri.parameters
    quoted = Address.parse(r'"A \"B\" \\ <c>" <sip:a@b;lr> ; tag = "x y"')
    assert quoted.name == r'A "B" \ <c>'
    assert quoted.tag == "x y"
    assert quoted.uri.is_loose_router
    assert Address.parse(str(quoted)) == quoted
    assert str(quoted.with_tag("z")) == r'"A \"B\" \\ <c>" <sip:a@b;lr>;tag=z'
    many = Address.parse_many('"a, b" <sip:a@b>, <sip:c,d@e>;q=0.5')
    assert [str(address.uri) for address in many] == ["sip:a@b", "sip:c,d@e"]


@pytest.mark.parametrize(
    "text", ['"a"', '"a" sip:b', "a<sip:b", "a@b <sip:c>", "<sip:b>;;x", "<sip:b>x"]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(MalformedMessageError):
        Address.parse(text)


def test_vias() -> None:
    text = "SIP/2.0/UDP [2001:db8::1]:5060;received=2001:db8::2;branch=z9hG4bK+a/b;rport"
    via = Via.parse(text)
    assert str(via) == text
    assert via.address == "2001:db8::1"
    assert via.branch == "z9hG4bK+a/b"
    assert [str(v) for v in Via.parse_many(f"{text}, SIP/2.0/TCP h")] == [text, "SIP/2.0/TCP h"]


def test_parameters_of_any_name() -> None:
    parameters = Parameters.parse(';self=1;Values;class="a;b,\\"c";empty=')
    assert parameters["SELF"] == "1"
    assert "values" in parameters
    assert parameters["class"] == 'a;b,"c'
    other: object = 5
    assert other not in parameters
    assert str(parameters) == ';self=1;values;class="a;b,\\"c";empty=""'
    assert parameters.without("CLASS", "empty").replace(Tag="t") == {
        "self": "1",
        "values": None,
        "tag": "t",
    }
    assert parameters != 1
    assert "self" in repr(parameters)
    assert hash(Parameters(a="1", b=None)) == hash(Parameters(b=None, a="1"))


@pytest.mark.parametrize("text", ["a=1", ";", ";a b", ';a="', ';a="x"y', ";a=b c", ";a;A"])
def test_what_are_no_parameters(text: str) -> None:
    with pytest.raises(MalformedMessageError):
        Parameters.parse(text)


def test_values_too_long_for_the_cache_are_read_all_the_same() -> None:
    user = "a" * 300
    assert URI.parse(f"sip:{user}@b").user == user
    assert Address.parse(f"<sip:{user}@b>").uri.user == user
    assert Via.parse(f"SIP/2.0/UDP h;branch={user}").branch == user


def test_cseq_and_media_type() -> None:
    assert str(CSeq.parse("007 INVITE")) == "7 INVITE"
    media = MediaType.parse('Multipart/Mixed ; boundary="a b"')
    assert (media.mime_type, media.parameters["boundary"]) == ("multipart/mixed", "a b")
    assert str(media) == 'multipart/mixed;boundary="a b"'


def test_the_types_are_those_of_the_library() -> None:
    assert isinstance(URI.parse("sip:a"), sipmessage.URI)
    assert isinstance(Address.parse("sip:a"), sipmessage.Address)
    assert isinstance(Via.parse("SIP/2.0/UDP h"), sipmessage.Via)


@pytest.mark.parametrize("text", ['a "b', "a <b"])
def test_unclosed_pieces(text: str) -> None:
    with pytest.raises(MalformedMessageError):
        split_quoted(text, ",")
