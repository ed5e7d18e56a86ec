"""The texts of messages."""

from __future__ import annotations

import string

import pytest

from voicegw.model.task_type import ResultKind, ResultRule
from voicegw.sms import texts
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
    asked = zh.asking("result", customer, RESULTS, "A", "https://a.example/r/x")
    assert asked == (
        "与张**(尾号8000)的通话结果？回复 A1回访成功，A3预约再拨(如A3 明天10点)"
        " 或填写 https://a.example/r/x"
    )
    assert length_of(asked).parts == 2


def test_in_english_too() -> None:
    en = Texts("en")
    assert en.asking("reminder", en.customer(None, None), RESULTS, None, None) == (
        "Reminder: the result of your call with the customer is not told yet. "
        "Reply 1 revisit done, 3 call again (as 3 tomorrow 10:00)"
    )


@pytest.mark.parametrize("number", [None, "110", "10086"])
def test_short_numbers_are_not_told(number: str | None) -> None:
    assert Texts("zh").customer("李", number) == "李**"


def test_both_languages_have_the_same_texts_and_places() -> None:
    def places(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}

    zh, en = texts._TEXTS["zh"], texts._TEXTS["en"]
    assert zh.keys() == en.keys()
    assert {name: places(zh[name]) for name in zh} == {name: places(en[name]) for name in en}
