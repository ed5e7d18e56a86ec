"""From which threshold on something follows from a trigger, and what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.errors import InvalidError
from voicegw.model.task import Priority, Task, TaskSource, TaskState, TaskType
from voicegw.model.task_type import TaskTypeRule
from voicegw.model.trigger import (
    Fact,
    Measure,
    Threshold,
    Trigger,
    TriggerKind,
    TriggerOutcome,
)
from voicegw.tasks.shipped_triggers import SHIPPED_KINDS
from voicegw.tasks.times import TaskTimes
from voicegw.tasks.trigger_rules import (
    check_kind,
    following,
    is_enough,
    joined,
    limit_of,
    measured,
    task_of,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
FELL = SHIPPED_KINDS["spend_fell"].threshold or Threshold("")
LEAVES = SHIPPED_KINDS["wants_to_leave"]
RULE = TaskTypeRule("retention", priority=Priority.URGENT, script_id="scr_1")
TIMES = TaskTimes(NOW + 4 * HOUR, NOW + 48 * HOUR, NOW + 48 * HOUR)


def a_trigger(**more: Any) -> Trigger:
    fields: dict[str, Any] = {
        "id": "trg_1",
        "kind": "wants_to_leave",
        "customer_id": "cus_1",
        "requested_at": NOW,
        "created_at": NOW,
        "created_by": "key_1",
        "outcome": TriggerOutcome.CREATED,
        "group_id": "grp_1",
        "manager_id": "mgr_1",
    }
    return Trigger(**(fields | more))


def wanted(trigger: Trigger | None = None, times: TaskTimes = TIMES) -> Task:
    return task_of(trigger or a_trigger(), LEAVES, RULE, times, "tsk_new")


@pytest.mark.parametrize(
    ("before", "spend", "number", "follows"),
    [
        (100, 70, 30.0, False),
        (100, 69.99, 30.01, True),
        # What binary fractions would make a little more, or less, than 30.
        (1, 0.7, 30.0, False),
        (10, 7, 30.0, False),
        (59, 41.3, 30.0, False),
        (0.3, 0.2, 33.333333333333336, True),
        (100, 130, -30.0, False),
        (129, 0, 100.0, True),
        (0, 0, 0.0, False),
    ],
)
def test_spending_that_fell_by_more_than_30_percent(
    before: float, spend: float, number: float, follows: bool
) -> None:
    found = measured(FELL, {"spend_before": before, "spend": spend})
    assert found == pytest.approx(number, abs=1e-9)
    assert is_enough(FELL, found) is follows
    assert limit_of(FELL) == 30


@given(st.integers(1, 10_000_00), st.integers(0, 10_000_00))
def test_cents_decide_as_on_paper(before_fen: int, now_fen: int) -> None:
    facts: dict[str, Fact] = {"spend_before": before_fen / 100, "spend": now_fen / 100}
    follows = (before_fen - now_fen) * 100 > 30 * before_fen
    assert is_enough(FELL, measured(FELL, facts)) is follows


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"spend": 1}, "facts.spend_before"),
        ({"spend_before": 1}, "facts.spend"),
        ({"spend_before": True, "spend": 1}, "facts.spend_before"),
        ({"spend_before": 1, "spend": "1"}, "facts.spend"),
        ({"spend_before": -1, "spend": 1}, "facts.spend_before"),
    ],
)
def test_facts_that_do_not_do_are_named(facts: dict[str, Fact], field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        measured(FELL, facts)
    assert refused.value.field == field


def test_what_is_at_most_counts_with_its_edge() -> None:
    ends = SHIPPED_KINDS["package_ends"].threshold
    assert ends is not None
    assert [is_enough(ends, measured(ends, {"days_left": days})) for days in (29, 30, 31)] == [
        True,
        True,
        False,
    ]
    owes = SHIPPED_KINDS["arrears"].threshold
    assert owes is not None
    assert not is_enough(owes, 0)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"own_type": "fibre"}, "own_type"),
        ({"type": TaskType.OWN}, "own_type"),
        ({"threshold": Threshold("x")}, "threshold"),
        ({"threshold": Threshold("x", before="y", above=1)}, "threshold.before"),
        ({"threshold": Threshold("x", Measure.FALL_PERCENT, above=1)}, "threshold.before"),
    ],
)
def test_kinds_that_can_not_be_meant_are_refused(change: dict[str, Any], field: str) -> None:
    for kind in SHIPPED_KINDS.values():
        check_kind(kind)
    with pytest.raises(InvalidError) as refused:
        check_kind(msgspec.structs.replace(LEAVES, **change))
    assert refused.value.field == field


def test_the_task_that_follows_is_the_owners_and_knows_its_times() -> None:
    task = wanted(a_trigger(requested_at=NOW - HOUR, callable_from=NOW + HOUR))
    assert (task.type, task.state, task.manager_id) == (
        TaskType.RETENTION,
        TaskState.ASSIGNED,
        "mgr_1",
    )
    assert (task.source, task.priority, task.script_id) == (
        TaskSource.TRIGGER,
        Priority.URGENT,
        "scr_1",
    )
    assert (task.requested_at, task.not_before) == (NOW - HOUR, NOW + HOUR)
    assert (task.contact_by, task.close_by, task.due_at) == (
        TIMES.contact_by,
        TIMES.close_by,
        TIMES.due_at,
    )
    assert task.escalates
    low = TriggerKind("x", TaskType.ARREARS, priority=Priority.LOW, escalates=False)
    quiet = task_of(a_trigger(manager_id=None), low, RULE, TaskTimes(), "tsk_1")
    assert (quiet.state, quiet.priority, quiet.escalates) == (TaskState.NEW, Priority.LOW, False)


def test_a_trigger_adds_to_the_open_task_of_its_type() -> None:
    open_one = Task("tsk_1", TaskType.RETENTION, NOW - HOUR, customer_id="cus_1")
    another = Task("tsk_2", TaskType.RENEWAL, NOW - HOUR, customer_id="cus_1")
    new, known = following(a_trigger(), wanted(), [(another, False), (open_one, False)])
    assert new is None
    assert known is not None
    assert (known.id, known.contact_by, known.close_by) == (
        "tsk_1",
        TIMES.contact_by,
        TIMES.close_by,
    )
    assert (known.escalates, known.priority) == (True, Priority.URGENT)
    assert following(a_trigger(), wanted(), [(another, False)]) == (wanted(), None)


def test_what_comes_up_after_the_talk_wants_a_talk_of_its_own() -> None:
    talked = Task("tsk_1", TaskType.RETENTION, NOW - 9 * HOUR, contacted_at=NOW - HOUR)
    new, known = following(a_trigger(), wanted(), [(talked, False)])
    assert known is None
    assert new is not None
    assert new.parent_id == "tsk_1"
    # The same told once more is no news, nor what was asked for before the talk.
    for trigger, is_same in ((a_trigger(), True), (a_trigger(requested_at=NOW - 2 * HOUR), False)):
        new, known = following(trigger, wanted(trigger), [(talked, is_same)])
        assert new is None
        assert known is not None
        assert known.contact_by is None


def test_who_comes_back_soon_gets_a_task_that_follows_the_old_one() -> None:
    closed = Task("tsk_1", TaskType.RETENTION, NOW - HOUR, state=TaskState.DONE)
    new, known = following(a_trigger(), wanted(), [(closed, True)])
    assert known is None
    assert new is not None
    assert new.parent_id == "tsk_1"


def test_of_two_times_the_sooner_holds_and_nobody_need_wait() -> None:
    late = Task(
        "tsk_1",
        TaskType.RETENTION,
        NOW,
        not_before=NOW + 24 * HOUR,
        contact_by=NOW + HOUR,
        close_by=NOW + 72 * HOUR,
        priority=Priority.LOW,
        requested_at=NOW - HOUR,
    )
    after = joined(late, wanted())
    assert (after.contact_by, after.close_by) == (NOW + HOUR, TIMES.close_by)
    assert (after.not_before, after.requested_at) == (NOW, NOW - HOUR)
    free = joined(msgspec.structs.replace(late, not_before=None), wanted())
    assert free.not_before is None
