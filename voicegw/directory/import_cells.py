"""What stands in the cells of import files: numbers as spreadsheets spoil them, days, times. Pure.

Every function raises ValueError, saying what can't be accepted.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

_WHOLE: Final = re.compile(r"\+?(\d+)\.0+")
_SCIENTIFIC: Final = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
_DAY: Final = re.compile(
    r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?"
    r"(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.0+)?)?)?"
)
#: Floats beyond it have lost digits already.
_EXACT: Final = 2**53


def digits_of(text: str) -> str:
    """Return a number or key as it was meant: `13800000000.0` is `13800000000`.

    What a spreadsheet has written as `1.38E+10` is the number if none of its digits are lost, and
    refused otherwise: it would be somebody else's.
    """
    if whole := _WHOLE.fullmatch(text):
        return whole[1]
    scientific = _SCIENTIFIC.fullmatch(text)
    if scientific is None:
        return text
    digits = scientific[1] + (scientific[2] or "")
    length = int(scientific[3]) + 1
    if len(digits) < length:
        raise ValueError("digits are lost in this form; have the column written as text")
    if digits[length:].strip("0"):
        raise ValueError("is no whole number")
    return digits[:length]


def text_of(value: object) -> str:
    """Return the value of a spreadsheet's cell as text; numbers without needless decimals."""
    match value:
        case None:
            text = ""
        case bool():
            text = "true" if value else "false"
        case float() if value.is_integer() and abs(value) < _EXACT:
            text = str(int(value))
        case datetime():
            text = value.isoformat(" ", "seconds")
        case time():
            text = value.isoformat("minutes")
        case _:
            text = str(value).strip()
    return text


def moment_of(text: str, timezone: str) -> datetime:
    """Return the moment, in UTC, of `2026-11-22`, `2026/11/22 8:30` or `2026年11月22日` there."""
    match = _DAY.fullmatch(text)
    if match is None:
        raise ValueError("expected a day such as 2026-11-22, or with a time 2026-11-22 08:30")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=ZoneInfo(timezone))
        return local.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("there is no such day") from error
