"""What a call counts as: the definitions of docs/reports.md, one by one. Pure.

Some figures ask what came later: whether somebody called back whom nobody had answered. So a call
is counted with the talks that its customer has had since (:class:`Talks`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from voicegw.model.call import AnsweredBy, CallOutcome, Direction, LegReason, LegRole
from voicegw.model.rollup import Judged, Sums, sum_of_fault
from voicegw.model.survey import Disposition, SurveyAnswer
from voicegw.reports.length_classes import class_of

CALL_BACK_WITHIN: Final = timedelta(hours=24)
"""How long after a caller was lost a talk still counts as calling back."""
RECOVERED_WITHIN: Final = timedelta(days=7)
"""How long after a call in vain the customer's own call still counts as its fruit."""

_LOST: Final = frozenset(
    {
        CallOutcome.MISSED,
        CallOutcome.ABANDONED,
        CallOutcome.MANAGER_BUSY,
        CallOutcome.MANAGER_NO_ANSWER,
        CallOutcome.MANAGER_NOT_CONFIRMED,
        CallOutcome.MANAGER_DECLINED,
        CallOutcome.MANAGER_UNREACHABLE,
        CallOutcome.FAILED,
        CallOutcome.INTERRUPTED,
    }
)
_MILLISECOND: Final = timedelta(milliseconds=1)


class LegFacts(msgspec.Struct, frozen=True):
    """As much of a leg as is counted."""

    role: LegRole
    started_at: datetime | None = None
    answered_at: datetime | None = None
    reason: LegReason | None = None
    answered_by: AnsweredBy | None = None

    @property
    def is_machine(self) -> bool:
        """Whether a mailbox or another machine took the call."""
        return self.answered_by is AnsweredBy.MACHINE or self.reason is LegReason.VOICEMAIL


class CallFacts(msgspec.Struct, frozen=True):
    """As much of a call that is over as is counted: read from the document of a Call."""

    id: str
    direction: Direction
    created_at: datetime
    outcome: CallOutcome | None = None
    hotline_id: str | None = None
    group_id: str | None = None
    manager_id: str | None = None
    customer_id: str | None = None
    customer_number: str | None = None
    task_id: str | None = None
    ringing_at: datetime | None = None
    bridged_at: datetime | None = None
    ended_at: datetime | None = None
    talk_s: float | None = None
    legs: tuple[LegFacts, ...] = ()
    disposition: Disposition | None = None
    survey: tuple[SurveyAnswer, ...] = ()

    @property
    def is_inbound(self) -> bool:
        """Whether the customer has called."""
        return self.direction is Direction.INBOUND

    @property
    def customer_legs(self) -> list[LegFacts]:
        """The legs that led to the customer."""
        return [leg for leg in self.legs if leg.role is LegRole.CUSTOMER]

    @property
    def was_dialled(self) -> bool:
        """Whether a customer was rung for a manager."""
        return not self.is_inbound and any(leg.started_at is not None for leg in self.customer_legs)

    @property
    def person_answered(self) -> bool:
        """Whether a person took a call that was dialled: no mailbox, as far as is known."""
        return any(leg.answered_at is not None and not leg.is_machine for leg in self.customer_legs)

    @property
    def machine_answered(self) -> bool:
        """Whether only a machine took a call that was dialled."""
        answered = [leg for leg in self.customer_legs if leg.answered_at is not None]
        return bool(answered) and not self.person_answered

    @property
    def is_talk(self) -> bool:
        """Whether two people were put through to each other."""
        if self.bridged_at is None:
            return False
        return self.is_inbound or not self.machine_answered

    @property
    def may_have_been_talk(self) -> bool:
        """Whether it is a talk, or was one until it became known who had answered."""
        return self.bridged_at is not None

    @property
    def is_lost(self) -> bool:
        """Whether it is a caller's who got nobody, and nothing else that was offered."""
        return self.is_inbound and self.bridged_at is None and self.outcome in _LOST

    @property
    def is_unreached(self) -> bool:
        """Whether a customer was dialled and no person took the call."""
        return self.was_dialled and not self.person_answered


_ByCustomer = dict[tuple[str, str], list[CallFacts]]
"""Calls by what their customer is known by, in order of creation."""


class Talks:
    """The talks of some customers, to be found by customer or number."""

    def __init__(self, calls: Iterable[CallFacts]) -> None:
        """Take the talks of `calls`, in any order; the rest is passed over."""
        self._by = _by_customer(call for call in calls if call.is_talk)

    def after(self, call: CallFacts, within: timedelta) -> list[CallFacts]:
        """Return the customer's talks begun after `call` began, at most `within` later."""
        return _after(self._by, call, within)


def answered_by(written: Iterable[CallFacts], calls: Iterable[CallFacts]) -> list[CallFacts]:
    """Return those of `calls` in vain which one of `written` counts for: called back, recovered.

    Or may have counted for: what was a talk is none once a machine is known to have answered.
    """
    known = _by_customer(call for call in written if call.may_have_been_talk)
    return [
        call
        for call in calls
        if (call.is_lost and _after(known, call, CALL_BACK_WITHIN))
        or (call.is_unreached and _after(known, call, RECOVERED_WITHIN))
    ]


