"""Scorecards: what can be one, what the check gives, what it adds up to."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from recordings.quality.scorecard import (
    Answer,
    apply_points,
    check_complete,
    check_scorecard,
    measure_names,
    opening_scores,
    total,
    unanswered,
)
from tests.unit.recordings.quality.cards import NOW, make_scorecard
from voicegw.errors import InvalidError
from voicegw.model.finding import Finding, FindingKind, Measures, QualityResult, Severity
from voicegw.model.review import AutomaticRule, ItemKind, ItemOption, Scorecard, ScorecardItem


def finding(kind: FindingKind = FindingKind.PHRASE_FORBIDDEN, statement: str = "s1") -> Finding:
    """A finding."""
    return Finding("fnd_1", "rec_1", "call_1", kind, Severity.MAJOR, NOW, statement_id=statement)


def result(longest_silence_s: float = 3.0) -> QualityResult:
    """The result of a check."""
    measures = Measures(duration_s=60.0, longest_silence_s=longest_silence_s)
    return QualityResult("rec_1", "call_1", NOW, measures=measures)


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


def test_where_nothing_could_be_measured_a_person_gives_the_points_of_measures() -> None:
    unmeasured = QualityResult("rec_1", "call_1", NOW)
    assert points_of(unmeasured, []) == {
        "greeting": None, "tone": None, "forbidden": 40, "silence": None,
    }  # fmt: skip


def test_points_are_those_an_item_gives() -> None:
    card = make_scorecard()
    scores = opening_scores(card, result(), [])
    good = apply_points(card, scores, {"greeting": Answer(5), "tone": Answer(12.5)})
    assert [one.points for one in good] == [5, 12.5, 40, 20]
    for item_id, points in (("greeting", 6), ("tone", 31), ("tone", -1), ("nothing", 1)):
        with pytest.raises(InvalidError) as caught:
            apply_points(card, scores, {item_id: Answer(points)})
        assert caught.value.field == f"scores.{item_id}"


def test_overruling_the_check_needs_a_reason_and_keeps_what_it_said() -> None:
    card = make_scorecard()
    scores = opening_scores(card, result(), [finding()])
    with pytest.raises(InvalidError):
        apply_points(card, scores, {"forbidden": Answer(40, " ")})
    kept = apply_points(card, scores, {"forbidden": Answer(40, "it was a quotation")})[2]
    assert (kept.points, kept.automatic, kept.finding_ids) == (40, 0, ["fnd_1"])
    assert apply_points(card, scores, {"forbidden": Answer(0)})[2].points == 0


def test_the_total_passes_at_its_share_and_fails_by_a_critical_item() -> None:
    card = make_scorecard()
    scores = apply_points(
        card, opening_scores(card, result(), []), {"greeting": Answer(0), "tone": Answer(20)}
    )
    assert (total(card, scores).points, total(card, scores).most) == (80, 100)
    assert total(card, scores).passed
    assert not total(make_scorecard(pass_share=0.81), scores).passed
    failed = apply_points(
        make_scorecard(pass_share=0.1), scores, {"forbidden": Answer(0, "heard it myself")}
    )
    verdict = total(make_scorecard(pass_share=0.1), failed)
    assert (verdict.passed, verdict.failed_by, verdict.points) == (False, ["forbidden"], 40)


def optional_tone(**changes: Any) -> Scorecard:
    """The scorecard, its second item one that may not apply; changes are made to that item."""
    return make_scorecard(items=broken(may_not_apply=True, **changes))


NOT_APPLICABLE = Answer(None, not_applicable=True)


def test_what_does_not_apply_is_left_out_of_what_could_be_reached() -> None:
    card = optional_tone(critical=True)
    given = {"greeting": Answer(5), "tone": NOT_APPLICABLE}
    scores = apply_points(card, opening_scores(card, result(), []), given)
    check_complete(scores)
    verdict = total(card, scores)
    # 5 of 10, 40 of 40 and 20 of 20: the 30 points of the tone are neither reached nor missed.
    assert (verdict.points, verdict.most, verdict.not_applicable) == (65, 70, ["tone"])
    assert verdict.share == pytest.approx(65 / 70)
    assert (verdict.passed, verdict.failed_by) == (True, [])
    back = apply_points(card, scores, {"tone": Answer(0)})
    assert (total(card, back).most, total(card, back).failed_by) == (100, ["tone"])
    assert unanswered(apply_points(card, back, {"tone": Answer(None)})) == ["tone"]


@pytest.mark.parametrize(
    ("item_id", "answer"),
    [
        ("greeting", NOT_APPLICABLE),
        ("tone", Answer(0, not_applicable=True)),
    ],
)
def test_only_an_item_that_may_is_left_out_and_then_without_points(
    item_id: str, answer: Answer
) -> None:
    card = optional_tone()
    with pytest.raises(InvalidError) as caught:
        apply_points(card, opening_scores(card, result(), []), {item_id: answer})
    assert caught.value.field == f"scores.{item_id}"


def test_leaving_out_what_the_check_has_judged_needs_a_reason() -> None:
    card = make_scorecard()
    card.items[3].may_not_apply = True
    scores = opening_scores(card, result(), [])
    with pytest.raises(InvalidError):
        apply_points(card, scores, {"silence": NOT_APPLICABLE})
    why = Answer(None, "the customer looked for a paper", not_applicable=True)
    left = apply_points(card, scores, {"silence": why})[3]
    assert (left.points, left.automatic, left.not_applicable) == (None, 20, True)


def test_something_must_apply() -> None:
    card = make_scorecard(items=[broken(may_not_apply=True)[1]])
    scores = apply_points(card, opening_scores(card, None, []), {"tone": NOT_APPLICABLE})
    assert total(card, scores).share == 0
    with pytest.raises(InvalidError, match="must apply"):
        check_complete(scores)
