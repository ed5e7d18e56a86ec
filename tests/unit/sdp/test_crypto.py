from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.sdp.crypto import (
    OFFERED_SUITES,
    CryptoLine,
    CryptoSuite,
    answered_keys,
    offered_lines,
    parse_line,
    usable_lines,
)
from voicegw.sdp.description import Attribute, MediaDescription

KEY = bytes(range(30))
GCM_KEY = bytes(range(28))
INLINE = base64.b64encode(KEY).decode()
GCM_INLINE = base64.b64encode(GCM_KEY).decode()
CM80, CM32, GCM = CryptoSuite


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}", CryptoLine(1, CM80, KEY)),
        (f"7 aes_cm_128_hmac_sha1_32 INLINE:{INLINE}", CryptoLine(7, CM32, KEY)),
        (f"2 AEAD_AES_128_GCM inline:{GCM_INLINE}", CryptoLine(2, GCM, GCM_KEY)),
        (f"2 AEAD_AES_128_GCM inline:{GCM_INLINE.rstrip('=')}", CryptoLine(2, GCM, GCM_KEY)),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|2^31", CryptoLine(1, CM80, KEY)),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|1048576", CryptoLine(1, CM80, KEY)),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} KDR=0 WSH=128", CryptoLine(1, CM80, KEY)),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} -of=mine", CryptoLine(1, CM80, KEY)),
    ],
)
def test_a_line_that_can_be_met_is_read(text: str, line: CryptoLine) -> None:
    assert parse_line(text) == line


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        f"1 AES_CM_128_HMAC_SHA1_80 {INLINE}",
        f"x AES_CM_128_HMAC_SHA1_80 inline:{INLINE}",
        f"1234567890 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}",
        f"1 F8_128_HMAC_SHA1_80 inline:{INLINE}",
        f"1 AES_CM_128_HMAC_SHA1_80 uri:{INLINE}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{GCM_INLINE}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE[:-1]}*",
        "1 AES_CM_128_HMAC_SHA1_80 inline:",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|2^31|1:4",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|1:4",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|1:4;inline:{INLINE}|2:4",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|soon",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} KDR=3",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} UNENCRYPTED_SRTP",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} UNENCRYPTED_SRTCP",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} UNAUTHENTICATED_SRTP",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} FEC_ORDER=FEC_SRTP",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} WSH=much",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{'é' * 40}",
    ],
)
def test_a_line_that_can_not_be_met_is_left_out(text: str) -> None:
    assert parse_line(text) is None


@given(st.text(max_size=120))
def test_any_text_is_read_or_left_out(text: str) -> None:
    line = parse_line(text)
    assert line is None or len(line.key) == line.suite.key_bytes


@given(st.integers(0, 999_999_999), st.sampled_from(CryptoSuite), st.binary(min_size=30))
def test_what_is_written_is_read_again(tag: int, suite: CryptoSuite, key: bytes) -> None:
    line = CryptoLine(tag, suite, key[: suite.key_bytes])
    assert parse_line(line.attribute().value or "") == line


def test_only_so_many_lines_are_read() -> None:
    bad = Attribute("crypto", "1 NO_SUCH_SUITE inline:x")
    good = CryptoLine(1, CM80, KEY).attribute()
    first = MediaDescription("audio", 4000, "RTP/SAVP", ("0",), attributes=(bad, good))
    late = MediaDescription("audio", 4000, "RTP/SAVP", ("0",), attributes=(*[bad] * 40, good))
    assert usable_lines(first) == [CryptoLine(1, CM80, KEY)]
    assert usable_lines(late) == []


def test_an_answer_takes_one_of_the_offered_lines_by_tag_and_suite() -> None:
    offered = offered_lines({CM80: KEY, GCM: GCM_KEY}, OFFERED_SUITES)
    assert [(line.tag, line.suite) for line in offered] == [(1, CM80), (2, GCM)]
    theirs = bytes(30)
    keys = answered_keys(offered, [CryptoLine(1, CM80, theirs)])
    assert keys is not None
    assert (keys.suite, keys.local, keys.remote) == (CM80, KEY, theirs)
    assert answered_keys(offered, [CryptoLine(1, CM32, theirs)]) is None
    assert answered_keys(offered, [CryptoLine(2, CM80, theirs)]) is None
    assert answered_keys(offered, []) is None


def test_keys_are_in_no_repr() -> None:
    line = CryptoLine(1, CM80, b"k" * 30)
    keys = answered_keys([line], [CryptoLine(1, CM80, b"k" * 30)])
    assert "kkkk" not in repr(line) + repr(keys)
