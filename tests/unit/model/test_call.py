"""Every outcome has exactly one final status."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from voicegw.model.call import (
    FINAL_STATUSES,
    Call,
    CallOutcome,
    CallStatus,
    Direction,
    final_status,
)

OUTCOMES = {
    "connected": "completed",
    "voicemail": "completed",
    "callback_requested": "completed",
    "self_service": "completed",
    "customer_busy": "busy",
    "manager_busy": "busy",
    "customer_no_answer": "no-answer",
    "manager_no_answer": "no-answer",
    "manager_not_confirmed": "no-answer",
    "missed": "no-answer",
    "canceled": "canceled",
    "abandoned": "canceled",
    "manager_declined": "failed",
    "manager_unreachable": "failed",
    "customer_declined": "failed",
    "customer_unreachable": "failed",
    "customer_invalid": "failed",
    "refused": "failed",
    "failed": "failed",
    "interrupted": "failed",
}


def test_the_table_names_every_outcome() -> None:
    assert set(OUTCOMES) == {str(one) for one in CallOutcome}


@pytest.mark.parametrize(("outcome", "status"), OUTCOMES.items())
def test_final_status(outcome: str, status: str) -> None:
    found = final_status(CallOutcome(outcome))
    assert found == status
    assert found in FINAL_STATUSES


@pytest.mark.parametrize("status", CallStatus)
def test_a_call_is_final_only_in_a_final_status(status: CallStatus) -> None:
    call = Call(
        id="call_1",
        direction=Direction.INBOUND,
        status=status,
        node="n",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    live = {"queued", "initiated", "ringing", "in-progress"}
    assert call.is_final == (str(status) not in live)


def test_a_call_survives_the_wire() -> None:
    call = Call(
        id="call_1",
        direction=Direction.CLICK_TO_DIAL,
        status=CallStatus.RINGING,
        node="n",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        customer_number="+8613800138000",
    )
    assert msgspec.json.decode(msgspec.json.encode(call), type=Call) == call
