"""The kinds of triggers as they are shipped; an operator's edited copy takes one's place. Pure.

Source: the grid manager's handbook. Spending that fell by more than 30 %, a package about to end
and a wish to leave are called within 4 hours and closed within 2 working days.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from voicegw.model.task import Priority, TaskType
from voicegw.model.task_type import TimeRule
from voicegw.model.trigger import Measure, Threshold, TriggerKind

_AT_ONCE: Final = TimeRule(contact_s=4 * 3600, close_working_days=2)

_ALL: Final = (
    TriggerKind(
        "spend_fell",
        TaskType.RETENTION,
        {"zh": "消费下降", "en": "spending fell"},
        threshold=Threshold("spend", measure=Measure.FALL_PERCENT, before="spend_before", above=30),
        times=_AT_ONCE,
    ),
    TriggerKind(
        "package_ends",
        TaskType.RENEWAL,
        {"zh": "套餐到期", "en": "package ends"},
        threshold=Threshold("days_left", at_most=30),
        times=_AT_ONCE,
        priority=Priority.HIGH,
    ),
    TriggerKind(
        "wants_to_leave",
        TaskType.RETENTION,
        {"zh": "要求离网", "en": "wants to leave"},
        times=_AT_ONCE,
    ),
    TriggerKind(
        "low_balance",
        TaskType.LOW_BALANCE,
        {"zh": "余额不足", "en": "low balance"},
        threshold=Threshold("balance", at_most=10),
        escalates=False,
    ),
    TriggerKind(
        "arrears",
        TaskType.ARREARS,
        {"zh": "欠费", "en": "arrears"},
        threshold=Threshold("amount", above=0),
        escalates=False,
    ),
    TriggerKind(
        "complaint",
        TaskType.COMPLAINT,
        {"zh": "投诉", "en": "complaint"},
        times=_AT_ONCE,
    ),
)

SHIPPED_KINDS: Final[Mapping[str, TriggerKind]] = {
    kind.name: msgspec.structs.replace(kind, is_built_in=True) for kind in _ALL
}
"""By name."""
