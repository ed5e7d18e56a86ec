"""Token buckets: what they let through, what they tell, and that they stay few."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api.rates import Rate, RateBook, Verdict, header_fields

RATE = Rate(2.0, 4)


def test_a_full_bucket_gives_its_burst_and_then_what_comes_back() -> None:
    book = RateBook()
    at_once = [book.take("a", RATE, 100.0) for _ in range(5)]
    assert [one.allowed for one in at_once] == [True] * 4 + [False]
    assert [one.remaining for one in at_once] == [3, 2, 1, 0, 0]
    assert at_once[3].full_in_s == 2.0
    assert at_once[4].retry_after_s == 0.5
    assert not book.take("a", RATE, 100.4).allowed
    assert book.take("a", RATE, 100.5).allowed
    assert book.take("a", RATE, 200.0).remaining == 3


def test_a_refusal_costs_nothing() -> None:
    book = RateBook()
    for _ in range(100):
        book.take("a", RATE, 0.0)
    assert book.take("a", RATE, 0.5).allowed


def test_askers_have_buckets_of_their_own() -> None:
    book = RateBook()
    one = Rate(1.0, 1)
    assert book.take("a", one, 0.0).allowed
    assert book.take("b", one, 0.0).allowed
    assert not book.take("a", one, 0.0).allowed


def test_buckets_are_bounded_and_the_one_asked_for_longest_ago_goes() -> None:
    book = RateBook(size=2)
    one = Rate(1.0, 1)
    for asker in ("a", "b", "c"):
        book.take(asker, one, 0.0)
    assert len(book) == 2
    assert not book.take("c", one, 0.0).allowed
    assert book.take("a", one, 0.0).allowed


@given(
    gaps_s=st.lists(st.floats(0, 2), min_size=1, max_size=200),
    per_s=st.floats(0.1, 1000),
    burst=st.integers(1, 50),
)
def test_no_window_lets_more_through_than_burst_and_rate(
    gaps_s: list[float], per_s: float, burst: int
) -> None:
    book, rate, now_s = RateBook(), Rate(per_s, burst), 0.0
    taken: list[float] = []
    for gap_s in gaps_s:
        now_s += gap_s
        verdict = book.take("a", rate, now_s)
        assert 0 <= verdict.remaining < burst or not verdict.allowed
        if verdict.allowed:
            taken.append(now_s)
        else:
            assert 0 < verdict.retry_after_s <= 1 / per_s + 1e-6
    for first, start_s in enumerate(taken):
        elapsed_s = taken[-1] - start_s
        assert len(taken) - first <= burst + elapsed_s * per_s + 1e-3


def test_answers_tell_of_it_in_whole_seconds() -> None:
    assert header_fields("key", Rate(300.0, 600), Verdict(True, 599, 0.003)) == {
        "RateLimit-Policy": '"key";q=600;w=2',
        "RateLimit": '"key";r=599;t=1',
    }
    refused = header_fields("address", Rate(0.5, 1), Verdict(False, 0, 2.0, 1.2))
    assert refused["Retry-After"] == "2"
    assert refused["RateLimit-Policy"] == '"address";q=1;w=2'
    assert Rate(1000.0, 1).window_s == 1
