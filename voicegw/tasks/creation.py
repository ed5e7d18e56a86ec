"""What a new task gets from its type: priority, script and times, where nobody has said them. Pure.

The types that calls lead to by themselves (voicegw.calls.follow_up) have no times and no fields.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec

from voicegw.model.hours import Calendar
from voicegw.model.task import Priority, Task
from voicegw.model.task_type import TaskTypeRule
from voicegw.tasks.times import times_of


def typed(
    task: Task,
    rule: TaskTypeRule,
    *,
    priority: Priority | None,
    zone: ZoneInfo,
    calendar: Calendar,
) -> Task:
    """Return a task as its type has it begin; `priority` None: that of the type.

    Times count from `requested_at`, else from when the task was made, in the group's `zone` and by
    its `calendar`. A due time that was given stays.
    """
    since = task.requested_at or task.created_at
    times = times_of(rule.times, requested_at=since, zone=zone, calendar=calendar)
    return msgspec.structs.replace(
        task,
        priority=rule.priority if priority is None else priority,
        script_id=task.script_id or rule.script_id,
        due_at=task.due_at or times.due_at,
        contact_by=times.contact_by,
        close_by=times.close_by,
        escalates=rule.escalates,
    )
