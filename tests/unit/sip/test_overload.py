"""When a node is behind its work, and when it no longer is."""

from __future__ import annotations

import random

import pytest

from voicegw.sip.overload import OverloadGuard


class Timeline:
    """Feeds a guard with delays, each for some time."""

    def __init__(self, threshold_s: float = 0.2) -> None:
        self.changes: list[bool] = []
        self.guard = OverloadGuard(
            threshold_s=threshold_s, rng=random.Random(1), on_change=self.changes.append
        )
        self.now = 0.0

    def delay(self, delay_s: float, for_s: float) -> bool:
        for _ in range(round(for_s / 0.05)):
            self.guard.observe(delay_s, self.now)
            self.now += 0.05
        return self.guard.is_overloaded


def test_a_queue_that_stands_is_overload() -> None:
    timeline = Timeline()
    assert not timeline.delay(0.19, 5)
    assert timeline.delay(0.25, 0.5)
    assert timeline.changes == [True]


@pytest.mark.parametrize("pause_s", [0.1, 0.2])
def test_a_pause_is_none(pause_s: float) -> None:
    timeline = Timeline()
    for _ in range(10):
        assert not timeline.delay(0.5, pause_s)
        assert not timeline.delay(0.01, 0.3)
    assert timeline.changes == []


def test_it_ends_when_the_queue_has_been_short_for_a_second() -> None:
    timeline = Timeline()
    timeline.delay(0.5, 1)
    assert timeline.delay(0.15, 5), "below the threshold, not below half of it"
    assert timeline.delay(0.05, 0.8)
    assert timeline.delay(0.15, 0.2)
    assert not timeline.delay(0.05, 1.2)
    assert timeline.changes == [True, False]


def test_it_can_be_switched_off() -> None:
    timeline = Timeline(threshold_s=0)
    assert not timeline.delay(10, 5)


def test_retries_are_spread() -> None:
    timeline = Timeline()
    assert {timeline.guard.retry_after_s() for _ in range(200)} == {1, 2, 3, 4, 5}
