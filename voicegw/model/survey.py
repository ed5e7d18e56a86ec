"""What is asked by keys when a talk is over: surveys for customers, results for managers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec


class SurveyQuestion(msgspec.Struct, frozen=True):
    """One question: the prompt that asks it names the keys."""

    id: str
    prompt: str
    keys: str


class Survey(msgspec.Struct, frozen=True):
    """Questions to a customer, in order."""

    questions: tuple[SurveyQuestion, ...]
    intro: str | None = None
    thanks: str = "survey_thanks"

    def prompts(self) -> tuple[str, ...]:
        """Return the names of all prompts it plays."""
        asked = tuple(question.prompt for question in self.questions)
        intro = () if self.intro is None else (self.intro,)
        return (*intro, *asked, self.thanks)


_SATISFACTION: Final = SurveyQuestion("satisfaction", "survey_ask", "12345")
SURVEYS: Final[Mapping[str, Survey]] = {
    "satisfaction": Survey((_SATISFACTION,)),
    "satisfaction_and_solved": Survey(
        (_SATISFACTION, SurveyQuestion("solved", "survey_solved", "12")), intro="survey_intro"
    ),
}
"""By the name that a hotline or a flow uses. An operator's own prompts may say them otherwise."""


class SurveyAnswer(msgspec.Struct, frozen=True):
    """What a customer has answered to one question; `key` None: nothing that counts."""

    survey: str
    question: str
    key: str | None
    at: datetime


class DispositionSource(StrEnum):
    """How the result of a call was told."""

    KEYPAD = "keypad"
    API = "api"
    SMS = "sms"
    LINK = "link"
    """On the page of a one-time link."""


class Disposition(msgspec.Struct, frozen=True):
    """What came of a talk, as its manager says. `by` is the manager, or the key that told it."""

    code: str
    source: DispositionSource
    by: str
    at: datetime
    note: str = ""


RESULT_KEYS: Final[Mapping[str, str]] = {
    "1": "success",
    "2": "refused",
    "3": "call_again",
    "4": "wrong_number",
}
"""What the keys mean that the shipped prompt `result_ask` names (voicegw.calls.result_menu)."""


def is_same_result(one: Disposition | None, other: Disposition) -> bool:
    """Whether two say the same, whoever told it and when: a request that was sent twice."""
    return one is not None and (one.code, one.note) == (other.code, other.note)
