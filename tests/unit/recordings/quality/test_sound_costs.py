"""What is found out of one character holds for all that are read as it is."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from recordings.quality.asides import LIGHT
from recordings.quality.pinyin import NUMBER, distance
from recordings.quality.sound_costs import NO_NUMBER_COST, costs_of, kinds_of

_CHARS = st.one_of(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
    st.sampled_from("保本不没未部没会回是事时的了年连三山\U000f0001\U000f0002az"),
)


def _cost(one: str, other: str) -> float:
    (cost_of,), (kind,) = costs_of(one), kinds_of(other)
    return cost_of(kind)


@given(_CHARS, _CHARS)
def test_a_character_costs_what_its_sound_is_apart(one: str, other: str) -> None:
    """Small words and negations apart, of which other rules hold."""
    assume(not LIGHT.issuperset((one, other)) and one not in "没未")
    assert _cost(one, other) == distance(one, other)


def test_negations_and_small_words_cost_by_themselves() -> None:
    """部 is read as 不 is and is no negation; 他 for 她 is nothing, 会 for 能 little."""
    assert _cost("没", "不") < _cost("没", "部")
    assert _cost("没", "未") < _cost("没", "喂")
    assert _cost("他", "她") == 0.0
    assert _cost("会", "能") < _cost("汇", "能")
    assert _cost("会", "能") < _cost("会", "农")
    assert _cost("会", NUMBER) == NO_NUMBER_COST
