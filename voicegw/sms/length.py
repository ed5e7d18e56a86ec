"""How long a message is on the air, and in how many parts it goes. Pure.

3GPP TS 23.038: 160 characters of the GSM 7-bit default alphabet, those of its extension table count
twice; else 70 of UCS-2, counted in UTF-16. With a header that joins parts (TS 23.040 §9.2.3.24.1):
153 and 67.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION: Final = frozenset("\f^{}\\[~]|€")
GSM_SINGLE: Final = 160
GSM_PART: Final = 153
UCS2_SINGLE: Final = 70
UCS2_PART: Final = 67


@dataclass(frozen=True, slots=True)
class Length:
    """`units` are septets, or 16-bit units with UCS-2; `parts` is what is paid for."""

    units: int
    parts: int
    is_ucs2: bool


def is_gsm(text: str) -> bool:
    """Whether the default alphabet has all characters of `text`."""
    return all(one in _GSM or one in _GSM_EXTENSION for one in text)


def length_of(text: str) -> Length:
    """Return how long `text` is. A character is never cut in two, so a part may be a unit short."""
    if is_gsm(text):
        return _length([2 if one in _GSM_EXTENSION else 1 for one in text], GSM_SINGLE, GSM_PART)
    units = [2 if ord(one) > 0xFFFF else 1 for one in text]
    return _length(units, UCS2_SINGLE, UCS2_PART, is_ucs2=True)


def _length(units: list[int], single: int, part: int, *, is_ucs2: bool = False) -> Length:
    total = sum(units)
    if total <= single:
        return Length(total, 1, is_ucs2)
    parts, left = 1, part
    for one in units:
        if one > left:
            parts, left = parts + 1, part
        left -= one
    return Length(total, parts, is_ucs2)
