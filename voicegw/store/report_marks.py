"""Marks that calls and tasks leave where reports are to be summed anew.

A mark is added in the transaction that writes the call or task, and never changed: nobody waits for
anybody, and what is not committed yet can't be taken for summed. It names an hour, not the thing:
of a burst of calls one mark is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from voicegw.model.call import Call
from voicegw.model.rollup import RollupKind
from voicegw.model.task import Task
from voicegw.store import schema

_INSERT = schema.report_marks.insert()


def mark_calls(connection: sa.Connection, calls: Iterable[Call]) -> None:
    """Have those of the calls that are over counted."""
    over = [(call.group_id, call.created_at) for call in calls if call.is_final]
    if over:
        mark(connection, RollupKind.CALLS, over)


def mark_calls_of(connection: sa.Connection, call_ids: Sequence[str]) -> None:
    """Have calls counted of whose recordings something has become known."""
    columns = schema.calls.c
    query = sa.select(columns.group_id, columns.created_at).where(columns.id.in_(call_ids))
    found = connection.execute(query).all()
    mark(connection, RollupKind.CALLS, [(row.group_id, row.created_at) for row in found])


def mark_tasks(connection: sa.Connection, tasks: Iterable[Task]) -> None:
    """Have tasks counted: as they were, where their group has changed, and as they are."""
    mark(connection, RollupKind.TASKS, [(task.group_id, task.created_at) for task in tasks])


def mark(
    connection: sa.Connection,
    kind: RollupKind,
    written: Iterable[tuple[str | None, datetime]],
) -> None:
    """Have what was written counted anew, given by group and time of creation."""
    hours = {
        (group_id or "", at.replace(minute=0, second=0, microsecond=0)) for group_id, at in written
    }
    if hours:
        rows = [
            {"kind": kind, "group_id": group_id, "hour": hour} for group_id, hour in sorted(hours)
        ]
        connection.execute(_INSERT, rows)


def mark_group(connection: sa.Connection, group_id: str) -> None:
    """Have all of a group counted anew: its days begin at another time."""
    rows = [{"kind": kind, "group_id": group_id, "hour": None} for kind in RollupKind]
    connection.execute(_INSERT, rows)
