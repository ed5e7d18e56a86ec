"""JSON that has one meaning, or none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.problems import ApiProblem
from api.strict_json import check_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_what_python_writes_is_taken(value: object) -> None:
    check_json(json.dumps(value, ensure_ascii=False).encode(errors="replace"))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "Expecting property name enclosed in double quotes at line 1, column 2"),
        (b'{"a": 1,\n "b" 2}', "Expecting ':' delimiter at line 2, column 6"),
        (b'{"a": NaN}', "a number is not one of JSON"),
        (b"[-Infinity]", "a number is not one of JSON"),
        (b"1" * 5000, "too many digits"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'"\xff"', "no UTF-8 at byte 1"),
        ('{"a": 1}'.encode("utf-16"), "no UTF-8 at byte 0"),
        (b'\xef\xbb\xbf{"a": 1}', "at line 1, column 1"),
        (b'{"a": 1} x', "Extra data at line 1, column 10"),
        (b'"\x01"', "Invalid control character at"),
    ],
)
def test_what_can_t_be_read_is_told_by_its_place(body: bytes, why: str) -> None:
    with pytest.raises(ApiProblem) as caught:
        check_json(body)
    assert (caught.value.code, why in caught.value.detail) == ("bad-request", True)


def test_names_given_twice_are_named() -> None:
    with pytest.raises(ApiProblem) as caught:
        check_json(b'{"a": {"b": 1, "c": 2, "b": 3, "c": 4, "b": 5}, "d": 1}')
    assert caught.value.code == "invalid"
    assert [one.field for one in caught.value.errors] == ["b", "c"]
