"""Codecs under the terms of an offer or an answer: which, in what order, under what numbers."""

from __future__ import annotations

import pytest

from voicegw.errors import SdpError
from voicegw.sdp.codecs import Codec
from voicegw.sdp.description import parse
from voicegw.sdp.negotiation import Negotiator
from voicegw.sdp.terms import MediaTerms

ALL = (Codec.PCMA, Codec.PCMU, Codec.G722, Codec.OPUS)
WIDE = (
    "m=audio 4000 RTP/AVP 96 9 0 8 97 98\r\na=rtpmap:96 opus/48000/2\r\n"
    "a=rtpmap:97 telephone-event/8000\r\na=rtpmap:98 telephone-event/48000"
)


def ours() -> Negotiator:
    return Negotiator(42, {4: "198.51.100.1"}, 20000, ALL, new_key=bytes)


def theirs(audio: str) -> str:
    return (
        f"v=0\r\no=- 7 1 IN IP4 203.0.113.9\r\ns=-\r\nc=IN IP4 203.0.113.9\r\nt=0 0\r\n{audio}\r\n"
    )


def codecs(*names: str) -> MediaTerms:
    return MediaTerms(codecs=names)


def rtpmaps(text: str) -> list[str]:
    (audio,) = parse(text).media
    return [a.value or "" for a in audio.attributes if a.name == "rtpmap"]


def test_an_offer_names_the_codecs_of_its_terms_in_their_order_and_events_on_each_clock() -> None:
    assert rtpmaps(ours().offer(codecs("opus", "G722", "PCMA"))) == [
        "107 opus/48000/2",
        "9 G722/8000",
        "8 PCMA/8000",
        "110 telephone-event/48000",
        "101 telephone-event/8000",
    ]


@pytest.mark.parametrize(
    ("terms", "codec", "number", "event", "event_clock_hz"),
    [
        (MediaTerms(), Codec.OPUS, 96, 98, 48_000),
        (codecs("PCMA", "opus"), Codec.PCMA, 8, 97, 8000),
        (codecs("G722"), Codec.G722, 9, 97, 8000),
        (codecs("opus", "PCMA"), Codec.OPUS, 96, 98, 48_000),
    ],
)
def test_an_answer_takes_the_first_of_the_terms_that_was_offered(
    terms: MediaTerms, codec: Codec, number: int, event: int, event_clock_hz: int
) -> None:
    leg = ours()
    answer = leg.answer(theirs(WIDE), terms)
    assert leg.agreed is not None
    assert (leg.agreed.codec, leg.agreed.payload_type) == (codec, number)
    assert (leg.agreed.event_payload_type, leg.agreed.event_clock_hz) == (event, event_clock_hz)
    assert parse(answer).media[0].formats == (str(number), str(event))


def test_opus_beside_events_at_8000_only_uses_these() -> None:
    leg = ours()
    leg.answer(
        theirs(
            "m=audio 4000 RTP/AVP 96 97\r\na=rtpmap:96 opus/48000/2\r\n"
            "a=rtpmap:97 telephone-event/8000"
        )
    )
    assert leg.agreed is not None
    assert (leg.agreed.event_payload_type, leg.agreed.event_clock_hz) == (97, 8000)


def test_terms_without_a_codec_that_is_carried_are_refused_and_change_nothing() -> None:
    leg = Negotiator(42, {4: "198.51.100.1"}, 20000, (Codec.PCMA,), new_key=bytes)
    before = leg.offer()
    with pytest.raises(SdpError):
        leg.offer(codecs("opus"))
    with pytest.raises(SdpError):
        leg.answer(theirs(WIDE), codecs("opus"))
    assert leg.offer() == before


def test_numbers_keep_their_meaning_when_codecs_come_and_go() -> None:
    leg = ours()
    leg.answer(theirs(WIDE))
    assert rtpmaps(leg.offer(codecs("PCMA"))) == ["8 PCMA/8000", "101 telephone-event/8000"]
    again = rtpmaps(leg.offer(codecs("PCMA", "opus")))
    assert again[1] == "96 opus/48000/2"
    assert again[3] == "98 telephone-event/48000"


def test_a_far_end_that_uses_up_every_number_still_gets_an_offer() -> None:
    leg = ours()
    for number in range(128):
        leg.answer(theirs(f"m=audio 4000 RTP/AVP {number}\r\na=rtpmap:{number} PCMU/8000"))
    formats = parse(leg.offer()).media[0].formats
    assert len(set(formats)) == len(formats) == len(ALL) + 2


def test_an_answer_may_only_choose_what_the_terms_of_the_offer_named() -> None:
    leg = ours()
    leg.offer(codecs("PCMA"))
    with pytest.raises(SdpError):
        leg.accept(theirs("m=audio 4000 RTP/AVP 0"))


def test_a_peer_on_this_side_of_a_nat_is_shown_the_inner_address_for_good() -> None:
    leg = ours()
    for terms in (MediaTerms(inner_address="10.0.0.1"), MediaTerms()):
        description = parse(leg.offer(terms))
        assert description.connection is not None
        assert (description.connection.address, description.origin.address) == ("10.0.0.1",) * 2
    assert "10.0.0.1" not in ours().offer(MediaTerms())


def test_an_answer_shows_the_inner_address_too() -> None:
    leg = ours()
    offer = leg.understand(theirs(WIDE), MediaTerms(inner_address="10.0.0.1"))
    assert "c=IN IP4 10.0.0.1" in leg.respond(offer)
