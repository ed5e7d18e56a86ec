"""Callers who wait for managers, in the order in which they came. Pure: events in, offers out.

All queues of a node are kept as one row of people, because a manager may be wanted in several: a
manager who becomes free goes to whoever has waited longest of those who want this one. A caller
who is offered managers keeps the place until one of them has taken the call. After every event
nobody who waits without an offer wants a manager who is free: so an event concerns one manager or
one caller, and nothing is ever looked through as a whole.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from voicegw.model.routing import GroupStrategy

_SAMPLES: Final = 50
"""How many service times the estimate looks back on."""
_FEWEST_SAMPLES: Final = 3
"""Of fewer, nothing can be estimated."""
IN_TIME_S: Final = 20.0
"""Who is answered within this is answered in time: the usual service level, 80 % within 20 s."""


class Departure(StrEnum):
    """How somebody left a queue."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    """The caller hung up."""
    CALLBACK = "callback"
    """The caller has left the number."""
    TIMED_OUT = "timed_out"
    ENDED = "ended"
    """The call was ended by neither: by the API, or with its node."""


@dataclass(frozen=True, slots=True)
class QueueKey:
    """A queue: the callers of one hotline who wait for managers of one group."""

    hotline_id: str
    group_id: str


@dataclass(slots=True, eq=False)
class Waiter:
    """Somebody who waits. `wants` are ids of managers, in an order that stays."""

    id: str
    queue: QueueKey
    wants: Sequence[str]
    strategy: GroupStrategy
    since_s: float
    offered: tuple[str, ...] = ()
    """Who is being rung for this caller, or about to be."""


@dataclass(slots=True)
class QueueFigures:
    """What became of those who came to a queue.

    `entered` is the sum of `departed` and of those who still wait; `refused` came when it was full.
    """

    entered: int = 0
    refused: int = 0
    in_time: int = 0
    departed: Counter[Departure] = field(default_factory=Counter)
    service_s: deque[float] = field(default_factory=lambda: deque(maxlen=_SAMPLES))
    """How long managers were taken by each of the last callers."""


class WaitingLine:
    """Everybody who waits on a node. Times are seconds of one monotonic clock.

    An offer, the return value of most methods, is a waiter whose `offered` has just been filled:
    these managers are to be rung, and are not free from this moment on.
    """

    def __init__(
        self,
        is_free: Callable[[str], bool],
        order: Callable[[Waiter], Sequence[str]],
        most_at_once: int,
    ) -> None:
        """`is_free`: whether a manager may be rung now; `order`: whom of its wants first;
        `most_at_once`: how many are offered together where all are.
        """
        self._is_free = is_free
        self._order = order
        self._most_at_once = most_at_once
        self._waiters: dict[str, Waiter] = {}
        self._sizes: Counter[QueueKey] = Counter()
        self.figures: dict[QueueKey, QueueFigures] = {}

    def __len__(self) -> int:
        """Return how many wait in all queues."""
        return len(self._waiters)

    def size(self, queue: QueueKey) -> int:
        """Return how many wait in `queue`."""
        return self._sizes[queue]

    def waiting(self, queue: QueueKey) -> list[Waiter]:
        """Return who waits in `queue`, the first to come first."""
        return [one for one in self._waiters.values() if one.queue == queue]

    # -- events ----------------------------------------------------------------------------------

    def enter(self, waiter: Waiter, size: int) -> bool:
        """Let somebody in, last; False when `size` wait already. :meth:`offer` follows."""
        figures = self.figures.setdefault(waiter.queue, QueueFigures())
        if self._sizes[waiter.queue] >= size:
            figures.refused += 1
            return False
        figures.entered += 1
        self._waiters[waiter.id] = waiter
        self._sizes[waiter.queue] += 1
        return True

    def offer(self, waiter: Waiter) -> Waiter | None:
        """Offer a caller who has no offer whoever is free of those it wants, best first."""
        if waiter.offered or waiter.id not in self._waiters:
            return None
        free = [one for one in self._order(waiter) if self._is_free(one)]
        if not free:
            return None
        ring_all = waiter.strategy is GroupStrategy.RING_ALL
        waiter.offered = tuple(free[: self._most_at_once if ring_all else 1])
        return waiter

    def freed(self, manager_id: str) -> Waiter | None:
        """Offer a manager to the first who wants this one and has no offer."""
        if not self._is_free(manager_id):
            return None
        for waiter in self._waiters.values():
            if not waiter.offered and manager_id in waiter.wants:
                waiter.offered = (manager_id,)
                return waiter
        return None

    def declined(self, waiter: Waiter) -> Waiter | None:
        """Nobody of an offer has taken the call: the caller keeps the place, and is offered others.

        Whoever did not answer must not be free before this, or would be offered again.
        """
        waiter.offered = ()
        return self.offer(waiter)

    def leave(self, waiter: Waiter, how: Departure, now_s: float) -> None:
        """Let somebody out; harmless when repeated. Offers to others are for the caller to ask."""
        if self._waiters.pop(waiter.id, None) is None:
            return
        self._sizes[waiter.queue] -= 1
        waiter.offered = ()
        figures = self.figures[waiter.queue]
        figures.departed[how] += 1
        if how is Departure.ANSWERED and now_s - waiter.since_s <= IN_TIME_S:
            figures.in_time += 1

    def served(self, queue: QueueKey, seconds: float) -> None:
        """Note for how long a manager was taken by somebody from `queue`."""
        self.figures[queue].service_s.append(seconds)

    # -- what callers are told -------------------------------------------------------------------

    def ahead(self, waiter: Waiter) -> int:
        """Return how many of its queue came before `waiter`."""
        count = 0
        for one in self._waiters.values():
            if one is waiter:
                break
            count += one.queue == waiter.queue
        return count

    def longest_wait_s(self, queue: QueueKey, now_s: float) -> float:
        """Return for how long the first of `queue` has waited; 0 when nobody does."""
        first = next((one for one in self._waiters.values() if one.queue == queue), None)
        return 0.0 if first is None else now_s - first.since_s

    def estimate_s(self, waiter: Waiter) -> float | None:
        """Return how long `waiter` will wait from now on; None when too little is known.

        Everybody ahead and the caller take the mean of the last service times, shared among the
        managers who serve: exact for talks of exponential length when all managers are busy.
        """
        times = self.figures[waiter.queue].service_s
        if len(times) < _FEWEST_SAMPLES or not waiter.wants:
            return None
        mean_s = sum(times) / len(times)
        return (self.ahead(waiter) + 1) * mean_s / len(waiter.wants)
