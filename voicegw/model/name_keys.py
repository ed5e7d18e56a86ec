"""What a customer is found by when somebody types a part of the name.

A name has a *key* for each place in it at which a search may begin, which is the name from there
on: every Chinese character, and the first letter of every word in other scripts. A text is in the
name where a key begins with it, so an index of keys finds parts of names as fast as beginnings. One
key more holds the initials of the syllables: `wlh` for 王丽华.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

from voicegw.model.search_text import folded

#: Characters of a key, and keys of one name: what is further back in a long name is not searched.
MAX_KEY: Final = 16
MAX_KEYS: Final = 24

_TABLE_FROM: Final = 0x4E00
#: Surnames that are read otherwise than the character is elsewhere.
_SURNAMES: Final = {
    "曾": "z", "单": "s", "解": "x", "仇": "q", "区": "o", "查": "z", "朴": "p", "翟": "z",
    "盖": "g", "乐": "y", "覃": "q", "种": "c", "缪": "m", "秘": "b", "召": "s", "折": "s",
    "重": "c", "长": "c", "尉": "w", "任": "r", "员": "y", "晁": "c", "宓": "m", "郇": "x",
}  # fmt: skip


def searched_name(text: str) -> str:
    """Return a name, or a part of one, as names are compared.

    Width, case and kinds of blank are made the same, and blanks beside a Chinese character are left
    out: two characters are often set apart to be as wide as three.
    """
    whole = folded(text)
    if " " not in whole:
        return whole
    words = whole.split(" ")
    parts = words[:1]
    for before, word in pairwise(words):
        parts += [word] if _is_han(before[-1]) or _is_han(word[0]) else [" ", word]
    return "".join(parts)


def name_keys(name: str) -> Sequence[str]:
    """Return the keys of `name`, each once; none for a blank one.

    The last character alone is no key: too many names end alike.
    """
    return _keys(searched_name(name))


def first_match(name: str, wanted: str) -> str | None:
    """Return the least key of `name` by which `wanted` finds it, None where it does not.

    `wanted` comes from `searched_name`.
    """
    whole = searched_name(name)
    # Most names of many are told apart by this alone: only latin letters may be initials.
    if wanted not in whole and (len(wanted) > MAX_KEY or not wanted.isascii()):
        return None
    return min((key for key in _keys(whole) if key.startswith(wanted[:MAX_KEY])), default=None)


def _keys(whole: str) -> Sequence[str]:
    keys = [
        whole[place : place + MAX_KEY]
        for place, character in enumerate(whole)
        if place == 0 or (place < len(whole) - 1 and _begins(whole[place - 1], character))
    ][: MAX_KEYS - 1]
    letters = _initials(whole)
    if letters is not None:
        keys.append(letters)
    return tuple(dict.fromkeys(keys))


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or character >= "\U00020000"


def _begins(before: str, character: str) -> bool:
    """Whether a search may begin with `character` behind `before`."""
    if _is_han(character):
        return True
    return character.isalnum() and (_is_han(before) or not before.isalnum())


def _initials(name: str) -> str | None:
    """Return the first letters of the syllables; None for a name without Chinese characters."""
    if not any(_is_han(one) for one in name):
        return None
    letters = [_initial(one) if _is_han(one) else one for one in name[:MAX_KEY]]
    letters[0] = _SURNAMES.get(name[0], letters[0])
    return "".join(letters)


def _initial(character: str) -> str:
    place = ord(character) - _TABLE_FROM
    table = _table()
    return table[place] if 0 <= place < len(table) else character


@cache
def _table() -> str:
    """Return the initials of the characters from U+4E00 on, a letter each; `.`: has none.

    They are those of the first readings that pypinyin (MIT) knows.
    """
    text = files("voicegw.model").joinpath("pinyin_initials.txt").read_text("ascii")
    return "".join(text.split())
