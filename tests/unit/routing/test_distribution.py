"""Whom of several to ring next, by each strategy."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.model.routing import GroupStrategy
from voicegw.routing.distribution import AgentFacts, ringing_order

MEMBERS = ["a", "b", "c", "d"]
FACTS = {
    "a": AgentFacts(datetime(2026, 3, 2, 9, 30, tzinfo=UTC), 2),
    "b": AgentFacts(datetime(2026, 3, 2, 9, 10, tzinfo=UTC), 5),
    "c": AgentFacts(None, 0),
    "d": AgentFacts(datetime(2026, 3, 2, 9, 20, tzinfo=UTC), 2),
}


@pytest.mark.parametrize(
    ("strategy", "last_rung", "expected"),
    [
        (GroupStrategy.RING_ALL, None, "abcd"),
        (GroupStrategy.ROUND_ROBIN, None, "abcd"),
        (GroupStrategy.ROUND_ROBIN, "b", "cdab"),
        (GroupStrategy.ROUND_ROBIN, "d", "abcd"),
        (GroupStrategy.ROUND_ROBIN, "gone", "abcd"),
        (GroupStrategy.LONGEST_IDLE, "b", "cbda"),
        (GroupStrategy.FEWEST_CALLS, None, "cdab"),
    ],
)
def test_each_strategy_has_its_order(
    strategy: GroupStrategy, last_rung: str | None, expected: str
) -> None:
    found = ringing_order(strategy, MEMBERS, FACTS.__getitem__, last_rung)
    assert found == list(expected)


@given(
    st.sampled_from(GroupStrategy),
    st.lists(st.text("abcdefgh", min_size=1, max_size=1), unique=True),
    st.none() | st.sampled_from("abcdefgh"),
)
def test_nobody_is_left_out_or_named_twice(
    strategy: GroupStrategy, members: list[str], last_rung: str | None
) -> None:
    found = ringing_order(strategy, members, lambda _one: AgentFacts(), last_rung)
    assert sorted(found) == sorted(members)
    assert found == ringing_order(strategy, members, lambda _one: AgentFacts(), last_rung)
