"""What something costs a month, a day, a minute, said in the order of statements. Pure.

Statements say 每月三十九元; people say 一个月三十九块 and 三十九块一个月. All become the first.
"""

from __future__ import annotations

import re
from typing import Final

_DIGIT: Final = "零〇一二三四五六七八九两"
_PERIODS: Final = {
    "个月": "月", "月": "月", "年": "年", "天": "天", "周": "周", "季度": "季度",
    "个季度": "季度", "个小时": "小时", "小时": "小时", "分钟": "分钟", "次": "次", "张": "张",
    "条": "条", "期": "期", "个g": "g", "g": "g",
}  # fmt: skip
_PERIOD: Final = "|".join(sorted(_PERIODS, key=len, reverse=True))
#: 三十九块九, 一毛五, 0.15元; short forms only where nothing else is counted: 一百二.
_MONEY: Final = (
    rf"(?:[{_DIGIT}十百千万\d]+(?:[点.][{_DIGIT}\d]+)?(?:块钱?|元钱?|毛钱?|角|分钱)(?:[{_DIGIT}\d](?:毛|分)?)?"
    rf"|[{_DIGIT}]?[十百][{_DIGIT}十]*[一二三四五六七八九]|\d+(?:\.\d+)?)"
)
BEGIN_PERIODS: Final = "一每"
BY_PERIOD: Final = rf"[{BEGIN_PERIODS}]个?(?:{_PERIOD})"
"""Where this pattern fits nowhere, `in_order` changes nothing."""
_BY_PERIOD: Final = re.compile(BY_PERIOD)
_BEHIND: Final = re.compile(
    rf"(?P<money>{_MONEY})(?:一|每个?)(?P<period>{_PERIOD})(?![半{_DIGIT}十\d以之内前后])"
)
_BEFORE: Final = re.compile(
    rf"(?<![{_DIGIT}十百千万\d第每前头首])一(?P<period>{_PERIOD})(?:的话)?(?:就|才|只要?|是|要|得|收|交|付|扣|仅){{0,3}}(?P<money>{_MONEY})"
    r"(?:块|元)?(?![个天年月日号期以小分秒兆gm岁张条次台部])"
)


def in_order(text: str) -> str:
    """Return `text`, simplified, with prices as statements give them: 每月三十九块."""
    if ("一" not in text and "每" not in text) or _BY_PERIOD.search(text) is None:
        return text
    text = _BEHIND.sub(lambda one: f"每{_PERIODS[one['period']]}{one['money']}", text)
    return _BEFORE.sub(
        lambda one: one[0].replace(f"一{one['period']}", f"每{_PERIODS[one['period']]}", 1), text
    )
