"""What a new task gets from its type."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from voicegw.directory.calendar import Calendars
from voicegw.model.task import Priority, Task, TaskType
from voicegw.model.task_type import TaskTypeRule, TimeRule
from voicegw.tasks.creation import typed
from voicegw.tasks.shipped_types import SHIPPED_TYPES
from voicegw.tasks.times import is_working_day

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendars().of("Asia/Shanghai")
# Friday, 17:00; the holidays of spring 2025 began on the Tuesday after, the Sunday was worked.
FRIDAY = datetime(2025, 1, 24, 17, 0, tzinfo=SHANGHAI)


def begun(
    rule: TaskTypeRule, asked: datetime | None = None, priority: Priority | None = None
) -> Task:
    task = Task(id="tsk_1", type=TaskType.RETENTION, created_at=FRIDAY, requested_at=asked)
    return typed(task, rule, priority=priority, zone=SHANGHAI, calendar=CALENDAR)


def test_a_wish_to_leave_has_its_times_from_when_it_was_asked() -> None:
    task = begun(SHIPPED_TYPES["retention"])
    assert (task.priority, task.escalates) == (Priority.URGENT, True)
    assert task.contact_by == FRIDAY + timedelta(hours=4)
    # Sunday the 26th and Monday the 27th are worked; it is open until that day is over.
    assert task.close_by == task.due_at == datetime(2025, 1, 28, tzinfo=SHANGHAI)
    later = begun(SHIPPED_TYPES["retention"], FRIDAY + timedelta(days=3))
    # From Monday on: eight days of holidays, then Wednesday and Thursday of the week after.
    assert later.close_by == datetime(2025, 2, 7, tzinfo=SHANGHAI)


def test_what_is_said_of_a_task_stays() -> None:
    rule = msgspec.structs.replace(SHIPPED_TYPES["retention"], script_id="scr_1")
    assert begun(rule, priority=Priority.LOW).priority is Priority.LOW
    assert begun(rule).script_id == "scr_1"
    task = Task(
        id="tsk_1",
        type=TaskType.RETENTION,
        created_at=FRIDAY,
        due_at=FRIDAY,
        script_id="scr_2",
    )
    made = typed(task, rule, priority=None, zone=SHANGHAI, calendar=CALENDAR)
    assert (made.due_at, made.script_id) == (FRIDAY, "scr_2")
    assert made.close_by is not None


def test_a_type_without_times_gives_none() -> None:
    task = begun(SHIPPED_TYPES["renewal"])
    assert (task.due_at, task.contact_by, task.close_by, task.escalates) == (
        None,
        None,
        None,
        False,
    )


@given(
    asked=st.datetimes(datetime(2024, 1, 1), datetime(2025, 12, 1)),  # noqa: DTZ001 - in UTC below
    days=st.integers(1, 12),
)
def test_closing_is_at_the_end_of_just_so_many_working_days(asked: datetime, days: int) -> None:
    asked = asked.replace(tzinfo=UTC)
    rule = TaskTypeRule("x", times=TimeRule(close_working_days=days))
    close_by = begun(rule, asked).close_by
    assert close_by is not None
    end = close_by.astimezone(SHANGHAI)
    assert (end.hour, end.minute, end.second) == (0, 0, 0)
    first, last = asked.astimezone(SHANGHAI).date(), end.date() - timedelta(days=1)
    after = [date.fromordinal(one) for one in range(first.toordinal() + 1, last.toordinal() + 1)]
    assert sum(is_working_day(day, CALENDAR) for day in after) == days
    assert is_working_day(last, CALENDAR)
