"""What is left of a call or a task that tells of nobody any more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from voicegw.model.call import (
    Call,
    CallOutcome,
    CallStatus,
    Direction,
    Leg,
    LegRole,
    PlanStepRecord,
)
from voicegw.model.survey import Disposition, DispositionSource
from voicegw.model.task import Task, TaskResult, TaskState, TaskType
from voicegw.retention.anonymise import anonymous_call, anonymous_task

AT = datetime(2026, 3, 4, tzinfo=UTC)


def document(record: object) -> dict[str, Any]:
    """Return a record as the store holds it."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(record))
    return found


def test_a_call_keeps_its_figures_and_loses_its_persons() -> None:
    call = Call(
        "call_1",
        Direction.INBOUND,
        CallStatus.COMPLETED,
        "node-1",
        AT,
        outcome=CallOutcome.CONNECTED,
        manager_id="mgr_1",
        customer_id="cus_1",
        customer_number="+8613900139000",
        client_state="order of Mrs Wang",
        talk_s=61.5,
        plan=[PlanStepRecord("owner", "mgr_1"), PlanStepRecord("dial", "+8613700137000")],
        legs=[Leg("leg_1", LegRole.CUSTOMER, number="+8613900139000", answered_at=AT)],
        disposition=Disposition("success", DispositionSource.API, "mgr_1", AT, "her son is ill"),
    )
    left = document(call)
    found = msgspec.convert(anonymous_call(left), Call)
    assert found.legs == [Leg("leg_1", LegRole.CUSTOMER, answered_at=AT)]
    assert [step.target for step in found.plan] == ["mgr_1", None]
    assert found.disposition == Disposition("success", DispositionSource.API, "mgr_1", AT)
    assert (found.talk_s, found.outcome, found.manager_id) == (61.5, CallOutcome.CONNECTED, "mgr_1")
    written = str(anonymous_call(left))
    assert not any(word in written for word in ("13900139000", "1370013", "Wang", "her son"))
    assert left == document(call), "the document given is left as it is"


def test_a_call_in_vain_has_no_result_to_silence() -> None:
    call = Call("call_1", Direction.INBOUND, CallStatus.BUSY, "node-1", AT)
    assert anonymous_call(document(call)) == document(call)


def test_a_task_keeps_its_result_and_loses_its_words() -> None:
    task = Task(
        "tsk_1",
        TaskType.COMPLAINT,
        AT,
        state=TaskState.DONE,
        customer_number="+8613900139000",
        subject="Wang: bill",
        note="call after six",
        fields={"product": "5G", "name": "Wang"},
        result=TaskResult("done", "mgr_1", AT, "Wang is content", "too dear", "was away"),
    )
    found = msgspec.convert(anonymous_task(document(task)), Task)
    assert found == Task(
        "tsk_1",
        TaskType.COMPLAINT,
        AT,
        state=TaskState.DONE,
        result=TaskResult("done", "mgr_1", AT),
    )
