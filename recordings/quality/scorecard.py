"""Checks scorecards, gives the automatic points and adds up. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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


def measure_names() -> frozenset[str]:
    """Return the names that a rule may give as `measure`."""
    return frozenset(_flat(msgspec.to_builtins(Measures())))


def check_scorecard(scorecard: Scorecard) -> None:
    """Raise InvalidError, naming the field, unless every talk can be judged by `scorecard`."""
    if not 1 <= len(scorecard.items) <= MAX_ITEMS:
        raise InvalidError("items", f"must be 1 to {MAX_ITEMS}")
    if not 0 <= scorecard.pass_share <= 1:
        raise InvalidError("pass_share", "must be from 0 to 1")
    ids = [item.id for item in scorecard.items]
    for number, item in enumerate(scorecard.items):
        place = f"items.{number}"
        if ids.index(item.id) != number:
            raise InvalidError(f"{place}.id", "is taken by an item before")
        _check_item(item, place)


def _check_item(item: ScorecardItem, place: str) -> None:
    if item.points <= 0:
        raise InvalidError(f"{place}.points", "must be above 0")
    if item.kind is ItemKind.HUMAN:
        if item.rule is not None:
            raise InvalidError(f"{place}.rule", "only an automatic item has one")
        if item.options and max(option.points for option in item.options) != item.points:
            raise InvalidError(f"{place}.points", "must be the most that an option gives")
        if any(option.points < 0 for option in item.options):
            raise InvalidError(f"{place}.options", "no option takes points away")
        return
    if item.options:
        raise InvalidError(f"{place}.options", "only a human item has them")
    if item.rule is None:
        raise InvalidError(f"{place}.rule", "an automatic item needs one")
    _check_rule(item.rule, f"{place}.rule")


def _check_rule(rule: AutomaticRule, place: str) -> None:
    if bool(rule.findings) == bool(rule.measure):
        raise InvalidError(place, "give either findings or a measure")
    if rule.measure is None:
        return
    if rule.measure not in measure_names():
        raise InvalidError(f"{place}.measure", "is no measure of a talk")
    if rule.at_least is None and rule.at_most is None:
        raise InvalidError(place, "a measure needs at_least or at_most")
    if rule.at_least is not None and rule.at_most is not None and rule.at_least > rule.at_most:
        raise InvalidError(f"{place}.at_most", "must not be below at_least")


def opening_scores(
    scorecard: Scorecard, result: QualityResult | None, findings: Sequence[Finding]
) -> list[ItemScore]:
    """Return a score for each item: automatic ones with the check's points, human ones without.

    Where nothing was checked, automatic items have no points either: a person gives them.
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
        if value is None:
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
    given: Mapping[str, tuple[float | None, str]],
) -> list[ItemScore]:
    """Return `scores` with the points and reasons `given` by item id.

    Raises InvalidError for an unknown item, for points that the item does not give, and for an
    automatic item overruled without a reason.
    """
    known = {item.id: item for item in scorecard.items}
    for item_id in given:
        if item_id not in known:
            raise InvalidError(f"scores.{item_id}", "is no item of the scorecard")
    applied = []
    for score in scores:
        if score.item_id in given:
            points, reason = given[score.item_id]
            _check_points(known[score.item_id], score, points, reason)
            score = msgspec.structs.replace(score, points=points, reason=reason)  # noqa: PLW2901
        applied.append(score)
    return applied


def _check_points(item: ScorecardItem, score: ItemScore, points: float | None, reason: str) -> None:
    place = f"scores.{item.id}"
    if points is None:
        return
    if item.options and points not in {option.points for option in item.options}:
        raise InvalidError(place, "must be the points of one of the options")
    if not 0 <= points <= item.points:
        raise InvalidError(place, f"must be from 0 to {item.points:g}")
    if score.automatic is not None and points != score.automatic and not reason.strip():
        raise InvalidError(place, "overruling what was found needs a reason")


def unanswered(scores: Sequence[ItemScore]) -> list[str]:
    """Return the ids of the items that nobody has given points yet."""
    return [score.item_id for score in scores if score.points is None]


def total(scorecard: Scorecard, scores: Sequence[ItemScore]) -> ReviewTotal:
    """Add up; items without points count as 0. A critical item without any fails the talk."""
    points = {score.item_id: score.points or 0.0 for score in scores}
    most = sum(item.points for item in scorecard.items)
    reached = sum(points.get(item.id, 0.0) for item in scorecard.items)
    failed_by = [
        item.id for item in scorecard.items if item.critical and not points.get(item.id, 0.0)
    ]
    share = reached / most
    return ReviewTotal(
        points=reached,
        most=most,
        share=share,
        # A share of 0.8 must be reached by 8 of 10, however the sum was rounded.
        passed=not failed_by and share >= scorecard.pass_share - 1e-9,
        failed_by=failed_by,
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
