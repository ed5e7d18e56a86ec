"""Scorecards: what can be one, what the check gives, what it adds up to."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from recordings.quality.scorecard import (
    apply_points,
    check_scorecard,
    measure_names,
    opening_scores,
    total,
    unanswered,
)
from tests.unit.recordings.quality.cards import NOW, make_scorecard
from voicegw.errors import InvalidError
from voicegw.model.finding import Finding, FindingKind, Measures, QualityResult, Severity
from voicegw.model.review import AutomaticRule, ItemKind, ItemOption, ScorecardItem


def finding(kind: FindingKind = FindingKind.PHRASE_FORBIDDEN, statement: str = "s1") -> Finding:
    """A finding."""
    return Finding("fnd_1", "rec_1", "call_1", kind, Severity.MAJOR, NOW, statement_id=statement)


def result(longest_silence_s: float = 3.0) -> QualityResult:
    """The result of a check."""
    return QualityResult(
        "rec_1", "call_1", NOW, measures=Measures(longest_silence_s=longest_silence_s)
    )


def points_of(*args: Any) -> dict[str, float | None]:
    """The points that items are opened with."""
    return {score.item_id: score.points for score in opening_scores(make_scorecard(), *args)}


def test_a_good_scorecard_is_taken() -> None:
    check_scorecard(make_scorecard())
    assert {
        "silence_s",
        "hold_s",
        "manager.talk_share",
        "customer.interruptions",
    } <= measure_names()


def broken(**changes: Any) -> list[ScorecardItem]:
    """The items, the second changed."""
    items = list(make_scorecard().items)
    items[1] = msgspec.structs.replace(items[1], **changes)
    return items


AUTO = ItemKind.AUTOMATIC


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"items": []}, "items"),
        ({"pass_share": 1.2}, "pass_share"),
        ({"items": broken(id="greeting")}, "items.1.id"),
        ({"items": broken(points=0)}, "items.1.points"),
        ({"items": broken(rule=AutomaticRule(measure="silence_s"))}, "items.1.rule"),
        ({"items": broken(options=[ItemOption("a", 10)])}, "items.1.points"),
        ({"items": broken(options=[ItemOption("a", 30), ItemOption("b", -1)])}, "items.1.options"),
        ({"items": broken(kind=AUTO)}, "items.1.rule"),
        ({"items": broken(kind=AUTO, options=[ItemOption("a", 30)])}, "items.1.options"),
        ({"items": broken(kind=AUTO, rule=AutomaticRule())}, "items.1.rule"),
        ({"items": broken(kind=AUTO, rule=AutomaticRule(measure="silence_s"))}, "items.1.rule"),
        (
            {"items": broken(kind=AUTO, rule=AutomaticRule(measure="mood", at_most=1))},
            "items.1.rule.measure",
        ),
    ],
)
def test_a_bad_one_is_refused_with_its_place(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        check_scorecard(make_scorecard(**changes))
    assert caught.value.field == field


def test_the_check_gives_automatic_points_and_leaves_human_ones_open() -> None:
    assert points_of(result(), []) == {
        "greeting": None, "tone": None, "forbidden": 40, "silence": 20,
    }  # fmt: skip
    assert points_of(result(11.0), [finding()]) == {
        "greeting": None, "tone": None, "forbidden": 0, "silence": 0,
    }  # fmt: skip


def test_a_finding_of_another_kind_or_statement_takes_nothing() -> None:
    card = make_scorecard()
    card.items[2].rule = AutomaticRule([FindingKind.PHRASE_FORBIDDEN], statement_id="s2")
    assert points_of(result(), [finding(FindingKind.STATEMENT_SAID)])["forbidden"] == 40
    scores = opening_scores(card, result(), [finding(statement="s1")])
    assert scores[2].points == 40
    scores = opening_scores(card, result(), [finding(statement="s2")])
    assert (scores[2].points, scores[2].finding_ids) == (0, ["fnd_1"])


def test_where_nothing_was_checked_a_person_gives_all_points() -> None:
    scores = opening_scores(make_scorecard(), None, [])
    assert unanswered(scores) == ["greeting", "tone", "forbidden", "silence"]


def test_points_are_those_an_item_gives() -> None:
    card = make_scorecard()
    scores = opening_scores(card, result(), [])
    good = apply_points(card, scores, {"greeting": (5, ""), "tone": (12.5, "")})
    assert [one.points for one in good] == [5, 12.5, 40, 20]
    for item_id, points in (("greeting", 6), ("tone", 31), ("tone", -1), ("nothing", 1)):
        with pytest.raises(InvalidError) as caught:
            apply_points(card, scores, {item_id: (points, "")})
        assert caught.value.field == f"scores.{item_id}"


def test_overruling_the_check_needs_a_reason_and_keeps_what_it_said() -> None:
    card = make_scorecard()
    scores = opening_scores(card, result(), [finding()])
    with pytest.raises(InvalidError):
        apply_points(card, scores, {"forbidden": (40, " ")})
    kept = apply_points(card, scores, {"forbidden": (40, "it was a quotation")})[2]
    assert (kept.points, kept.automatic, kept.finding_ids) == (40, 0, ["fnd_1"])
    assert apply_points(card, scores, {"forbidden": (0, "")})[2].points == 0


def test_the_total_passes_at_its_share_and_fails_by_a_critical_item() -> None:
    card = make_scorecard()
    scores = apply_points(
        card, opening_scores(card, result(), []), {"greeting": (0, ""), "tone": (20, "")}
    )
    assert (total(card, scores).points, total(card, scores).most) == (80, 100)
    assert total(card, scores).passed
    assert not total(make_scorecard(pass_share=0.81), scores).passed
    failed = apply_points(
        make_scorecard(pass_share=0.1), scores, {"forbidden": (0, "heard it myself")}
    )
    verdict = total(make_scorecard(pass_share=0.1), failed)
    assert (verdict.passed, verdict.failed_by, verdict.points) == (False, ["forbidden"], 40)
