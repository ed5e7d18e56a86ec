"""Whether a cadence plan is sound. Pure."""

from __future__ import annotations

import re
from datetime import time
from typing import Final

from voicegw.errors import InvalidError
from voicegw.model.plan import WEEKDAYS, EveryUnit, Plan
from voicegw.model.sms_template import SmsKind
from voicegw.sms.template_rules import wrong_texts

MOST_MONTHS: Final = 6
MOST_WEEKS: Final = 26
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_TIMES: Final = ("day_from", "day_until", "announce_time", "announce_same_day_time")
_LANGUAGES: Final = ("zh", "en")


def check_plan(plan: Plan) -> None:
    """Raise InvalidError naming the field that is not sound."""
    _check_days(plan)
    _check_cadences(plan)
    _check_notice("notice_visit", SmsKind.NOTICE_VISIT, plan.language, plan.notice_visit)
    _check_notice("notice_call", SmsKind.NOTICE_CALL, plan.language, plan.notice_call)
    if plan.target_per_day > plan.capacity_per_day:
        raise InvalidError(
            "target_per_day",
            "must be at most capacity_per_day",
            kind="too-great",
            other="capacity_per_day",
        )


def _check_days(plan: Plan) -> None:
    unknown = set(plan.visiting_weekdays) - set(WEEKDAYS)
    if unknown or not plan.visiting_weekdays:
        raise InvalidError(
            "visiting_weekdays",
            f"must be some of {', '.join(WEEKDAYS)}",
            kind="not-one-of",
            allowed=", ".join(WEEKDAYS),
        )
    for field in _TIMES:
        try:
            time.fromisoformat(getattr(plan, field))
        except ValueError as error:
            raise InvalidError(
                field, "expected a time such as 09:00", kind="not-a-time-of-day"
            ) from error
    if plan.day_from >= plan.day_until:
        raise InvalidError(
            "day_until", "must be after day_from", kind="not-after", other="day_from"
        )
    if plan.language not in _LANGUAGES:
        raise InvalidError(
            "language",
            f"must be one of {', '.join(_LANGUAGES)}",
            kind="not-one-of",
            allowed=", ".join(_LANGUAGES),
        )


def _check_cadences(plan: Plan) -> None:
    names: set[str] = set()
    for place, rule in enumerate(plan.rules):
        for number, cadence in enumerate(rule.cadences):
            field = f"rules.{place}.cadences.{number}"
            if _NAME.fullmatch(cadence.name) is None:
                raise InvalidError(
                    f"{field}.name",
                    "must be of a-z, 0-9, _ and -",
                    kind="pattern",
                    example="core-2",
                )
            if cadence.name in names:
                raise InvalidError(
                    f"{field}.name", "another cadence of the plan has this name", kind="taken"
                )
            names.add(cadence.name)
            most = MOST_WEEKS if cadence.every.unit is EveryUnit.WEEKS else MOST_MONTHS
            if not 1 <= cadence.every.count <= most:
                raise InvalidError(
                    f"{field}.every.count",
                    f"must be from 1 to {most}",
                    kind="out-of-range",
                    min=1,
                    max=most,
                )


def _check_notice(field: str, kind: SmsKind, language: str, text: str | None) -> None:
    """Hold a plan's own text to the rules of all texts: customers get it as they get those."""
    if text is None:
        return
    for wrong in wrong_texts(kind, {language: text}):
        raise InvalidError(field, wrong.message, kind=wrong.kind, **wrong.params)
