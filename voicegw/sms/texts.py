"""What is put into the texts of messages, in Chinese and English. Pure but for the texts asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from voicegw.model.sms_template import SmsKind
from voicegw.model.task_type import ResultKind, ResultRule
from voicegw.sms.templates import SHIPPED_WORDING, Wording

_AGAIN: Final = {"zh": "(如{code} 明天10点)", "en": " (as {code} tomorrow 10:00)"}
_REASON: Final = {"zh": "{code} 原因", "en": "{code} reason"}
_SOMEBODY: Final = {"zh": "客户", "en": "the customer"}
_TAIL: Final = {"zh": "(尾号{digits})", "en": " (…{digits})"}
_BUSINESS: Final = {"zh": "业务联系", "en": "your service"}
_TAIL_DIGITS: Final = 4
_LONG_ENOUGH: Final = 8


class Texts:
    """The texts in one language, `zh` or `en`."""

    def __init__(self, language: str, wording: Wording = SHIPPED_WORDING) -> None:
        """Speak `language`."""
        self._language = language
        self._wording = wording

    def text(self, kind: SmsKind, group_id: str | None = None, /, **values: str) -> str:
        """Return the text of a kind, as a group has it, with what belongs into it."""
        return self._wording.text(kind, self._language, group_id).format_map(values)

    def asking(
        self,
        kind: SmsKind,
        customer: str,
        options: str,
        link: str | None,
        *,
        group_id: str | None = None,
    ) -> str:
        """Return a question (`result`, `reminder`) with its codes, and the link where there is."""
        text = self.text(kind, group_id, customer=customer, options=options)
        return text if link is None else f"{text} {self.text(SmsKind.LINK, group_id, link=link)}"

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
