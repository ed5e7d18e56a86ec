"""What the head of a group reads in a short message when a time of a task has passed. Pure.

It names the kind of task, the manager, the time and why; nobody's telephone number, and nothing of
the customer: whoever gets it finds the task by the end of its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Final

from voicegw.model.deadline import Deadline, Escalation, EscalationWhy

_OF: Final[Mapping[str, Mapping[Deadline, str]]] = {
    "zh": {Deadline.CONTACT: "联系客户", Deadline.CLOSE: "办结", Deadline.ANSWER: "答复客户"},
    "en": {
        Deadline.CONTACT: "contacted",
        Deadline.CLOSE: "closed",
        Deadline.ANSWER: "answered",
    },
}
_WHY: Final[Mapping[str, Mapping[EscalationWhy, str]]] = {
    "zh": {
        EscalationWhy.NO_MANAGER: "尚未分派",
        EscalationWhy.QUIET_HOURS: "处于免打扰时段",
        EscalationWhy.NOT_CALLED: "尚未拨打",
        EscalationWhy.NOT_REACHED: "已拨打未接通",
        EscalationWhy.NOT_CLOSED: "已联系未办结",
        EscalationWhy.NOT_ANSWERED: "未按承诺答复",
    },
    "en": {
        EscalationWhy.NO_MANAGER: "nobody has it",
        EscalationWhy.QUIET_HOURS: "no call was allowed before",
        EscalationWhy.NOT_CALLED: "nobody has called",
        EscalationWhy.NOT_REACHED: "called, and not reached",
        EscalationWhy.NOT_CLOSED: "talked with, and no result since",
        EscalationWhy.NOT_ANSWERED: "the promise was not kept",
    },
}
_NOBODY: Final = {"zh": "无", "en": "nobody"}
_TIME: Final = {"zh": "%m月%d日%H:%M", "en": "%d %b %H:%M"}
_ID_CHARACTERS: Final = 6


def escalation_text(
    told: Escalation,
    task_id: str,
    *,
    text: str,
    language: str,
    type_names: Mapping[str, str],
    manager_name: str | None,
    zone: tzinfo,
) -> str:
    """Return the message that tells `told`, in `zh` or `en`, its time that of the clock in `zone`.

    `text` has the slots of its kind of messages, `SmsKind.ESCALATION`; `type_names` is what the
    type of the task is called, by language.
    """
    return text.format(
        type=type_names.get(language) or next(iter(type_names.values()), ""),
        id=task_id[-_ID_CHARACTERS:],
        by=told.by.astimezone(zone).strftime(_TIME[language]),
        of=_OF[language][told.of],
        manager=manager_name or _NOBODY[language],
        why=_WHY[language][told.why],
    )
