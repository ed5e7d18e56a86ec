"""What else a segment may be: the texts a recogniser weighed, with probabilities."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from recordings.transcription.hypotheses import LEAST, Hypothesis, alternatives


def test_what_was_taken_keeps_what_the_others_leave() -> None:
    found = alternatives(
        "合约期十二个月",
        [
            Hypothesis("合约期十二个月", math.log(0.4)),
            Hypothesis("合约72个月", math.log(0.1)),
            Hypothesis("合约七十二个月", math.log(0.3)),
        ],
    )
    assert [(one.text, one.probability) for one in found] == [
        ("合约七十二个月", 0.375),
        ("合约72个月", 0.125),
    ]


def test_punctuation_makes_no_other_text() -> None:
    found = alternatives(
        "您好。",
        [
            Hypothesis("您好。", 0.0),
            Hypothesis("您好!", 0.0),
            Hypothesis("你好", 0.0),
            Hypothesis("你好?", 0.0),
        ],
    )
    assert [(one.text, one.probability) for one in found] == [("你好", 0.5)]


def test_what_is_hardly_probable_and_what_says_nothing_is_left_out() -> None:
    weighed = [Hypothesis("是", 0.0), Hypothesis("四", -9.0), Hypothesis("…", -1.0)]
    assert alternatives("是", weighed) == []
    assert alternatives("是", []) == []


@given(
    st.lists(
        st.tuples(st.text("是不好 。", max_size=4), st.floats(-1e6, 0.0)), min_size=1, max_size=12
    )
)
def test_probabilities_are_a_distribution(weighed: list[tuple[str, float]]) -> None:
    found = alternatives(weighed[0][0], [Hypothesis(*one) for one in weighed])
    shares = [one.probability for one in found]
    assert shares == sorted(shares, reverse=True)
    assert all(LEAST <= one <= 1.0 for one in shares)
    assert sum(shares) <= 1.0 + 0.001 * len(shares)
    letters = [one.text.replace(" ", "").replace("。", "") for one in found]
    assert len(set(letters)) == len(letters)
