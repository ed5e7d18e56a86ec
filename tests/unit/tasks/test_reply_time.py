"""Replies of customers to notices, as they are written."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from voicegw.tasks.reply_time import NoticeAnswer, read_notice_reply

ZONE = ZoneInfo("Asia/Shanghai")
#: A Tuesday at five in the afternoon; announced is Wednesday from nine on.
NOW = datetime(2026, 12, 1, 17, 2, tzinfo=ZONE)
PLANNED = datetime(2026, 12, 2, 9, 0, tzinfo=ZONE)


@pytest.mark.parametrize(
    "text",
    ["1", "１", "好", "好的。", "可以", "行", "没问题！", "OK", "ok.", "Yes", "收到", " 同意 "],
)
def test_yes(text: str) -> None:
    reply = read_notice_reply(text, PLANNED, NOW)
    assert reply is not None
    assert reply.answer is NoticeAnswer.AGREED


@pytest.mark.parametrize(
    "text",
    [
        "2", "不", "不行", "no", "No.", "不用了", "不方便", "没空", "取消", "我不在", "明天不行",
        "周三没时间", "cancel", "I can't", "周四下午三点不行", "别来了",
    ],
)  # fmt: skip
def test_no(text: str) -> None:
    reply = read_notice_reply(text, PLANNED, NOW)
    assert reply is not None
    assert reply.answer is NoticeAnswer.DECLINED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("改周四下午三点", "2026-12-03 15:00"),
        ("周四下午3点", "2026-12-03 15:00"),
        ("星期五上午十点半", "2026-12-04 10:30"),
        ("下周一上午10点", "2026-12-07 10:00"),
        ("明天上午10点", "2026-12-02 10:00"),
        ("明天下午", "2026-12-02 15:00"),
        ("后天早上九点", "2026-12-03 09:00"),
        ("12月9日14:00", "2026-12-09 14:00"),
        ("15:30", "2026-12-02 15:30"),
        ("１５：３０", "2026-12-02 15:30"),
        ("下午四点", "2026-12-02 16:00"),
        ("10点可以", "2026-12-02 10:00"),
        ("今天晚上8点", "2026-12-01 20:00"),
        ("两小时后", "2026-12-01 19:02"),
        ("周三不行，周五上午10点", "2026-12-04 10:00"),
        ("不方便，改周四下午三点", "2026-12-03 15:00"),
        ("Thursday 3pm", "2026-12-03 15:00"),
        ("tomorrow 10:00", "2026-12-02 10:00"),
        ("next Monday 9:30", "2026-12-07 09:30"),
        ("can't, Friday 11:00", "2026-12-04 11:00"),
    ],
)
def test_another_time(text: str, expected: str) -> None:
    reply = read_notice_reply(text, PLANNED, NOW)
    assert reply is not None
    assert reply.answer is NoticeAnswer.MOVED
    assert f"{reply.at:%Y-%m-%d %H:%M}" == expected


@pytest.mark.parametrize("text", ["", "谁啊", "你好", "5", "what is this?", "请问什么事", "25:00"])
def test_what_says_nothing_of_the_time(text: str) -> None:
    assert read_notice_reply(text, PLANNED, NOW) is None


def test_an_hour_that_is_past_on_the_announced_day_is_the_next_one() -> None:
    morning = PLANNED.replace(hour=11)
    reply = read_notice_reply("10点", PLANNED, morning)
    assert reply is not None
    assert f"{reply.at:%Y-%m-%d %H:%M}" == "2026-12-03 10:00"
