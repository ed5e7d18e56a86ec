"""What a manager reads before an appointment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from voicegw.model.reminder import Reminded
from voicegw.model.sms import SmsPurpose
from voicegw.model.task import Task, TaskType
from voicegw.tasks.reminder_messages import ReminderMessages

AT = datetime(2026, 3, 4, 6, 30, tzinfo=UTC)
TO = Reminded("+8613900139000", "Asia/Shanghai")


def messages(language: str) -> ReminderMessages:
    return ReminderMessages(language, lambda _task: {"zh": "回访", "en": "revisit"})


def a_task(promised_at: datetime | None = None) -> Task:
    return Task(
        id="tsk_0123456789",
        type=TaskType.REVISIT,
        created_at=AT - timedelta(days=1),
        manager_id="mgr_1",
        group_id="grp_1",
        customer_number="+8613800138000",
        promised_at=promised_at,
        reminders=[AT],
    )


def test_it_names_the_task_and_the_time_on_the_manager_s_clock_and_no_customer() -> None:
    sent = messages("zh").of(a_task(), TO, AT - timedelta(minutes=10))
    assert sent is not None
    assert sent.text == "【预约提醒】回访任务(…456789)约定于03月04日14:30致电客户，请准时联系。"
    assert (sent.to, sent.purpose, sent.task_id) == (
        TO.phone,
        SmsPurpose.REMINDER,
        "tsk_0123456789",
    )
    assert "138" not in sent.text
    english = messages("en").of(a_task(promised_at=AT), TO, AT)
    assert english is not None
    assert (
        english.text
        == "Promised: answer the customer of the task revisit (…456789) by 04 Mar 14:30."
    )


def test_what_has_long_passed_is_not_reminded_of() -> None:
    late = AT + timedelta(minutes=15)
    assert messages("zh").of(a_task(), TO, late) is None
    just = messages("zh").of(a_task(), TO, late - timedelta(seconds=1))
    assert just is not None
    assert just.expires_at == late
