"""The short message that reminds a manager of an appointment. Pure.

It names the kind of task, the time and the end of the task's id; nothing of the customer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from voicegw.model.ids import IdKind, new_id
from voicegw.model.reminder import Reminded
from voicegw.model.sms import SmsMessage, SmsPurpose
from voicegw.model.sms_template import SmsKind
from voicegw.model.task import Task
from voicegw.sms.templates import SHIPPED_WORDING, Wording

#: Later it is no reminder any more.
_WORTH_SENDING: Final = timedelta(minutes=15)
_TIME: Final = {"zh": "%m月%d日%H:%M", "en": "%d %b %H:%M"}
_ID_CHARACTERS: Final = 6


@dataclass(frozen=True, slots=True)
class ReminderMessages:
    """Writes them in `language` (`zh`, `en`); `type_names` tells what a task's type is called."""

    language: str
    type_names: Callable[[Task], Mapping[str, str]]
    wording: Wording = SHIPPED_WORDING

    def of(self, task: Task, to: Reminded, now: datetime) -> SmsMessage | None:
        """Return the message about the last of a task's reminders, as it is told `now`.

        None where the appointment, and the time in which it is worth reminding of, have passed.
        """
        wanted = task.reminders[-1]
        expires_at = wanted + _WORTH_SENDING
        if now >= expires_at:
            return None
        names = self.type_names(task)
        kind = SmsKind.PROMISE if wanted == task.promised_at else SmsKind.APPOINTMENT
        text = self.wording.text(kind, self.language, task.group_id).format(
            type=names.get(self.language) or next(iter(names.values()), ""),
            id=task.id[-_ID_CHARACTERS:],
            at=wanted.astimezone(ZoneInfo(to.timezone)).strftime(_TIME[self.language]),
        )
        return SmsMessage(
            id=new_id(IdKind.SMS),
            to=to.phone,
            text=text,
            purpose=SmsPurpose.REMINDER,
            created_at=now,
            expires_at=expires_at,
            group_id=task.group_id,
            manager_id=task.manager_id,
            task_id=task.id,
        )
