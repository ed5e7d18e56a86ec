"""Whether a script can be checked: said before any talk is compared with it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from recordings.quality.slots import slots_of
from recordings.quality.spoken import phrase_text
from voicegw.errors import InvalidError
from voicegw.model.script import ForbiddenPhrase, Script, Statement

MAX_STATEMENTS: Final = 200
MAX_PHRASES: Final = 500
_LANGUAGES: Final = ("zh", "en")
_SHORTEST: Final = 2
_LONGEST: Final = 120


def check_script(script: Script) -> None:
    """Raise InvalidError, naming the field, unless every talk can be compared with `script`."""
    if script.language not in _LANGUAGES:
        raise InvalidError(
            "language",
            f"must be one of {', '.join(_LANGUAGES)}",
            kind="not-one-of",
            allowed=", ".join(_LANGUAGES),
        )
    if not (script.statements or script.phrases or script.limits):
        raise InvalidError(
            "statements", "a script asks for something or forbids something", kind="missing"
        )
    if len(script.statements) > MAX_STATEMENTS:
        raise InvalidError(
            "statements", f"must be at most {MAX_STATEMENTS}", kind="too-many", max=MAX_STATEMENTS
        )
    if len(script.phrases) > MAX_PHRASES:
        raise InvalidError(
            "phrases", f"must be at most {MAX_PHRASES}", kind="too-many", max=MAX_PHRASES
        )
    taken: set[str] = set()
    named: list[tuple[str, Sequence[Statement | ForbiddenPhrase]]] = [
        ("statements", script.statements),
        ("phrases", script.phrases),
    ]
    for name, items in named:
        for number, one in enumerate(items):
            place = f"{name}.{number}"
            if one.id in taken:
                raise InvalidError(f"{place}.id", "is taken by one before", kind="taken")
            taken.add(one.id)
            _check_item(one, place)
    for number, limit in enumerate(script.limits):
        if limit.at_least is None and limit.at_most is None:
            raise InvalidError(
                f"limits.{number}",
                "needs at_least or at_most",
                kind="choose-one",
                fields="at_least, at_most",
            )
        if None not in (limit.at_least, limit.at_most) and not _rising(
            limit.at_least, limit.at_most
        ):
            raise InvalidError(
                f"limits.{number}.at_most", "is below at_least", kind="too-small", other="at_least"
            )


def _rising(low: float | None, high: float | None) -> bool:
    return low is not None and high is not None and low <= high


def _check_item(one: Statement | ForbiddenPhrase, place: str) -> None:
    if isinstance(one, Statement) and one.within_s is not None and one.within_s <= 0:
        raise InvalidError(f"{place}.within_s", "must be above 0", kind="too-small", above=0)
    for number, text in enumerate(one.texts):
        where = f"{place}.text" if number == 0 else f"{place}.alternatives.{number - 1}"
        if isinstance(one, ForbiddenPhrase) and slots_of(text):
            raise InvalidError(where, "a forbidden phrase has no slots", kind="pattern")
        without_slots = text
        for slot in slots_of(text):
            without_slots = without_slots.replace("{" + slot + "}", "")
        if "{" in without_slots or "}" in without_slots:
            raise InvalidError(
                where,
                "a slot is written {name}, in small letters",
                kind="pattern",
                example="{name}",
            )
        length = len(phrase_text(without_slots).chars)
        if length < _SHORTEST:
            raise InvalidError(
                where,
                f"needs at least {_SHORTEST} syllables or words",
                kind="too-short",
                min=_SHORTEST,
            )
        if length > _LONGEST:
            raise InvalidError(
                where,
                f"must be at most {_LONGEST} syllables or words",
                kind="too-long",
                max=_LONGEST,
            )
