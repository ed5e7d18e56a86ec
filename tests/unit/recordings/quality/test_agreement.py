"""Agreement of two scorers, against values worked out by hand."""

from __future__ import annotations

import pytest

from recordings.quality.agreement import agreement, weighted_kappa


def test_without_pairs_there_is_nothing_to_say() -> None:
    assert agreement([]) is None
    assert weighted_kappa([]) is None


def test_perfect_agreement_is_one() -> None:
    found = agreement([(0, 0), (5, 5), (10, 10)])
    assert found is not None
    assert (found.exact, found.kappa, found.mean_difference, found.bias) == (1.0, 1.0, 0.0, 0.0)


def test_two_values_give_cohens_kappa_of_1960() -> None:
    # 45 times both say yes, 15 and 25 times they differ, 15 times both say no:
    # observed 0.6, by chance 0.7 * 0.6 + 0.3 * 0.4 = 0.54, kappa = 0.06 / 0.46.
    pairs = [(1.0, 1.0)] * 45 + [(1.0, 0.0)] * 25 + [(0.0, 1.0)] * 15 + [(0.0, 0.0)] * 15
    found = agreement(pairs)
    assert found is not None
    assert found.exact == pytest.approx(0.6)
    assert found.kappa == pytest.approx(0.06 / 0.46)
    assert found.bias == pytest.approx(0.1)


def test_a_near_miss_weighs_less_than_a_far_one() -> None:
    near = weighted_kappa([(0, 1), (1, 0), (5, 5), (10, 10)])
    far = weighted_kappa([(0, 10), (10, 0), (5, 5), (1, 1)])
    assert near is not None
    assert far is not None
    assert near > 0.9 > 0 > far


def test_when_both_always_give_the_same_score_chance_explains_all() -> None:
    assert weighted_kappa([(5, 5), (5, 5)]) is None


def test_against_scores_that_have_nothing_to_do_with_each_other_it_is_about_zero() -> None:
    pairs = [(float(a), float(b)) for a in range(5) for b in range(5)]
    assert weighted_kappa(pairs) == pytest.approx(0.0)
