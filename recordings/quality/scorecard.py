"""Checks scorecards, gives the automatic points and adds up. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from voicegw.errors import InvalidError
from voicegw.model.finding import Finding, Measures, QualityResult
from voicegw.model.review import (
    AutomaticRule,
    ItemKind,
    ItemScore,
    ReviewTotal,
    Scorecard,
    ScorecardItem,
)

MAX_ITEMS: Final = 100
_SIDES: Final = ("customer", "manager")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says to an item: its points, None to take them back, or that it does not apply.

    `reason` is why, where the check is overruled.
    """

    points: float | None
    reason: str = ""
    not_applicable: bool = False


def measure_names() -> frozenset[str]:
    """Return the names that a rule may give as `measure`."""
    return frozenset(_flat(msgspec.to_builtins(Measures())))


def check_scorecard(scorecard: Scorecard) -> None:
    """Raise InvalidError, naming the field, unless every talk can be judged by `scorecard`."""
    if not 1 <= len(scorecard.items) <= MAX_ITEMS:
        raise InvalidError(
            "items", f"must be 1 to {MAX_ITEMS}", kind="item-count", min=1, max=MAX_ITEMS
        )
    if not 0 <= scorecard.pass_share <= 1:
        raise InvalidError("pass_share", "must be from 0 to 1", kind="out-of-range", min=0, max=1)
    ids = [item.id for item in scorecard.items]
    for number, item in enumerate(scorecard.items):
        place = f"items.{number}"
        if ids.index(item.id) != number:
            raise InvalidError(f"{place}.id", "is taken by an item before", kind="taken")
        _check_item(item, place)


def _check_item(item: ScorecardItem, place: str) -> None:
    if item.points <= 0:
        raise InvalidError(f"{place}.points", "must be above 0", kind="too-small", above=0)
    if item.kind is ItemKind.HUMAN:
        if item.rule is not None:
            raise InvalidError(
                f"{place}.rule", "only an automatic item has one", kind="goes-with", other="kind"
            )
        if item.options and max(option.points for option in item.options) != item.points:
            raise InvalidError(
                f"{place}.points", "must be the most that an option gives", kind="mismatch"
            )
        if any(option.points < 0 for option in item.options):
            raise InvalidError(
                f"{place}.options", "no option takes points away", kind="too-small", min=0
            )
        return
    if item.options:
        raise InvalidError(
            f"{place}.options", "only a human item has them", kind="goes-with", other="kind"
        )
    if item.rule is None:
        raise InvalidError(f"{place}.rule", "an automatic item needs one", kind="missing")
    _check_rule(item.rule, f"{place}.rule")


def _check_rule(rule: AutomaticRule, place: str) -> None:
    if bool(rule.findings) == bool(rule.measure):
        raise InvalidError(
            place,
            "give either findings or a measure",
            kind="choose-one",
            fields="findings, measure",
        )
    if rule.measure is None:
        return
    if rule.measure not in measure_names():
        raise InvalidError(f"{place}.measure", "is no measure of a talk", kind="not-found")
    if rule.at_least is None and rule.at_most is None:
        raise InvalidError(
            place,
            "a measure needs at_least or at_most",
            kind="choose-one",
            fields="at_least, at_most",
        )
    if rule.at_least is not None and rule.at_most is not None and rule.at_least > rule.at_most:
        raise InvalidError(
            f"{place}.at_most", "must not be below at_least", kind="too-small", other="at_least"
        )


def opening_scores(
    scorecard: Scorecard, result: QualityResult | None, findings: Sequence[Finding]
) -> list[ItemScore]:
    """Return a score for each item: automatic ones with the check's points, human ones without.

    Where nothing was checked, or measured, automatic items have no points either: a person gives
    them.
    """
    return [_opening(item, result, findings) for item in scorecard.items]


def _opening(
    item: ScorecardItem, result: QualityResult | None, findings: Sequence[Finding]
) -> ItemScore:
    rule = item.rule
    if rule is None or result is None:
        return ItemScore(item.id)
    if rule.measure is not None:
        value = _flat(msgspec.to_builtins(result.measures)).get(rule.measure)
        # Where neither words nor sound could be had, nobody was silent: nothing is known.
        if value is None or not result.measures.duration_s:
            return ItemScore(item.id)
        points = item.points if _within(value, rule) else 0.0
        return ItemScore(item.id, points, automatic=points)
    against = [
        finding.id
        for finding in findings
        if finding.kind in rule.findings and rule.statement_id in {None, finding.statement_id}
    ]
    points = 0.0 if against else item.points
    return ItemScore(item.id, points, automatic=points, finding_ids=against)


