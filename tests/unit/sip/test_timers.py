"""The timer queue."""

from __future__ import annotations

import pytest

from voicegw.sip.timers import TimerQueue, TimerValues


def test_timers_fire_in_order_and_once() -> None:
    queue = TimerQueue()
    fired: list[str] = []
    for name, due in (("c", 3.0), ("a", 1.0), ("b", 2.0), ("b2", 2.0)):
        queue.set(due, lambda now, name=name: fired.append(name))  # type: ignore[misc]
    assert queue.next_due() == 1.0
    queue.fire(0.5)
    assert fired == []
    queue.fire(2.0)
    assert fired == ["a", "b", "b2"]
    queue.fire(10.0)
    assert fired == ["a", "b", "b2", "c"]
    assert queue.next_due() is None
    assert len(queue) == 0


def test_a_cancelled_timer_does_nothing() -> None:
    queue = TimerQueue()
    fired: list[float] = []
    first = queue.set(1.0, fired.append)
    queue.set(2.0, fired.append)
    first.cancel()
    first.cancel()
    assert len(queue) == 1
    assert queue.next_due() == 2.0
    queue.fire(5.0)
    assert fired == [5.0]
    first.cancel()
    assert len(queue) == 0


def test_an_action_may_cancel_and_set_timers() -> None:
    queue = TimerQueue()
    fired: list[str] = []
    doomed = queue.set(1.5, lambda now: fired.append("doomed"))

    def act(now: float) -> None:
        doomed.cancel()
        queue.set(now, lambda now: fired.append("same instant"))
        queue.set(now + 1, lambda now: fired.append("later"))

    queue.set(1.0, act)
    queue.fire(2.0)
    assert fired == ["same instant"]
    assert queue.next_due() == 3.0


def test_cancelled_timers_do_not_pile_up() -> None:
    queue = TimerQueue()
    kept = [queue.set(1000.0, lambda now: None) for _ in range(10)]
    for number in range(20000):
        queue.set(float(number), lambda now: None).cancel()
    assert len(queue) == len(kept)
    assert len(queue._heap) <= 2100


def test_values_follow_t1() -> None:
    assert TimerValues().timeout_s == 32.0
    assert TimerValues(t1_s=0.1).timeout_s == 6.4


def test_timer_d_follows_the_round_trip() -> None:
    assert TimerValues.for_round_trip(0.5) == TimerValues()
    assert TimerValues.for_round_trip(0.1).d_s == pytest.approx(6.4)
