"""What the history says of a change, and what it keeps to itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from voicegw.model.call import CallOutcome
from voicegw.model.deadline import Deadline, Escalation, EscalationWhy
from voicegw.model.task import Attempt, Task, TaskResult, TaskState, TaskType, closed
from voicegw.model.task_history import FieldChange, TaskWord, entry_of

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
TASK = Task(
    id="tsk_1",
    type=TaskType.RENEWAL,
    created_at=NOW,
    manager_id="mgr_1",
    customer_number="+8613900139000",
    note="calls her 小王",
)
RESULT = TaskResult("renewed", "key_1", LATER, note="in her words", reason="price")
TOLD = Escalation(Deadline.CONTACT, NOW, NOW, EscalationWhy.NOT_CALLED)
STARTED = Attempt("call_1", NOW)


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ({}, {"manager_id": "mgr_2"}, TaskWord.ASSIGNED),
        ({}, {"due_at": LATER}, TaskWord.CHANGED),
        ({}, {"state": TaskState.DONE, "result": RESULT}, TaskWord.CLOSED),
        ({}, {"state": TaskState.CANCELLED, "result": RESULT}, TaskWord.CANCELLED),
        ({}, {"state": TaskState.OVERDUE, "overdue_at": NOW}, TaskWord.OVERDUE),
        ({"state": TaskState.OVERDUE}, {"escalations": [TOLD]}, TaskWord.ESCALATED),
        ({}, {"state": TaskState.CALL_AGAIN, "result": RESULT}, TaskWord.CALL_AGAIN),
        ({}, {"attempts": [STARTED], "state": TaskState.DIALLED}, TaskWord.DIALLED),
        (
            {"attempts": [STARTED]},
            {"attempts": [Attempt("call_1", NOW, CallOutcome.CUSTOMER_BUSY)]},
            TaskWord.CALL_ENDED,
        ),
        ({"calls": ["call_1"]}, {"calls": ["call_1", "call_2"]}, TaskWord.MISSED_AGAIN),
        ({}, {"contacted_at": NOW}, TaskWord.CONTACTED),
    ],
)
def test_the_change_itself_shows_what_was_done(
    before: dict[str, Any], after: dict[str, Any], what: TaskWord
) -> None:
    earlier = msgspec.structs.replace(TASK, **before)
    later = msgspec.structs.replace(earlier, **after)
    entry = entry_of(earlier, later, at=LATER, by="key_1")
    assert (entry.task_id, entry.at, entry.by, entry.what) == ("tsk_1", LATER, "key_1", what)


def test_whoever_knows_better_says_what_was_done() -> None:
    later = msgspec.structs.replace(TASK, manager_id="mgr_2")
    entry = entry_of(TASK, later, at=NOW, by="usr_1", what=TaskWord.HANDED_OVER, call_id="call_1")
    assert (entry.what, entry.call_id) == (TaskWord.HANDED_OVER, "call_1")
    assert entry.changes == {"manager_id": FieldChange("mgr_1", "mgr_2")}


def test_a_new_task_is_told_with_what_it_has() -> None:
    entry = entry_of(None, TASK, at=NOW, by="key_1")
    assert entry.what is TaskWord.CREATED
    assert entry.changes["type"] == FieldChange(None, "renewal")
    assert "due_at" not in entry.changes


def test_no_number_and_nobodys_own_words_are_in_it() -> None:
    other = msgspec.structs.replace(
        TASK, customer_number="+8613800138000", note="another", fields={"package": "5G"}
    )
    entries = (
        entry_of(None, TASK, at=NOW, by="key_1"),
        entry_of(TASK, other, at=NOW, by="key_1"),
        entry_of(other, closed(other, RESULT), at=LATER, by="key_1"),
    )
    whole = msgspec.json.encode(entries).decode()
    for secret in ("13900139000", "13800138000", "小王", "another", "her words", "price", "5G"):
        assert secret not in whole
    assert entries[1].changes["note"] == entries[1].changes["fields"] == FieldChange()
    assert entries[2].changes["result"] == FieldChange(None, "renewed")
