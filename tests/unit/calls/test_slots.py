"""Places are counted per key, never negative, never forgotten."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.calls.slots import Slots


def test_a_key_has_as_many_places_as_the_limit() -> None:
    slots = Slots(2)
    assert not slots.full("a")
    assert slots.take("a")
    assert slots.take("a")
    assert slots.full("a")
    assert not slots.take("a")
    assert slots.take("b")
    assert len(slots) == 3


def test_a_place_given_back_is_free_again() -> None:
    slots = Slots(1)
    assert slots.take("a")
    slots.give_back("a")
    assert len(slots) == 0
    assert slots.take("a")


def test_giving_back_what_was_not_taken_is_a_defect() -> None:
    slots = Slots(1)
    with pytest.raises(KeyError):
        slots.give_back("a")
    assert len(slots) == 0
    assert not slots.full("a")


def test_no_place_at_all() -> None:
    slots = Slots(0)
    assert slots.full("a")
    assert not slots.take("a")


@given(
    st.integers(0, 3),
    st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60),
)
def test_places_agree_with_a_plain_count(limit: int, steps: list[tuple[str, bool]]) -> None:
    slots = Slots(limit)
    model: Counter[str] = Counter()
    for key, take in steps:
        if take:
            assert slots.take(key) == (model[key] < limit)
            model[key] = min(limit, model[key] + 1)
        elif model[key]:
            slots.give_back(key)
            model[key] -= 1
        else:
            with pytest.raises(KeyError):
                slots.give_back(key)
        assert len(slots) == model.total()
        assert slots.full(key) == (model[key] >= limit)
