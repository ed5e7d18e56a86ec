"""Every pair of a task's state and what may happen to it; random lives keep what was promised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from voicegw.errors import ConflictError, InvalidError
from voicegw.model.call import Call, CallOutcome, CallStatus, Direction, final_status
from voicegw.model.deadline import Deadline
from voicegw.model.escalation import escalated, late_by, promised
from voicegw.model.task import (
    Attempt,
    Reached,
    Task,
    TaskResult,
    TaskSource,
    TaskState,
    TaskType,
    attempted,
    called_again,
    cancelled,
    changed,
    closed,
    contacted,
    overdue,
    require_open,
)
from voicegw.tasks.results import told
from voicegw.tasks.shipped_types import SHIPPED_TYPES

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
RUNNING = Call("call_1", Direction.CLICK_TO_DIAL, CallStatus.RINGING, "node-1", NOW)
LEAVES = TaskResult("leaves", "key_1", NOW, reason="price")
OTHER = TaskResult("retained", "key_1", NOW, reason="bonus")
CLOSED: Final = "task-closed"


def ended(*, talked: bool, call: Call = RUNNING) -> Call:
    outcome = CallOutcome.CONNECTED if talked else CallOutcome.CUSTOMER_NO_ANSWER
    return msgspec.structs.replace(
        call, status=final_status(outcome), outcome=outcome, bridged_at=NOW if talked else None
    )


def a_task(state: TaskState) -> Task:
    """Return a task in `state`, for which a call runs."""
    done = state in {TaskState.DONE, TaskState.CANCELLED}
    return Task(
        "tsk_1",
        TaskType.RETENTION,
        NOW - HOUR,
        state=state,
        manager_id=None if state is TaskState.NEW else "mgr_1",
        customer_id="cus_1",
        attempts=[Attempt("call_1", NOW)],
        due_at=NOW + HOUR,
        closed_at=NOW if done else None,
        result=OTHER if state is TaskState.DONE else None,
        overdue_at=NOW if state is TaskState.OVERDUE else None,
        source=TaskSource.TRIGGER,
        contact_by=NOW,
        close_by=NOW,
        escalates=True,
    )


def open_changed(task: Task, **fields: Any) -> Task:
    """Change a task as everybody does: none that is closed."""
    require_open(task)
    return changed(task, **fields)


def let_pass(task: Task) -> Task:
    """Let its times pass, as the store finds them."""
    at = NOW + 2 * HOUR
    if task.watch_at is not None and task.watch_at <= at:
        task = overdue(task, at)
    return ([task, *escalated(task, at)])[-1]


EVENTS: Mapping[str, Callable[[Task], Task]] = {
    "a call starts": lambda task: attempted(task, msgspec.structs.replace(RUNNING, id="call_2")),
    "it reaches nobody": lambda task: attempted(task, ended(talked=False)),
    "it was a talk": lambda task: attempted(task, ended(talked=True)),
    "somebody talks": lambda task: (
        contacted(task, Reached("cus_1", None, NOW, "call_1", "tsk_1", "mgr_2"))
        if task.is_open
        else task
    ),
    "closed": lambda task: closed(task, LEAVES),
    "the same again": lambda task: closed(task, OTHER),
    "call again": lambda task: called_again(task, LEAVES, NOW + HOUR),
    "cancelled": lambda task: cancelled(task, LEAVES),
    "to another": lambda task: open_changed(task, manager_id="mgr_3"),
    "to nobody": lambda task: open_changed(task, manager_id=None),
    "another time": lambda task: open_changed(task, due_at=NOW + 9 * HOUR),
    "promised": lambda task: promised(task, NOW + HOUR, NOW),
    "times pass": let_pass,
}

#: By event: what a task that is new, assigned, dialled, call again, overdue, done, cancelled is
#: then; `!` refuses as closed, `?` as nobody's. In the order of the states.
TABLE: Mapping[str, str] = {
    #                      new       assigned  dialled   again     overdue   done      cancelled
    "a call starts": "     dialled   dialled   dialled   dialled   dialled   done      cancelled",
    "it reaches nobody": " new       assigned  again     again     again     done      cancelled",
    "it was a talk": "     new       assigned  dialled   again     dialled   done      cancelled",
    "somebody talks": "    assigned  assigned  dialled   again     overdue   done      cancelled",
    "closed": "            done      done      done      done      done      !         !",
    "the same again": "    done      done      done      done      done      done      !",
    "call again": "        again     again     again     again     again     !         !",
    "cancelled": "         cancelled cancelled cancelled cancelled cancelled !         cancelled",
    "to another": "        assigned  assigned  assigned  assigned  assigned  !         !",
    "to nobody": "         new       new       new       new       new       !         !",
    "another time": "      new       assigned  dialled   again     again     !         !",
    "promised": "          ?         assigned  dialled   again     overdue   !         !",
    "times pass": "        overdue   overdue   overdue   overdue   overdue   done      cancelled",
}
_WORDS: Final = {"again": TaskState.CALL_AGAIN}
_REFUSED: Final = {"!": CLOSED, "?": "nobody-responsible"}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("place", range(len(TaskState)), ids=[*TaskState])
def test_every_pair_of_state_and_event(place: int, event: str) -> None:
    assert TABLE.keys() == EVENTS.keys()
    before = a_task([*TaskState][place])
    expected = TABLE[event].split()[place]
    if expected in _REFUSED:
        with pytest.raises(ConflictError) as refused:
            EVENTS[event](before)
        assert refused.value.slug == _REFUSED[expected]
        return
    after = EVENTS[event](before)
    assert after.state is (_WORDS.get(expected) or TaskState(expected))
    if before.is_open:
        # Whoever is called back is not told of; who closes a task closes it once.
        assert (after.closed_at is None) is after.is_open
    else:
        assert (after.result, after.closed_at) == (before.result, before.closed_at)


class Life(RuleBasedStateMachine):
    """One task of a trigger: what happens to it in any order, and who answers for it."""

    task: Task
    now: datetime
    responsible: str | None

    @initialize(manager_id=st.sampled_from([None, "mgr_1"]))
    def begin(self, manager_id: str | None) -> None:
        self.now = NOW
        self.responsible = manager_id
        self.calls = 0
        self.talks: list[str] = []
        self.task = msgspec.structs.replace(
            a_task(TaskState.ASSIGNED if manager_id else TaskState.NEW),
            manager_id=manager_id,
            attempts=[],
            created_at=NOW,
            contact_by=NOW + 4 * HOUR,
            close_by=NOW + 48 * HOUR,
        )

    @rule(hours=st.integers(1, 20))
    def time_passes(self, hours: int) -> None:
        self.now += hours * HOUR
        steps = escalated(self.task, self.now)
        for step in steps:
            told_of = step.escalations[-1]
            assert told_of.by <= self.now
            assert told_of.of is not Deadline.CONTACT or step.contacted_at is None
        assert not steps or self.task.is_open
        self.task = steps[-1] if steps else self.task

    @rule(manager_id=st.sampled_from(["mgr_1", "mgr_2", "mgr_3"]), talked=st.booleans())
    def call(self, manager_id: str, talked: bool) -> None:
        self.calls += 1
        running = msgspec.structs.replace(RUNNING, id=f"call_{self.calls}", created_at=self.now)
        before = self.task
        self.task = attempted(self.task, running)
        self.task = attempted(self.task, ended(talked=talked, call=running))
        talk = Reached("cus_1", None, self.now, running.id, "tsk_1", manager_id)
        if talked and talk.concerns(self.task):
            # Of what is closed by now, whoever closed it has answered for it.
            if not self.talks and before.is_open:
                self.responsible = manager_id
            self.talks.append(manager_id)
            self.task = contacted(self.task, talk)
        if not before.is_open:
            assert (self.task.state, self.task.manager_id) == (before.state, before.manager_id)

    @precondition(lambda self: self.task.is_open)
    @rule(manager_id=st.sampled_from([None, "mgr_4"]))
    def give(self, manager_id: str | None) -> None:
        self.task = changed(self.task, manager_id=manager_id)
        self.responsible = manager_id

    @precondition(lambda self: self.task.is_open and self.task.manager_id is not None)
    @rule(hours=st.integers(1, 30))
    def promise(self, hours: int) -> None:
        self.task = promised(self.task, self.now + hours * HOUR, self.now)

    @rule(
        code=st.sampled_from(["retained", "leaves", "refused_all", "wrong_number", "success"]),
        reason=st.sampled_from(["", "price"]),
        exception=st.sampled_from(["", "he was abroad"]),
    )
    def tell(self, code: str, reason: str, exception: str) -> None:
        before = self.task
        result = TaskResult(code, "key_1", self.now, reason=reason, exception=exception)
        try:
            self.task = told(self.task, SHIPPED_TYPES["retention"], result, None)
        except (ConflictError, InvalidError):
            assert self.task == before
            return
        if before.is_open:
            assert code == "wrong_number" or before.contacted_at is not None
            assert code == "wrong_number" or reason
            assert exception or not late_by(before, self.now)

    @rule(hours=st.integers(1, 40))
    def again(self, hours: int) -> None:
        result = TaskResult("call_again", "key_1", self.now)
        before = self.task
        try:
            self.task = told(self.task, SHIPPED_TYPES["retention"], result, self.now + hours * HOUR)
        except ConflictError:
            assert not before.is_open
        # What is agreed upon moves when it is due, and not when it is to be closed.
        assert self.task.close_by == before.close_by

    @invariant()
    def nobody_is_told_twice(self) -> None:
        times = [(one.of, one.by) for one in self.task.escalations]
        assert len(times) == len(set(times))

    @invariant()
    def one_manager_answers_for_it(self) -> None:
        assert self.task.manager_id == self.responsible

    @invariant()
    def closed_is_closed(self) -> None:
        assert self.task.is_open is (self.task.closed_at is None)


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
