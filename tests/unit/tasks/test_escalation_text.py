"""What superiors read of a time that has passed."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from voicegw.model.deadline import Deadline, Escalation, EscalationWhy
from voicegw.model.sms_template import SmsKind
from voicegw.sms.length import length_of
from voicegw.sms.templates import ShippedWording
from voicegw.tasks.escalation_text import escalation_text
from voicegw.tasks.shipped_types import SHIPPED_TYPES

AT = datetime(2026, 3, 4, 22, 30, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


def text(
    of: Deadline, why: EscalationWhy, language: str = "zh", manager: str | None = "李雷"
) -> str:
    return escalation_text(
        Escalation(of, AT, AT, why),
        "tsk_06f1q2r3abcdef",
        text=ShippedWording().text(SmsKind.ESCALATION, language),
        language=language,
        type_names=SHIPPED_TYPES["retention"].names,
        manager_name=manager,
        zone=ZONE,
    )


def test_it_says_what_was_owed_by_when_and_by_whom() -> None:
    assert text(Deadline.CLOSE, EscalationWhy.NOT_CLOSED) == (
        "【超时提醒】挽留任务(…abcdef)应于03月05日06:30前办结，负责人：李雷，原因：已联系未办结。"
    )
    assert text(Deadline.CONTACT, EscalationWhy.NO_MANAGER, "en", None) == (
        "Late: the task retention (…abcdef) was to be contacted by 05 Mar 06:30;"
        " manager: nobody; nobody has it."
    )


@pytest.mark.parametrize("of", list(Deadline))
@pytest.mark.parametrize("why", list(EscalationWhy))
def test_every_one_can_be_told_in_both_languages(of: Deadline, why: EscalationWhy) -> None:
    assert text(of, why, "zh") != text(of, why, "en")
    assert length_of(text(of, why)).parts == 1
