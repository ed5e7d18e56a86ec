"""Whether a cadence plan is sound. Pure."""

from __future__ import annotations

import re
import string
from datetime import time
from typing import Final

from voicegw.errors import InvalidError
from voicegw.model.plan import WEEKDAYS, EveryUnit, Plan

NOTICE_NAMES: Final = frozenset({"customer", "manager", "date", "from", "until"})
"""What the text of a notice may ask for."""
MOST_MONTHS: Final = 6
MOST_WEEKS: Final = 26
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_TIMES: Final = ("day_from", "day_until", "announce_time", "announce_same_day_time")
_LANGUAGES: Final = ("zh", "en")


def check_plan(plan: Plan) -> None:
    """Raise InvalidError naming the field that is not sound."""
    _check_days(plan)
    _check_cadences(plan)
    for field in ("notice_visit", "notice_call"):
        _check_notice(field, getattr(plan, field))
    if plan.target_per_day > plan.capacity_per_day:
        raise InvalidError("target_per_day", "must be at most capacity_per_day")


def _check_days(plan: Plan) -> None:
    unknown = set(plan.visiting_weekdays) - set(WEEKDAYS)
    if unknown or not plan.visiting_weekdays:
        raise InvalidError("visiting_weekdays", f"must be some of {', '.join(WEEKDAYS)}")
    for field in _TIMES:
        try:
            time.fromisoformat(getattr(plan, field))
        except ValueError as error:
            raise InvalidError(field, "expected a time such as 09:00") from error
    if plan.day_from >= plan.day_until:
        raise InvalidError("day_until", "must be after day_from")
    if plan.language not in _LANGUAGES:
        raise InvalidError("language", f"must be one of {', '.join(_LANGUAGES)}")


def _check_cadences(plan: Plan) -> None:
    names: set[str] = set()
    for place, rule in enumerate(plan.rules):
        for number, cadence in enumerate(rule.cadences):
            field = f"rules.{place}.cadences.{number}"
            if _NAME.fullmatch(cadence.name) is None:
                raise InvalidError(f"{field}.name", "must be of a-z, 0-9, _ and -")
            if cadence.name in names:
                raise InvalidError(f"{field}.name", "another cadence of the plan has this name")
            names.add(cadence.name)
            most = MOST_WEEKS if cadence.every.unit is EveryUnit.WEEKS else MOST_MONTHS
            if not 1 <= cadence.every.count <= most:
                raise InvalidError(f"{field}.every.count", f"must be from 1 to {most}")


def _check_notice(field: str, text: str | None) -> None:
    if text is None:
        return
    try:
        asked = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise InvalidError(field, "has a brace that is not closed") from error
    if not asked <= NOTICE_NAMES or re.search(r"\{\w*[!:\[.]", text):
        known = ", ".join(sorted(NOTICE_NAMES))
        raise InvalidError(field, f"may ask for {known} only, each in braces")
