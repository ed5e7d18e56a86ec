"""Text as it is searched: the same for what was said and for what is looked for. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

MAX_TERMS: Final = 5
_CODE_POINT_BITS: Final = 21


def folded(text: str) -> str:
    """Return `text` without differences that nobody searches for.

    Full and half width, letter case and kinds of space are made the same (Unicode NFKC, lower
    case, single blanks).
    """
    lowered = unicodedata.normalize("NFKC", text).replace("\x00", "").lower()
    return " ".join(unicodedata.normalize("NFKC", lowered).split())


def search_terms(query: str) -> Sequence[str]:
    """Return the terms of a query, folded; all of them must occur. Empty for a blank query.

    Blanks separate terms; beyond MAX_TERMS they are one term's own.
    """
    return tuple(dict.fromkeys(folded(query).split(" ", MAX_TERMS - 1))) if query.strip() else ()


def grams(term: str) -> Sequence[int]:
    """Return the keys under which PostgreSQL's index has a folded `term`.

    Each pair of neighbours is a key, the first's code point in the upper bits; a single character
    is its own code point. The SQL function `transcript_grams` makes the same of a text.
    """
    if len(term) == 1:
        return (ord(term),)
    keys = (ord(one) << _CODE_POINT_BITS | ord(following) for one, following in pairwise(term))
    return tuple(dict.fromkeys(keys))


def trigrams(term: str) -> Sequence[str]:
    """Return the trigrams of a folded `term`; none when it is shorter."""
    return tuple(dict.fromkeys(term[at : at + 3] for at in range(len(term) - 2)))
