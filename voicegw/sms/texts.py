"""The texts of messages, in Chinese and English. Pure.

They tell no telephone number but a hotline's, and of a customer no more than is needed to know
whom one has just talked with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from voicegw.model.task_type import ResultKind, ResultRule

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "zh": {
            "result": "与{customer}的通话结果？回复 {options}",
            "reminder": "提醒：与{customer}的通话结果还未反馈。回复 {options}",
            "link": " 或填写 {link}",
            "missed": "您好，我是您的客户经理{manager}，刚才致电未接通，事由：{reason}。"
            "方便时请回拨{hotline}。",
            "unclear": "未能识别您的回复。请回复 {options}",
            "which": "您有{count}个通话待反馈，请带编号回复，如 {example}",
            "reason": "请补充原因，如 {example}",
            "late": "该任务已逾期，请补充说明，如 {example}",
            "closed": "该通话的结果已记录，未作更改。",
            "contact": "尚未与客户通话，不能反馈此结果。",
            "nothing": "没有待反馈的通话，或已过反馈时间。",
        },
        "en": {
            "result": "What came of your call with {customer}? Reply {options}",
            "reminder": "Reminder: the result of your call with {customer} is not told yet. "
            "Reply {options}",
            "link": " or fill in {link}",
            "missed": "Hello, this is {manager}, your account manager. I could not reach you just "
            "now about: {reason}. Please call {hotline} when it suits you.",
            "unclear": "Your reply was not understood. Reply {options}",
            "which": "{count} calls wait for their result: reply with the letter, as {example}",
            "reason": "Please add the reason, as {example}",
            "late": "The task is past its time: please say why, as {example}",
            "closed": "The result of this call is known already; nothing was changed.",
            "contact": "Nobody has talked with the customer yet: this result can't be told.",
            "nothing": "No call waits for its result, or it is too late to tell it.",
        },
    }
)
_AGAIN: Final = {"zh": "(如{code} 明天10点)", "en": " (as {code} tomorrow 10:00)"}
_REASON: Final = {"zh": "{code} 原因", "en": "{code} reason"}
_SOMEBODY: Final = {"zh": "客户", "en": "the customer"}
_TAIL: Final = {"zh": "(尾号{digits})", "en": " (…{digits})"}
_BUSINESS: Final = {"zh": "业务联系", "en": "your service"}
_TAIL_DIGITS: Final = 4
_LONG_ENOUGH: Final = 8


class Texts:
    """The texts in one language, `zh` or `en`."""

    def __init__(self, language: str) -> None:
        """Speak `language`."""
        self._language = language
        self._texts = _TEXTS[language]

    def text(self, name: str, **values: str) -> str:
        """Return the text `name` with what belongs into it."""
        return self._texts[name].format_map(values)

    def asking(
        self,
        name: str,
        customer: str,
        results: Sequence[ResultRule],
        reference: str | None,
        link: str | None,
    ) -> str:
        """Return the question `name` (`result`, `reminder`), with its codes and the link."""
        text = self.text(name, customer=customer, options=self.options(results, reference))
        return text if link is None else text + self.text("link", link=link)

    def options(self, results: Sequence[ResultRule], reference: str | None) -> str:
        """Return the codes and what they mean: `1回访成功 2完全拒绝 …`."""
        space = "" if self._language == "zh" else " "
        parts = []
        for one in results:
            code = f"{reference or ''}{one.key}"
            part = f"{code}{space}{self.name(one.names) or one.code}"
            if one.kind is ResultKind.CALL_AGAIN:
                part += _AGAIN[self._language].format(code=code)
            parts.append(part)
        return ("，" if self._language == "zh" else ", ").join(parts)

    def reason_example(self, code: str) -> str:
        """Return how a code is sent with a reason."""
        return _REASON[self._language].format(code=code)

    def customer(self, name: str | None, number: str | None) -> str:
        """Return a customer as a message may name one: the first character, the last digits."""
        known = f"{name[0]}**" if name else _SOMEBODY[self._language]
        if number is None or len(number) < _LONG_ENOUGH:
            return known
        return known + _TAIL[self._language].format(digits=number[-_TAIL_DIGITS:])

    def name(self, names: Mapping[str, str]) -> str:
        """Return the name in this language, else any."""
        return names.get(self._language) or next(iter(names.values()), "")

    def business(self) -> str:
        """Return what a call is about that nobody has said anything of."""
        return _BUSINESS[self._language]
