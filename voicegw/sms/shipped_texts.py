"""What the product's own messages say, and which slots each of them has. Pure.

They tell no telephone number but a hotline's, and of a customer no more than is needed to know whom
one has just talked with: what a message may not carry has no slot in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from voicegw.model.sms_template import SmsKind

LANGUAGES: Final = ("zh", "en")


class Reader(StrEnum):
    """Who reads a message."""

    MANAGER = "manager"
    CUSTOMER = "customer"
    SUPERIOR = "superior"


@dataclass(frozen=True, slots=True)
class TextRule:
    """What texts of a kind may and must hold. `slots` are all, with a usual value of each."""

    reader: Reader
    slots: Mapping[str, Mapping[str, str]]
    needed: frozenset[str]
    shipped: Mapping[str, str]
    """By language."""

    def sample(self, language: str) -> dict[str, str]:
        """Return a usual value for each slot: by which lengths are told."""
        return {name: values[language] for name, values in self.slots.items()}


_CUSTOMER: Final = {"zh": "李**(尾号8000)", "en": "L** (…8000)"}
_NAME: Final = {"zh": "李明", "en": "Li Ming"}
_OPTIONS: Final = {
    "zh": "1回访成功，2完全拒绝，3预约再拨(如3 明天10点)，4号码错误",
    "en": "1 reached, 2 refused, 3 call again (as 3 tomorrow 10:00), 4 wrong number",
}
_EXAMPLE: Final = {"zh": "2 原因", "en": "2 reason"}
_TYPE: Final = {"zh": "客户回访", "en": "revisit"}
_ID: Final = {"zh": "m1n6c0", "en": "m1n6c0"}
_AT: Final = {"zh": "12月03日16:30", "en": "03 Dec 16:30"}
_NOTICE: Final = {
    "customer": _NAME,
    "manager": _NAME,
    "date": {"zh": "12月3日", "en": "03 Dec"},
    "from": {"zh": "09:00", "en": "09:00"},
    "until": {"zh": "18:00", "en": "18:00"},
}


def _rule(
    reader: Reader,
    zh: str,
    en: str,
    slots: Mapping[str, Mapping[str, str]],
    *needed: str,
) -> TextRule:
    shipped = MappingProxyType({"zh": zh, "en": en})
    return TextRule(reader, MappingProxyType(dict(slots)), frozenset(needed), shipped)


TEXT_RULES: Final[Mapping[SmsKind, TextRule]] = MappingProxyType(
    {
        SmsKind.RESULT: _rule(
            Reader.MANAGER,
            "与{customer}的通话结果？回复 {options}",
            "What came of your call with {customer}? Reply {options}",
            {"customer": _CUSTOMER, "options": _OPTIONS},
            "customer",
            "options",
        ),
        SmsKind.REMINDER: _rule(
            Reader.MANAGER,
            "提醒：与{customer}的通话结果还未反馈。回复 {options}",
            "Reminder: the result of your call with {customer} is not told yet. Reply {options}",
            {"customer": _CUSTOMER, "options": _OPTIONS},
            "customer",
            "options",
        ),
        SmsKind.LINK: _rule(
            Reader.MANAGER,
            "或填写 {link}",
            "or fill in {link}",
            {"link": dict.fromkeys(LANGUAGES, "https://voice.example.cn/r/Zk3vP0qYt5uXw8aBcDeFgH")},
            "link",
        ),
        SmsKind.MISSED: _rule(
            Reader.CUSTOMER,
            "您好，我是您的客户经理{manager}，刚才致电未接通，事由：{reason}。"
            "方便时请回拨{hotline}。",
            "Hello, this is {manager}, your account manager. I could not reach you just now about:"
            " {reason}. Please call {hotline} when it suits you.",
            {
                "manager": _NAME,
                "reason": _TYPE,
                "hotline": {"zh": "05711234567", "en": "05711234567"},
            },
            "hotline",
        ),
        SmsKind.NOTICE_VISIT: _rule(
            Reader.CUSTOMER,
            "{customer}您好，客户经理{manager}计划于{date}{from}-{until}拜访您。"
            "同意请回复1；如需改时间请直接回复，如“周四下午三点”。",
            "Hello {customer}, your account manager {manager} would like to visit you on {date}"
            " between {from} and {until}. Reply 1 to agree, or the time that suits you.",
            _NOTICE,
            "date",
        ),
        SmsKind.NOTICE_CALL: _rule(
            Reader.CUSTOMER,
            "{customer}您好，客户经理{manager}计划于{date}{from}-{until}致电您。"
            "同意请回复1；如需改时间请直接回复，如“周四下午三点”。",
            "Hello {customer}, your account manager {manager} would like to call you on {date}"
            " between {from} and {until}. Reply 1 to agree, or the time that suits you.",
            _NOTICE,
            "date",
        ),
        SmsKind.ESCALATION: _rule(
            Reader.SUPERIOR,
            "【超时提醒】{type}任务(…{id})应于{by}前{of}，负责人：{manager}，原因：{why}。",
            "Late: the task {type} (…{id}) was to be {of} by {by}; manager: {manager}; {why}.",
            {
                "type": _TYPE,
                "id": _ID,
                "by": _AT,
                "of": {"zh": "联系客户", "en": "contacted"},
                "manager": _NAME,
                "why": {"zh": "已拨打未接通", "en": "called, and not reached"},
            },
            "id",
        ),
        SmsKind.APPOINTMENT: _rule(
            Reader.MANAGER,
            "【预约提醒】{type}任务(…{id})约定于{at}致电客户，请准时联系。",
            "Appointment: call the customer of the task {type} (…{id}) at {at}.",
            {"type": _TYPE, "id": _ID, "at": _AT},
            "id",
            "at",
        ),
        SmsKind.PROMISE: _rule(
            Reader.MANAGER,
            "【答复提醒】{type}任务(…{id})承诺于{at}前答复客户，请及时办理。",
            "Promised: answer the customer of the task {type} (…{id}) by {at}.",
            {"type": _TYPE, "id": _ID, "at": _AT},
            "id",
            "at",
        ),
        SmsKind.HELP_UNCLEAR: _rule(
            Reader.MANAGER,
            "未能识别您的回复。请回复 {options}",
            "Your reply was not understood. Reply {options}",
            {"options": _OPTIONS},
            "options",
        ),
        SmsKind.HELP_WHICH: _rule(
            Reader.MANAGER,
            "您有{count}个通话待反馈，请带编号回复，如 {example}",
            "{count} calls wait for their result: reply with the letter, as {example}",
            {"count": {"zh": "3", "en": "3"}, "example": {"zh": "A1", "en": "A1"}},
            "example",
        ),
        SmsKind.HELP_REASON: _rule(
            Reader.MANAGER,
            "请补充原因，如 {example}",
            "Please add the reason, as {example}",
            {"example": _EXAMPLE},
            "example",
        ),
        SmsKind.HELP_LATE: _rule(
            Reader.MANAGER,
            "该任务已逾期，请补充说明，如 {example}",
            "The task is past its time: please say why, as {example}",
            {"example": _EXAMPLE},
            "example",
        ),
        SmsKind.HELP_CLOSED: _rule(
            Reader.MANAGER,
            "该通话的结果已记录，未作更改。",
            "The result of this call is known already; nothing was changed.",
            {},
        ),
        SmsKind.HELP_CONTACT: _rule(
            Reader.MANAGER,
            "尚未与客户通话，不能反馈此结果。",
            "Nobody has talked with the customer yet: this result can't be told.",
            {},
        ),
        SmsKind.HELP_NOTHING: _rule(
            Reader.MANAGER,
            "没有待反馈的通话，或已过反馈时间。",
            "No call waits for its result, or it is too late to tell it.",
            {},
        ),
    }
)
