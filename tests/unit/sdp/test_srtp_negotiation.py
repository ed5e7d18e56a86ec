"""Offer and answer with keys: the policy, the profile, and what both sides then send with."""

from __future__ import annotations

import base64
from itertools import count

import pytest

from voicegw.errors import SdpError
from voicegw.sdp.codecs import Codec
from voicegw.sdp.crypto import CryptoSuite
from voicegw.sdp.description import Attribute, parse
from voicegw.sdp.negotiation import Negotiator
from voicegw.sdp.terms import MediaTerms, SrtpPolicy

OFF, OPTIONAL, REQUIRED = (MediaTerms(srtp=policy) for policy in SrtpPolicy)
THEIR_KEY = bytes(range(30))
LINE = f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{base64.b64encode(THEIR_KEY).decode()}\r\n"
OTHER = f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{base64.b64encode(bytes(30)).decode()}\r\n"
MKI = LINE.replace("\r\n", "|2^31|1:1\r\n")


def ours(number: int = 42) -> Negotiator:
    numbers = count(number)
    return Negotiator(
        number,
        {4: "198.51.100.1"},
        20000,
        (Codec.PCMA,),
        new_key=lambda size: bytes([next(numbers)] * size),
    )


def theirs(profile: str, lines: str = "") -> str:
    return (
        "v=0\r\no=- 7 1 IN IP4 203.0.113.9\r\ns=-\r\nc=IN IP4 203.0.113.9\r\nt=0 0\r\n"
        f"m=audio 4000 {profile} 8\r\n{lines}"
    )


def profile_of(text: str) -> str:
    return parse(text).media[0].protocol


def crypto_of(text: str) -> list[Attribute]:
    return [a for a in parse(text).media[0].attributes if a.name == "crypto"]


@pytest.mark.parametrize(
    ("terms", "profile", "lines"),
    [(OFF, "RTP/AVP", 0), (OPTIONAL, "RTP/AVP", 2), (REQUIRED, "RTP/SAVP", 2)],
)
def test_an_offer_is_as_plain_as_its_policy_allows(
    terms: MediaTerms, profile: str, lines: int
) -> None:
    leg = ours()
    text = leg.offer(terms)
    assert profile_of(text) == profile
    assert len(crypto_of(text)) == lines
    assert len({a.value for a in crypto_of(text)}) == lines
    assert bool(leg.receivable) is (lines == 0)


@pytest.mark.parametrize(
    ("terms", "profile", "lines", "encrypted"),
    [
        (OFF, "RTP/AVP", "", False),
        (OFF, "RTP/AVP", LINE, False),
        (OFF, "RTP/SAVP", LINE, None),
        (OFF, "RTP/SAVP", "", None),
        (OPTIONAL, "RTP/AVP", "", False),
        (OPTIONAL, "RTP/AVP", LINE, True),
        (OPTIONAL, "RTP/AVPF", LINE, True),
        (OPTIONAL, "RTP/AVP", MKI, False),
        (OPTIONAL, "RTP/SAVP", LINE, True),
        (OPTIONAL, "RTP/SAVPF", LINE, True),
        (OPTIONAL, "RTP/SAVP", MKI + LINE, True),
        (OPTIONAL, "RTP/SAVP", "", None),
        (OPTIONAL, "RTP/SAVP", MKI, None),
        (REQUIRED, "RTP/AVP", "", None),
        (REQUIRED, "RTP/AVP", LINE, True),
        (REQUIRED, "RTP/SAVP", LINE, True),
        (REQUIRED, "UDP/TLS/RTP/SAVPF", LINE, None),
    ],
)
def test_an_offer_is_answered_as_its_policy_wants_or_refused(
    terms: MediaTerms, profile: str, lines: str, encrypted: bool | None
) -> None:
    leg = ours()
    if encrypted is None:
        with pytest.raises(SdpError):
            leg.answer(theirs(profile, lines), terms)
        assert leg.agreed is None
        return
    answer = leg.answer(theirs(profile, lines), terms)
    assert profile_of(answer) == profile
    assert leg.agreed is not None
    assert len(crypto_of(answer)) == encrypted
    if encrypted:
        assert leg.agreed.srtp is not None
        assert leg.agreed.srtp.suite is CryptoSuite.AES_CM_128_HMAC_SHA1_80
        assert leg.agreed.srtp.remote == THEIR_KEY
        assert leg.agreed.srtp.local != THEIR_KEY
    else:
        assert leg.agreed.srtp is None


