from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.errors import SdpError
from voicegw.sdp.description import (
    Attribute,
    Connection,
    Direction,
    MediaDescription,
    Origin,
    SessionDescription,
    parse,
    serialise,
    unicast_literal,
)

PHONE = """v=0
o=alice 2890844526 2890844527 IN IP4 10.0.0.5
s=A call
i=unused
c=IN IP4 10.0.0.5
b=AS:64
t=0 0
a=tool:phone
m=audio 49170/2 RTP/AVP 0 8 97 13
i=sound
c=IN IP4 10.0.0.6/127
a=rtpmap:97 telephone-event/8000
a=fmtp:97 0-15
a=sendonly
m=video 51372 RTP/AVP 31
"""


def test_reads_what_a_telephone_sends() -> None:
    description = parse(PHONE)
    assert description.origin == Origin("alice", 2890844526, 2890844527, "10.0.0.5")
    assert description.name == "A call"
    audio, video = description.media
    assert (audio.kind, audio.port, audio.port_count) == ("audio", 49170, 2)
    assert audio.formats == ("0", "8", "97", "13")
    assert description.connection_of(audio) == Connection("10.0.0.6")
    assert description.connection_of(video) == Connection("10.0.0.5")
    assert description.direction_of(audio) is Direction.SENDONLY
    assert description.direction_of(video) is Direction.SENDRECV
    assert [(p.payload_type, p.encoding) for p in audio.payloads()] == [
        (0, "PCMU"),
        (8, "PCMA"),
        (97, "telephone-event"),
        (13, "CN"),
    ]
    assert audio.attribute("fmtp") == Attribute("fmtp", "97 0-15")
    assert audio.attribute("ptime") is None


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_line_end_reads_the_same(line_end: str) -> None:
    assert parse(PHONE.replace("\n", line_end)) == parse(PHONE)


def test_missing_time_name_and_origin_are_tolerated() -> None:
    description = parse("v=0\nc=IN IP4 1.2.3.4\nm=audio 4000 RTP/AVP 8\n")
    assert description.media[0].port == 4000
    assert description.connection == Connection("1.2.3.4")


@pytest.mark.parametrize(
    "origin",
    ["- 1 1", "", "- x 1 IN IP4 1.2.3.4", "- -1 1.5 IN IP4 1.2.3.4", f"- {'9' * 30} 1 IN IP4 h"],
)
def test_an_origin_that_can_not_be_read_is_none(origin: str) -> None:
    sound = "c=IN IP4 1.2.3.4\nm=audio 4000 RTP/AVP 8\n"
    assert parse(f"v=0\no={origin}\n{sound}") == parse(f"v=0\n{sound}")


def test_the_user_of_an_origin_may_hold_blanks() -> None:
    found = parse("v=0\no=Border Gateway 7 8 IN IP4 1.2.3.4\n").origin
    assert found == Origin("Border Gateway", 7, 8, "1.2.3.4")


def test_session_level_direction_holds_for_media_without_their_own() -> None:
    description = parse("v=0\na=inactive\nm=audio 4 RTP/AVP 0\nm=audio 6 RTP/AVP 0\na=sendrecv\n")
    assert [description.direction_of(m) for m in description.media] == [
        Direction.INACTIVE,
        Direction.SENDRECV,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o=- 1 1 IN IP4 1.2.3.4\n",
        "v=1\n",
        "v=0\nnonsense\n",
        "v=0\nmm=audio 1 RTP/AVP 0\n",
        "v=0\nm=audio 70000 RTP/AVP 0\n",
        "v=0\nm=audio x RTP/AVP 0\n",
        "v=0\nm=audio ² RTP/AVP 0\n",
        "v=0\nm=audio 4000/ RTP/AVP\n",
        "v=0\nm=audio 4000\n",
        "v=0\nc=IN IP5 1.2.3.4\n",
        "v=0\nc=1.2.3.4\n",
        "v=0\nc=IN IP4 /127\n",
        "v=0\n" + "m=audio 2 RTP/AVP 0\n" * 65,
        "v=0\ns=" + "x" * 70_000,
    ],
)
def test_refuses_what_can_not_be_read(text: str) -> None:
    with pytest.raises(SdpError):
        parse(text)


