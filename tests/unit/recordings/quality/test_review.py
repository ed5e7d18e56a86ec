"""The life of a review: who may do what, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from recordings.quality import review as core
from recordings.quality.review import Person
from recordings.quality.scorecard import Answer, opening_scores
from tests.unit.recordings.quality.cards import NOW, make_review
from voicegw.errors import ConflictError, InvalidError, PolicyError
from voicegw.model.finding import Measures, QualityResult
from voicegw.model.review import Review, ReviewComment, ReviewPart, ReviewState

ANN = Person("key_ann")
BEN = Person("key_ben")
LEAD = Person("key_lead")
MANAGER = Person("key_manager", "mgr_1")
ALL = {
    "greeting": Answer(10),
    "tone": Answer(30),
    "forbidden": Answer(40),
    "silence": Answer(0),
}
WEEK = timedelta(days=7)


def assigned() -> Review:
    """A review that Ann has."""
    return core.assign(make_review(), ANN, "key_lead", NOW)


def scored() -> Review:
    """One that Ann has scored."""
    return core.finish(core.score(assigned(), ANN, ALL, NOW), ANN, NOW)


def appealed() -> Review:
    """One that the manager has appealed."""
    return core.appeal(
        scored(), MANAGER, "too strict", {"silence": "line was bad"}, NOW, within=WEEK
    )


def test_from_open_to_final_every_step_is_in_the_history() -> None:
    done = core.finalise(scored(), LEAD, NOW)
    assert done.state is ReviewState.FINAL
    assert [entry.action for entry in done.history] == [
        "assigned", "scored-items", "scored", "final",
    ]  # fmt: skip
    assert done.revision == 5
    assert done.total is not None
    assert (done.total.points, done.total.passed) == (80, True)


def test_an_appeal_is_decided_by_somebody_else_and_keeps_the_points_before() -> None:
    with pytest.raises(PolicyError, match="Another person"):
        core.decide(appealed(), ANN, {}, "no", NOW)
    decided = core.decide(appealed(), BEN, {"silence": Answer(20)}, "right", NOW)
    assert decided.decision is not None
    assert (decided.decision.upheld, decided.decision.before) == (True, {"silence": 0})
    assert decided.total is not None
    assert decided.total.points == 100
    rejected = core.decide(appealed(), BEN, {}, "heard it", NOW)
    assert rejected.decision is not None
    assert not rejected.decision.upheld
    assert core.finalise(rejected, LEAD, NOW).state is ReviewState.FINAL


def test_nobody_reviews_or_judges_the_own_call() -> None:
    own = Person("key_other", "mgr_1")
    steps: list[Callable[[], Any]] = [
        lambda: core.assign(make_review(), own, "key_lead", NOW),
        lambda: core.score(msgspec.structs.replace(assigned(), reviewer=own.id), own, ALL, NOW),
        lambda: core.decide(appealed(), own, {}, "", NOW),
        lambda: core.finalise(scored(), own, NOW),
    ]
    for step in steps:
        with pytest.raises(PolicyError) as caught:
            step()
        assert caught.value.slug == "own-call"


def test_who_talked_and_handed_it_on_has_the_own_call_too() -> None:
    before = Person("key_before", "mgr_0")
    talkers = ["mgr_0", "mgr_1"]
    appealed_one = msgspec.structs.replace(appealed(), talkers=talkers)
    steps: list[Callable[[], Any]] = [
        lambda: core.assign(make_review(talkers=talkers), before, "key_lead", NOW),
        lambda: core.decide(appealed_one, before, {}, "", NOW),
        lambda: core.finalise(msgspec.structs.replace(scored(), talkers=talkers), before, NOW),
    ]
    for step in steps:
        with pytest.raises(PolicyError) as caught:
            step()
        assert caught.value.slug == "own-call"
    # Whose it is, is one: who appeals, and sees the score.
    with pytest.raises(PolicyError) as caught:
        core.appeal(
            msgspec.structs.replace(scored(), talkers=talkers), before, "", {}, NOW, within=WEEK
        )
    assert caught.value.slug == "not-your-call"
    assert core.assign(make_review(talkers=talkers), ANN, "key_lead", NOW).reviewer == ANN.id


def test_only_the_reviewer_scores() -> None:
    with pytest.raises(PolicyError) as caught:
        core.score(assigned(), BEN, ALL, NOW)
    assert caught.value.slug == "not-the-reviewer"


def test_a_review_is_not_finished_before_every_item_has_points() -> None:
    part = core.score(assigned(), ANN, {"tone": Answer(1)}, NOW)
    with pytest.raises(InvalidError, match="greeting, forbidden, silence"):
        core.finish(part, ANN, NOW)


def test_an_appeal_is_the_managers_once_and_in_time() -> None:
    with pytest.raises(PolicyError) as caught:
        core.appeal(scored(), BEN, "", {}, NOW, within=WEEK)
    assert caught.value.slug == "not-your-call"
    late = NOW + WEEK + timedelta(seconds=1)
    with pytest.raises(PolicyError) as caught:
        core.appeal(scored(), MANAGER, "", {}, late, within=WEEK)
    assert caught.value.slug == "appeal-too-late"
    with pytest.raises(InvalidError):
        core.appeal(scored(), MANAGER, "", {"nothing": ""}, NOW, within=WEEK)
    decided = core.decide(appealed(), BEN, {}, "", NOW)
    for again in (appealed(), decided):
        with pytest.raises(ConflictError):
            core.appeal(again, MANAGER, "", {}, NOW, within=WEEK)


STATES: dict[ReviewState, Callable[[], Review]] = {
    ReviewState.OPEN: make_review,
    ReviewState.ASSIGNED: assigned,
    ReviewState.IN_PROGRESS: lambda: core.score(assigned(), ANN, ALL, NOW),
    ReviewState.SCORED: scored,
    ReviewState.APPEALED: appealed,
    ReviewState.DECIDED: lambda: core.decide(appealed(), BEN, {}, "", NOW),
    ReviewState.FINAL: lambda: core.finalise(scored(), LEAD, NOW),
}
STEPS: dict[str, Callable[[Review], Review]] = {
    "assign": lambda one: core.assign(one, ANN, "key_lead", NOW),
    "score": lambda one: core.score(one, ANN, ALL, NOW),
    "finish": lambda one: core.finish(one, ANN, NOW),
    "appeal": lambda one: core.appeal(one, MANAGER, "", {}, NOW, within=WEEK),
    "decide": lambda one: core.decide(one, BEN, {}, "", NOW),
    "finalise": lambda one: core.finalise(one, LEAD, NOW),
}
ALLOWED = {
    ReviewState.OPEN: {"assign"},
    ReviewState.ASSIGNED: {"assign", "score"},
    ReviewState.IN_PROGRESS: {"score", "finish"},
    ReviewState.SCORED: {"appeal", "finalise"},
    ReviewState.APPEALED: {"decide"},
    ReviewState.DECIDED: {"finalise"},
    ReviewState.FINAL: set(),
}


@pytest.mark.parametrize("state", list(ReviewState))
@pytest.mark.parametrize("step", sorted(STEPS))
def test_every_step_in_every_state(state: ReviewState, step: str) -> None:
    before = STATES[state]()
    assert before.state is state
    if step in ALLOWED[state]:
        after = STEPS[step](before)
        assert after.revision == before.revision + 1
        return
    # `finish` of a review without points is refused for its points.
    with pytest.raises((ConflictError, InvalidError)) as caught:
        STEPS[step](before)
    if state is ReviewState.FINAL:
        assert isinstance(caught.value, ConflictError)
        assert caught.value.slug == "review-final"


def test_comments_are_the_reviewers_and_later_the_managers() -> None:
    note = ReviewComment("cmt_1", "", NOW, "here", at_s=12.5)
    assert core.comment(assigned(), ANN, note).comments == [note]
    with pytest.raises(PolicyError):
        core.comment(assigned(), MANAGER, note)
    assert core.comment(scored(), MANAGER, note).comments == [note]
    with pytest.raises(PolicyError):
        core.comment(scored(), BEN, note)
    with pytest.raises(ConflictError):
        core.comment(core.finalise(scored(), LEAD, NOW), ANN, note)


def blind(first_state: ReviewState, second_state: ReviewState) -> tuple[Review, Review]:
    """Two blind reviews of one talk, Ann's and Ben's."""
    return (
        make_review(part=ReviewPart.BLIND_FIRST, reviewer="key_ann", state=first_state),
        make_review(
            id="rev_2", part=ReviewPart.BLIND_SECOND, reviewer="key_ben", state=second_state
        ),
    )


def seen(review: Review, person: Person, other: Review, *, may_score: bool = True) -> str:
    """How much of a review a person sees."""
    shown = core.as_seen(review, person, [other], may_score=may_score)
    if shown is None:
        return "nothing"
    return "all" if shown.scores else "that it is there"


def test_of_a_blind_pair_nobody_who_could_score_sees_the_other_before_both_are_done() -> None:
    mine, other = blind(ReviewState.SCORED, ReviewState.IN_PROGRESS)
    cat = Person("key_cat")
    assert seen(mine, ANN, other) == "all"
    assert seen(mine, BEN, other) == seen(other, ANN, mine) == "that it is there"
    assert seen(mine, cat, other) == "that it is there"
    assert seen(mine, cat, other, may_score=False) == "all"
    assert seen(mine, MANAGER, other, may_score=False) == "nothing"
    mine, other = blind(ReviewState.SCORED, ReviewState.SCORED)
    assert seen(mine, BEN, other) == seen(mine, cat, other) == "all"
    assert seen(mine, MANAGER, other, may_score=False) == "all"


def test_the_manager_sees_a_review_once_it_is_scored() -> None:
    assert core.as_seen(assigned(), MANAGER, [], may_score=False) is None
    assert core.as_seen(scored(), MANAGER, [], may_score=False) == scored()


def test_what_the_check_found_is_taken_over_until_somebody_scores() -> None:
    checked = QualityResult("rec_1", "call_1", NOW, measures=Measures(duration_s=60.0))
    filled = opening_scores(make_review().scorecard, checked, [])
    review = core.prefill(assigned(), filled)
    assert review.total is not None
    assert review.total.points == 60
    with pytest.raises(ConflictError):
        core.prefill(core.score(assigned(), ANN, ALL, NOW), filled)


def test_who_takes_over_a_blind_half_reads_nothing_of_who_had_it_before() -> None:
    """The one before may be given the other half."""
    first = core.assign(make_review(part=ReviewPart.BLIND_FIRST), ANN, "key_lead", NOW)
    first = core.comment(first, ANN, ReviewComment("cmt_1", ANN.id, NOW, "ten points for tone"))
    taken_over = core.assign(first, BEN, "key_lead", NOW)
    second = core.assign(
        make_review(id="rev_2", part=ReviewPart.BLIND_SECOND), ANN, "key_lead", NOW, taken={BEN.id}
    )
    shown = core.as_seen(taken_over, BEN, [second], may_score=True)
    assert shown is not None
    assert shown.comments == []
    only = core.comment(assigned(), ANN, ReviewComment("cmt_1", ANN.id, NOW, "here"))
    assert core.assign(only, BEN, "key_lead", NOW).comments == only.comments


def test_a_blind_pair_is_never_one_person() -> None:
    first, second = blind(ReviewState.ASSIGNED, ReviewState.OPEN)
    with pytest.raises(PolicyError) as caught:
        core.assign(second, ANN, "key_lead", NOW, taken={"key_ann"})
    assert caught.value.slug == "same-reviewer"
    assert (
        core.assign(second, BEN, "key_lead", NOW, taken={first.reviewer or ""}).reviewer == BEN.id
    )
