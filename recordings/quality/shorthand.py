"""Numbers in the short ways of speech, and as recognisers cut them, put in full. Pure."""

from __future__ import annotations

import re
from typing import Final

_D: Final = "零〇一二三四五六七八九两幺"


def as_read_out(text: str) -> str:
    """Return `text` with the short ways of saying numbers written out.

    仨月 is 三个月; 双八 is 八八; 洞, 拐 and 勾 are the 0, 7 and 9 of those who read digits out by
    radio: 幺二三洞洞.
    """
    if "每" in text:
        text = _EACH_M.sub("每兆", _EACH_G.sub("每g", text))
    if "月" in text:
        text = _MONTHS.sub(r"\1个月", text)
    if _SHORT_WAYS.isdisjoint(text):
        return text
    text = _LISTED.sub(lambda found: found[0].replace("、", ""), text)
    if "要" in text:
        text = _ENDED_WITH_ONE.sub(lambda found: found[1] + _one_as(found[1][0]), text)
        text = _BEGUN_WITH_ONE.sub(lambda found: _one_as(found[1] or found[2]), text)
    text = _NEARLY_RADIO.sub(_as_digits, text)
    text = _PAIRS.sub(lambda found: {"俩": "两个", "仨": "三个"}[found[0]], text)
    text = _BARE_PAIRS.sub(lambda found: {"俩": "两", "仨": "三"}[found[0]], text)
    text = _DOUBLES.sub(lambda found: re.sub(r"双(.)", r"\1\1", found[0]), text)
    return _RADIO.sub(lambda found: found[0].translate(_RADIO_DIGITS), text)


_EACH_G: Final = re.compile("每个?(?:gb?|吉)(?![a-z])")
_EACH_M: Final = re.compile("每个?(?:mb?|兆)(?![a-z])")
_SHORT_WAYS: Final = frozenset("、俩仨双洞拐勾动栋摇妖要")
SHORT_FORMS: Final = (
    rf"[、俩仨双洞拐勾]|(?<=[{_D}\d])(?:[动栋摇妖]|要(?![一-龥]))|要(?=[0零〇])"
    rf"|每个?[gm吉兆]|[\d{_D}十]月"
)
"""Where this pattern fits nowhere, `as_read_out` changes nothing."""
BEGIN_SHORT_FORMS: Final = _SHORT_WAYS | {*_D, *"十每"}
"""What fits SHORT_FORMS begins with one of these, or with a digit."""
_PAIRS: Final = re.compile("[俩仨](?=月|小时|钟头|星期|礼拜)")
_BARE_PAIRS: Final = re.compile("[俩仨](?=[天年块周])")
_DOUBLES: Final = re.compile(rf"(?:双?[{_D}])*双[{_D}](?:双?[{_D}])+|(?:双?[{_D}])+双[{_D}]")
_RADIO: Final = re.compile(rf"(?=[{_D}]*[洞拐勾])[{_D}洞拐勾]{{3,}}")


def _one_as(digit: str) -> str:
    """Return 幺 in the script of another digit."""
    return "1" if digit.isascii() else "幺"


def _as_digits(found: re.Match[str]) -> str:
    """Return misheard digits in the script of those before them."""
    is_arabic = found.string[found.start() - 1].isascii()
    return found[0].translate(_ARABIC_RADIO if is_arabic else _RADIO_DIGITS)


_MONTHS: Final = re.compile(
    rf"(?:(?<=[期机七其]为)|(?<=为期)|(?<=[约用限惠][期满]))(\d{{1,2}}|[{_D}]?十?[{_D}]|[{_D}]?十)月(?![份初底末中上下旬\d{_D}十])"
)
"""合约期3月 is a term of three months: recognisers lose the 个."""
_LISTED: Final = re.compile(r"(?<![\d.])\d(?:、\d){2,}(?![\d.])")
"""1、2、3: digits read out one by one."""
_NEARLY_RADIO: Final = re.compile(
    rf"(?<=[{_D}\d]{{3}})[动栋摇妖]+(?![一-龥])|(?<=[{_D}\d]{{3}})[动栋]{{2,}}"
)
"""Behind so many digits these are 洞 and 幺, misheard."""
_BEGUN_WITH_ONE: Final = re.compile(rf"要(?=(0)(?: ?\d){{2}}|([零〇])[{_D}]{{2}})")
_ENDED_WITH_ONE: Final = re.compile(
    rf"(?<![\d{_D}])(?![1一幺][\d{_D}]{{10}}要)(0(?: ?\d){{2,}}|\d{{6,}}|[{_D}]{{3,}})要(?![一-龥])"
)
"""No amount begins with a zero: 要 is the 幺 of a number that is read out by its digits.

A mobile's number is whole with eleven.
"""
_RADIO_DIGITS: Final = str.maketrans("洞动栋拐勾两幺摇妖", "零零零七九二一一一")
_ARABIC_RADIO: Final = str.maketrans("动栋摇妖", "0011")
