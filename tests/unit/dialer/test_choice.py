"""What comes next, and what may not be called for now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.values import RateLimit
from voicegw.dialer.choice import (
    NOT_DIALLED,
    Candidate,
    CustomerFacts,
    Favour,
    Obstacle,
    PastCall,
    Terms,
    chosen,
    own_hindrances,
    weighed,
)
from voicegw.model.call import CallOutcome
from voicegw.model.task import Attempt, Priority, Task, TaskResult, TaskState, TaskType
from voicegw.model.task_type import AttemptRule

NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)  # 13:00 in Shanghai
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
ZONE = ZoneInfo("Asia/Shanghai")
RULE = AttemptRule(most=3, per_day=2, spacing_s=7200)
TERMS = Terms(NOW, ZONE, lambda _task: RULE)
FREE = CustomerFacts()
AGAIN = TaskResult("again", "key_1", NOW - DAY)


def a_task(key: str, **more: Any) -> Task:
    fields: dict[str, Any] = {
        "id": f"tsk_{key}",
        "type": TaskType.REVISIT,
        "created_at": NOW - 10 * DAY,
        "state": TaskState.ASSIGNED,
        "manager_id": "mgr_1",
        "customer_id": f"cus_{key}",
    }
    return Task(**(fields | more))


def attempts(*calls: tuple[timedelta, CallOutcome | None]) -> list[Attempt]:
    return [
        Attempt(f"call_{number}", NOW - ago, outcome) for number, (ago, outcome) in enumerate(calls)
    ]


def against(task: Task, facts: CustomerFacts = FREE, terms: Terms = TERMS) -> dict[str, Any]:
    return {one.what: one.until for one in weighed(task, facts, terms).against}


def order(*tasks: Task, **facts: CustomerFacts) -> list[str]:
    candidates = [weighed(task, facts.get(task.id[4:], FREE), TERMS) for task in tasks]
    return [one.task.id[4:] for one in chosen(candidates, NOW).next]


def test_appointments_come_first_then_promises_then_what_is_urgent_overdue_or_due() -> None:
    tasks = [
        a_task("later", due_at=NOW + 5 * DAY),
        a_task("today", due_at=NOW + HOUR),
        a_task("overdue", due_at=NOW - DAY, state=TaskState.OVERDUE),
        a_task("urgent", priority=Priority.URGENT),
        a_task("contact", contact_by=NOW + 30 * MINUTE),
        a_task("promised", promised_at=NOW - MINUTE),
        a_task("asked", due_at=NOW - MINUTE, result=AGAIN, state=TaskState.CALL_AGAIN),
        a_task("asked_first", due_at=NOW - HOUR, result=AGAIN, state=TaskState.OVERDUE),
        a_task("untimed"),
    ]
    assert order(*tasks) == [
        "asked_first",
        "asked",
        "promised",
        "contact",
        "urgent",
        "overdue",
        "today",
        "later",
        "untimed",
    ]


def test_within_a_band_priority_then_the_hour_then_time_decide() -> None:
    tasks = [
        a_task("low", priority=Priority.LOW, due_at=NOW - 9 * DAY),
        a_task("old", due_at=NOW - 3 * DAY),
        a_task("new", due_at=NOW - DAY),
        a_task("answers", due_at=NOW - HOUR),
        a_task("high", priority=Priority.HIGH, due_at=NOW - MINUTE),
    ]
    assert order(*tasks, answers=CustomerFacts(share=0.8), old=CustomerFacts(share=0.48)) == [
        "high",
        "answers",
        "old",
        "new",
        "low",
    ]


def test_one_call_settles_what_two_tasks_want_of_one_customer() -> None:
    one = a_task("1", customer_id="cus_x", due_at=NOW - DAY)
    other = a_task("2", customer_id="cus_x", priority=Priority.URGENT)
    assert order(one, other) == ["2"]


def test_an_appointment_comes_exactly_then() -> None:
    asked = a_task("1", due_at=NOW + MINUTE, result=AGAIN, state=TaskState.CALL_AGAIN)
    assert against(asked) == {Obstacle.APPOINTMENT_LATER: NOW + MINUTE}
    due = a_task("1", due_at=NOW, result=AGAIN, state=TaskState.CALL_AGAIN)
    assert against(due) == {}
    assert Favour.APPOINTMENT in weighed(due, FREE, TERMS).favours


def test_an_appointment_is_kept_whatever_was_in_vain_before_and_only_once() -> None:
    vain = [(n * HOUR, CallOutcome.CUSTOMER_NO_ANSWER) for n in (3, 2, 1)]
    past = [PastCall(NOW - ago, outcome) for ago, outcome in vain]
    asked = a_task("1", due_at=NOW, result=AGAIN, attempts=attempts(*vain))
    assert against(asked, CustomerFacts(past=past)) == {}
    tried = a_task(
        "1",
        due_at=NOW - MINUTE,
        result=AGAIN,
        attempts=attempts((MINUTE / 2, CallOutcome.CUSTOMER_BUSY)),
    )
    assert set(against(tried)) == {Obstacle.SPACING}


def test_the_customer_s_peace_holds_for_appointments_as_well() -> None:
    asked = a_task("1", due_at=NOW, result=AGAIN)
    facts = CustomerFacts(
        do_not_call=True, is_quiet=True, quiet_until=NOW + HOUR, past=[PastCall(NOW, None)]
    )
    terms = Terms(NOW, ZONE, lambda _task: RULE, rates=(RateLimit(1, 60), RateLimit(5, 3600)))
    assert against(asked, facts, terms) == {
        Obstacle.DO_NOT_CALL: None,
        Obstacle.QUIET_HOURS: NOW + HOUR,
        Obstacle.CUSTOMER_ENGAGED: None,
        Obstacle.CUSTOMER_RATE: NOW + MINUTE,
    }


def test_attempts_in_vain_are_spaced_and_end() -> None:
    no_answer = CallOutcome.CUSTOMER_NO_ANSWER
    once = a_task("1", attempts=attempts((HOUR, no_answer)))
    assert against(once) == {Obstacle.SPACING: NOW + HOUR}
    assert against(a_task("1", attempts=attempts((3 * HOUR, no_answer)))) == {}
    often = a_task("1", attempts=attempts(*[(n * DAY, no_answer) for n in (5, 4, 3)]))
    assert against(often) == {Obstacle.ATTEMPTS_USED_UP: None}
    # Another call was agreed upon since: its attempts are counted anew.
    agreed = a_task(
        "1",
        result=TaskResult("again", "key_1", NOW - 3 * DAY + HOUR),
        due_at=NOW - 2 * DAY,
        attempts=attempts(*[(n * DAY, no_answer) for n in (5, 4, 3, 1)]),
    )
    assert against(agreed) == {}


@pytest.mark.parametrize("outcome", sorted(NOT_DIALLED))
def test_a_manager_who_did_not_pick_up_is_no_attempt(outcome: CallOutcome) -> None:
    tried = a_task("1", attempts=attempts(*[(n * MINUTE, outcome) for n in (9, 6, 3, 1)]))
    past = [PastCall(one.at, one.outcome) for one in tried.attempts]
    assert against(tried, CustomerFacts(past=past)) == {}


@pytest.mark.parametrize("outcome", [CallOutcome.INTERRUPTED, CallOutcome.FAILED])
def test_a_call_whose_end_is_unknown_is_an_attempt(outcome: CallOutcome) -> None:
    tried = a_task("1", attempts=attempts(*[(n * DAY, outcome) for n in (3, 2, 1)]))
    assert against(tried) == {Obstacle.ATTEMPTS_USED_UP: None}


def test_a_running_call_stands_in_the_way_until_it_must_be_lost() -> None:
    assert against(a_task("1", attempts=attempts((HOUR, None)))) == {Obstacle.CALL_RUNNING: None}
    assert against(a_task("1", attempts=attempts((6 * HOUR, None)))) == {}


def test_a_talk_waits_for_its_result() -> None:
    talked = a_task("1", attempts=attempts((HOUR, CallOutcome.CONNECTED)), state=TaskState.OVERDUE)
    assert against(talked) == {Obstacle.RESULT_AWAITED: None}
    told = TaskResult("again", "key_1", NOW - HOUR / 2)
    again = a_task("1", attempts=talked.attempts, result=told, due_at=NOW)
    assert against(again, CustomerFacts(past=[PastCall(NOW - HOUR, CallOutcome.CONNECTED)])) == {}


def test_calls_for_other_tasks_of_the_customer_count() -> None:
    vain = [PastCall(NOW - n * HOUR, CallOutcome.CUSTOMER_BUSY) for n in (5, 3)]
    found = against(a_task("1"), CustomerFacts(past=vain))
    assert found == {Obstacle.ATTEMPTS_TODAY: datetime(2026, 3, 4, 16, 0, tzinfo=UTC)}
    yesterday = [PastCall(one.at - DAY, one.outcome) for one in vain]
    assert against(a_task("1"), CustomerFacts(past=yesterday)) == {}
    just_now = [PastCall(NOW - HOUR, CallOutcome.CONNECTED)]
    assert against(a_task("1"), CustomerFacts(past=just_now)) == {Obstacle.SPACING: NOW + HOUR}


def test_a_task_waits_for_its_time_and_whom_nobody_can_call() -> None:
    assert against(a_task("1", not_before=NOW + DAY)) == {Obstacle.NOT_BEFORE: NOW + DAY}
    assert against(a_task("1", customer_id=None)) == {Obstacle.NO_NUMBER: None}
    assert against(a_task("1"), CustomerFacts(has_number=False)) == {Obstacle.NO_NUMBER: None}
    skipped = Terms(NOW, ZONE, lambda _task: RULE, aside={"tsk_1": NOW + HOUR})
    assert against(a_task("1"), terms=skipped) == {Obstacle.ASIDE: NOW + HOUR}
    engaged = CustomerFacts(engaged_until=NOW + MINUTE)
    assert against(a_task("1"), engaged) == {Obstacle.CUSTOMER_ENGAGED: NOW + MINUTE}


def test_what_is_held_says_when_it_is_free() -> None:
    soon = weighed(
        a_task("1", not_before=NOW + HOUR), CustomerFacts(engaged_until=NOW + DAY), TERMS
    )
    late = weighed(a_task("2", not_before=NOW + 2 * DAY), FREE, TERMS)
    never = weighed(a_task("3"), CustomerFacts(do_not_call=True, engaged_until=NOW + HOUR), TERMS)
    choice = chosen([never, late, soon], NOW)
    assert [one.task.id for one in choice.held] == ["tsk_1", "tsk_2", "tsk_3"]
    assert (soon.not_before, late.not_before, never.not_before) == (NOW + DAY, NOW + 2 * DAY, None)
    assert (choice.best, choice.look_at) == (None, NOW + DAY)


moments = st.none() | st.integers(-72, 72).map(lambda hours: NOW + timedelta(hours=hours))
outcomes = st.none() | st.sampled_from(CallOutcome)


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    calls = draw(st.lists(st.tuples(st.integers(0, 4000), outcomes), max_size=6))
    made = [(timedelta(minutes=ago), outcome) for ago, outcome in calls]
    made.sort(key=lambda one: one[0], reverse=True)
    told = draw(st.none() | st.integers(0, 72))
    return a_task(
        draw(st.text("abcdef", min_size=1, max_size=3)),
        due_at=draw(moments),
        not_before=draw(moments),
        promised_at=draw(moments),
        contact_by=draw(moments),
        priority=draw(st.sampled_from(Priority)),
        attempts=attempts(*made),
        result=None if told is None else TaskResult("x", "key_1", NOW - told * HOUR),
    )


@settings(max_examples=50)
@given(st.lists(tasks(), max_size=8, unique_by=lambda task: task.id))
def test_every_task_has_one_place_and_what_stands_against_it_holds(given_tasks: list[Task]) -> None:
    candidates: list[Candidate] = [weighed(task, FREE, TERMS) for task in given_tasks]
    choice = chosen(candidates, NOW)
    ids = [one.task.id for one in (*choice.next, *choice.held)]
    assert sorted(ids) == sorted(task.id for task in given_tasks)
    assert all(one.may_call for one in choice.next)
    for one in choice.next:
        assert not own_hindrances(one.task, TERMS)
    for one in choice.held:
        # What is told to be free then is free then, as far as nobody does anything meanwhile.
        if one.not_before is not None:
            assert one.not_before > NOW
    assert chosen(list(reversed(candidates)), NOW) == choice
