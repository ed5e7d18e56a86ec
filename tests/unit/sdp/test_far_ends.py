"""What telephones and border controllers write into descriptions, and what becomes of it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicegw.errors import SdpError
from voicegw.sdp.codecs import Codec
from voicegw.sdp.description import Direction, parse
from voicegw.sdp.negotiation import Negotiator
from voicegw.sdp.terms import MediaTerms, SrtpPolicy

BROWSER = """\
a=group:BUNDLE audio video
a=msid-semantic: WMS *
a=ice-lite
a=fingerprint:sha-256 00:11
"""
AUDIO_EXTRAS = """\
a=rtcp-mux
a=rtcp-rsize
a=rtcp-fb:8 nack
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=ssrc:1 cname:x
a=ice-ufrag:abcd
a=ice-pwd:0123456789012345678901
a=candidate:1 1 UDP 1 203.0.113.9 4000 typ host
a=mid:audio
a=setup:actpass
a=silenceSupp:off - - - -
a=rtpmap:18 G729/8000
a=fmtp:18 annexb=no
"""


def ours(*, ipv6: bool = False) -> Negotiator:
    return Negotiator(
        42,
        {4: "198.51.100.1", 6: "2001:db8::1"} if ipv6 else {4: "198.51.100.1"},
        20000,
        (Codec.PCMA, Codec.PCMU),
        new_key=bytes,
    )


def theirs(*media: str, session: str = "", connection: str = "IP4 203.0.113.9") -> str:
    head = f"v=0\no=- 7 1 IN IP4 203.0.113.9\ns=-\nc=IN {connection}\nt=0 0\n{session}"
    return (head + "\n".join(media)).replace("\n", "\r\n") + "\r\n"


def test_what_a_browser_wants_beside_sound_is_neither_refused_nor_promised() -> None:
    answer = ours().answer(
        theirs(
            "m=audio 4000 RTP/AVPF 18 8",
            AUDIO_EXTRAS.rstrip(),
            "m=video 4002 RTP/AVPF 96",
            "a=mid:video",
            session=BROWSER,
        )
    )
    audio, video = parse(answer).media
    assert (audio.protocol, audio.formats, audio.port) == ("RTP/AVPF", ("8",), 20000)
    assert {a.name for a in audio.attributes} == {"rtpmap", "ptime", "sendrecv"}
    assert not parse(answer).attributes
    assert (video.kind, video.port, video.formats, video.attributes) == ("video", 0, ("96",), ())


def test_lines_keep_their_places_over_every_later_negotiation() -> None:
    leg = ours()
    lines = (
        "m=application 4004 UDP/DTLS/SCTP webrtc-datachannel",
        "m=video 4002 RTP/AVP 96 97 98",
        "m=audio 4000/2 RTP/AVP 18 8",
        "m=audio 4010 RTP/AVP 0",
        "m=image 4006 udptl t38",
    )
    wanted = [
        ("application", 0, "UDP/DTLS/SCTP"),
        ("video", 0, "RTP/AVP"),
        ("audio", 20000, "RTP/AVP"),
        ("audio", 0, "RTP/AVP"),
        ("image", 0, "udptl"),
    ]
    for text in (leg.answer(theirs(*lines)), leg.offer(), leg.answer(theirs(*lines)), leg.offer()):
        assert [(m.kind, m.port, m.protocol) for m in parse(text).media] == wanted
        assert all(m.formats for m in parse(text).media)
    assert leg.agreed is not None
    assert leg.agreed.remote_port == 4000
    leg.accept(theirs(*lines).replace("18 8", "8").replace(" 4010 ", " 0 "))


@pytest.mark.parametrize(
    ("media", "why"),
    [
        (("m=video 4000 RTP/AVP 96",), "no sound"),
        (("m=audio 0 RTP/AVP 8",), "no sound"),
        (("m=audio 4000 RTP/AVP 18",), "no codec"),
        (("m=audio 4000 UDP/TLS/RTP/SAVPF 8",), "transport"),
        (("m=audio 4000 TCP/RTP/AVP 8",), "transport"),
        (("m=audio 4000 RTP/SAVP 8",), "encrypted"),
        (("m=audio 4000 RTP/AVP 8", "c=IN IP4 pbx.example"), "a name"),
        (("m=audio 4000 RTP/AVP 8", "c=IN IP4 224.2.1.1/127"), "one telephone"),
        (("m=audio 4000 RTP/AVP 8", "c=IN IP6 2001:db8::9"), "IPv6"),
    ],
)
def test_why_nothing_fits_is_told_without_a_word_of_theirs(
    media: tuple[str, ...], why: str
) -> None:
    with pytest.raises(SdpError, match=why) as raised:
        ours().answer(theirs(*media))
    assert "pbx" not in str(raised.value)
    assert "203" not in str(raised.value)


def test_the_first_line_of_sound_that_can_be_used_is_used() -> None:
    leg = ours()
    answer = leg.answer(
        theirs(
            "m=audio 4000 UDP/TLS/RTP/SAVPF 8",
            "m=audio 4002 RTP/AVP 18",
            "m=audio 4004 RTP/AVP 8",
            "c=IN IP4 pbx.example",
            "m=audio 4006 RTP/AVP 0",
            "m=audio 4008 RTP/AVP 8",
        )
    )
    assert [m.port for m in parse(answer).media] == [0, 0, 0, 20000, 0]
    assert leg.agreed is not None
    assert leg.agreed.remote_port == 4006


def test_addresses_of_ipv6_are_taken_and_given_where_we_have_one() -> None:
    leg = ours(ipv6=True)
    answer = leg.answer(
        theirs(
            "m=audio 4000 RTP/AVP 8",
            "c=IN IP6 2001:DB8:0:0::9",
            "a=rtcp:5001 IN IP6 2001:db8::A",
            connection="IP4 203.0.113.9",
        )
    )
    assert "c=IN IP6 2001:db8::1\r\n" in answer
    assert "IN IP6 2001:db8::1\r\ns=" in answer
    assert leg.agreed is not None
    assert (leg.agreed.remote_host, leg.agreed.remote_rtcp_host) == ("2001:db8::9", "2001:db8::a")
    assert leg.agreed.remote_rtcp_port == 5001
    assert "c=IN IP6 2001:db8::1" in leg.offer()
    with pytest.raises(SdpError, match="IPv4"):
        leg.answer(theirs("m=audio 4000 RTP/AVP 8"))
    with pytest.raises(SdpError, match="another family"):
        leg.accept(theirs("m=audio 4000 RTP/AVP 8"))


@pytest.mark.parametrize("hold", ["IP4 0.0.0.0", "IP6 ::"])
def test_the_old_spelling_of_hold_is_understood_in_either_family(hold: str) -> None:
    leg = ours(ipv6=True)
    leg.answer(theirs("m=audio 4000 RTP/AVP 8", "c=IN IP6 2001:db8::9"))
    answer = leg.answer(theirs("m=audio 4000 RTP/AVP 8", connection=hold))
    assert leg.agreed is not None
    assert leg.agreed.is_held
    assert not leg.agreed.may_send
    assert parse(answer).direction_of(parse(answer).media[0]) is Direction.RECVONLY


@pytest.mark.parametrize(
    ("lines", "packet_ms"),
    [
        ((), 20),
        (("a=ptime:10",), 10),
        (("a=ptime:30",), 30),
        (("a=ptime:35",), 30),
        (("a=ptime:60",), 60),
        (("a=ptime:200",), 60),
        (("a=ptime:5",), 10),
        (("a=ptime:0",), 20),
        (("a=ptime:many",), 20),
        (("a=ptime:-20",), 20),
        (("a=ptime:99999999999",), 20),
        (("a=maxptime:10",), 10),
        (("a=ptime:40", "a=maxptime:30"), 30),
        (("a=ptime:30", "a=maxptime:150"), 30),
    ],
)
def test_packets_hold_what_the_far_end_asks_for_within_reason(
    lines: tuple[str, ...], packet_ms: int
) -> None:
    leg = ours()
    answer = leg.answer(theirs("m=audio 4000 RTP/AVP 8", *lines))
    assert leg.agreed is not None
    assert leg.agreed.packet_ms == packet_ms
    assert "a=ptime:20\r\n" in answer


def test_an_answer_does_not_grow_with_a_wild_offer_nor_take_long() -> None:
    formats = " ".join(str(n) for n in range(128)) * 30
    wild = "\n".join(f"a=rtpmap:{n % 128} x{n}/8000" for n in range(1500))
    offer = theirs(f"m=video 1 RTP/AVP {formats}", f"m=audio 4000 RTP/AVP {formats} 8", wild)
    assert len(offer) < 65_536
    began = time.thread_time()
    with pytest.raises(SdpError):
        ours().answer(offer)
    answer = ours().answer(offer + "m=audio 4000 RTP/AVP 8\r\n")
    assert time.thread_time() - began < 1
    assert len(answer) < 400


_PROFILES = st.sampled_from(["RTP/AVP", "RTP/AVPF", "RTP/SAVP", "UDP/TLS/RTP/SAVPF", "udptl"])
_FORMATS = st.lists(st.sampled_from(["0", "8", "9", "13", "96", "101", "x", "999"]), min_size=1)
_LINES = st.lists(
    st.sampled_from(
        [
            "a=rtpmap:96 opus/48000/2",
            "a=rtpmap:96 PCMA/8000",
            "a=rtpmap:101 telephone-event/8000",
            "a=rtpmap:101 telephone-event/48000",
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40,
            "a=crypto:x",
            "a=sendonly",
            "a=inactive",
            "a=ptime:30",
            "a=rtcp:9 IN IP4 203.0.113.1",
            "c=IN IP4 0.0.0.0",
            "c=IN IP6 2001:db8::9",
            "c=IN IP4 name.example",
            "a=",
            "b=AS:64",
        ]
    ),
    max_size=6,
)
_MEDIA = st.builds(
    lambda kind, port, profile, formats, lines: "\n".join(
        [f"m={kind} {port} {profile} {' '.join(formats)}", *lines]
    ),
    st.sampled_from(["audio", "audio", "video", "text"]),
    st.sampled_from([0, 4000, 4002, 65_535]),
    _PROFILES,
    _FORMATS,
    _LINES,
)


@settings(max_examples=150)
@given(
    st.lists(st.lists(_MEDIA, min_size=1, max_size=4), min_size=1, max_size=4),
    st.sampled_from(SrtpPolicy),
)
def test_any_row_of_offers_is_answered_line_by_line_or_refused(
    rounds: list[list[str]], srtp: SrtpPolicy
) -> None:
    leg = ours(ipv6=True)
    terms = MediaTerms(srtp=srtp)
    version = 0
    for media in rounds:
        before = leg.agreed
        try:
            answer = parse(leg.answer(theirs(*media), terms))
        except SdpError:
            assert leg.agreed is before
            continue
        assert len(answer.media) == len(media)
        assert sum(line.port != 0 for line in answer.media) == 1
        assert answer.origin.session_id == 42
        assert answer.origin.version in (version, version + 1)
        version = answer.origin.version
        assert leg.agreed is not None
        assert set(leg.agreed.receive) == {
            int(number) for line in answer.media if line.port for number in line.formats
        }
        offer = parse(leg.offer())
        assert [m.kind for m in offer.media] == [m.kind for m in answer.media]
        version = offer.origin.version