def _within(value: float, rule: AutomaticRule) -> bool:
    above = rule.at_least is None or value >= rule.at_least
    return above and (rule.at_most is None or value <= rule.at_most)


def apply_points(
    scorecard: Scorecard,
    scores: Sequence[ItemScore],
    given: Mapping[str, Answer],
) -> list[ItemScore]:
    """Return `scores` with the answers `given` by item id.

    Raises InvalidError for an unknown item, for points that the item does not give, for an item
    that always applies, and for an automatic item overruled without a reason.
    """
    known = {item.id: item for item in scorecard.items}
    for item_id in given:
        if item_id not in known:
            raise InvalidError(f"scores.{item_id}", "is no item of the scorecard", kind="not-found")
    applied = []
    for score in scores:
        if score.item_id in given:
            answer = given[score.item_id]
            _check_answer(known[score.item_id], score, answer)
            score = msgspec.structs.replace(  # noqa: PLW2901
                score,
                points=answer.points,
                reason=answer.reason,
                not_applicable=answer.not_applicable,
            )
        applied.append(score)
    return applied


def _check_answer(item: ScorecardItem, score: ItemScore, answer: Answer) -> None:
    place = f"scores.{item.id}"
    points = answer.points
    if answer.not_applicable:
        if points is not None:
            raise InvalidError(place, "what does not apply has no points", kind="mismatch")
        if not item.may_not_apply:
            raise InvalidError(place, "applies to every talk", kind="mismatch")
    elif points is None:
        return
    elif item.options and points not in {option.points for option in item.options}:
        raise InvalidError(place, "must be the points of one of the options", kind="mismatch")
    elif not 0 <= points <= item.points:
        raise InvalidError(
            place, f"must be from 0 to {item.points:g}", kind="out-of-range", min=0, max=item.points
        )
    if score.automatic is not None and points != score.automatic and not answer.reason.strip():
        raise InvalidError(place, "overruling what was found needs a reason", kind="missing")


def unanswered(scores: Sequence[ItemScore]) -> list[str]:
    """Return the ids of the items that have no points yet and apply to the talk."""
    return [one.item_id for one in scores if one.points is None and not one.not_applicable]


def check_complete(scores: Sequence[ItemScore]) -> None:
    """Raise InvalidError naming the items that are not answered, or where none applies."""
    missing = unanswered(scores)
    if missing:
        raise InvalidError("scores", f"no points yet for {', '.join(missing)}", kind="missing")
    if all(one.not_applicable for one in scores):
        raise InvalidError("scores", "one item at least must apply to the talk", kind="mismatch")


def total(scorecard: Scorecard, scores: Sequence[ItemScore]) -> ReviewTotal:
    """Add up; items without points count as 0. A critical item without any fails the talk.

    What does not apply to the talk counts neither among the points nor among what they could be.
    """
    points = {score.item_id: score.points or 0.0 for score in scores}
    left_out = {score.item_id for score in scores if score.not_applicable}
    applying = [item for item in scorecard.items if item.id not in left_out]
    most = sum(item.points for item in applying)
    reached = sum(points.get(item.id, 0.0) for item in applying)
    failed_by = [item.id for item in applying if item.critical and not points.get(item.id, 0.0)]
    # While all is left out nothing is reached, either; such a review can't be finished.
    share = reached / most if most else 0.0
    return ReviewTotal(
        points=reached,
        most=most,
        share=share,
        # A share of 0.8 must be reached by 8 of 10, however the sum was rounded.
        passed=not failed_by and share >= scorecard.pass_share - 1e-9,
        failed_by=failed_by,
        not_applicable=[item.id for item in scorecard.items if item.id in left_out],
    )


def _flat(measures: Mapping[str, Any]) -> dict[str, float | None]:
    """Return measures by dotted name."""

    def entries() -> Iterator[tuple[str, float | None]]:
        for name, value in measures.items():
            if name in _SIDES:
                yield from ((f"{name}.{inner}", one) for inner, one in value.items())
            else:
                yield name, value

    return dict(entries())
