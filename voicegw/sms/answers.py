"""What a manager's reply says: which result, of which talk, and in which words. Pure.

A reply is a code (`1`), a code and a note (`1 客户下月续约`), or the name of a result (`回访成功`,
`成功`), whatever the width of its characters. Where several talks are open it begins with the
reference that the message gave (`A1`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from voicegw.model.sms import SUBSCRIBED, UNSUBSCRIBED
from voicegw.model.task_type import ResultRule

MAX_NOTE: Final = 500
_REFERENCE: Final = re.compile(r"([A-Za-z]{1,2})[\s.,:、-]*(?=[^A-Za-z]|$)(.*)", re.DOTALL)
_SAID_BEFORE: Final = re.compile(r"^(回复|结果|选择|选|reply|code)[\s:]*", re.IGNORECASE)
_BETWEEN: Final = " \t\r\n,.;:、。，；：-—/|+()（）"
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without I and O, which look like digits."""
_SHORTEST_NAME: Final = 2


_UNSUBSCRIBING: Final = frozenset(
    {"退订", "退", "t", "td", "回t", "取消订阅", "unsubscribe", "stop"}
)
_SUBSCRIBING: Final = frozenset({"订阅", "恢复订阅", "恢复", "subscribe", "start"})


@dataclass(frozen=True, slots=True)
class Answer:
    """The result that was told, and what was said besides."""

    result: ResultRule
    note: str = ""


def plain(text: str) -> str:
    """Return `text` in characters of usual width, without spaces around it."""
    return unicodedata.normalize("NFKC", text).strip()


def read_subscription(text: str) -> str | None:
    """Return UNSUBSCRIBED or SUBSCRIBED where a customer says so with a `plain` text; else None."""
    said = text.strip(_BETWEEN + "!！?？").casefold()
    if said in _UNSUBSCRIBING:
        return UNSUBSCRIBED
    return SUBSCRIBED if said in _SUBSCRIBING else None


def split_reference(text: str, known: Collection[str]) -> tuple[str | None, str]:
    """Return the reference that a `plain` text begins with, if it is `known`, and the rest."""
    found = _REFERENCE.match(text)
    if found is None or found[1].upper() not in known:
        return None, text
    return found[1].upper(), found[2].strip()


def read_answer(text: str, results: Sequence[ResultRule]) -> Answer | None:
    """Return what a `plain` text says; None where it says nothing, or might say two things."""
    said = _SAID_BEFORE.sub("", text).strip()
    by_key = _by_key(said, results)
    if by_key is not None:
        return by_key
    return _by_name(said, results)


def new_reference(taken: Collection[str | None]) -> str | None:
    """Return what tells another talk from those that are open; None while there is none.

    The first has no reference, so that a bare code answers it.
    """
    if not taken:
        return None
    candidates = [*_LETTERS, *(first + second for first in _LETTERS for second in _LETTERS)]
    if None not in taken:
        return None
    return next((one for one in candidates if one not in taken), None)


def _by_key(said: str, results: Sequence[ResultRule]) -> Answer | None:
    for one in results:
        rest = said.removeprefix(one.key)
        # "12" is no code with a note "2", and "10点" none with a time.
        if one.key and rest != said and not rest[:1].isdigit():
            return Answer(one, _without_own_name(rest, one))
    return None


def _by_name(said: str, results: Sequence[ResultRule]) -> Answer | None:
    lowered = said.lower()
    named = [
        (len(name), one)
        for one in results
        for name in (*one.names.values(), one.code)
        if name and lowered.startswith(name.lower())
    ]
    if named:
        length, best = max(named, key=lambda pair: pair[0])
        return Answer(best, _note(said[length:]))
    first = re.split(r"[\s,，。:：;；]", said, maxsplit=1)
    if len(first[0]) < _SHORTEST_NAME:
        return None
    alike = {
        one.code: one
        for one in results
        for name in one.names.values()
        if first[0].lower() in name.lower()
    }
    if len(alike) != 1:
        return None
    return Answer(next(iter(alike.values())), _note(said[len(first[0]) :]))


def _without_own_name(rest: str, result: ResultRule) -> str:
    note = _note(rest)
    for name in result.names.values():
        if name and note.lower().startswith(name.lower()):
            return _note(note[len(name) :])
    return note


def _note(text: str) -> str:
    return text.strip(_BETWEEN)[:MAX_NOTE]
