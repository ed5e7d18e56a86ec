from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.errors import SdpError
from voicegw.sdp.codecs import Codec
from voicegw.sdp.description import Direction, parse
from voicegw.sdp.negotiation import Negotiator

BOTH = (Codec.PCMA, Codec.PCMU)


def ours(*codecs: Codec) -> Negotiator:
    return Negotiator(42, {4: "198.51.100.1"}, 20000, codecs or BOTH, new_key=bytes)


def theirs(audio: str = "m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000") -> str:
    return (
        f"v=0\r\no=- 7 1 IN IP4 203.0.113.9\r\ns=-\r\nc=IN IP4 203.0.113.9\r\nt=0 0\r\n{audio}\r\n"
    )


def version(text: str) -> int:
    return parse(text).origin.version


def test_an_offer_lists_what_we_carry_and_says_nothing_of_us() -> None:
    text = ours().offer()
    assert "s=-\r\n" in text
    assert re.search(r"^o=- 42 1 IN IP4 198\.51\.100\.1\r$", text, re.M)
    (audio,) = parse(text).media
    assert audio.formats == ("8", "0", "101")
    assert parse(text).direction_of(audio) is Direction.SENDRECV
    assert text.count("c=IN") == 1


def test_an_answer_agrees_on_their_choice_and_numbers() -> None:
    leg = ours()
    leg.offer()
    agreed = leg.accept(theirs("m=audio 4000 RTP/AVP 0 96\r\na=rtpmap:96 telephone-event/8000"))
    assert agreed.codec is Codec.PCMU
    assert (agreed.payload_type, agreed.event_payload_type) == (0, 96)
    assert dict(agreed.receive) == {0: "PCMU", 101: "telephone-event", 96: "telephone-event"}
    assert (agreed.remote_host, agreed.remote_port) == ("203.0.113.9", 4000)
    assert (agreed.remote_rtcp_host, agreed.remote_rtcp_port) == ("203.0.113.9", 4001)
    assert agreed.may_send
    assert agreed.is_sending
    assert not agreed.is_held


def test_an_offer_is_answered_in_their_order_with_their_numbers() -> None:
    leg = ours()
    answer = leg.answer(
        theirs(
            "m=audio 4000 RTP/AVP 9 96 8 98\r\na=rtpmap:96 pcmu/8000\r\n"
            "a=rtpmap:98 TELEPHONE-EVENT/8000"
        )
    )
    (audio,) = parse(answer).media
    assert audio.formats == ("96", "98")
    assert leg.agreed is not None
    assert (leg.agreed.codec, leg.agreed.payload_type) == (Codec.PCMU, 96)
    assert leg.agreed.event_payload_type == 98
    assert dict(leg.agreed.receive) == {96: "PCMU", 98: "telephone-event"}


def test_no_telephone_event_is_answered_without() -> None:
    leg = ours()
    answer = leg.answer(theirs("m=audio 4000 RTP/AVP 8"))
    assert "telephone-event" not in answer
    assert leg.agreed is not None
    assert leg.agreed.event_payload_type is None


def test_what_we_do_not_carry_is_refused_in_its_place() -> None:
    answer = ours().answer(
        theirs(
            "m=video 5000 RTP/AVP 31\r\nm=audio 5002 RTP/SAVP 8\r\nm=audio 5004 RTP/AVP 9\r\n"
            "m=audio 5006 RTP/AVP 8\r\nm=audio 5008 RTP/AVP 8\r\nm=application 5010 udp wb"
        )
    )
    media = parse(answer).media
    assert [(m.kind, m.port) for m in media] == [
        ("video", 0),
        ("audio", 0),
        ("audio", 0),
        ("audio", 20000),
        ("audio", 0),
        ("application", 0),
    ]
    assert media[1].protocol == "RTP/SAVP"


def test_later_offers_keep_the_place_of_every_media_line() -> None:
    leg = ours()
    leg.answer(theirs("m=video 5000 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 0"))
    media = parse(leg.offer()).media
    assert [(m.kind, m.port) for m in media] == [("video", 0), ("audio", 20000)]
    agreed = leg.accept(theirs("m=video 0 RTP/AVP 31\r\nm=audio 4008 RTP/AVP 8"))
    assert agreed.remote_port == 4008


@pytest.mark.parametrize(
    "audio",
    [
        "m=video 4000 RTP/AVP 31",
        "m=audio 4000 RTP/SAVP 8",
        "m=audio 4000 RTP/AVP 9 18",
        "m=audio 0 RTP/AVP 8",
        "m=audio 4000 RTP/AVP 8\r\nc=IN IP4 phone.example",
        "m=audio 4000 RTP/AVP 8\r\nc=IN IP6 ::1",
        "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMA/16000",
        "",
    ],
)
def test_an_offer_that_does_not_fit_changes_nothing(audio: str) -> None:
    leg = ours()
    before = leg.answer(theirs())
    agreed = leg.agreed
    with pytest.raises(SdpError):
        leg.answer(theirs(audio))
    assert leg.agreed is agreed
    assert leg.answer(theirs()) == before


@pytest.mark.parametrize(
    "answer",
    [
        "m=audio 0 RTP/AVP 8",
        "m=audio 4000 RTP/AVP 18",
        "m=audio 4000 RTP/SAVP 8",
        "m=audio 4000 RTP/AVP 8\r\nc=IN IP4 phone.example",
        "",
    ],
)
def test_an_answer_that_can_not_be_used_changes_nothing(answer: str) -> None:
    leg = ours()
    leg.offer()
    with pytest.raises(SdpError):
        leg.accept(theirs(answer))
    assert leg.agreed is None


