"""What else a segment may be, from a recogniser's beams: whole texts with probabilities. Pure.

A beam search ends with several texts and the logarithm of how likely each is (the N best). Among
themselves these make a distribution (Stolcke, Konig and Weintraub, 1997, explicit word error
minimization in N-best list rescoring).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from voicegw.model.transcript import Alternative

LEAST: Final = 0.01
"""Alternatives less probable than this are not worth their bytes."""
_NO_LETTERS: Final = re.compile(r"[\W_]+")


class Hypothesis(NamedTuple):
    """A text for a segment, with the natural logarithm of its likelihood."""

    text: str
    log_likelihood: float


def alternatives(taken: str, weighed: Sequence[Hypothesis]) -> list[Alternative]:
    """Return what else than `taken` a segment may be, the likeliest first.

    `weighed` are all texts that the recogniser has weighed. Those of the same letters are one:
    punctuation makes no other text.
    """
    if not weighed:
        return []
    most = max(one.log_likelihood for one in weighed)
    weights: dict[str, float] = {}
    texts: dict[str, str] = {}
    for one in weighed:
        letters = _letters(one.text)
        weights[letters] = weights.get(letters, 0.0) + math.exp(one.log_likelihood - most)
        texts.setdefault(letters, one.text)
    whole = sum(weights.values())
    shares = {letters: weight / whole for letters, weight in weights.items()}
    own = _letters(taken)
    return [
        Alternative(texts[letters], round(share, 3))
        for letters, share in sorted(shares.items(), key=lambda one: -one[1])
        if letters not in ("", own) and share >= LEAST
    ]


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text)
