"""Tables of code points say what `str.translate` says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recordings.quality.code_points import Translation

_CHARS = st.text(st.sampled_from("說说嗯后體a \n\ue000\U0002b740\U000f0001\ud800"), max_size=200)


@given(_CHARS)
def test_long_texts_are_translated_as_short_ones(text: str) -> None:
    """Whatever is dropped, beyond the first plane, or half a character."""
    dropping: dict[int, str | None] = {ord("說"): "说", ord("體"): "体", ord("嗯"): None}
    for table in (
        dropping,
        {ord("說"): "说", ord("说"): "\ue100"},
        {**dropping, 0x2B740: "体", 0xF0001: None},
    ):
        assert Translation(table).of(text) == text.translate(table)
