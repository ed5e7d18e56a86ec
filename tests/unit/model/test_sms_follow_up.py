"""After which calls a message may follow, or a result of their task."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from voicegw.model.call import Call, CallOutcome, CallStatus, Direction
from voicegw.model.sms_follow_up import SmsFollowUp
from voicegw.model.survey import Disposition, DispositionSource

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
RULE = SmsFollowUp(ask_after_s=20)
TALK: dict[str, Any] = {"bridged_at": NOW, "ended_at": NOW}
VAIN: dict[str, Any] = {
    "ended_at": NOW,
    "outcome": CallOutcome.CUSTOMER_BUSY,
    "status": CallStatus.BUSY,
}
BY_KEY = Disposition("success", DispositionSource.KEYPAD, "mgr_1", NOW)
BY_API = Disposition("success", DispositionSource.API, "key_1", NOW)


def ended(**more: Any) -> Call:
    """A call that is over."""
    fields: dict[str, Any] = {
        "id": "call_1",
        "direction": Direction.CLICK_TO_DIAL,
        "status": CallStatus.COMPLETED,
        "outcome": CallOutcome.CONNECTED,
        "node": "node-1",
        "created_at": NOW,
        "manager_id": "mgr_1",
        "customer_number": "+8613900139000",
    }
    return Call(**(fields | more))


@pytest.mark.parametrize(
    ("more", "after_s"),
    [
        (TALK, 20),
        (TALK | {"direction": Direction.INBOUND}, 20),
        (TALK | {"manager_id": None}, None),
        (TALK | {"disposition": BY_API}, None),
        (TALK | {"disposition": BY_KEY}, None),
        (TALK | {"disposition": BY_KEY, "task_id": "tsk_1"}, 0),
        (VAIN, 0),
        (VAIN | {"direction": Direction.DIAL_THROUGH}, 0),
        (VAIN | {"direction": Direction.INBOUND}, None),
        (VAIN | {"customer_number": None}, None),
        (VAIN | {"outcome": CallOutcome.MANAGER_NO_ANSWER}, None),
        (VAIN | {"outcome": CallOutcome.CUSTOMER_INVALID}, None),
        ({}, None),
    ],
)
def test_calls(more: dict[str, Any], after_s: float | None) -> None:
    at = RULE.looks_at(ended(**more))
    assert at == (None if after_s is None else NOW + timedelta(seconds=after_s))


def test_without_messages_only_keys_are_looked_at() -> None:
    rule = SmsFollowUp(sends=False)
    for more in (TALK, VAIN):
        assert rule.looks_at(ended(**more)) is None
    told = ended(**TALK, disposition=BY_KEY, task_id="tsk_1")
    assert rule.looks_at(told) == NOW
