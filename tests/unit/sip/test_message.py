"""Reading and writing whole messages: what is right, what is odd but right, what is wrong."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicegw.errors import InvalidError, MalformedMessageError
from voicegw.sip.message import (
    MAX_MESSAGE_BYTES,
    URI,
    Headers,
    Message,
    Request,
    Response,
    ack_for_failure,
    cancel_for,
    malformed_answer,
    parse,
    response_to,
)

INVITE = b"""INVITE sip:bob@biloxi.example.com;transport=UDP SIP/2.0
Via: SIP/2.0/UDP first.example.com:5061;branch=z9hG4bK74bf9;rport, SIP/2.0/TCP second.example.com
Via: SIP/2.0/UDP third.example.com;branch=z9hG4bKthird
Max-Forwards: 70
From: "Alice, <boss>" <sip:alice@atlanta.example.com>;tag=9fxced76sl
To: Bob <sip:bob@biloxi.example.com>
Call-ID: 3848276298220188511@atlanta.example.com
CSeq: 1 INVITE
Record-Route: <sip:a.example;lr>, <sip:b,c@b.example;lr>
Record-Route: <sip:c.example;lr>
Contact: <sip:alice@client.atlanta.example.com;transport=tcp>
Allow: INVITE, ACK,BYE
Supported: Replaces, timer,
 100rel
Timestamp: 54
Content-Type: Application/SDP
Content-Length: 4

