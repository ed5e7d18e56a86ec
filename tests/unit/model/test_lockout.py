"""How long somebody waits who fails to log in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from voicegw.model.lockout import Failures, LockRules

NOW = datetime(2026, 1, 5, tzinfo=UTC)
RULES = LockRules(3, timedelta(seconds=30), timedelta(minutes=5))
FRESH = Failures(0, NOW)


def after(count: int, state: Failures = FRESH, at: datetime = NOW) -> Failures:
    """Return what is known after so many failures of one moment."""
    for _ in range(count):
        state = state.attempted(at, RULES)
    return state


def test_some_failures_are_free() -> None:
    assert after(2) == Failures(2, NOW)
    assert not after(2).is_locked(NOW)


def test_each_further_one_locks_for_twice_as_long() -> None:
    waits = [after(count).locked_until for count in range(3, 9)]
    assert [(until - NOW).total_seconds() for until in waits if until] == [
        30,
        60,
        120,
        240,
        300,
        300,
    ]


def test_a_lock_ends_by_itself() -> None:
    locked = after(3)
    assert locked.is_locked(NOW + timedelta(seconds=29))
    assert not locked.is_locked(NOW + timedelta(seconds=30))


def test_a_day_without_a_failure_forgets() -> None:
    day = NOW + RULES.forget
    assert after(4).attempted(day - timedelta(seconds=1), RULES).count == 5
    assert after(4).attempted(day, RULES) == Failures(1, day)


def test_what_was_right_is_taken_back_with_its_lock() -> None:
    assert after(3).taken_back(RULES) == Failures(2, NOW)
    assert FRESH.taken_back(RULES) == FRESH


def test_a_lock_that_others_made_stays() -> None:
    both = after(4)
    assert both.taken_back(RULES).locked_until == both.locked_until


@given(st.integers(1, 10_000))
def test_no_number_of_failures_locks_for_longer_than_the_longest(count: int) -> None:
    delay = RULES.delay(count)
    assert (delay is None) == (count < RULES.free)
    assert delay is None or timedelta(0) < delay <= RULES.most
