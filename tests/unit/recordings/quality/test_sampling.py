"""The draw: fair, and the same for everybody who draws again."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.quality.sampling import Candidate, draw, population_hash
from voicegw.errors import InvalidError
from voicegw.model.review import SampleRule

FROM = datetime(2026, 3, 1, tzinfo=UTC)
UNTIL = datetime(2026, 4, 1, tzinfo=UTC)


def rule(**changes: Any) -> SampleRule:
    """A rule for March."""
    return SampleRule(FROM, UNTIL, **({"seed": "spring"} | changes))


def talks(count: int, managers: int = 4) -> list[Candidate]:
    """Talks of some managers in turn."""
    return [Candidate(f"rec_{n:04}", f"mgr_{n % managers}") for n in range(count)]


def test_the_same_seed_and_population_give_the_same_talks_in_whatever_order_they_come() -> None:
    first = draw(rule(count=10, blind_share=0.3), talks(100))
    again = draw(rule(count=10, blind_share=0.3), reversed(talks(100)))
    assert first == again
    assert draw(rule(count=10, seed="autumn"), talks(100)).recording_ids != first.recording_ids
    assert first.population == 100
    assert first.population_sha256 == population_hash(one.recording_id for one in talks(100))


def test_a_draw_is_known_for_good() -> None:
    drawn = draw(rule(share=0.3), talks(10))
    assert drawn.recording_ids == KNOWN


def test_each_manager_gives_as_many_as_asked_or_as_there_are() -> None:
    few = [Candidate("rec_x", "mgr_few"), *talks(40)]
    drawn = draw(rule(per_manager=3), few)
    owner = {one.recording_id: one.manager_id for one in few}
    counts = Counter(owner[one] for one in drawn.recording_ids)
    assert counts == {"mgr_0": 3, "mgr_1": 3, "mgr_2": 3, "mgr_3": 3, "mgr_few": 1}


def test_who_was_reviewed_least_comes_first() -> None:
    drawn = draw(rule(count=4), talks(40), {"mgr_0": 9, "mgr_1": 2, "mgr_2": 3, "mgr_3": 0})
    owner = {one.recording_id: one.manager_id for one in talks(40)}
    assert [owner[one] for one in drawn.recording_ids[:2]] == ["mgr_3", "mgr_3"]
    assert Counter(owner[one] for one in drawn.recording_ids) == {"mgr_3": 3, "mgr_1": 1}
    assert drawn.reviewed == {"mgr_0": 9, "mgr_1": 2, "mgr_2": 3, "mgr_3": 0}
    # What a sample keeps is enough to draw again.
    assert draw(rule(count=4), talks(40), drawn.reviewed) == drawn
    assert draw(rule(share=0.1), talks(40), {"mgr_0": 9}).reviewed == {}


def test_a_draw_is_bounded() -> None:
    with pytest.raises(InvalidError, match="5000 at most"):
        draw(rule(share=1.0), talks(5001))


@given(count=st.integers(1, 60), population=st.integers(0, 60), managers=st.integers(1, 9))
def test_counts_are_fair_to_within_one(count: int, population: int, managers: int) -> None:
    population_ = talks(population, managers)
    drawn = draw(rule(count=count), population_)
    assert len(drawn.recording_ids) == min(count, population)
    assert len(set(drawn.recording_ids)) == len(drawn.recording_ids)
    owner = {one.recording_id: one.manager_id for one in population_}
    taken = Counter(owner[one] for one in drawn.recording_ids)
    had = Counter(owner.values())
    short = [manager for manager in had if taken[manager] < had[manager]]
    most = max(taken.values(), default=0)
    assert all(taken[manager] >= most - 1 for manager in short)


def test_a_share_is_rounded_up_and_blind_ones_are_among_those_drawn() -> None:
    drawn = draw(rule(share=0.1, blind_share=0.1), talks(101))
    assert len(drawn.recording_ids) == 11
    assert len(drawn.blind_ids) == 2
    assert set(drawn.blind_ids) <= set(drawn.recording_ids)
    assert len(draw(rule(share=0.3), talks(10)).recording_ids) == 3


def test_every_talk_has_the_same_chance() -> None:
    hits: Counter[str] = Counter()
    for number in range(400):
        hits.update(draw(rule(share=0.25, seed=str(number)), talks(20)).recording_ids)
    assert all(60 <= hits[one.recording_id] <= 140 for one in talks(20))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "rule"),
        ({"count": 1, "share": 0.5}, "rule"),
        ({"count": 0}, "count"),
        ({"per_manager": 0}, "per_manager"),
        ({"share": 0.0}, "share"),
        ({"share": 1.1}, "share"),
        ({"count": 1, "blind_share": 1.5}, "blind_share"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        draw(rule(**changes), talks(3))
    assert caught.value.field == field


def test_a_time_span_must_run_forward() -> None:
    with pytest.raises(InvalidError):
        draw(SampleRule(UNTIL, FROM, count=1), [])


#: By an independent program: `printf 'spring\nrec_0000' | sha256sum` and so on, sorted.
KNOWN = ("rec_0007", "rec_0004", "rec_0001")
