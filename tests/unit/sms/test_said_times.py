"""Which time a few words mean."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.sms.said_times import said_time

ZONE = ZoneInfo("Asia/Shanghai")
#: A Wednesday.
NOW = datetime(2026, 3, 4, 11, 20, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("明天10点", "2026-03-05 10:00"),
        ("明天十点", "2026-03-05 10:00"),
        ("明天上午10点半", "2026-03-05 10:30"),
        ("明天下午三点一刻", "2026-03-05 15:15"),
        ("明早九点", "2026-03-05 09:00"),
        ("明天3点", "2026-03-05 15:00"),
        ("明天", "2026-03-05 09:00"),
        ("明天下午", "2026-03-05 15:00"),
        ("后天14:30", "2026-03-06 14:30"),
        ("大后天两点", "2026-03-07 14:00"),
        ("今天16：30", "2026-03-04 16:30"),
        ("今天10点", None),
        ("下午3点", "2026-03-04 15:00"),
        ("10点", "2026-03-05 10:00"),
        ("中午12点", "2026-03-04 12:00"),
        ("晚上7点", "2026-03-04 19:00"),
        ("周四上午9点", "2026-03-05 09:00"),
        ("周三9点", "2026-03-11 09:00"),
        ("下周一10点", "2026-03-09 10:00"),
        ("下周三10点", "2026-03-11 10:00"),
        ("星期天十一点", "2026-03-08 11:00"),
        ("5月3日9:30", "2026-05-03 09:30"),
        ("五月三号九点", "2026-05-03 09:00"),
        ("12月3日9点", None),
        ("2月30日10点", None),
        ("十二三号十点", "2026-03-05 10:00"),
        ("十十点", None),
        ("9999小时后", None),
        ("3月1日9点", None),
        ("05-03 09:00", "2026-05-03 09:00"),
        ("15号下午2点", "2026-03-15 14:00"),
        ("3号下午2点", "2026-04-03 14:00"),
        ("2小时后", "2026-03-04 13:20"),
        ("两个小时后", "2026-03-04 13:20"),
        ("半小时后", "2026-03-04 11:50"),
        ("30分钟后再打", "2026-03-04 11:50"),
        ("3天后", "2026-03-07 11:20"),
        ("tomorrow 10:00", "2026-03-05 10:00"),
        ("tomorrow 4pm", "2026-03-05 16:00"),
        ("tomorrow 8 am", "2026-03-05 08:00"),
        ("tomorrow 3:00 pm", "2026-03-05 15:00"),
        ("in 2 hours", "2026-03-04 13:20"),
        ("客户明天10点有空", "2026-03-05 10:00"),
        ("25点", None),
        ("10:75", None),
        ("有空再说", None),
        ("", None),
        ("客户要求改套餐 59元", None),
    ],
)
def test_words(text: str, expected: str | None) -> None:
    found = said_time(text, NOW)
    assert (None if found is None else f"{found:%Y-%m-%d %H:%M}") == expected


@given(st.text(alphabet="明后今天下周一二三十点半分号日月时上午小后:0123456789- /pm", max_size=14))
def test_whatever_is_said_the_time_is_to_come(text: str) -> None:
    found = said_time(text, NOW)
    assert found is None or found > NOW