@pytest.mark.parametrize(
    "attribute",
    [
        "a=rtpmap:200 PCMA/8000",
        "a=rtpmap:x",
        "a=rtpmap",
        "a=rtpmap:96 PCMA",
        "a=rtpmap:96 P/9999999",
    ],
)
def test_a_broken_rtpmap_maps_nothing(attribute: str) -> None:
    media = parse(f"v=0\nm=audio 4000 RTP/AVP 96 x 300\n{attribute}\n").media[0]
    assert media.payloads() == ()


def test_an_rtpmap_overrules_a_static_number() -> None:
    media = parse("v=0\nm=audio 4000 RTP/AVP 0\na=rtpmap:0 PCMU/16000/2\n").media[0]
    (payload,) = media.payloads()
    assert (payload.clock_hz, payload.channels) == (16000, 2)
    assert not payload.is_encoding("PCMU")


def test_unspecified_addresses() -> None:
    assert Connection("0.0.0.0").is_unspecified
    assert Connection("::", "IP6").is_unspecified
    assert not Connection("10.0.0.1").is_unspecified


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10.0.0.1", ("10.0.0.1", 4)),
        ("0.0.0.0", ("0.0.0.0", 4)),
        ("2001:DB8:0::1", ("2001:db8::1", 6)),
        ("::", ("::", 6)),
        ("phone.example", None),
        ("224.0.0.1", None),
        ("255.255.255.255", None),
        ("ff02::1", None),
        ("fe80::1%eth0", None),
        ("::ffff:10.0.0.1", None),
        ("10.0.0.01", None),
        ("", None),
    ],
)
def test_an_address_for_sound_is_one_that_one_telephone_can_have(
    text: str, found: tuple[str, int] | None
) -> None:
    assert unicast_literal(text) == found


def test_a_key_is_in_no_repr() -> None:
    text = f"v=0\r\nm=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{'A' * 40}"
    assert "AAAA" not in repr(parse(text))
    assert "crypto" in repr(parse(text))


def test_directions_mirror() -> None:
    assert Direction.SENDONLY.mirrored() is Direction.RECVONLY
    assert Direction.RECVONLY.mirrored() is Direction.SENDONLY
    assert Direction.INACTIVE.mirrored() is Direction.INACTIVE
    assert Direction.SENDRECV.mirrored() is Direction.SENDRECV


_tokens = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12)
_addresses = st.ip_addresses(v=4).map(lambda a: Connection(str(a)))
_attributes = st.lists(st.builds(Attribute, _tokens, st.none() | _tokens), max_size=4).map(tuple)
_media = st.builds(
    MediaDescription,
    kind=_tokens,
    port=st.integers(0, 65535),
    protocol=st.sampled_from(["RTP/AVP", "RTP/SAVP", "udp"]),
    formats=st.lists(_tokens, min_size=1, max_size=5).map(tuple),
    port_count=st.integers(1, 9),
    connection=st.none() | _addresses,
    attributes=_attributes,
)
_descriptions = st.builds(
    SessionDescription,
    origin=st.builds(
        Origin, _tokens, st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.just("1.2.3.4")
    ),
    media=st.lists(_media, max_size=4).map(tuple),
    connection=st.none() | _addresses,
    attributes=_attributes,
    name=_tokens,
)


@given(_descriptions)
def test_what_is_written_reads_back(description: SessionDescription) -> None:
    assert parse(serialise(description)) == description


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, "v=0\r\n" + text, "v=0\r\nm=audio 9 RTP/AVP 0\r\na=" + text):
        try:
            for media in parse(candidate).media:
                media.payloads()
        except SdpError:
            pass


def test_a_payload_type_beyond_all_numbers_is_left_out() -> None:
    text = OFFER_WITH_FORMATS.format("9" * 5000 + " 8 128 0")
    (media,) = parse(text).media
    assert [one.payload_type for one in media.payloads()] == [8, 0]


OFFER_WITH_FORMATS = (
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP {}\r\n"
)
