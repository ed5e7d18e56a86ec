"""Judges the required statements of a script: said, in time, in order, agreed to. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from recordings.quality.assent import is_assent, is_refusal
from recordings.quality.keypad import Proof
from recordings.quality.negation import Doubt
from recordings.quality.occurrences import Occurrence, Sides
from recordings.quality.slots import slots_of
from voicegw.model.finding import FindingKind, FindingReason, Severity
from voicegw.model.recording import Channel
from voicegw.model.script import Script, Statement

_ASSENT_S: Final = 20.0
"""How long after the last statement the customer may take to agree, seconds."""
_EARLY_S: Final = 1.0
"""Who agrees agrees sometimes before the last word is spoken, seconds."""
_HALF: Final = 0.5
_QUARTER: Final = 0.25


@dataclass(frozen=True, slots=True)
class Judged:
    """One thing about a statement, and what it costs of 100 points."""

    kind: FindingKind
    severity: Severity
    statement_id: str
    channel: Channel
    cost: float = 0.0
    at: Occurrence | None = None
    proof: Proof | None = None
    detail: str = ""
    reason: FindingReason | None = None
    params: Mapping[str, float] = field(default_factory=dict)


def judge_statements(
    script: Script,
    said: Mapping[str, Sequence[Occurrence]],
    proven: Mapping[str, Proof],
    sides: Sides,
    *,
    product: str | None,
    has_text: bool,
    start_s: float,
) -> Iterator[Judged]:
    """Yield what is right and wrong about each statement that concerns the talk.

    `has_text` says that there is a transcript: without one, only `proven` statements are judged.
    `start_s` is when the talk began.
    """
    wanted = [one for one in script.statements if not one.products or product in one.products]
    made = {
        one.id: place
        for one in wanted
        if one.id not in proven and (place := _first(said.get(one.id, ()))) is not None
    }
    latest_s = 0.0
    for statement in wanted:
        proof = proven.get(statement.id)
        if proof is not None:
            yield from _judge_proof(statement, proof)
            continue
        if not has_text:
            continue
        at = made.get(statement.id)
        if at is None:
            yield _judge_missing(statement, said.get(statement.id, ()))
            continue
        yield Judged(FindingKind.STATEMENT_SAID, Severity.INFO, statement.id, statement.by, at=at)
        if statement.within_s is not None and at.start_s - start_s > statement.within_s:
            yield _late(statement, at, at.start_s - start_s, statement.within_s)
        if script.ordered and at.start_s < latest_s:
            yield _fault(FindingKind.STATEMENT_OUT_OF_ORDER, statement, at, _QUARTER)
        latest_s = max(latest_s, at.start_s)
        if statement.assent:
            yield from _judge_assent(statement, at, list(made.values()), sides)


def _first(places: Sequence[Occurrence]) -> Occurrence | None:
    return next((one for one in places if one.is_found), None)


def _judge_proof(statement: Statement, proof: Proof) -> Iterator[Judged]:
    yield Judged(
        FindingKind.STATEMENT_SAID, Severity.INFO, statement.id, statement.by, proof=proof,
        detail="played by the gateway" + (", assented by key" if proof.assented else ""),
        reason=FindingReason.PLAYED_ASSENTED if proof.assented else FindingReason.PLAYED,
    )  # fmt: skip
    if not proof.assented:
        yield Judged(
            FindingKind.ASSENT_MISSING, statement.severity, statement.id, Channel.CUSTOMER,
            cost=statement.weight * _HALF, proof=proof, detail="refused or left without a key",
            reason=FindingReason.REFUSED_BY_KEY,
        )  # fmt: skip


def _judge_missing(statement: Statement, places: Sequence[Occurrence]) -> Judged:
    """Return the finding for a statement that was not surely made; the nearest place tells why."""
    unsure = [one for one in places if one.is_unsure]
    if unsure:
        best = max(unsure, key=lambda one: one.score)
        return Judged(
            FindingKind.STATEMENT_UNSURE, Severity.MINOR, statement.id, statement.by, at=best
        )
    near = max(places, key=lambda one: one.score, default=None)
    if near is None:
        return Judged(
            FindingKind.STATEMENT_MISSING, statement.severity, statement.id, statement.by,
            cost=statement.weight,
        )  # fmt: skip
    kind = FindingKind.STATEMENT_MISSING
    if near.doubt in {Doubt.NUMBER, Doubt.SLOT} and slots_of(statement.text):
        kind = FindingKind.SLOT_WRONG
    return Judged(
        kind, statement.severity, statement.id, statement.by, cost=statement.weight, at=near,
        detail=str(near.doubt or ""),
        reason=None if near.doubt is None else FindingReason(near.doubt.value),
    )  # fmt: skip


def _judge_assent(
    statement: Statement, at: Occurrence, made: Collection[Occurrence], sides: Sides
) -> Iterator[Judged]:
    """Yield that the customer did not agree to a statement before the next one began."""
    following = min(
        (one.start_s for one in made if one.start_s >= at.end_s), default=at.end_s + _ASSENT_S
    )
    is_last = not any(one.start_s >= at.end_s for one in made)
    answers = [
        one
        for one in sides.segments[Channel.CUSTOMER]
        if one.start_s >= at.end_s - _EARLY_S and one.start_s < max(following, at.end_s)
    ]
    if any(is_assent(one.text) for one in answers):
        return
    refused = any(is_refusal(one.text) for one in answers)
    if not answers and any(
        start < following and end > at.end_s for start, end in sides.customer_heard
    ):
        # A lone 嗯 is often lost by the recogniser: a person should listen.
        yield Judged(
            FindingKind.STATEMENT_UNSURE, Severity.MINOR, statement.id, Channel.CUSTOMER, at=at,
            detail="an answer that was not understood", reason=FindingReason.NOT_UNDERSTOOD,
        )  # fmt: skip
        return
    kind = FindingKind.ASSENT_MISSING if is_last or refused else FindingKind.ASSENT_OVERRUN
    yield Judged(
        kind, statement.severity, statement.id, Channel.CUSTOMER,
        cost=statement.weight * _HALF, at=at, detail="refused" if refused else "",
        reason=FindingReason.REFUSED if refused else None,
    )  # fmt: skip


def _late(statement: Statement, at: Occurrence, after_s: float, within_s: float) -> Judged:
    fault = _fault(FindingKind.STATEMENT_LATE, statement, at, _HALF)
    return replace(
        fault,
        detail=f"{after_s:.0f} s after the beginning, not {within_s:g}",
        reason=FindingReason.LATE,
        params={"after_s": round(after_s), "within_s": within_s},
    )


def _fault(kind: FindingKind, statement: Statement, at: Occurrence, share: float) -> Judged:
    return Judged(
        kind, _milder(statement.severity), statement.id, statement.by,
        cost=statement.weight * share, at=at,
    )  # fmt: skip


def _milder(severity: Severity) -> Severity:
    return Severity.MINOR if severity in {Severity.MAJOR, Severity.MINOR} else severity
