"""Cutting a stream into messages."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.sip.framing import StreamFramer

FIRST = b"INVITE sip:a SIP/2.0\r\nContent-Length: 3\r\nVia: x\r\n\r\nabc"
SECOND = b"BYE sip:a SIP/2.0\r\nVia: x\r\n\r\n"
THIRD = b"INFO sip:a SIP/2.0\r\nl:\r\n  4\r\n\r\n\r\n\r\n"
STREAM = b"\r\n" + FIRST + b"\r\n\r\n" + SECOND + b"\r\n\r\n\r\n\r\n" + THIRD + b"\r\n"


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_messages_do_not_depend_on_segments(cuts: list[int]) -> None:
    framer = StreamFramer()
    messages: list[bytes] = []
    edges = [0, *sorted(cuts), len(STREAM)]
    for start, end in pairwise(edges):
        messages += framer.feed(STREAM[start:end])
    assert messages == [FIRST, SECOND, THIRD]
    assert framer.take_pings() == 3
    assert framer.take_pings() == 0
    assert framer.error is None


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        (b"BYE sip:a SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\n", 400),
        (b"BYE sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n", 400),
        (b"BYE sip:a SIP/2.0\r\nContent-Length: 70000\r\n\r\n", 513),
        (b"x" * 65537, 513),
    ],
)
def test_what_makes_no_sense_stops_the_stream(bad: bytes, status: int) -> None:
    framer = StreamFramer()
    assert framer.feed(SECOND + bad) == [SECOND]
    assert framer.error is not None
    assert framer.error.status == status
    assert framer.feed(SECOND) == []


def test_equal_lengths_may_be_repeated() -> None:
    message = b"BYE sip:a SIP/2.0\r\nContent-Length: 1\r\nl:1 \r\n\r\nx"
    assert StreamFramer().feed(message) == [message]