v=0
""".replace(b"\n", b"\r\n")


def invite(**changes: str | None) -> bytes:
    """INVITE with header lines replaced (`cseq="2 INVITE"`) or, with None, left out."""
    head, _, body = INVITE.decode().partition("\r\n\r\n")
    lines = head.split("\r\n")
    for name, value in changes.items():
        prefix = name.replace("_", "-").lower() + ":"
        at = next(i for i, line in enumerate(lines) if line.lower().startswith(prefix))
        lines = [line for line in lines if not line.lower().startswith(prefix)]
        if value is not None:
            lines.insert(at, f"{prefix} {value}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def request(data: bytes = INVITE) -> Request:
    message = parse(data)
    assert isinstance(message, Request)
    return message


def test_an_invite_is_read() -> None:
    message = request()
    assert message.method == "INVITE"
    assert message.uri.user == "bob"
    assert message.uri.transport == "udp"
    assert message.call_id == "3848276298220188511@atlanta.example.com"
    assert message.from_.name == "Alice, <boss>"
    assert message.from_.uri == URI.parse("sip:alice@atlanta.example.com")
    assert message.from_.tag == "9fxced76sl"
    assert message.to.tag is None
    assert (message.cseq.sequence, message.cseq.method) == (1, "INVITE")
    assert [via.host for via in message.vias] == [
        "first.example.com",
        "second.example.com",
        "third.example.com",
    ]
    assert message.top_via.branch == "z9hG4bK74bf9"
    assert "rport" in message.top_via.parameters
    assert [str(hop.uri) for hop in message.record_route] == [
        "sip:a.example;lr",
        "sip:b,c@b.example;lr",
        "sip:c.example;lr",
    ]
    assert message.route == ()
    assert message.contacts[0].uri.transport == "tcp"
    assert message.max_forwards == 70
    assert message.allow == ("INVITE", "ACK", "BYE")
    assert message.supported == ("replaces", "timer", "100rel")
    assert message.require == message.proxy_require == message.unsupported == ()
    assert message.content_type is not None
    assert message.content_type.mime_type == "application/sdp"
    assert message.expires is message.min_expires is message.retry_after is None
    assert message.body == b"v=0\r"[:4]


def test_a_message_is_written_and_read_again() -> None:
    first = request()
    second = request(bytes(first))
    assert second.headers == first.headers
    assert second.body == first.body
    assert bytes(second) == bytes(first)
    assert bytes(first).startswith(
        b"INVITE sip:bob@biloxi.example.com;transport=UDP SIP/2.0\r\nVia: SIP/2.0/UDP first"
    )


def test_content_length_is_computed() -> None:
    message = request()
    message.headers.set("Content-Length", 999)
    message.body = b"four score"
    assert bytes(message).count(b"Content-Length") == 1
    assert b"Content-Length: 10\r\n\r\nfour score" in bytes(message)


def test_compact_forms_any_case_and_odd_space() -> None:
    data = (
        b"\r\n\r\nOPTIONS sip:bob@example.com SIP/2.0\r\n"
        b"v:  SIP  / 2.0\t/ udp   192.0.2.2 : 5070 ;  branch = z9hG4bKx ; RPORT\r\n"
        b"f:sip:alice@example.com;TAG=a\r\n"
        b"T :\r\n <sip:bob@example.com>\r\n\t;\r\n  tag=b\r\n"
        b"i: one\r\n"
        b"cSeQ: 0009\r\n OPTIONS\r\n"
        b"m: *\r\n"
        b"l: 0\r\n\r\n"
    )
    message = request(data)
    via = message.top_via
    assert (via.transport, via.host, via.port, via.branch) == ("UDP", "192.0.2.2", 5070, "z9hG4bKx")
    assert "rport" in via.parameters
    assert message.from_.tag == "a"
    assert message.to.tag == "b"
    assert message.cseq.sequence == 9
    assert message.contact_is_star
    assert message.contacts == ()
    assert message.header("CALL-ID") == message.header("i") == "one"
    assert message.max_forwards is None


def test_wide_range_of_valid_characters() -> None:
    """After RFC 4475 §3.1.1.2: everything that tokens, user parts and quoted strings may hold."""
    data = (
        b"!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$"
        b"/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0\r\n"
        b"Via: SIP/2.0/UDP host1.example.com;branch=z9hG4bK-.!%66*_+`'~\r\n"
        b'To: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:1_unusual.URI@example.com>\r\n'
        b"From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%="
        b'"\xd1\x80\xd0\xb0\xd0\xb1\xd0\xbe\xd1\x82\xd0\xb0";tag=_token~1\'+`*%!-.\r\n'
        b"Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\r\n"
        b"CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~\r\n"
        b"extensionHeader-!.%*+_`'~: \xef\xbb\xbf\xe5\xa4\xa7\r\n"
        b"Content-Length: 0\r\n\r\n"
    )
    message = request(data)
    assert message.uri.user is not None
    assert message.uri.user.startswith("1_unusual.URI~(to-be!sure)")
    assert message.uri.password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    assert message.to.name == "BEL:\x07 NUL:\x00 DEL:\x7f"
    assert message.from_.tag == "_token~1'+`*%!-."
    assert message.from_.parameters["fromparam''~+*_!.-%"] == "работа"
    assert message.header("extensionheader-!.%*+_`'~") == "\ufeff大"
    assert str(message.uri).encode() in data


def test_escaped_nulls_are_kept() -> None:
    """After RFC 4475 §3.1.1.4."""
    message = request(invite(to="sip:null-%00-null@example.com", contact="<sip:%00@host5.example>"))
    assert message.to.uri.user == "null-\0-null"
    assert str(message.contacts[0].uri) == "sip:%00@host5.example"


def test_what_is_no_utf8_does_not_prevent_reading() -> None:
    data = INVITE.replace(b"To: Bob", b"To: B\xd6b")
    assert request(data).to.name == "B\ufffdb"


def test_the_quoted_uri_in_a_display_name_is_not_the_address() -> None:
    message = request(invite(**{"from": '"<sip:boss@corp>" <sip:evil@x>;tag=1'}))
    assert message.from_.name == "<sip:boss@corp>"
    assert str(message.from_.uri) == "sip:evil@x"


def test_unknown_schemes_are_representable() -> None:
    message = request(
        INVITE.replace(b"sip:bob@biloxi.example.com;transport=UDP", b"soap.b://x/y;z")
    )
    assert message.uri.scheme == "soap.b"
    assert not message.uri.is_sip
    assert b"INVITE soap.b://x/y;z SIP/2.0" in bytes(message)


def test_a_body_longer_than_content_length_is_cut() -> None:
    assert request(INVITE + b"trailing").body == b"v=0\r"
    assert request(invite(content_length=None) + b"all").body == b"v=0\r\nall"


def test_a_response_is_read() -> None:
    message = parse(bytes(response_to(request(), 486, "Busy, 忙")))
    assert isinstance(message, Response)
    assert (message.status, message.reason) == (486, "Busy, 忙")
    assert not message.is_provisional
    assert not message.is_success


@pytest.mark.parametrize("line", ["SIP/2.0 200 ", "SIP/2.0 200", "sip/2.0 200 Fine"])
def test_status_lines_with_little_reason(line: str) -> None:
    data = bytes(response_to(request(), 200)).replace(b"SIP/2.0 200 OK", line.encode())
    message = parse(data)
    assert isinstance(message, Response)
    assert message.is_success


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400),
        (b"\r\n\r\n", 400),
        (INVITE.replace(b"\r\n\r\nv=0", b"\r\nv=0"), 400),
        (INVITE.replace(b"SIP/2.0\r\nVia", b"SIP/7.0\r\nVia", 1), 505),
        (INVITE.replace(b"SIP/2.0\r\nVia", b"HTTP/1.1\r\nVia", 1), 400),
        (INVITE.replace(b"INVITE sip", b"INVITE  sip", 1), 400),
        (INVITE.replace(b"INVITE sip", b"IN<VITE sip", 1), 400),
        (INVITE.replace(b"sip:bob@biloxi.example.com;transport=UDP", b"<sip:bob@b.example>"), 400),
        (INVITE.replace(b"sip:bob@biloxi", b"sip:bob two@biloxi"), 400),
        (INVITE.replace(b"sip:bob@biloxi.example.com;transport=UDP", b"sip:bob@b;lr;lr"), 400),
        (INVITE.replace(b"sip:bob@biloxi.example.com;transport=UDP", b"bob"), 400),
        (INVITE.replace(b"Max-Forwards: 70\r\n", b"Max-Forwards 70\r\n"), 400),
        (INVITE.replace(b"Max-Forwards: 70\r\n", b"Max Forwards: 70\r\n"), 400),
        (INVITE.replace(b"Max-Forwards: 70\r\n", b"Subject: a\nb: c\r\n"), 400),
        (INVITE.replace(b"Max-Forwards: 70\r\n", b"Subject: a\rb\r\n"), 400),
        (INVITE.replace(b"Max-Forwards: 70\r\n", b"N: v\r\n" * 257), 400),
        (INVITE + b"x" * MAX_MESSAGE_BYTES, 513),
        (invite(via=None), 400),
        (invite(via=""), 400),
        (invite(via="SIP/2.0/UDP 192.0.2.15;;,;,,"), 400),
        (invite(via="SIP/2.0/UDP host:70000;branch=x"), 400),
        (invite(via="SIP/3.0/UDP host;branch=x"), 400),
        (invite(**{"from": None}), 400),
        (invite(**{"from": '"Unclosed <sip:a@b>;tag=1'}), 400),
        (invite(**{"from": "<sip:a@b;tag=1"}), 400),
        (invite(**{"from": "<sip:a@b>;tag=1;tag=2"}), 400),
        (invite(to=None), 400),
        (invite(to='"Watson, Thomas" < sip:t.watson@example.org >'), 400),
        (invite(to="<sip:a@b> trailing"), 400),
        (invite(call_id=None), 400),
        (invite(call_id="two words"), 400),
        (invite(cseq=None), 400),
        (invite(cseq="INVITE"), 400),
        (invite(cseq="1 BYE"), 400),
        (invite(cseq="2147483648 INVITE"), 400),
        (invite(cseq="36893488147419103232 INVITE"), 400),
        (invite(cseq="1 INVITE\r\nCSeq: 1 INVITE"), 400),
        (invite(cseq="1 INVITE\r\ni: another"), 400),
        (invite(max_forwards="many"), 400),
        (invite(max_forwards="-1"), 400),
        (invite(content_length="5000"), 400),
        (invite(content_length="-999"), 400),
        (invite(content_length="4\r\nl: 5"), 400),
        (b"SIP/2.0 4294967301 Huge" + INVITE[INVITE.index(b"\r\n") :], 400),
        (b"SIP/2.0 099 Low" + INVITE[INVITE.index(b"\r\n") :], 400),
        (b"SIP/2.0 abc What" + INVITE[INVITE.index(b"\r\n") :], 400),
        (b"SIP/3.0 200 OK" + INVITE[INVITE.index(b"\r\n") :], 505),
        (b"SIP/2.0 200 O\tK" + INVITE[INVITE.index(b"\r\n") :], 400),
    ],
)
def test_what_is_wrong_is_told_with_its_status(data: bytes, status: int) -> None:
    with pytest.raises(MalformedMessageError) as caught:
        parse(data)
    assert caught.value.status == status
    assert caught.value.detail


@pytest.mark.parametrize(
    ("name", "value", "attribute"),
    [
        ("Contact", "<sip:", "contacts"),
        ("Contact", "sip:a@b, ,", "contacts"),
        ("Route", "<>", "route"),
        ("Expires", "soon", "expires"),
        ("Content-Type", "application", "content_type"),
        ("WWW-Authenticate", "Digest", "www_authenticate"),
        ("Proxy-Authenticate", "Digest realm", "proxy_authenticate"),
        ("Authorization", "Digest =", "authorization"),
        ("Proxy-Authorization", 'Digest a="', "proxy_authorization"),
        ("P-Asserted-Identity", "<tel:x>", "p_asserted_identity"),
    ],
)
def test_optional_headers_are_told_when_asked_for(name: str, value: str, attribute: str) -> None:
    message = request()
    message.headers.set(name, value)
    with pytest.raises(MalformedMessageError):
        getattr(message, attribute)


def test_values_follow_changes_of_the_headers() -> None:
    message = request()
    assert message.max_forwards == 70
    message.headers.set("max-forwards", 69)
    assert message.max_forwards == 69
    message.headers.remove("Max-Forwards")
    assert message.max_forwards is None
    message.headers.add("k", "norefersub")
    assert message.supported[-1] == "norefersub"
    message.headers.set("Retry-After", "120 (in a meeting);duration=60")
    assert message.retry_after == 120
    message.headers.set("User-Agent", "one")
    assert message.user_agent == "one"
    assert message.header_list("Allow") == ["INVITE", "ACK", "BYE"]


def test_missing_headers_of_a_built_message_are_told() -> None:
    with pytest.raises(MalformedMessageError):
        _ = Message(Headers(), b"").top_via
    with pytest.raises(MalformedMessageError):
        _ = Message(Headers(), b"").from_


def test_nothing_can_be_smuggled_in() -> None:
    with pytest.raises(InvalidError):
        Request("IN VITE", URI("sip", "x"))
    with pytest.raises(InvalidError):
        Response(200, "OK\r\nX: y")
    with pytest.raises(InvalidError):
        Response(99, "Low")
    injected = URI("sip", "x.example", "a\r\nEvil: 1", parameters=request().uri.parameters)
    assert b"\r\nEvil" not in bytes(Request("OPTIONS", injected))


def test_an_answer_copies_what_it_must() -> None:
    asked = request()
    answer = response_to(
        asked, 200, to_tag="mine", headers=[("Contact", "<sip:me@here>")], body=b"x"
    )
    assert answer.reason == "OK"
    assert answer.headers.get_all("Via") == asked.headers.get_all("Via")
    assert answer.headers.get("From") == asked.headers.get("From")
    assert (answer.call_id, answer.cseq) == (asked.call_id, asked.cseq)
    assert answer.to.tag == "mine"
    assert answer.to.uri == asked.to.uri
    assert answer.record_route == asked.record_route
    assert str(answer.contacts[0].uri) == "sip:me@here"
    assert "Timestamp" not in answer.headers

    trying = response_to(asked, 100)
    assert trying.to.tag is None
    assert trying.headers.get("Timestamp") == "54"
    assert trying.record_route == ()

    refusal = response_to(asked, 486)
    assert refusal.record_route == ()
    assert refusal.to.tag
    assert refusal.to.tag == response_to(asked, 404).to.tag
    assert response_to(asked, 499).reason == "Bad Request"


def test_a_to_tag_that_is_there_stays() -> None:
    asked = request(invite(to="<sip:bob@b>;tag=theirs"))
    assert response_to(asked, 200, to_tag="other").to.tag == "theirs"


def test_the_ack_to_a_refusal() -> None:
    asked = request()
    asked.headers.set_all("Route", ["<sip:p1;lr>", "<sip:p2;lr>"])
    ack = ack_for_failure(asked, response_to(asked, 486, to_tag="theirs"))
    assert (ack.method, ack.uri) == ("ACK", asked.uri)
    assert ack.vias == (asked.top_via,)
    assert ack.to.tag == "theirs"
    assert (ack.cseq.sequence, ack.cseq.method) == (1, "ACK")
    assert ack.headers.get_all("Route") == ["<sip:p1;lr>", "<sip:p2;lr>"]
    assert ack.headers.get("From") == asked.headers.get("From")
    assert ack.body == b""


def test_the_cancel_of_an_invite() -> None:
    asked = request()
    cancel = cancel_for(asked)
    assert (cancel.method, cancel.uri) == ("CANCEL", asked.uri)
    assert cancel.vias == (asked.top_via,)
    assert cancel.to == asked.to
    assert (cancel.cseq.sequence, cancel.cseq.method) == (1, "CANCEL")
    assert cancel.max_forwards == 70


def answered(data: bytes) -> Response | None:
    with pytest.raises(MalformedMessageError) as caught:
        parse(data)
    answer = malformed_answer(data, caught.value)
    if answer is None:
        return None
    message = parse(answer)
    assert isinstance(message, Response)
    return message


def test_a_malformed_request_is_answered_where_possible() -> None:
    answer = answered(invite(max_forwards="many"))
    assert answer is not None
    assert (answer.status, answer.reason) == (400, "Bad Request - Max-Forwards: not a number")
    assert answer.call_id == request().call_id
    assert answer.to.tag
    assert len(answer.vias) == 3

    old = answered(INVITE.replace(b"SIP/2.0\r\nVia", b"SIP/7.0\r\nVia", 1))
    assert old is not None
    assert (old.status, old.reason) == (505, "Version Not Supported")

    tagged = answered(invite(to="<sip:bob@b>;tag=theirs", content_length="900"))
    assert tagged is not None
    assert tagged.to.tag == "theirs"

    newer = INVITE.replace(b"SIP/2.0", b"SIP/7.0")
    with pytest.raises(MalformedMessageError) as caught:
        parse(newer)
    answer_to_newer = malformed_answer(newer, caught.value) or b""
    assert answer_to_newer.startswith(
        b"SIP/2.0 505 Version Not Supported\r\nVia: SIP/7.0/UDP first"
    )

    large = answered(INVITE + b"x" * MAX_MESSAGE_BYTES)
    assert large is not None
    assert large.status == 513


def with_lines(lines: str) -> bytes:
    """Return the INVITE with more header lines."""
    return INVITE.replace(b"Max-Forwards", lines.encode() + b"Max-Forwards", 1)


@pytest.mark.parametrize(
    ("header", "value", "most"),
    [("X-Long", "x", 8184), ("Via", "SIP/2.0/UDP h;branch=z9hG4bKa", 67)],
)
def test_lines_and_hops_are_bounded(header: str, value: str, most: int) -> None:
    def with_so_many(count: int) -> bytes:
        joined = value * count if header == "X-Long" else ", ".join([value] * count)
        return with_lines(f"{header}: {joined}\r\n")

    assert parse(with_so_many(most))
    with pytest.raises(MalformedMessageError):
        parse(with_so_many(most + 1))


@pytest.mark.parametrize("name", ["Contact", "Route", "Record-Route", "P-Asserted-Identity"])
def test_addresses_are_bounded_where_they_are_read(name: str) -> None:
    message = parse(with_lines(f"{name}: <sip:a@b>, <sip:c@d>\r\n" * 40))
    with pytest.raises(MalformedMessageError):
        getattr(message, ADDRESSES[name])


ADDRESSES = {
    "Contact": "contacts",
    "Route": "route",
    "Record-Route": "record_route",
    "P-Asserted-Identity": "p_asserted_identity",
}


def test_what_is_missing_or_repeated_is_answered_with_what_there_is() -> None:
    repeated = answered(invite(cseq="1 INVITE\r\nCSeq: 2 INVITE"))
    assert repeated is not None
    assert (repeated.status, repeated.cseq.sequence) == (400, 1)
    for incomplete in (invite(to=None), INVITE.partition(b"\r\n\r\n")[0].replace(b"To:", b"X:")):
        with pytest.raises(MalformedMessageError) as caught:
            parse(incomplete)
        answer = malformed_answer(incomplete, caught.value) or b""
        assert answer.startswith(b"SIP/2.0 400 ")
        assert b"\r\nTo:" not in answer
        assert b"\r\nCall-ID: " in answer


@pytest.mark.parametrize(
    "data",
    [
        b"",
        invite(via=None),
        invite(via=""),
        invite(cseq=None),
        invite(max_forwards="many").replace(b"INVITE sip", b"ACK sip", 1),
        invite(max_forwards="many").replace(b"INVITE sip", b"IN<VITE sip", 1),
        b"SIP/2.0 200 OK" + invite(max_forwards="many")[INVITE.index(b"\r\n") :],
    ],
)
def test_what_cannot_or_must_not_be_answered(data: bytes) -> None:
    with pytest.raises(MalformedMessageError) as caught:
        parse(data)
    assert malformed_answer(data, caught.value) is None


ATTRIBUTES = sorted(name for name, value in vars(Message).items() if isinstance(value, property))


def read_everything(data: bytes) -> None:
    """Read all there is; only MalformedMessageError may come out."""
    try:
        message = parse(data)
    except MalformedMessageError as error:
        answer = malformed_answer(data, error)
        assert answer is None or answer.startswith(b"SIP/2.0 ")
        return
    for attribute in ATTRIBUTES:
        try:
            getattr(message, attribute)
        except MalformedMessageError:
            continue
    again = parse(bytes(message))
    for either in (again, message):
        either.headers.remove("Content-Length")
    assert again.headers == message.headers
    if isinstance(message, Request):
        assert parse(bytes(response_to(message, 400)))


MUTATIONS = st.lists(
    st.tuples(
        st.integers(0, len(INVITE) - 1),
        st.sampled_from(["replace", "insert", "delete", "repeat"]),
        st.one_of(
            st.binary(min_size=1, max_size=4),
            st.sampled_from(
                [b"\r\n", b"<", b">", b'"', b";", b",", b"@", b"%", b":", b"\\", b"=", b" "]
            ),
        ),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=400, deadline=None)
@given(MUTATIONS)
def test_a_mutated_invite_raises_nothing_but_malformed(
    mutations: list[tuple[int, str, bytes]],
) -> None:
    data = INVITE
    for position, kind, piece in mutations:
        if kind == "replace":
            data = data[:position] + piece + data[position + len(piece) :]
        elif kind == "insert":
            data = data[:position] + piece + data[position:]
        elif kind == "delete":
            data = data[:position] + data[position + 5 * len(piece) :]
        else:
            data = data[:position] + data[position : position + 40] * len(piece) + data[position:]
    read_everything(data)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_noise_raises_nothing_but_malformed(data: bytes) -> None:
    read_everything(data)
    read_everything(b"OPTIONS sip:x SIP/2.0\r\n" + data + b"\r\n\r\n")


@pytest.mark.parametrize(
    "filler",
    [" ", "\t", '"', "\\", "<", ",", ";", "%41", "a.", "a-", "(", '"\\', ";a", ",<sip:a>", "\r\n "],
)
@pytest.mark.parametrize("header", ["To", "Via", "Contact", "Content-Length", "WWW-Authenticate"])
def test_reading_takes_linear_time(filler: str, header: str) -> None:
    """No header value makes the parser backtrack: 60 kB are read in a blink."""
    prefix = {
        "To": "<sip:a@b>",
        "Via": "SIP/2.0/UDP h",
        "Contact": '"',
        "Content-Length": "1",
        "WWW-Authenticate": "Digest a=",
    }[header]
    value = prefix + filler * (60000 // len(filler)) + "x"
    head, _, body = INVITE.partition(b"\r\n\r\n")
    kept = [line for line in head.split(b"\r\n") if not line.startswith(header.encode())]
    data = b"\r\n".join([*kept, f"{header}: {value}".encode()]) + b"\r\n\r\n" + body
    start = time.perf_counter()
    read_everything(data)
    assert time.perf_counter() - start < 2.0
