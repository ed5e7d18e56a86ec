"""Timers of the signalling core: their lengths (RFC 3261 table 4) and one queue for all. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

TimerAction = Callable[[float], None]
"""What happens when a timer is due; gets the present time in seconds."""

_COMPACT_ABOVE: Final = 1024


@dataclass(frozen=True, slots=True)
class TimerValues:
    """Lengths in seconds (RFC 3261 §17.1.1.1, appendix A).

    `trying_s` is how long an INVITE may go without an answer before 100 (Trying) is sent; 0 sends
    it at once, before the user sees the INVITE, which telephones that wait for a provisional
    answer first need.
    """

    t1_s: float = 0.5
    """Estimate of the round trip: first retransmission."""
    t2_s: float = 4.0
    """Longest gap between retransmissions of what is not an INVITE, and of final answers."""
    t4_s: float = 5.0
    """How long a message may stay in the network: timers I and K."""
    d_s: float = 32.0
    """Timer D: how long an acknowledged refusal may be repeated."""
    trying_s: float = 0.0

    @classmethod
    def for_round_trip(cls, t1_s: float) -> TimerValues:
        """Return the values that follow from an estimate of the round trip.

        Timer D stands in the same ratio to T1 as the RFC's 32 s to its 500 ms.
        """
        return cls(t1_s=t1_s, d_s=64 * t1_s)

    @property
    def timeout_s(self) -> float:
        """64 x T1: timers B, F, H, J, L and M."""
        return 64 * self.t1_s


class Timer:
    """A running timer; cancelling it is enough, it needs no removal."""

    __slots__ = ("_queue", "action", "due")

    def __init__(self, queue: TimerQueue, due: float, action: TimerAction) -> None:
        """Made by :meth:`TimerQueue.set`."""
        self._queue = queue
        self.due = due
        self.action: TimerAction | None = action

    def cancel(self) -> None:
        """Make sure that the timer does nothing. A second time is harmless."""
        if self.action is not None:
            self.action = None
            self._queue.note_cancelled()


class TimerQueue:
    """All timers in a heap; cancelled ones are left in it and skipped.

    Setting and firing cost O(log n), cancelling O(1); when more than half of a large heap is
    cancelled it is rebuilt, so that its size stays within twice the number of running timers.
    """

    def __init__(self) -> None:
        """An empty queue."""
        self._heap: list[tuple[float, int, Timer]] = []
        self._serial = 0
        self._cancelled = 0

    def set(self, due: float, action: TimerAction) -> Timer:
        """Run `action` when :meth:`fire` is called with a time of `due` or later."""
        timer = Timer(self, due, action)
        self._serial += 1
        heapq.heappush(self._heap, (due, self._serial, timer))
        return timer

    def note_cancelled(self) -> None:
        """Count a cancelled timer, and clear the heap of them when it pays."""
        self._cancelled += 1
        if len(self._heap) > _COMPACT_ABOVE and self._cancelled * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].action is not None]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def next_due(self) -> float | None:
        """Return when the next timer is due, None when none runs."""
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
            self._cancelled -= 1
        return self._heap[0][0] if self._heap else None

    def fire(self, now: float) -> None:
        """Run the action of every timer that is due, the earliest first."""
        while (due := self.next_due()) is not None and due <= now:
            _, _, timer = heapq.heappop(self._heap)
            action, timer.action = timer.action, None
            if action is not None:
                action(now)

    def __len__(self) -> int:
        """How many timers run."""
        return len(self._heap) - self._cancelled
