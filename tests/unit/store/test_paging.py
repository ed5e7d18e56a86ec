"""Cursors survive the way out and back, and nothing else is taken for one."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.errors import InvalidError
from voicegw.store.paging import MAX_LIMIT, check_limit, decode_cursor, encode_cursor


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1),
)
def test_a_cursor_gives_its_key_back(text: str, number: int) -> None:
    cursor = encode_cursor(text, number)
    assert decode_cursor(cursor, tuple[str, int]) == (text, number)
    assert "=" not in cursor


@given(st.text())
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with suppress(InvalidError):
        assert isinstance(decode_cursor(text, tuple[str, int]), tuple)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "é",
        "AAAA",
        encode_cursor(1),
        encode_cursor("a", "b"),
        encode_cursor("a\0", 1),
        encode_cursor("a", 2**63),
        encode_cursor("a", -(2**70)),
    ],
)
def test_cursors_of_another_shape(cursor: str) -> None:
    with pytest.raises(InvalidError):
        decode_cursor(cursor, tuple[str, int])


@pytest.mark.parametrize("limit", [-1, 0, MAX_LIMIT + 1])
def test_limits(limit: int) -> None:
    assert check_limit(MAX_LIMIT) == MAX_LIMIT
    with pytest.raises(InvalidError):
        check_limit(limit)


@pytest.mark.parametrize("time", ["2026-01-05T02:03:04", "0001-01-01T00:00:00+14:00"])
def test_times_that_no_column_holds(time: str) -> None:
    with pytest.raises(InvalidError):
        decode_cursor(encode_cursor(time, "a"), tuple[datetime, str])
