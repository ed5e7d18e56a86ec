"""Values in documents by JSON Pointer."""

from __future__ import annotations

import pytest

from voicegw.sms.pointer import check_pointer, text_at, value_at

DOCUMENT = {"a": [{"b/c": {"~": "x"}}, 17], "yes": True, "": "empty"}


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/a/0/b~1c/~0", "x"),
        ("/a/1", "17"),
        ("/a/2", None),
        ("/a/-1", None),
        ("/a/00", None),
        ("/a/0", None),
        ("/yes", None),
        ("/", "empty"),
        ("/a/1/b", None),
        ("", None),
    ],
)
def test_texts(pointer: str, expected: str | None) -> None:
    assert text_at(DOCUMENT, pointer) == expected


def test_the_whole_document_is_at_the_empty_pointer() -> None:
    assert value_at(DOCUMENT, "") == DOCUMENT


@pytest.mark.parametrize("pointer", ["a", "/~", "/~2", "x/y"])
def test_what_is_no_pointer_is_refused(pointer: str) -> None:
    with pytest.raises(ValueError, match="JSON Pointer"):
        check_pointer(pointer)
