"""Spreads one manager's jobs over the days so that no day has two more than another. Pure.

Days are places (0, 1, …) among the manager's days; where a job may lie is a bit mask of them. A job
has several masks, from the days that suit it best to the days at which it is bearable, each within
the next. With all masks a matching with least maximum load is found by chains: a job moves from a
full day to another, one from there to the next, until a day with two jobs fewer is reached; when
there is no such chain, no spreading is more even (Harvey, Ladner, Lovász, Tamir: Semi-matchings for
bipartite graphs and load balancing, 2006). Wider masks are used only when the narrow ones do not
lead to even days, and what lies even is not moved at all. The shortest chain is taken, of what has
come last: what stands is moved when nothing else helps.

Which jobs have a place at all where days are full is decided by exchange, as a matroid's heaviest
basis is found: a job that finds no room is put in the place of the least that is in its way, if
that is less than itself, and of nothing else.

So whatever is changed makes it better: more worth that has a place, or days that are more even. A
spreading that is begun again with its own days comes to an end, therefore, at days of which nothing
is changed any more: :func:`settled` goes on until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Job:
    """One task to be placed. `masks` are from narrow to wide, none of them empty.

    The smaller `worth`, then `tie`, the rather it is left out where not everything fits; of the
    same worth what `stands` already stays. `day` is where it lies; None: nowhere yet. `others` are
    all jobs of the same customer, of which no two lie on one day.
    """

    masks: Sequence[int]
    worth: int
    tie: tuple[int, int, str]
    due: int
    """The place that suits it best."""
    day: int | None = None
    stands: bool = False
    others: Sequence[Job] = field(default_factory=tuple)

    @property
    def order(self) -> tuple[int, bool, tuple[int, int, str]]:
        """Return what is least for the job that is left out first."""
        return self.worth, self.stands, self.tie

    def mask(self, width: int) -> int:
        """Return the days that it may lie on at this width, those of its customer's others not."""
        mask = self.masks[min(width, len(self.masks) - 1)]
        for other in self.others:
            if other is not self and other.day is not None:
                mask &= ~(1 << other.day)
        return mask


def settled(fixed: Sequence[int], jobs: Sequence[Job], capacity: int) -> Spreading:
    """Return days of which another spreading would change nothing; `jobs` have them.

    `fixed` is how many tasks lie on each day that can't be moved. Jobs without a day are too many
    for `capacity` tasks a day.
    """
    while True:
        spreading = Spreading(fixed, jobs)
        before = [job.day for job in jobs]
        left_out = spreading.spread(capacity)
        if [job.day for job in jobs] == before or (spreading.is_even and not left_out):
            return spreading
        for job in jobs:
            job.stands = job.day is not None


