"""What may be told of a task, by its type."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from voicegw.errors import ConflictError, InvalidError
from voicegw.model.task import (
    ResultKind,
    Task,
    TaskResult,
    TaskSource,
    TaskState,
    TaskType,
    called_again,
    reached,
)
from voicegw.tasks.results import Proposal, codes, proposals, told
from voicegw.tasks.shipped_types import SHIPPED_TYPES

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
RENEWAL, RETENTION, OWN = (SHIPPED_TYPES[name] for name in ("renewal", "retention", "own"))
TASK = Task(id="tsk_1", type=TaskType.RENEWAL, created_at=NOW)
LEAVING = Task(id="tsk_2", type=TaskType.RETENTION, created_at=NOW, contacted_at=NOW)


def result(code: str, **more: Any) -> TaskResult:
    return TaskResult(code, "key_1", NOW, **more)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("renewed", ResultKind.SUCCESS),
        ("considering", ResultKind.PARTIAL),
        ("refused_all", ResultKind.REFUSED),
        ("wrong_number", ResultKind.UNREACHABLE),
        ("success", ResultKind.SUCCESS),
        ("reached", ResultKind.SUCCESS),
        ("refused", ResultKind.REFUSED),
    ],
)
def test_a_task_is_closed_with_a_code_of_its_type_or_a_general_one(
    code: str, kind: ResultKind
) -> None:
    closed = told(TASK, RENEWAL, result(code), None)
    assert closed.state is TaskState.DONE
    assert closed.result == result(code, kind=kind)


def test_an_unknown_code_is_refused_naming_those_there_are() -> None:
    with pytest.raises(InvalidError) as refused:
        told(TASK, RENEWAL, result("retained"), None)
    assert refused.value.field == "code"
    for code in codes(RENEWAL):
        assert code in refused.value.message
    assert {"renewed", "refused_all", "reached"} <= set(codes(RENEWAL))


def test_an_own_type_without_results_takes_any_code() -> None:
    assert codes(OWN) == []
    closed = told(TASK, OWN, result("fibre-laid"), None)
    assert closed.result == result("fibre-laid", kind=None)
    assert told(TASK, OWN, result("success"), None).result == result(
        "success", kind=ResultKind.SUCCESS
    )
    assert told(TASK, OWN, result("later"), LATER).state is TaskState.CALL_AGAIN


def test_another_call_needs_its_time_and_what_is_over_has_none() -> None:
    with pytest.raises(InvalidError, match="call_again_at"):
        told(TASK, RENEWAL, result("call_again"), None)
    for code in ("renewed", "refused_all"):
        with pytest.raises(InvalidError, match="call_again_at"):
            told(TASK, RENEWAL, result(code), LATER)
    again = told(TASK, RENEWAL, result("considering"), LATER)
    assert (again.state, again.due_at) == (TaskState.CALL_AGAIN, LATER)


def test_the_same_again_changes_nothing_whatever_the_type_asks_for_by_now() -> None:
    closed = told(TASK, RENEWAL, result("renewed", note="n"), None)
    stricter = msgspec.structs.replace(RENEWAL, needs_contact=True)
    assert told(closed, stricter, result("renewed", note="n"), None) is closed
    with pytest.raises(ConflictError, match="closed"):
        told(closed, RENEWAL, result("renewed", note="m"), None)
    again = told(TASK, RENEWAL, result("call_again"), LATER)
    assert told(again, RENEWAL, result("call_again"), LATER) is again
    moved = told(again, RENEWAL, result("call_again"), LATER + timedelta(days=1))
    assert moved.due_at == LATER + timedelta(days=1)
    assert called_again(moved, result("call_again", kind=ResultKind.CALL_AGAIN), LATER) != moved


def test_what_somebody_tells_takes_the_place_of_what_the_gateway_knew() -> None:
    known = reached(TASK, NOW)
    assert told(known, RENEWAL, result("reached"), None) is known
    assert told(known, RENEWAL, result("renewed"), None).result == result(
        "renewed", kind=ResultKind.SUCCESS
    )


@pytest.mark.parametrize("code", ["retained", "leaves", "refused_all", "success"])
def test_a_wish_to_leave_is_closed_after_a_talk_with_its_true_reason(code: str) -> None:
    unspoken = msgspec.structs.replace(LEAVING, contacted_at=None)
    with pytest.raises(ConflictError) as missing:
        told(unspoken, RETENTION, result(code, reason="price"), None)
    assert missing.value.slug == "contact-missing"
    with pytest.raises(InvalidError, match="reason"):
        told(LEAVING, RETENTION, result(code), None)
    assert told(LEAVING, RETENTION, result(code, reason="price"), None).state is TaskState.DONE


def test_who_cannot_be_reached_need_not_have_been_talked_with() -> None:
    unspoken = msgspec.structs.replace(LEAVING, contacted_at=None)
    for code in ("wrong_number", "not_reached"):
        assert told(unspoken, RETENTION, result(code), None).state is TaskState.DONE
    assert told(unspoken, RETENTION, result("call_again"), LATER).state is TaskState.CALL_AGAIN


def test_closing_late_needs_a_word_on_why() -> None:
    late = LEAVING
    for passed, words in (
        (timedelta(seconds=1), "was 1 min ago"),
        (timedelta(minutes=200), "was 3 h 20 min ago"),
        (timedelta(days=2, hours=5, minutes=59), "was 2 d 5 h ago"),
    ):
        late = msgspec.structs.replace(LEAVING, close_by=NOW - passed)
        with pytest.raises(ConflictError, match=words) as needed:
            told(late, RETENTION, result("retained", reason="price"), None)
        assert needed.value.slug == "exception-needed"
    said = result("retained", reason="price", exception="he was abroad")
    assert told(late, RETENTION, said, None).state is TaskState.DONE
    assert told(late, RETENTION, result("call_again"), LATER).state is TaskState.CALL_AGAIN


def test_what_another_system_noticed_needs_a_talk_and_the_true_reason() -> None:
    ends = msgspec.structs.replace(TASK, source=TaskSource.TRIGGER, contact_by=NOW)
    with pytest.raises(ConflictError) as missing:
        told(ends, RENEWAL, result("renewed", reason="liked it"), None)
    assert missing.value.slug == "contact-missing"
    talked = msgspec.structs.replace(ends, contacted_at=NOW)
    with pytest.raises(InvalidError, match="reason"):
        told(talked, RENEWAL, result("renewed"), None)
    assert told(talked, RENEWAL, result("renewed", reason="liked it"), None).state is TaskState.DONE
    assert told(ends, RENEWAL, result("wrong_number"), None).state is TaskState.DONE


def test_who_refuses_all_contact_is_proposed_not_to_be_called() -> None:
    assert proposals(RENEWAL, result("refused_all")) == [Proposal.DO_NOT_CALL]
    assert proposals(RENEWAL, result("renewed")) == proposals(RENEWAL, None) == []
