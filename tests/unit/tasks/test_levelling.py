"""Spreading jobs over days: as even as their windows allow."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from voicegw.tasks.levelling import Job, Spreading, settled

DAYS = 4


def job_of(mask: int | list[int], number: int, due: int = 0, **fields: Any) -> Job:
    """Return a job; of greater numbers the rather the smaller is left out."""
    return Job([mask] if isinstance(mask, int) else mask, number, (0, 0, ""), due, **fields)


@st.composite
def jobs(draw: st.DrawFn) -> list[Job]:
    """Draw jobs with windows of one width."""
    made = []
    for number in range(draw(st.integers(0, 6))):
        first = draw(st.integers(0, DAYS - 1))
        last = draw(st.integers(first, DAYS - 1))
        mask = sum(1 << day for day in range(first, last + 1))
        made.append(job_of(mask, number, first))
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
    lonely = job_of([narrow, wide], 1)
    Spreading([0, 0, 0, 0], [lonely]).spread(9)
    assert lonely.day == 0
    crowd = [job_of([narrow, wide], number) for number in range(4)]
    spreading = Spreading([0, 0, 0, 0], crowd)
    spreading.spread(9)
    assert spreading.loads == [1, 1, 1, 1]


def test_what_cannot_be_moved_counts() -> None:
    made = [job_of(0b11, number) for number in range(3)]
    spreading = Spreading([3, 0], made)
    spreading.spread(9)
    assert spreading.loads == [3, 3]


def test_beyond_capacity_the_least_worth_is_left_out() -> None:
    made = [job_of(0b11, number) for number in range(5)]
    left_out = Spreading([0, 0], made).spread(2)
    assert left_out == [made[0]]
    assert made[0].day is None


def test_a_customer_s_jobs_never_lie_on_one_day() -> None:
    made = [job_of(0b11, number) for number in range(3)]
    for job in made:
        job.others = made
    left_out = Spreading([0, 0], made).spread(9)
    assert len(left_out) == 1
    assert {job.day for job in made} == {0, 1, None}


def test_a_chain_of_moves_evens_days_that_no_single_move_does() -> None:
    made = [job_of(0b001, 0), job_of(0b011, 1, day=0), job_of(0b110, 2, 1, day=1)]
    made.append(job_of(0b011, 3, day=0))
    spreading = Spreading([0, 0, 0], made)
    spreading.spread(9)
    assert sorted(spreading.loads) == [1, 1, 2]


def test_a_job_that_is_worth_more_takes_the_place_of_the_least_along_a_chain() -> None:
    standing = [job_of(0b01, 3, day=0), job_of(0b11, 2, day=0), job_of(0b10, 0, day=1)]
    standing.append(job_of(0b10, 1, day=1))
    urgent = job_of(0b01, 9)
    assert Spreading([0, 0], [*standing, urgent]).spread(2) == [standing[2]]
    assert [job.day for job in [*standing, urgent]] == [0, 1, None, 1, 0]


def test_what_stands_is_not_moved_for_a_job_that_finds_no_place_after_all() -> None:
    standing = [job_of(0b01, 1, day=0), job_of(0b11, 1, day=0), job_of(0b10, 1, day=1)]
    standing.append(job_of(0b10, 1, day=1))
    for job in standing:
        job.stands = True
    late = job_of(0b11, 1)
    settled([0, 0], [*standing, late], 2)
    assert late.day is None
    assert [job.day for job in standing] == [0, 0, 1, 1]


def test_days_that_are_too_full_give_away_no_more_than_they_must() -> None:
    standing = [job_of(0b11, number, day=0) for number in range(4)]
    spreading = settled([0, 1], standing, 2)
    assert spreading.loads == [2, 2]
    assert sorted(job.day for job in standing if job.day is not None) == [0, 0, 1]
    assert standing[0].day is None


@st.composite
def crowds(draw: st.DrawFn) -> list[Job]:
    """Draw jobs of customers who have two or three, in windows of two widths."""
    made: list[Job] = []
    for number in range(draw(st.integers(0, 12))):
        own = []
        for _ in range(draw(st.integers(1, 3))):
            first = draw(st.integers(0, DAYS - 1))
            narrow = 1 << first
            wide = narrow | draw(st.integers(0, (1 << DAYS) - 1))
            day = draw(st.none() | st.just(first))
            own.append(job_of([narrow, wide], draw(st.integers(0, 2)), first, day=day))
            own[-1].tie = (0, number, str(len(made) + len(own)))
        for job in own:
            job.others = own
        made += own
    return made


@given(crowds(), st.integers(0, 5), st.lists(st.integers(0, 6), min_size=DAYS, max_size=DAYS))
@settings(max_examples=100)
def test_what_is_settled_stays_whoever_asks_again(
    given_jobs: list[Job], capacity: int, fixed: list[int]
) -> None:
    settled(fixed, given_jobs, capacity)
    days = [job.day for job in given_jobs]
    for job in given_jobs:
        job.stands = job.day is not None
    spreading = settled(fixed, given_jobs, capacity)
    assert [job.day for job in given_jobs] == days
    for place, load in enumerate(spreading.loads):
        assert load <= max(capacity, fixed[place])
    for job in given_jobs:
        others = [one.day for one in job.others if one is not job and one.day is not None]
        assert job.day is None or job.day not in others
        assert job.day is None or job.masks[-1] >> job.day & 1