def _by_customer(calls: Iterable[CallFacts]) -> _ByCustomer:
    found: _ByCustomer = {}
    for call in sorted(calls, key=lambda one: (one.created_at, one.id)):
        for key in keys_of(call):
            found.setdefault(key, []).append(call)
    return found


def _after(known: _ByCustomer, call: CallFacts, within: timedelta) -> list[CallFacts]:
    """Return the customer's calls of `known` begun after `call` began, at most `within` later."""
    found: dict[str, CallFacts] = {}
    for key in keys_of(call):
        talks = known.get(key, [])
        for talk in talks[bisect_right(talks, call.created_at, key=lambda one: one.created_at) :]:
            if talk.created_at - call.created_at > within:
                break
            found[talk.id] = talk
    return sorted(found.values(), key=lambda one: (one.created_at, one.id))


def keys_of(call: CallFacts) -> list[tuple[str, str]]:
    """Return what the customer of a call is known by; nothing where the caller withheld it."""
    keys = [("customer", call.customer_id), ("number", call.customer_number)]
    return [(kind, value) for kind, value in keys if value is not None]


def sum_calls(
    calls: Iterable[CallFacts],
    talks: Talks,
    scores: Mapping[str, float],
    judged: Mapping[str, Judged],
) -> list[Sums]:
    """Return what `calls`, which are over, add up to by manager, hotline and direction.

    `talks` are those of the customers whom some of the calls did not reach; `scores` those of the
    automatic check, `judged` what it and reviewers have found, both by call.
    """
    found: dict[tuple[str, str, str], Sums] = {}
    for call in calls:
        key = (call.manager_id or "", call.hotline_id or "", str(call.direction))
        sums = found.setdefault(key, Sums(*key))
        _count(sums, call, talks)
        if call.is_talk:
            _count_quality(sums, scores.get(call.id), judged.get(call.id))
    return [found[key] for key in sorted(found)]


def _count_quality(sums: Sums, score: float | None, judged: Judged | None) -> None:
    if score is not None:
        sums.add("checked")
        sums.add("score_milli", round(score * 1000))
    if judged is None:
        return
    if score is not None:
        sums.add("faulty", int(bool(judged.faults)))
        for kind, found in judged.faults.items():
            sums.add(sum_of_fault(kind), found)
    sums.add("reviewed", len(judged.shares))
    sums.add("share_milli", sum(round(share * 1000) for share in judged.shares))
    sums.add("appealed", judged.appealed)
    sums.add("upheld", judged.upheld)


def _count(sums: Sums, call: CallFacts, talks: Talks) -> None:
    sums.add("calls")
    if call.outcome is not None:
        sums.add(f"outcome_{call.outcome}")
    if call.is_inbound:
        _count_caller(sums, call, talks)
    elif call.was_dialled:
        _count_dialled(sums, call, talks)
    if call.is_talk:
        _count_talk(sums, call)
    _count_survey(sums, call)


def _count_dialled(sums: Sums, call: CallFacts, talks: Talks) -> None:
    sums.add("dialled")
    if call.person_answered:
        sums.add("answered_person")
        return
    sums.add("unreached")
    if call.machine_answered:
        sums.add("answered_machine")
    reasons = [leg.reason for leg in call.customer_legs if leg.reason is not None]
    if reasons:
        sums.add(f"reason_{reasons[-1].replace('-', '_')}")
    if any(talk.is_inbound for talk in talks.after(call, RECOVERED_WITHIN)):
        sums.add("recovered")


def _count_caller(sums: Sums, call: CallFacts, talks: Talks) -> None:
    sums.add("callers")
    if call.bridged_at is not None:
        sums.add("served")
        _measure(sums, "answer", call.ringing_at or call.created_at, call.bridged_at)
    if not call.is_lost:
        return
    sums.add("lost")
    later = talks.after(call, CALL_BACK_WITHIN)
    back = [talk for talk in later if not talk.is_inbound]
    if back:
        sums.add("called_back")
        sums.add("called_back_own", int(back[0].manager_id == call.manager_id))
    elif later:
        sums.add("came_back")


def _count_talk(sums: Sums, call: CallFacts) -> None:
    sums.add("talks")
    talk_ms = round((call.talk_s or 0.0) * 1000)
    sums.add("talk_ms", talk_ms)
    sums.add(class_of("talk", talk_ms))
    if call.disposition is None:
        return
    sums.add("told")
    sums.add(f"told_{call.disposition.source}")
    _measure(sums, "told", call.ended_at or call.created_at, call.disposition.at)
    code = call.disposition.code
    sums.results[code] = sums.results.get(code, 0) + 1


def _count_survey(sums: Sums, call: CallFacts) -> None:
    if not call.survey:
        return
    sums.add("surveyed")
    answers = {one.question: one.key for one in call.survey if one.key is not None}
    sums.add("survey_answered", int(bool(answers)))
    satisfaction = answers.get("satisfaction")
    if satisfaction is not None:
        sums.add(f"satisfaction_{satisfaction}")
    solved = answers.get("solved")
    if solved is not None:
        sums.add("solved_yes" if solved == "1" else "solved_no")


def _measure(sums: Sums, name: str, begin: datetime, end: datetime) -> None:
    """Count a length of time, in whole milliseconds; what ends before it began took none."""
    length_ms = max((end - begin) // _MILLISECOND, 0)
    sums.add(f"{name}_ms", length_ms)
    sums.add(class_of(name, length_ms))
