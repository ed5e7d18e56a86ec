"""Whether a customer agreed. Pure."""

from __future__ import annotations

import re
from typing import Final

_YES: Final = re.compile(
    r"嗯|恩|好|可以|行|对|是|同意|没问题|没有问题|知道|晓得|明白|清楚|了解|要得|确认|成|中|得|愿意|听到"
    r"|\b(?:yes|yeah|yep|ok|okay|sure|right|agree|agreed|fine|correct|understood)\b"
)
_NO: Final = re.compile(
    r"不(?:好|可以|行|对|是|同意|知道|晓得|明白|清楚|了解|要|用|需要|想|愿意|办)|没(?:听|有听|懂)|算了|别"
    r"|再说|\bno\b|\bnot\b|don't"
)
_AFFIRMED_TWICE: Final = re.compile("没问题|没有问题|不错|没错|不要紧|不好意思")
_ASKED: Final = re.compile(r"(?:吗|什么|多少|怎么|哪)")


def is_assent(text: str) -> bool:
    """Whether what the customer said is a yes: 嗯, 好的, 可以, not 不可以, not a question."""
    text = text.lower()
    plain = _AFFIRMED_TWICE.sub("对", text)
    if _NO.search(plain) is not None:
        return False
    return _YES.search(plain) is not None and _ASKED.search(plain) is None


def is_refusal(text: str) -> bool:
    """Whether what the customer said is a no."""
    return _NO.search(_AFFIRMED_TWICE.sub("对", text.lower())) is not None
