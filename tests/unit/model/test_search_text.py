"""Text as it is searched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.model.search_text import MAX_TERMS, folded, grams, search_terms, trigrams


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("保证 收益", "保证 收益"),
        ("  ＡＢＣ\t保证\n\x00收益 ", "abc 保证 收益"),
        ("Straße", "straße"),
        ("㈱①", "(株)1"),
    ],
)
def test_what_nobody_searches_for_is_folded(text: str, expected: str) -> None:
    assert folded(text) == expected


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ()),
        (" \u3000", ()),
        ("保证", ("保证",)),
        ("保证\u3000收益 保证", ("保证", "收益")),
        ("a b c d e f", ("a", "b", "c", "d", "e f")),
    ],
)
def test_terms(query: str, expected: tuple[str, ...]) -> None:
    assert search_terms(query) == expected
    assert len(expected) <= MAX_TERMS


def test_keys() -> None:
    assert grams("证") == (0x8BC1,)
    assert grams("保证") == (0x4FDD << 21 | 0x8BC1,)
    assert len(grams("一一一")) == 1
    assert trigrams("保证") == ()
    assert trigrams("保证收益") == ("保证收", "证收益")
