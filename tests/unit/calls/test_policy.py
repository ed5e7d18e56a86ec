"""Each rule's slug, their order, Retry-After, and the windows of the rate book."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.values import RateLimit
from voicegw.calls.policy import DialFacts, DialRules, RateBook, check_dial, check_number, may_ring
from voicegw.directory.quiet import QuietTime
from voicegw.errors import PolicyError
from voicegw.model.directory import Customer, DoNotCall

RULES = DialRules(
    allowed_prefixes=("+86", "+852"),
    allowed_short_codes=frozenset({"10086"}),
    emergency=frozenset({"110", "119", "120", "122"}),
)
NUMBER = "+8613800138000"
FACTS = DialFacts(
    number=NUMBER,
    customers=(),
    quiet=None,
    customer_retry_after_s=None,
    manager_busy=False,
    trunk_free=True,
    recording_ready=True,
    store_ready=True,
    draining=False,
)
UNWILLING = Customer(
    id="cus_1",
    name="Customer",
    group_id="grp_1",
    do_not_call=DoNotCall("asked", datetime(2026, 1, 1, tzinfo=UTC)),
)

WILLING = Customer(id="cus_2", name="Customer", group_id="grp_1")

Change = Callable[[DialFacts], DialFacts]
#: In the order in which they speak: slug, Retry-After in seconds, what makes the rule refuse.
REFUSALS: list[tuple[str, int | None, Change]] = [
    ("draining", 30, lambda facts: replace(facts, draining=True)),
    ("overloaded", 5, lambda facts: replace(facts, overloaded=True)),
    ("store-unavailable", 5, lambda facts: replace(facts, store_ready=False)),
    ("prefix-not-allowed", None, lambda facts: replace(facts, number="+12024561111")),
    ("do-not-call", None, lambda facts: replace(facts, customers=(UNWILLING,))),
    (
        "quiet-hours",
        3600,
        lambda facts: replace(facts, quiet=QuietTime(3600)),
    ),
    ("customer-rate", 17, lambda facts: replace(facts, customer_retry_after_s=17)),
    ("manager-busy", None, lambda facts: replace(facts, manager_busy=True)),
    ("group-full", 10, lambda facts: replace(facts, group_full=True)),
    ("trunk-full", 10, lambda facts: replace(facts, trunk_free=False)),
    ("recording-unavailable", 60, lambda facts: replace(facts, recording_ready=False)),
]


def test_an_ordinary_call_may_be_made() -> None:
    check_dial(RULES, FACTS)
    check_dial(RULES, replace(FACTS, customers=(WILLING,)))


@pytest.mark.parametrize(("slug", "retry_after_s", "change"), REFUSALS)
def test_each_rule_refuses_with_its_name(
    slug: str, retry_after_s: int | None, change: Change
) -> None:
    with pytest.raises(PolicyError) as caught:
        check_dial(RULES, change(FACTS))
    assert (caught.value.slug, caught.value.retry_after_s) == (slug, retry_after_s)
    assert "138" not in str(caught.value)


@pytest.mark.parametrize("first", range(len(REFUSALS)))
def test_the_first_rule_that_refuses_speaks(first: int) -> None:
    facts = FACTS
    for _, _, change in REFUSALS[first:]:
        facts = change(facts)
    with pytest.raises(PolicyError) as caught:
        check_dial(RULES, facts)
    assert caught.value.slug == REFUSALS[first][0]


@pytest.mark.parametrize(
    ("number", "slug"),
    [
        ("110", "emergency-number"),
        ("119", "emergency-number"),
        ("120", "emergency-number"),
        ("122", "emergency-number"),
        ("10010", "prefix-not-allowed"),
        ("95588", "prefix-not-allowed"),
        ("+12024561111", "prefix-not-allowed"),
        ("+8", "prefix-not-allowed"),
        ("10086", None),
        ("+8613800138000", None),
        ("+85221234567", None),
        # Codes that are reached through an area code are still those codes.
        ("+861095588", "prefix-not-allowed"),
        ("+8675596123", "prefix-not-allowed"),
        ("+8620110", "emergency-number"),
        ("+862110086", None),
        # Premium rates, within an allowed prefix, with an area code and without.
        ("+8616812345", "prefix-not-allowed"),
        ("+862116812345", "prefix-not-allowed"),
        ("+85290012345678", "prefix-not-allowed"),
        # What only looks alike.
        ("+864001234567", None),
        ("+862161680000", None),
        ("+8615812345678", None),
    ],
)
def test_check_number(number: str, slug: str | None) -> None:
    if slug is None:
        check_number(RULES, number)
        return
    with pytest.raises(PolicyError) as caught:
        check_number(RULES, number)
    assert caught.value.slug == slug


def test_an_emergency_number_is_refused_even_when_it_is_an_allowed_short_code() -> None:
    rules = replace(RULES, allowed_short_codes=frozenset({"110"}))
    with pytest.raises(PolicyError) as caught:
        check_number(rules, "110")
    assert caught.value.slug == "emergency-number"


def test_a_refused_prefix_holds_within_an_allowed_one() -> None:
    rules = replace(RULES, refused_prefixes=("+8617",))
    with pytest.raises(PolicyError) as caught:
        check_number(rules, "+8617012345678")
    assert caught.value.slug == "prefix-not-allowed"
    check_number(rules, NUMBER)


@pytest.mark.parametrize(
    ("number", "is_rung"),
    [
        (NUMBER, True),
        ("8001", True),
        ("110", False),
        ("+8620110", False),
        ("+8616812345", False),
        ("+12024561111", False),
    ],
)
def test_a_managers_telephone_is_no_way_round_the_rules(number: str, is_rung: bool) -> None:
    assert may_ring(RULES, number) is is_rung


def test_without_prefixes_nothing_may_be_dialled() -> None:
    with pytest.raises(PolicyError):
        check_number(replace(RULES, allowed_prefixes=()), NUMBER)


@pytest.mark.parametrize("ends_in_s", [1, 3600, None])
def test_quiet_time_says_when_it_ends(ends_in_s: int | None) -> None:
    with pytest.raises(PolicyError) as caught:
        check_dial(RULES, replace(FACTS, quiet=QuietTime(ends_in_s)))
    assert (caught.value.slug, caught.value.retry_after_s) == ("quiet-hours", ends_in_s)


def test_anybody_with_the_number_may_refuse_to_be_called() -> None:
    with pytest.raises(PolicyError) as caught:
        check_dial(RULES, replace(FACTS, customers=(WILLING, UNWILLING)))
    assert caught.value.slug == "do-not-call"


# -- rates ---------------------------------------------------------------------------------------

MINUTE = RateLimit(1, 60)
HOUR = RateLimit(5, 3600)


def test_a_number_never_called_is_free() -> None:
    book = RateBook([MINUTE, HOUR])
    assert book.retry_after_s(NUMBER, 0.0) is None
    assert len(book) == 0


def test_the_window_of_a_rate() -> None:
    book = RateBook([MINUTE])
    book.record(NUMBER, 1000.0)
    assert book.retry_after_s(NUMBER, 1000.0) is not None
    assert book.retry_after_s(NUMBER, 1059.0) is not None
    assert book.retry_after_s(NUMBER, 1060.0) is None
    assert book.retry_after_s("+8613900139000", 1000.0) is None


def test_the_longest_wait_counts() -> None:
    book = RateBook([MINUTE, RateLimit(2, 3600)])
    book.record(NUMBER, 0.0)
    book.record(NUMBER, 100.0)
    wait_s = book.retry_after_s(NUMBER, 110.0)
    assert wait_s is not None
    assert 3490 <= wait_s <= 3491


def test_what_was_never_dialled_does_not_count() -> None:
    book = RateBook([MINUTE])
    book.record(NUMBER, 10.0)
    book.record(NUMBER, 20.0)
    book.take_back(NUMBER, 20.0)
    book.take_back(NUMBER, 99.0)
    book.take_back("+8613900139000", 20.0)
    assert book.retry_after_s(NUMBER, 70.0) is None
    assert book.retry_after_s(NUMBER, 69.0) is not None
    book.take_back(NUMBER, 10.0)
    assert len(book) == 0


def test_calls_to_other_numbers_of_the_customer_count() -> None:
    book = RateBook([RateLimit(2, 60)])
    book.record(NUMBER, 0.0)
    book.record("+8613900139000", 10.0)
    assert book.retry_after_s(NUMBER, 20.0) is None
    wait_s = book.retry_after_s(NUMBER, 20.0, also=[NUMBER, "+8613900139000"])
    assert wait_s is not None
    assert wait_s in (40, 41)


def test_without_rates_nothing_is_kept() -> None:
    book = RateBook([])
    book.record(NUMBER, 1.0)
    assert len(book) == 0
    assert book.retry_after_s(NUMBER, 1.0) is None


def test_forgetting_leaves_nothing() -> None:
    book = RateBook([MINUTE, HOUR])
    for second in range(100):
        book.record(f"+86138001380{second:02}", float(second))
    book.forget_before(99.0)
    assert len(book) == 100
    book.forget_before(3600.0 + 49.0)
    assert len(book) == 50
    book.forget_before(3600.0 + 99.0)
    assert len(book) == 0


RATES = st.lists(
    st.builds(RateLimit, st.integers(1, 4), st.sampled_from([1, 5, 60])), min_size=1, max_size=3
)


def allowed(rates: list[RateLimit], calls: list[float], at: float) -> bool:
    return all(
        sum(1 for moment in calls if moment > at - rate.per_s) < rate.count for rate in rates
    )


@given(RATES, st.lists(st.integers(0, 40), max_size=40), st.booleans())
def test_the_book_agrees_with_a_plain_list(
    rates: list[RateLimit], steps: list[int], tidy: bool
) -> None:
    book = RateBook(rates)
    calls: list[float] = []
    at = 1_700_000_000.0
    for step in steps:
        at += step / 4
        if tidy:
            book.forget_before(at)
        wait_s = book.retry_after_s(NUMBER, at)
        assert (wait_s is None) == allowed(rates, calls, at)
        if wait_s is None:
            book.record(NUMBER, at)
            calls.append(at)
        else:
            assert wait_s >= 1
            assert allowed(rates, calls, at + wait_s)
            assert wait_s <= 2 or not allowed(rates, calls, at + wait_s - 2)
    book.forget_before(at + max(rate.per_s for rate in rates))
    assert len(book) == 0
