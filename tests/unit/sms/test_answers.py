"""What a manager's reply says."""

from __future__ import annotations

import pytest

from voicegw.model.task_type import ResultKind, ResultRule
from voicegw.sms.answers import (
    Answer,
    new_reference,
    plain,
    read_answer,
    read_subscription,
    split_reference,
)

DONE = ResultRule("revisit_done", ResultKind.SUCCESS, "1", {"zh": "回访成功", "en": "revisit done"})
REFUSED = ResultRule("refused_all", ResultKind.REFUSED, "2", {"zh": "完全拒绝", "en": "refuses"})
AGAIN = ResultRule("call_again", ResultKind.CALL_AGAIN, "3", {"zh": "预约再拨", "en": "call again"})
FOUND = ResultRule("problem_found", ResultKind.PARTIAL, "6", {"zh": "有问题待处理"})
RESULTS = (DONE, REFUSED, AGAIN, FOUND)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", Answer(DONE)),
        (" １ ", Answer(DONE)),
        ("1。", Answer(DONE)),
        ("回复1", Answer(DONE)),
        ("回复：１", Answer(DONE)),
        ("1 客户下月续约", Answer(DONE, "客户下月续约")),
        ("1，客户下月续约。", Answer(DONE, "客户下月续约")),
        ("1客户下月续约", Answer(DONE, "客户下月续约")),
        ("1回访成功", Answer(DONE)),
        ("1 回访成功 客户满意", Answer(DONE, "客户满意")),
        ("回访成功", Answer(DONE)),
        ("回访成功,客户满意", Answer(DONE, "客户满意")),
        ("成功", Answer(DONE)),
        ("拒绝 以后不要再打", Answer(REFUSED, "以后不要再打")),
        ("Revisit Done", Answer(DONE)),
        ("revisit_done", Answer(DONE)),
        ("3 明天10点", Answer(AGAIN, "明天10点")),
        ("3明天10点", Answer(AGAIN, "明天10点")),
        ("预约再拨 明天10点", Answer(AGAIN, "明天10点")),
        ("6-宽带故障", Answer(FOUND, "宽带故障")),
        ("9", None),
        ("12", None),
        ("10点", None),
        ("1 2", Answer(DONE, "2")),
        ("", None),
        ("好的", None),
        ("成", None),
        ("谢谢", None),
    ],
)
def test_replies(text: str, expected: Answer | None) -> None:
    assert read_answer(plain(text), RESULTS) == expected


def test_a_word_that_two_results_share_says_nothing() -> None:
    other = ResultRule("refused_now", ResultKind.REFUSED, "7", {"zh": "暂时拒绝"})
    assert read_answer("拒绝", (REFUSED, other)) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A1", ("A", "1")),
        ("a 1 好", ("A", "1 好")),
        ("A：１", ("A", "1")),
        ("B1", (None, "B1")),
        ("A", ("A", "")),
        ("Again", (None, "Again")),
        ("1A", (None, "1A")),
        ("A成功", ("A", "成功")),
    ],
)
def test_references(text: str, expected: tuple[str | None, str]) -> None:
    assert split_reference(plain(text), {"A", "C"}) == expected


def test_the_first_needs_no_reference_and_no_two_share_one() -> None:
    taken: list[str | None] = []
    for _ in range(100):
        taken.append(new_reference(taken))
    assert taken[:3] == [None, "A", "B"]
    assert len(set(taken)) == 100
    assert new_reference(["A", "B"]) is None


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("退订", "unsubscribed"),
        (" TD。", "unsubscribed"),
        ("STOP!", "unsubscribed"),
        ("订阅", "subscribed"),
        ("不想退订", None),
        ("1", None),
        ("", None),
    ],
)
def test_whether_messages_are_wanted(text: str, wish: str | None) -> None:
    assert read_subscription(plain(text)) == wish
