"""English as it is spoken, written the way phrases are compared: short forms, numbers. Pure."""

from __future__ import annotations

import re
from typing import Final

_SHORT: Final = (
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'m\b"), " am"),
    (re.compile(r"\b(it|that|there|he|she|what|here)'s\b"), r"\1 is"),
)
_ONES: Final = {
    "zero": 0, "oh": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS: Final = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_WORTHS: Final = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_WORD: Final = "|".join(sorted([*_ONES, *_TENS, *_WORTHS], key=len, reverse=True))
_NUMBER: Final = re.compile(
    rf"\b(?:{_WORD})(?:(?:[ -]| and )(?:{_WORD}))*(?: point(?: (?:{'|'.join(_ONES)}))+)?\b"
)


def written_out(text: str) -> str:
    """Return lower-case English with short forms written out and numbers in digits."""
    text = text.replace("\u2019", "'")
    for pattern, full in _SHORT:
        text = pattern.sub(full, text)
    return _NUMBER.sub(_digits, text)


def _digits(found: re.Match[str]) -> str:
    whole, _, decimals = found[0].partition(" point")
    words = [word for word in re.split(r"[ -]", whole) if word != "and"]
    if words in (["one"], ["oh"]):
        return found[0]  # "this one", "oh": not a number by itself
    if len(words) > 2 and all(word in _ONES and _ONES[word] < 10 for word in words):
        return "".join(str(_ONES[word]) for word in words)  # read digit by digit
    total = current = 0
    for word in words:
        if word in _ONES:
            current += _ONES[word]
        elif word in _TENS:
            current += _TENS[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        else:
            total, current = total + max(current, 1) * _WORTHS[word], 0
    fraction = "".join(str(_ONES[word]) for word in decimals.split())
    return str(total + current) + (f".{fraction}" if fraction else "")
