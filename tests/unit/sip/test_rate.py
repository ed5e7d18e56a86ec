"""Calls evenly spaced: moments taken, kept and given back."""

from __future__ import annotations

import random

import pytest

from voicegw.sip.rate import RateLimiter


def test_moments_lie_evenly_apart() -> None:
    limiter = RateLimiter(4)
    assert [limiter.take(10.0) for _ in range(4)] == [10.0, 10.25, 10.5, 10.75]
    assert limiter.wait_s(10.5) == 0.5
    assert limiter.take(100.0) == 100.0
    assert limiter.wait_s(100.25) == 0


def test_no_window_of_a_second_holds_more_than_the_rate() -> None:
    limiter, rng, now = RateLimiter(7), random.Random(1), 0.0
    moments = []
    for _ in range(500):
        now += rng.choice((0.0, 0.0, 0.05, 0.4))
        moments.append(limiter.take(now))
    for first in moments:
        assert sum(first <= one < first + 1 - 1e-6 for one in moments) <= 7


def test_without_a_rate_nobody_waits() -> None:
    limiter = RateLimiter(0)
    assert [limiter.take(5.0) for _ in range(3)] == [5.0] * 3
    assert limiter.wait_s(5.0) == 0


@pytest.mark.parametrize(("given_back", "next_at"), [(2, 12.0), (1, 13.0), (0, 13.0)])
def test_only_the_last_moment_can_be_had_again(given_back: int, next_at: float) -> None:
    """Who waits for a moment knows it already: another's gap behind it must stay."""
    limiter = RateLimiter(1)
    moments = [limiter.take(10.0) for _ in range(3)]
    limiter.give_back(moments[given_back])
    assert limiter.take(10.0) == next_at
