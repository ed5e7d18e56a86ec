"""Waiting callers: order, places, offers; whatever comes in whatever order."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicegw.model.routing import GroupStrategy
from voicegw.routing.queue import Departure, QueueFigures, QueueKey, Waiter, WaitingLine

KEY = QueueKey("hot_1", "grp_1")
OTHER = QueueKey("hot_2", "grp_2")


@dataclass
class Floor:
    """Managers who are free, and the line before them; offers take managers as calls would."""

    managers: list[str]
    at_once: int = 10
    free: set[str] = field(init=False)
    line: WaitingLine = field(init=False)
    came: int = 0

    def __post_init__(self) -> None:
        self.free = set(self.managers)
        self.line = WaitingLine(self.free.__contains__, lambda waiter: waiter.wants, self.at_once)

    def take(self, waiter: Waiter | None) -> Waiter | None:
        """Take the managers of an offer."""
        if waiter is not None:
            assert self.free.issuperset(waiter.offered), "offered twice at once"
            self.free.difference_update(waiter.offered)
        return waiter

    def enter(
        self,
        now_s: float = 0.0,
        *,
        wants: list[str] | None = None,
        strategy: GroupStrategy = GroupStrategy.LONGEST_IDLE,
        key: QueueKey = KEY,
        size: int = 50,
    ) -> Waiter | None:
        """Have somebody come."""
        self.came += 1
        managers = self.managers if wants is None else wants
        waiter = Waiter(f"call_{self.came}", key, managers, strategy, now_s)
        if not self.line.enter(waiter, size):
            return None
        self.take(self.line.offer(waiter))
        return waiter

    def leave(self, waiter: Waiter, how: Departure, now_s: float = 0.0) -> tuple[str, ...]:
        """Have somebody go, and whoever was offered be free again."""
        offered = waiter.offered
        self.line.leave(waiter, how, now_s)
        for manager_id in offered:
            self.release(manager_id)
        return offered

    def release(self, manager_id: str) -> Waiter | None:
        """Have a manager become free."""
        self.free.add(manager_id)
        return self.take(self.line.freed(manager_id))


def came(waiter: Waiter | None) -> Waiter:
    assert waiter is not None
    return waiter


def test_the_first_to_come_is_the_first_to_be_offered_who_becomes_free() -> None:
    floor = Floor(["a"])
    first, second, third = (came(floor.enter()) for _ in range(3))
    assert first.offered == ("a",)
    assert [floor.line.ahead(one) for one in (first, second, third)] == [0, 1, 2]
    floor.line.leave(first, Departure.ANSWERED, 5.0)
    assert floor.release("a") is second
    assert (third.offered, floor.line.ahead(third)) == ((), 1)


def test_a_manager_goes_to_the_first_who_wants_this_one() -> None:
    floor = Floor(["a", "b"])
    floor.free.clear()
    picky = came(floor.enter(wants=["b"]))
    second = came(floor.enter(key=OTHER))
    assert floor.release("a") is second
    assert floor.release("b") is picky


def test_who_is_missed_keeps_the_place_and_is_offered_others() -> None:
    floor = Floor(["a", "b"])
    floor.free.remove("b")
    first, second = came(floor.enter()), came(floor.enter())
    assert floor.line.declined(first) is None
    assert floor.line.ahead(first) == 0
    assert floor.release("b") is first
    assert floor.release("a") is second


def test_all_who_are_free_are_offered_where_all_ring_up_to_the_most() -> None:
    floor = Floor(list("abcd"), at_once=3)
    first = came(floor.enter(strategy=GroupStrategy.RING_ALL))
    assert first.offered == ("a", "b", "c")
    assert came(floor.enter(strategy=GroupStrategy.RING_ALL)).offered == ("d",)


def test_a_full_queue_refuses_and_others_do_not() -> None:
    floor = Floor([])
    assert floor.enter(size=1) is not None
    assert floor.enter(size=1) is None
    assert floor.enter(size=1, key=OTHER) is not None
    assert floor.line.figures[KEY] == QueueFigures(entered=1, refused=1)
    assert (floor.line.size(KEY), len(floor.line)) == (1, 2)


def test_an_offer_is_for_those_who_wait_without_one() -> None:
    floor = Floor(["a", "b"])
    waiter = came(floor.enter())
    assert floor.line.offer(waiter) is None
    floor.line.leave(waiter, Departure.ABANDONED, 1.0)
    floor.line.leave(waiter, Departure.ANSWERED, 1.0)
    assert floor.line.offer(waiter) is None
    assert floor.line.figures[KEY].departed == {Departure.ABANDONED: 1}


def test_answered_in_time_and_longest_wait() -> None:
    floor = Floor([])
    early, late = came(floor.enter(0.0)), came(floor.enter(10.0))
    assert floor.line.longest_wait_s(KEY, 25.0) == 25.0
    floor.line.leave(early, Departure.ANSWERED, 25.0)
    assert floor.line.longest_wait_s(KEY, 25.0) == 15.0
    floor.line.leave(late, Departure.ANSWERED, 30.0)
    assert floor.line.longest_wait_s(KEY, 40.0) == 0.0
    assert floor.line.figures[KEY].in_time == 1


@pytest.mark.parametrize(("served", "expected"), [([60, 120], None), ([60, 120, 180], 120.0)])
def test_the_wait_is_estimated_from_the_last_service_times(
    served: list[float], expected: float | None
) -> None:
    floor = Floor(["a", "b"])
    floor.free.clear()
    came(floor.enter())
    second = came(floor.enter())
    for seconds in served:
        floor.line.served(KEY, seconds)
    assert floor.line.estimate_s(second) == expected


def test_the_estimate_is_about_what_comes() -> None:
    """Ten managers, talks of exponential length with mean 180 s: what the 30th is told comes."""
    rng = random.Random(7)
    waits, told = [], []
    for _ in range(300):
        ends = sorted(rng.expovariate(1 / 180) for _ in range(10))
        floor = Floor([str(one) for one in range(10)])
        floor.free.clear()
        waiters = [came(floor.enter()) for _ in range(30)]
        for _ in range(50):
            floor.line.served(KEY, rng.expovariate(1 / 180))
        told.append(floor.line.estimate_s(waiters[-1]) or 0.0)
        now_s = 0.0
        for _ in waiters:
            now_s = ends.pop(0)
            ends.append(now_s + rng.expovariate(1 / 180))
            ends.sort()
        waits.append(now_s)
    mean_wait_s, mean_told_s = sum(waits) / len(waits), sum(told) / len(told)
    assert abs(mean_wait_s - mean_told_s) < 0.05 * mean_wait_s


# -- whatever happens ----------------------------------------------------------------------------

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["come", "come", "answer", "miss", "hang up", "talk ends", "rest ends"]),
        st.integers(0, 1000),
    ),
    max_size=120,
)


@settings(max_examples=300, deadline=None)
@given(
    ACTS,
    st.integers(1, 5),
    st.sampled_from([GroupStrategy.LONGEST_IDLE, GroupStrategy.RING_ALL]),
    st.integers(1, 30),
)
def test_order_places_and_sums_hold_whatever_happens(
    acts: list[tuple[str, int]], managers: int, strategy: GroupStrategy, size: int
) -> None:
    floor = Floor([f"m{one}" for one in range(managers)], at_once=3)
    waiting: list[Waiter] = []
    talking: list[str] = []
    resting: list[str] = []
    told = Counter[str]()
    for now_s, (act, which) in enumerate(acts):
        offered = [one for one in waiting if one.offered]
        if act == "come":
            wants = floor.managers if which % 4 else floor.managers[: 1 + which % managers]
            waiter = floor.enter(float(now_s), wants=wants, strategy=strategy, size=size)
            told["came" if waiter else "refused"] += 1
            waiting += [waiter] if waiter else []
        elif act == "answer" and offered:
            waiter = offered[which % len(offered)]
            taker, *others = waiter.offered
            floor.line.leave(waiter, Departure.ANSWERED, float(now_s))
            waiting.remove(waiter)
            talking.append(taker)
            for other in others:
                floor.release(other)
            told["answered"] += 1
        elif act == "miss" and offered:
            waiter = offered[which % len(offered)]
            resting += waiter.offered
            floor.take(floor.line.declined(waiter))
        elif act == "hang up" and waiting:
            waiter = waiting.pop(which % len(waiting))
            floor.leave(waiter, Departure.ABANDONED, float(now_s))
            told["abandoned"] += 1
        elif act == "talk ends" and talking:
            floor.release(talking.pop(which % len(talking)))
        elif act == "rest ends" and resting:
            floor.release(resting.pop(which % len(resting)))
        _check(floor, waiting, talking, resting)
    figures = floor.line.figures.get(KEY, QueueFigures())
    assert figures.entered == told["came"] == figures.departed.total() + len(waiting)
    assert figures.refused == told["refused"]
    assert figures.departed[Departure.ANSWERED] == told["answered"]
    assert figures.departed[Departure.ABANDONED] == told["abandoned"]


def _check(floor: Floor, waiting: list[Waiter], talking: list[str], resting: list[str]) -> None:
    """Everybody is somewhere once, nobody waits for whom is free, and the order is as they came."""
    ringing = [manager for one in waiting for manager in one.offered]
    everybody = Counter([*ringing, *talking, *resting, *floor.free])
    assert everybody == Counter(floor.managers)
    for waiter in waiting:
        if not waiter.offered:
            assert floor.free.isdisjoint(waiter.wants)
    assert floor.line.waiting(KEY) == waiting
    assert [floor.line.ahead(one) for one in waiting] == list(range(len(waiting)))


@given(st.integers(1, 4), st.lists(st.integers(0, 3), min_size=1, max_size=60))
def test_nobody_starves(managers: int, choices: list[int]) -> None:
    """As long as managers become free, whoever is first gets the next: waits are bounded."""
    floor = Floor([f"m{one}" for one in range(managers)])
    floor.free.clear()
    waiters = [came(floor.enter()) for _ in range(len(choices))]
    served = []
    for choice in choices:
        waiter = floor.release(f"m{choice % managers}")
        assert waiter is not None
        served.append(waiter)
        floor.line.leave(waiter, Departure.ANSWERED, 0.0)
    assert served == waiters