def test_no_address_at_all_is_refused() -> None:
    text = "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
    leg = ours()
    with pytest.raises(SdpError):
        leg.answer(text)
    leg.offer()
    with pytest.raises(SdpError):
        leg.accept(text)


def test_an_answer_needs_an_offer() -> None:
    with pytest.raises(SdpError):
        ours().accept(theirs())


def test_a_leg_needs_a_codec() -> None:
    with pytest.raises(ValueError, match="codec"):
        Negotiator(1, {4: "127.0.0.1"}, 20000, (), new_key=bytes)


@pytest.mark.parametrize(
    ("lines", "direction", "held", "may_send"),
    [
        ("a=sendonly", Direction.RECVONLY, True, False),
        ("a=inactive", Direction.INACTIVE, True, False),
        ("c=IN IP4 0.0.0.0", Direction.RECVONLY, True, False),
        ("a=recvonly", Direction.SENDONLY, False, True),
        ("a=sendrecv", Direction.SENDRECV, False, True),
        ("a=ptime:20", Direction.SENDRECV, False, True),
    ],
)
def test_hold_in_all_its_spellings(
    lines: str, direction: Direction, held: bool, may_send: bool
) -> None:
    leg = ours()
    leg.answer(theirs())
    answer = parse(leg.answer(theirs(f"m=audio 4000 RTP/AVP 8\r\n{lines}")))
    assert answer.direction_of(answer.media[0]) is direction
    assert leg.agreed is not None
    assert leg.agreed.is_held is held
    assert leg.agreed.may_send is may_send
    assert leg.agreed.is_sending is (direction is Direction.SENDRECV)


def test_hold_at_session_level() -> None:
    leg = ours()
    answer = parse(leg.answer(theirs().replace("t=0 0\r\n", "t=0 0\r\na=sendonly\r\n")))
    assert answer.direction_of(answer.media[0]) is Direction.RECVONLY
    assert leg.agreed is not None
    assert leg.agreed.is_held
    leg.answer(theirs())
    assert not leg.agreed.is_held


def test_the_version_rises_only_with_a_change() -> None:
    leg = ours()
    assert version(leg.answer(theirs())) == 1
    assert version(leg.answer(theirs())) == 1
    assert version(leg.answer(theirs("m=audio 4000 RTP/AVP 8\r\na=sendonly"))) == 2
    assert version(leg.answer(theirs("m=audio 4000 RTP/AVP 8\r\na=sendonly"))) == 2
    assert version(leg.offer()) == 3
    assert version(leg.offer()) == 3


def test_a_later_offer_keeps_the_numbers_agreed() -> None:
    leg = ours()
    leg.answer(theirs("m=audio 4000 RTP/AVP 8 97\r\na=rtpmap:97 telephone-event/8000"))
    assert parse(leg.offer()).media[0].formats == ("8", "0", "97")


def test_a_codec_on_the_number_of_events_moves_them() -> None:
    leg = ours(Codec.PCMA)
    leg.answer(theirs("m=audio 4000 RTP/AVP 101\r\na=rtpmap:101 PCMA/8000"))
    formats = parse(leg.offer()).media[0].formats
    assert formats[0] == "101"
    assert len(set(formats)) == len(formats)


def test_what_may_arrive_before_an_agreement_is_what_we_offer() -> None:
    leg = ours()
    assert dict(leg.receivable) == {8: "PCMA", 0: "PCMU", 101: "telephone-event"}
    leg.answer(theirs("m=audio 4000 RTP/AVP 0"))
    assert dict(leg.receivable) == {0: "PCMU"}


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("a=rtcp:5005", ("203.0.113.9", 5005)),
        ("a=rtcp:5005 IN IP4 203.0.113.10", ("203.0.113.10", 5005)),
        ("a=rtcp:5005 IN IP4 phone.example", ("203.0.113.9", 5005)),
        ("a=rtcp:99999", ("203.0.113.9", 4001)),
        ("a=rtcp:x", ("203.0.113.9", 4001)),
        ("a=rtcp:", ("203.0.113.9", 4001)),
        ("a=rtcp", ("203.0.113.9", 4001)),
    ],
)
def test_where_reports_go(attribute: str, expected: tuple[str, int]) -> None:
    leg = ours()
    leg.answer(theirs(f"m=audio 4000 RTP/AVP 8\r\n{attribute}"))
    assert leg.agreed is not None
    assert (leg.agreed.remote_rtcp_host, leg.agreed.remote_rtcp_port) == expected


@given(
    st.permutations(["0", "8", "9", "18", "101"]),
    st.lists(st.sampled_from(BOTH), min_size=1, max_size=2, unique=True),
)
def test_two_of_us_agree_both_ways(formats: list[str], codecs: list[Codec]) -> None:
    offerer, answerer = ours(), Negotiator(9, {4: "192.0.2.2"}, 30000, codecs, new_key=bytes)
    agreed = offerer.accept(answerer.answer(offerer.offer()))
    assert answerer.agreed is not None
    assert agreed.codec is answerer.agreed.codec
    assert agreed.payload_type in answerer.agreed.receive
    assert answerer.agreed.payload_type in agreed.receive
    leg = ours(*codecs)
    leg.answer(
        theirs(f"m=audio 4000 RTP/AVP {' '.join(formats)}\r\na=rtpmap:101 telephone-event/8000")
    )
    first = next(
        f for f in formats if f in {"0", "8"} and Codec("PCMU" if f == "0" else "PCMA") in codecs
    )
    assert leg.agreed is not None
    assert leg.agreed.payload_type == int(first)