_Move = tuple[Job, int, int]
"""A job, the place that it leaves and the one that it goes to."""
_Ways = Mapping[int, tuple[int, Job] | None]
"""Of each place that a chain leads to, the place before and the job that goes; None: it begins."""


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

        A job that has a day keeps it where that is one of its widest mask and there is room.
        """
        loose = self._begin()
        left_out = self._relieve(capacity)
        left_out += self._fill(loose, capacity)
        self._level()
        return left_out

    @property
    def is_even(self) -> bool:
        """Whether no day has two tasks more than another."""
        return not self.loads or max(self.loads) - min(self.loads) <= 1

    def _begin(self) -> list[Job]:
        """Leave what has a place where it is; return the others."""
        loose = []
        for job in self._jobs:
            if job.day is not None and job.mask(self._widths) >> job.day & 1:
                self._put(job, job.day)
            else:
                job.day = None
                loose.append(job)
        return loose

    def _relieve(self, capacity: int) -> list[Job]:
        """Take what stands on days with more than `capacity` to others; return what has none."""
        left_out = []
        for place in range(len(self.loads)):
            while self.loads[place] > capacity and self._on[place]:
                if not self._make_room(place, capacity):
                    left_out.append(self._displaced(place))
        return left_out

    def _make_room(self, place: int, capacity: int) -> bool:
        """Move a job from a day along a chain to one with less than `capacity`."""
        for width in range(self._widths):
            ways = self._ways([place], width)
            for end in ways:
                if self.loads[end] < capacity and self._shift(ways, end, width) is not None:
                    return True
        return False

    def _displaced(self, place: int) -> Job:
        """Take away the least of what keeps a day full, so that it has one job less."""
        ways = self._ways([place], self._widths)
        job, at = self._least(ways)
        self._take(job)
        if self._shift(ways, at, self._widths) is None:
            self._put(job, at)  # two of one customer come into each other's way
            job, _ = self._least([place])
            self._take(job)
        return job

    def _fill(self, loose: Iterable[Job], capacity: int) -> list[Job]:
        """Place what has no place; return what finds none, or has lost its own to what is more."""
        tight = []
        # Those with the least choice first, so that those with much choice fill what they leave.
        for job in sorted(loose, key=lambda one: (one.masks[0].bit_count(), one.due)):
            place = self._best(job, capacity)
            if place is None:
                tight.append(job)
            else:
                self._put(job, place)
        left_out = []
        least = min((job.order for on in self._on for job in on), default=None)
        for job in sorted(tight, key=lambda one: one.order, reverse=True):
            if least and job.order < least and min(self.loads) >= capacity:
                left_out.append(job)  # no room anywhere, and nothing that is less than this
            elif not self._insert(job, capacity):
                left_out.append(self._exchanged(job))
        return left_out

    def _best(self, job: Job, capacity: int) -> int | None:
        for width in range(len(job.masks)):
            places = [one for one in _places(job.mask(width)) if self.loads[one] < capacity]
            if places:
                return min(places, key=lambda one: (self.loads[one], abs(one - job.due), one))
        return None

    def _insert(self, job: Job, capacity: int) -> bool:
        """Place a job, moving others along a chain to a day with less than `capacity`."""
        if min(self.loads) >= capacity:
            return False
        for width in range(self._widths):
            ways = self._ways(_places(job.mask(width)), width)
            for end in ways:
                if self.loads[end] < capacity and self._shift_for(job, ways, end, width):
                    return True
        return False

    def _exchanged(self, job: Job) -> Job:
        """Place a job instead of the least in its way; return that, or itself if that is more."""
        ways = self._ways(_places(job.mask(self._widths)), self._widths)
        if not any(self._on[place] for place in ways):
            return job
        least, at = self._least(ways)
        if least.order >= job.order:
            return job
        self._take(least)
        if self._shift_for(job, ways, at, self._widths):
            return least
        self._put(least, at)
        return job

    def _least(self, places: Iterable[int]) -> tuple[Job, int]:
        """Return the first that is left out of what lies on days, of which one has something."""
        on = ((job, place) for place in places for job in self._on[place])
        return min(on, key=lambda one: one[0].order)

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

    def _level(self) -> None:
        """Move jobs along chains until there is no chain left, or all is even."""
        for width in range(self._widths):
            while not self.is_even:
                fullest_first = sorted(
                    range(len(self.loads)), key=lambda one: (-self.loads[one], one)
                )
                if not any(self._lower(start, width) for start in fullest_first):
                    break

    def _lower(self, start: int, width: int) -> bool:
        """Take one job from the day `start` along a chain, if that leads to a day with two less."""
        most = self.loads[start] - 2
        if min(self.loads) > most:
            return False
        ways = self._ways([start], width)
        return any(
            self._shift(ways, end, width) is not None for end in ways if self.loads[end] <= most
        )

    def _ways(self, roots: Iterable[int], width: int) -> _Ways:
        """Return the days to which jobs can go from `roots`, along chains, the nearest first."""
        ways: dict[int, tuple[int, Job] | None] = dict.fromkeys(roots)
        unseen = (1 << len(self.loads)) - 1
        for place in ways:
            unseen &= ~(1 << place)
        waiting = [*ways]
        for place in waiting:
            for job in reversed(self._on[place]):  # what has come last goes first
                for target in _places(job.mask(width) & unseen):
                    ways[target] = (place, job)
                    unseen &= ~(1 << target)
                    waiting.append(target)
        return ways

    def _shift(self, ways: _Ways, end: int, width: int) -> list[_Move] | None:
        """Move jobs along the chain to `end`: its beginning has one less, `end` one more.

        Returns the moves, the last one of the chain first; None, and nothing is moved, where two
        of one customer come into each other's way.
        """
        done: list[_Move] = []
        place, way = end, ways[end]
        while way is not None:
            source, job = way
            if not job.mask(width) >> place & 1:
                self._undo(done)
                return None
            self._move(job, place)
            done.append((job, source, place))
            place, way = source, ways[source]
        return done

    def _shift_for(self, job: Job, ways: _Ways, end: int, width: int) -> bool:
        """Place a job at the beginning of the chain to `end`, whose jobs are moved along."""
        done = self._shift(ways, end, width)
        if done is None:
            return False
        place = done[-1][1] if done else end
        if not job.mask(width) >> place & 1:
            self._undo(done)
            return False
        self._put(job, place)
        return True

    def _undo(self, moves: Sequence[_Move]) -> None:
        for job, source, _ in reversed(moves):
            self._move(job, source)


def _places(mask: int) -> list[int]:
    places = []
    while mask:
        lowest = mask & -mask
        places.append(lowest.bit_length() - 1)
        mask ^= lowest
    return places
