"""Timers of the session layer: one heap, cancelled ones removed lazily. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Callable


class Timer:
    """One pending call-back; `cancel` is O(1) and lets go of what it refers to."""

    __slots__ = ("_scheduler", "callback")

    def __init__(self, scheduler: Scheduler, callback: Callable[[], None]) -> None:
        """Made by :meth:`Scheduler.call_at`."""
        self._scheduler = scheduler
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Never call back. Safe to repeat, and after the timer has fired."""
        if self.callback is not None:
            self.callback = None
            self._scheduler.cancelled()


class Scheduler:
    """Calls back at given times; the owner says what time it is."""

    def __init__(self) -> None:
        """Begin without timers."""
        self._heap: list[tuple[float, int, Timer]] = []
        self._serial = 0
        self._cancelled = 0

    def __len__(self) -> int:
        """Return how many timers are pending."""
        return len(self._heap) - self._cancelled

    def call_at(self, at: float, callback: Callable[[], None]) -> Timer:
        """Call `callback` when the time is `at` or later."""
        timer = Timer(self, callback)
        self._serial += 1
        heapq.heappush(self._heap, (at, self._serial, timer))
        return timer

    def next_timer(self) -> float | None:
        """Return when the next timer is due."""
        self._drop_cancelled()
        return self._heap[0][0] if self._heap else None

    def run(self, now: float) -> None:
        """Call back everything that is due, in order of time."""
        while self._heap and self._heap[0][0] <= now:
            _, _, timer = heapq.heappop(self._heap)
            callback, timer.callback = timer.callback, None
            if callback is None:
                self._cancelled -= 1
            else:
                callback()

    def cancelled(self) -> None:
        """Count a cancelled timer; called by the timer itself."""
        self._cancelled += 1
        if self._cancelled > 64 and self._cancelled * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].callback is not None]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def _drop_cancelled(self) -> None:
        while self._heap and self._heap[0][2].callback is None:
            heapq.heappop(self._heap)
            self._cancelled -= 1
