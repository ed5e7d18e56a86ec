"""Spreads one manager's jobs over the days so that no day has two more than another. Pure.

Days are places (0, 1, …) among the manager's days; where a job may lie is a bit mask of them. A job
has several masks, from the days that suit it best to the days at which it is bearable, each within
the next. With all masks a matching with least maximum load is found by chains: a job moves from a
full day to another, one from there to the next, until a day with two jobs fewer is reached; when
there is no such chain, no spreading is more even (Harvey, Ladner, Lovász, Tamir: Semi-matchings for
bipartite graphs and load balancing, 2006). Wider masks are used only when the narrow ones do not
lead to even days, and what lies even is not moved at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Job:
    """One task to be placed. `masks` are from narrow to wide, none of them empty.

    `order` decides what stays where not everything fits: the smaller, the rather it is left out.
    `day` is where it lies; None: nowhere yet. `others` are all jobs of the same customer, of which
    no two lie on one day.
    """

    masks: Sequence[int]
    order: tuple[object, ...]
    due: int
    """The place that suits it best."""
    day: int | None = None
    others: Sequence[Job] = field(default_factory=tuple)

    def mask(self, width: int) -> int:
        """Return the days that it may lie on at this width, those of its customer's others not."""
        mask = self.masks[min(width, len(self.masks) - 1)]
        for other in self.others:
            if other is not self and other.day is not None:
                mask &= ~(1 << other.day)
        return mask


class Spreading:
    """The days of one manager. `loads` is how many tasks lie on each, fixed ones included."""

    def __init__(self, fixed: Sequence[int], jobs: Sequence[Job]) -> None:
        """`fixed` is how many tasks lie on each day that can't be moved."""
        self.loads = [*fixed]
        self._jobs = jobs
        self._on: list[list[Job]] = [[] for _ in fixed]
        self._widths = max((len(job.masks) for job in jobs), default=0)

    def spread(self, capacity: int) -> list[Job]:
        """Place every job; return those that are too many for `capacity` tasks a day.

        A job that has a day keeps it where that is one of its widest mask.
        """
        left_out = self._begin(capacity)
        for width in range(self._widths):
            if self.is_even:
                break
            self._level(width)
        return left_out + self._relieve(capacity)

    @property
    def is_even(self) -> bool:
        """Whether no day has two tasks more than another."""
        return not self.loads or max(self.loads) - min(self.loads) <= 1

    def _begin(self, capacity: int) -> list[Job]:
        """Place what has a place, then the others where there is least; return what is too much."""
        room = capacity * len(self.loads) - sum(self.loads)
        by_worth = sorted(self._jobs, key=lambda job: job.order)
        left_out = by_worth[: max(0, len(by_worth) - max(0, room))]
        out = set(map(id, left_out))
        for job in left_out:
            job.day = None
        stay = [job for job in self._jobs if id(job) not in out]
        loose = []
        for job in stay:
            if job.day is not None and job.masks[-1] >> job.day & 1:
                self._put(job, job.day)
            else:
                job.day = None
                loose.append(job)
        # Those with the least choice first, so that those with much choice fill what they leave.
        for job in sorted(loose, key=lambda one: (one.masks[0].bit_count(), one.due)):
            place = self._best(job)
            if place is None:
                left_out.append(job)
            else:
                self._put(job, place)
        return left_out

    def _best(self, job: Job) -> int | None:
        for width in range(len(job.masks)):
            places = _places(job.mask(width))
            if places:
                return min(places, key=lambda one: (self.loads[one], abs(one - job.due), one))
        return None

    def _put(self, job: Job, place: int) -> None:
        job.day = place
        self.loads[place] += 1
        self._on[place].append(job)

    def _move(self, job: Job, place: int) -> None:
        self._take(job)
        self._put(job, place)

    def _take(self, job: Job) -> None:
        if job.day is not None:
            self.loads[job.day] -= 1
            self._on[job.day].remove(job)
            job.day = None

    def _level(self, width: int) -> None:
        """Move jobs along chains until there is no chain left at this width, or all is even."""
        while not self.is_even:
            fullest_first = sorted(range(len(self.loads)), key=lambda one: (-self.loads[one], one))
            if not any(self._relieve_by_chain(start, width) for start in fullest_first):
                return

    def _relieve_by_chain(self, start: int, width: int) -> bool:
        """Take one job from the day `start` along a chain, if that leads to a day with two less."""
        came_from: dict[int, tuple[int, Job]] = {}
        unseen = ((1 << len(self.loads)) - 1) & ~(1 << start)
        waiting = [start]
        for place in waiting:
            for job in self._on[place]:
                for target in _places(job.mask(width) & unseen):
                    came_from[target] = (place, job)
                    unseen &= ~(1 << target)
                    waiting.append(target)
        ends = [one for one in waiting if self.loads[one] <= self.loads[start] - 2]
        if not ends:
            return False
        place = min(ends, key=lambda one: (self.loads[one], waiting.index(one)))
        chain = []
        while place != start:
            source, job = came_from[place]
            chain.append((job, source, place))
            place = source
        for done, (job, _, target) in enumerate(chain):
            if not job.mask(width) >> target & 1:
                # Two of one customer are in the chain and come into each other's way.
                for moved, source, _ in reversed(chain[:done]):
                    self._move(moved, source)
                return False
            self._move(job, target)
        return True

    def _relieve(self, capacity: int) -> list[Job]:
        """Take away what lies beyond `capacity` on days at which nothing else helps."""
        left_out = []
        for place, load in enumerate(self.loads):
            surplus = sorted(self._on[place], key=lambda job: job.order)[: max(0, load - capacity)]
            for job in surplus:
                self._take(job)
            left_out += surplus
        return left_out


def _places(mask: int) -> list[int]:
    places = []
    while mask:
        lowest = mask & -mask
        places.append(lowest.bit_length() - 1)
        mask ^= lowest
    return places
