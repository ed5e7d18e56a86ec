"""The short messages that tell superiors of what is not done in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from voicegw.model.deadline import EscalationWhy
from voicegw.model.ids import IdKind, new_id
from voicegw.model.sms import SmsMessage, SmsPurpose
from voicegw.model.sms_template import SmsKind
from voicegw.model.task import Task
from voicegw.sms.templates import SHIPPED_WORDING, Wording
from voicegw.store.superiors import Superior
from voicegw.tasks.escalation_text import escalation_text

#: Later it is no news any more.
_WORTH_SENDING: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class EscalationMessages:
    """Writes them in `language` (`zh`, `en`); `type_names` tells what a task's type is called."""

    language: str
    type_names: Callable[[Task], Mapping[str, str]]
    wording: Wording = SHIPPED_WORDING

    def of(
        self, task: Task, heads: Sequence[Superior], managers: Mapping[str, str]
    ) -> list[SmsMessage]:
        """Return the messages about the last of a task's escalations, one to each of `heads`.

        `managers` are names by id. Where no call was allowed, nobody is woken either: the message
        waits until a call is.
        """
        told = task.escalations[-1]
        waits = told.why is EscalationWhy.QUIET_HOURS
        since = max(task.not_before or told.at, told.at) if waits else told.at
        return [
            SmsMessage(
                id=new_id(IdKind.SMS),
                to=head.phone,
                text=escalation_text(
                    told,
                    task.id,
                    text=self.wording.text(SmsKind.ESCALATION, self.language, task.group_id),
                    language=self.language,
                    type_names=self.type_names(task),
                    manager_name=managers.get(task.manager_id or ""),
                    zone=ZoneInfo(head.timezone),
                ),
                purpose=SmsPurpose.ESCALATION,
                created_at=told.at,
                not_before=since if waits else None,
                expires_at=since + _WORTH_SENDING,
                group_id=task.group_id,
                manager_id=task.manager_id,
                task_id=task.id,
            )
            for head in heads
        ]
