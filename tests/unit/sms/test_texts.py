"""The texts of messages."""

from __future__ import annotations

import pytest

from voicegw.model.sms_template import SmsKind
from voicegw.model.task_type import ResultKind, ResultRule
from voicegw.sms.length import length_of
from voicegw.sms.texts import Texts

RESULTS = (
    ResultRule("done", ResultKind.SUCCESS, "1", {"zh": "回访成功", "en": "revisit done"}),
    ResultRule("call_again", ResultKind.CALL_AGAIN, "3", {"zh": "预约再拨", "en": "call again"}),
)


def test_a_question_names_the_codes_and_the_link() -> None:
    zh = Texts("zh")
    customer = zh.customer("张三丰", "+8613800138000")
    assert customer == "张**(尾号8000)"
    options = zh.options(RESULTS, "A")
    asked = zh.asking(SmsKind.RESULT, customer, options, "https://a.example/r/x")
    assert asked == (
        "与张**(尾号8000)的通话结果？回复 A1回访成功，A3预约再拨(如A3 明天10点)"
        " 或填写 https://a.example/r/x"
    )
    assert length_of(asked).parts == 2


def test_in_english_too() -> None:
    en = Texts("en")
    options = en.options(RESULTS, None)
    assert en.asking(SmsKind.REMINDER, en.customer(None, None), options, None) == (
        "Reminder: the result of your call with the customer is not told yet. "
        "Reply 1 revisit done, 3 call again (as 3 tomorrow 10:00)"
    )


@pytest.mark.parametrize("number", [None, "110", "10086"])
def test_short_numbers_are_not_told(number: str | None) -> None:
    assert Texts("zh").customer("李", number) == "李**"
