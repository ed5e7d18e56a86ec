"""Managers' talks of today, idle times and rests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from voicegw.calls.agents import AgentBook, TalksToday
from voicegw.calls.slots import Slots
from voicegw.model.routing import GroupStrategy
from voicegw.routing.distribution import AgentFacts

LATE = datetime(2026, 3, 2, 15, 50, tzinfo=UTC)
"""Ten minutes before midnight in Shanghai."""


class _Clock:
    def __init__(self) -> None:
        self.at = LATE

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - LATE).total_seconds()


def book() -> tuple[AgentBook, Slots, _Clock]:
    slots, clock = Slots(1), _Clock()
    return AgentBook(slots, clock), slots, clock


def test_a_talk_counts_once_and_idle_time_begins_with_its_end() -> None:
    agents, _, clock = book()
    agents.talks("a", "call_1")
    agents.talks("a", "call_1")
    assert agents.facts("a") == AgentFacts(None, 1)
    clock.at += timedelta(minutes=1)
    agents.freed("a", "call_1")
    assert agents.facts("a") == AgentFacts(clock.at, 1)


def test_being_rung_in_vain_is_no_talk() -> None:
    agents, _, _ = book()
    agents.freed("a", "call_1")
    assert agents.facts("a") == AgentFacts()


def test_a_new_day_begins_at_midnight_where_the_node_is() -> None:
    agents, _, clock = book()
    assert agents.midnight() == datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
    agents.remember([TalksToday("a", 3, LATE - timedelta(hours=1)), TalksToday("b", 1, None)])
    assert agents.facts("a").calls_today == 3
    clock.at += timedelta(minutes=11)
    assert agents.facts("a") == AgentFacts(LATE - timedelta(hours=1), 0)
    agents.talks("a", "call_9")
    assert agents.facts("a").calls_today == 1


def test_who_talks_or_rests_is_not_free() -> None:
    agents, slots, _ = book()
    assert agents.is_free("a")
    slots.take("a")
    assert not agents.is_free("a")
    slots.give_back("a")
    agents.rest("a")
    assert not agents.is_free("a")
    agents.end_rest("a")
    assert agents.is_free("a")


def test_who_may_have_several_calls_is_rung_for_one() -> None:
    slots = Slots(2)
    agents = AgentBook(slots, _Clock())
    slots.take("a")
    assert not slots.full("a")
    assert not agents.is_free("a")
    slots.give_back("a")
    assert agents.is_free("a")


def test_each_group_goes_round_by_itself() -> None:
    agents, _, _ = book()
    agents.rung("a", "grp_1")
    agents.rung("c", "grp_2")
    members = ["a", "b", "c"]
    assert agents.order(GroupStrategy.ROUND_ROBIN, members, "grp_1") == ["b", "c", "a"]
    assert agents.order(GroupStrategy.ROUND_ROBIN, members, "grp_2") == ["a", "b", "c"]
    assert agents.order(GroupStrategy.ROUND_ROBIN, members, "grp_3") == ["a", "b", "c"]
