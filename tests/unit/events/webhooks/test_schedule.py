"""When a delivery is tried again, and at which pace a receiver is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.events.webhooks.pace import Pace
from voicegw.events.webhooks.schedule import RETRIES_S, longest, next_attempt, retry_after_s

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_the_times_of_the_contract() -> None:
    hour_s = 3600
    assert RETRIES_S[:3] == (5, 300, 1800)
    assert RETRIES_S[3:] == tuple(hours * hour_s for hours in (2, 5, 10, 14, 20, 24))
    waits = [next_attempt(attempts, NOW, 0.0) for attempts in range(1, 11)]
    assert waits == [*(NOW + timedelta(seconds=delay_s) for delay_s in RETRIES_S), None]


@given(attempts=st.integers(1, 9), chance=st.floats(0, 1))
def test_a_retry_is_never_early_and_at_most_a_tenth_late(attempts: int, chance: float) -> None:
    at = next_attempt(attempts, NOW, chance)
    assert at is not None
    delay_s = (at - NOW).total_seconds()
    assert RETRIES_S[attempts - 1] <= delay_s <= RETRIES_S[attempts - 1] * 1.1 + 1e-6


def test_a_receivers_wish_is_kept_within_a_day() -> None:
    assert next_attempt(1, NOW, 0.0, wish_s=3) == NOW + timedelta(seconds=5)
    assert next_attempt(1, NOW, 0.0, wish_s=60) == NOW + timedelta(seconds=60)
    assert next_attempt(1, NOW, 0.0, wish_s=1e9) == NOW + timedelta(days=1)
    assert next_attempt(10, NOW, 0.0, wish_s=60) is None


def test_the_longest_time_is_more_than_all_retries() -> None:
    assert longest() > timedelta(seconds=sum(RETRIES_S) * 1.1)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 0 ", 0),
        ("Wed, 04 Mar 2026 05:07:07 GMT", 60),
        ("Wed, 04 Mar 2026 05:07:07 -0000", 60),
        ("Wed, 04 Mar 2026 05:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("1e9", None),
        ("99999999999999999999", None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("Mon, 01 Jan 2026 00:00:00 +99999999999999999999", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, NOW) == seconds


def test_a_receiver_that_fails_is_asked_ever_more_rarely() -> None:
    pace = Pace(10)
    for _ in range(19):
        pace.failed(0.0)
    assert (pace.at_once, pace.pause_s(0.0)) == (10, 0)
    pauses = []
    now_s = 0.0
    for _ in range(8):
        pace.failed(now_s)
        assert pace.at_once == 1
        pauses.append(pace.pause_s(now_s))
        now_s += pauses[-1]
        assert pace.pause_s(now_s) == 0
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    pace.succeeded()
    assert (pace.at_once, pace.pause_s(now_s)) == (10, 0)


def test_a_receiver_that_is_away_for_weeks_overflows_nothing() -> None:
    pace = Pace(1)
    for _ in range(5000):
        pace.failed(0.0)
    assert pace.pause_s(0.0) == 30


def test_a_wish_to_be_left_alone_is_kept_for_an_hour_at_most() -> None:
    pace = Pace(10)
    pace.failed(0.0, wish_s=50)
    assert (pace.pause_s(0.0), pace.at_once) == (50, 10)
    pace.failed(0.0, wish_s=1e9)
    assert pace.pause_s(0.0) == 3600