@pytest.mark.parametrize(
    ("terms", "profile", "lines", "encrypted"),
    [
        (OFF, "RTP/AVP", "", False),
        (OFF, "RTP/AVP", LINE, False),
        (OFF, "RTP/SAVP", LINE, None),
        (OPTIONAL, "RTP/AVP", "", False),
        (OPTIONAL, "RTP/AVP", LINE, True),
        (OPTIONAL, "RTP/SAVP", LINE, True),
        (OPTIONAL, "RTP/SAVP", "", None),
        (OPTIONAL, "RTP/AVP", LINE.replace(":1 ", ":9 "), False),
        (REQUIRED, "RTP/AVP", "", None),
        (REQUIRED, "RTP/SAVP", LINE, True),
        (REQUIRED, "RTP/SAVP", "", None),
        (REQUIRED, "RTP/SAVP", LINE.replace("_80", "_32"), None),
    ],
)
def test_an_answer_is_taken_as_the_offer_meant_it_or_refused(
    terms: MediaTerms, profile: str, lines: str, encrypted: bool | None
) -> None:
    leg = ours()
    leg.offer(terms)
    if encrypted is None:
        with pytest.raises(SdpError):
            leg.accept(theirs(profile, lines))
        assert leg.agreed is None
    else:
        assert (leg.accept(theirs(profile, lines)).srtp is not None) is encrypted


@pytest.mark.parametrize("terms", [OPTIONAL, REQUIRED])
def test_two_of_us_agree_on_each_others_keys(terms: MediaTerms) -> None:
    caller, callee = ours(1), ours(100)
    agreed = caller.accept(callee.answer(caller.offer(terms), terms))
    assert agreed.srtp is not None
    assert callee.agreed is not None
    assert callee.agreed.srtp is not None
    assert agreed.srtp.local == callee.agreed.srtp.remote
    assert agreed.srtp.remote == callee.agreed.srtp.local
    assert agreed.srtp.local != agreed.srtp.remote


def test_our_key_stays_for_the_dialog_and_theirs_may_change() -> None:
    leg = ours()
    first = leg.answer(theirs("RTP/SAVP", LINE), REQUIRED)
    assert leg.answer(theirs("RTP/SAVP", LINE), REQUIRED) == first
    second = leg.answer(theirs("RTP/SAVP", OTHER), REQUIRED)
    assert crypto_of(second) == crypto_of(first)
    assert leg.agreed is not None
    assert leg.agreed.srtp is not None
    assert leg.agreed.srtp.remote == bytes(30)
    again = leg.offer()
    assert profile_of(again) == "RTP/SAVP"
    assert crypto_of(again) == crypto_of(first)


def test_a_key_of_ours_that_fell_out_of_use_never_comes_back() -> None:
    leg = ours()
    secure, other_suite = theirs("RTP/AVP", LINE), LINE.replace("SHA1_80", "SHA1_32")
    used = set()
    for offer in (secure, theirs("RTP/AVP"), secure, theirs("RTP/AVP", other_suite), secure):
        leg.answer(offer, OPTIONAL)
        if leg.agreed is not None and leg.agreed.srtp is not None:
            used.add(leg.agreed.srtp.local)
    assert len(used) == 4


def test_keys_that_were_offered_and_not_taken_are_forgotten() -> None:
    leg = ours()
    before = crypto_of(leg.offer(OPTIONAL))
    leg.accept(theirs("RTP/AVP"))
    assert not set(before) & set(crypto_of(leg.offer(OPTIONAL)))


def test_what_began_beside_a_plain_profile_stays_there() -> None:
    leg = ours()
    leg.answer(theirs("RTP/AVP", LINE), REQUIRED)
    assert profile_of(leg.offer()) == "RTP/AVP"
    assert len(crypto_of(leg.offer())) == 1


def test_terms_without_keys_offer_the_plain_profile_again() -> None:
    leg = ours()
    leg.answer(theirs("RTP/SAVP", LINE), OPTIONAL)
    assert profile_of(leg.offer(OFF)) == "RTP/AVP"
    assert not crypto_of(leg.offer(OFF))


def test_a_refused_offer_leaves_the_keys_as_they_were() -> None:
    leg = ours()
    leg.answer(theirs("RTP/SAVP", LINE), REQUIRED)
    before = leg.agreed
    with pytest.raises(SdpError):
        leg.answer(theirs("RTP/AVP"), REQUIRED)
    assert leg.agreed is before


def test_no_key_is_in_a_repr() -> None:
    leg = Negotiator(1, {4: "198.51.100.1"}, 20000, (Codec.PCMA,), new_key=lambda size: b"k" * size)
    understood = leg.understand(theirs("RTP/SAVP", LINE), REQUIRED)
    leg.respond(understood)
    leg.offer()
    for secret in ("kkkk", "a2tra2", base64.b64encode(THEIR_KEY).decode()[:12], repr(THEIR_KEY)):
        assert secret not in repr(leg) + repr(understood) + repr(leg.agreed)
