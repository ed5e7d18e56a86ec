from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.media.bencode import Encodable, decode, encode


def test_a_command_is_written_with_its_keys_in_order() -> None:
    command: Encodable = {"command": "offer", "call-id": b"\xff\n", "flags": ["a", 0], "n": -7}
    written = b"d7:call-id2:\xff\n7:command5:offer5:flagsl1:ai0ee1:ni-7ee"
    assert encode(command) == written
    assert decode(written) == {
        "call-id": b"\xff\n",
        "command": b"offer",
        "flags": [b"a", 0],
        "n": -7,
    }


VALUES = st.recursive(
    st.integers(-(2**60), 2**60) | st.binary(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_what_was_written_is_read_again(value: object) -> None:
    assert decode(encode(value)) == value  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"i", b"ie", b"i1", b"i-e", b"i1x2e", b"i" + b"9" * 30 + b"e", b"x", b"5:abc"),
        *(b"-1:", b":", b"3", b"l", b"li1e", b"d", b"di1ei2ee", b"d1:ae", b"i1ei2e", b"l" * 100),
        *(b"99999999999999999999999:a", b"1e:a", "i\u0661e".encode()),
    ],
)
def test_what_is_no_value_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        value = decode(data)
    except ValueError:
        return
    assert decode(encode(value)) == value
