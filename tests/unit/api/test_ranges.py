"""Byte ranges of RFC 9110."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ranges import ByteRange, RangeNotSatisfiableError, requested_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=0-", (0, 100)),
        ("bytes=10-19", (10, 20)),
        ("bytes=90-1000", (90, 100)),
        ("bytes=99-", (99, 100)),
        ("bytes=-1", (99, 100)),
        ("bytes=-1000", (0, 100)),
        ("Bytes = 5 - 6 ", (5, 7)),
    ],
)
def test_a_single_range(header: str, expected: tuple[int, int]) -> None:
    found = requested_range(header, 100)
    assert found == ByteRange(*expected, 100)
    assert found.content_range == f"bytes {expected[0]}-{expected[1] - 1}/100"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "items=0-1",
        "bytes=0-1,5-6",
        "bytes=9-1",
    ],
)
def test_what_is_no_single_range_is_ignored(header: str | None) -> None:
    assert requested_range(header, 100) is None


def test_a_range_that_ends_before_it_begins_is_ignored() -> None:
    assert requested_range("bytes=9-1", 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_outside(header: str) -> None:
    with pytest.raises(RangeNotSatisfiableError):
        requested_range(header, 100)


def test_nothing_of_nothing() -> None:
    with pytest.raises(RangeNotSatisfiableError):
        requested_range("bytes=0-", 0)


def test_if_range() -> None:
    assert requested_range("bytes=0-1", 100, if_range='"a"', etag='"a"') is not None
    assert requested_range("bytes=0-1", 100, if_range='"b"', etag='"a"') is None
    date = "Mon, 05 Jan 2026 02:03:04 GMT"
    assert requested_range("bytes=0-1", 100, if_range=date, etag='"a"') is None


@given(st.text(alphabet="bytes=-0123456789, ", max_size=40) | st.text(), st.integers(0, 1000))
def test_any_header_gives_a_range_inside_or_none(header: str, total: int) -> None:
    try:
        found = requested_range(header, total)
    except RangeNotSatisfiableError:
        return
    assert found is None or 0 <= found.start < found.stop <= total
