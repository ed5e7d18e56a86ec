"""Spreading jobs over days: as even as their windows allow."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from voicegw.tasks.levelling import Job, Spreading

DAYS = 4


@st.composite
def jobs(draw: st.DrawFn) -> list[Job]:
    """Draw jobs with windows of one width."""
    made = []
    for number in range(draw(st.integers(0, 6))):
        first = draw(st.integers(0, DAYS - 1))
        last = draw(st.integers(first, DAYS - 1))
        mask = sum(1 << day for day in range(first, last + 1))
        made.append(Job([mask], (number,), first))
    return made


def best(given_jobs: list[Job]) -> int:
    """Return the least sum of squares of any spreading, by trying all."""
    places = [[day for day in range(DAYS) if job.masks[0] >> day & 1] for job in given_jobs]
    return min(sum(chosen.count(day) ** 2 for day in range(DAYS)) for chosen in product(*places))


@given(jobs())
@settings(max_examples=60)
def test_no_spreading_is_more_even(given_jobs: list[Job]) -> None:
    spreading = Spreading([0] * DAYS, given_jobs)
    assert spreading.spread(capacity=100) == []
    assert all(job.day is not None and job.masks[0] >> job.day & 1 for job in given_jobs)
    found = sum(load**2 for load in spreading.loads)
    # Days that differ by one are even already: what differs by more is as even as can be.
    assert spreading.is_even or found == best(given_jobs)


def test_wider_windows_are_used_only_when_days_are_not_even() -> None:
    narrow, wide = 0b0001, 0b1111
    lonely = Job([narrow, wide], (1,), 0)
    Spreading([0, 0, 0, 0], [lonely]).spread(9)
    assert lonely.day == 0
    crowd = [Job([narrow, wide], (number,), 0) for number in range(4)]
    spreading = Spreading([0, 0, 0, 0], crowd)
    spreading.spread(9)
    assert spreading.loads == [1, 1, 1, 1]


def test_what_cannot_be_moved_counts() -> None:
    made = [Job([0b11], (number,), 0) for number in range(3)]
    spreading = Spreading([3, 0], made)
    spreading.spread(9)
    assert spreading.loads == [3, 3]


def test_beyond_capacity_the_least_worth_is_left_out() -> None:
    made = [Job([0b11], (number,), 0) for number in range(5)]
    left_out = Spreading([0, 0], made).spread(2)
    assert left_out == [made[0]]
    assert made[0].day is None


def test_a_customer_s_jobs_never_lie_on_one_day() -> None:
    made = [Job([0b11], (number,), 0) for number in range(3)]
    for job in made:
        job.others = made
    left_out = Spreading([0, 0], made).spread(9)
    assert len(left_out) == 1
    assert {job.day for job in made} == {0, 1, None}


def test_a_chain_of_moves_evens_days_that_no_single_move_does() -> None:
    made = [Job([0b001], (0,), 0), Job([0b011], (1,), 0, day=0), Job([0b110], (2,), 1, day=1)]
    made.append(Job([0b011], (3,), 0, day=0))
    spreading = Spreading([0, 0, 0], made)
    spreading.spread(9)
    assert sorted(spreading.loads) == [1, 1, 2]
