"""Random walks through the life of a blind pair: whatever people try, the rules hold."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import hypothesis.strategies as st
import msgspec
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from recordings.quality import review as core
from recordings.quality.review import DONE, Person
from recordings.quality.scorecard import Answer
from tests.unit.recordings.quality.cards import NOW, make_review
from voicegw.errors import ConflictError, InvalidError, PolicyError
from voicegw.model.review import Review, ReviewComment, ReviewPart, ReviewState

MANAGER = Person("key_manager", "mgr_1")
OWN = Person("key_own", "mgr_1")
"""A reviewer who is the manager of the call."""
COLLEAGUES = [Person("key_ann"), Person("key_ben"), Person("key_cat", "mgr_2")]
ANYBODY = [*COLLEAGUES, MANAGER, OWN]
WEEK = timedelta(days=7)
ORDER = [*ReviewState]
GIVEN = {
    "greeting": Answer(10.0),
    "tone": Answer(7.0),
    "forbidden": Answer(40.0),
    "silence": Answer(0.0),
}

people = st.sampled_from(ANYBODY)
halves = st.integers(0, 1)
points = st.dictionaries(
    st.sampled_from([*GIVEN, "unknown"]),
    st.builds(Answer, st.sampled_from([None, 0.0, 5.0, 10.0, 99.0]), st.just("why"), st.booleans()),
)


class Pair(RuleBasedStateMachine):
    """Both halves of a blind pair, and people who try everything."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.reviews = [
            make_review(part=ReviewPart.BLIND_FIRST, sample_id="smp_1"),
            make_review(id="rev_2", part=ReviewPart.BLIND_SECOND, sample_id="smp_1"),
        ]

    def attempt(self, half: int, step: Callable[[Review, list[Review]], Review]) -> None:
        """Take a step; it is refused, or leaves one more line and one more revision."""
        before, other = self.reviews[half], self.reviews[1 - half]
        frozen = msgspec.json.encode(before)
        with suppress(ConflictError, InvalidError, PolicyError):
            after = step(before, [other])
            assert before.state is not ReviewState.FINAL, "nothing leads out of final"
            assert after.revision == before.revision + 1
            assert after.history[:-1] == before.history
            assert after.history[-1].at == self.now
            back = (before.state, after.state) == (ReviewState.IN_PROGRESS, ReviewState.ASSIGNED)
            assert back or ORDER.index(after.state) >= ORDER.index(before.state)
            self.reviews[half] = after
        assert msgspec.json.encode(before) == frozen, "a step changes nothing in place"

    @rule(half=halves, reviewer=people)
    def assign(self, half: int, reviewer: Person) -> None:
        def step(review: Review, others: list[Review]) -> Review:
            taken = [one.reviewer for one in others if one.reviewer is not None]
            return core.assign(review, reviewer, "key_lead", self.now, taken=taken)

        self.attempt(half, step)

    @rule(half=halves, who=people, given=st.one_of(points, st.just(GIVEN)), finish=st.booleans())
    def score(self, half: int, who: Person, given: dict[str, Answer], finish: bool) -> None:
        self.attempt(half, lambda review, _: core.score(review, who, given, self.now))
        if finish:
            self.attempt(half, lambda review, _: core.finish(review, who, self.now))

    @rule(half=halves, who=people)
    def comment(self, half: int, who: Person) -> None:
        note = ReviewComment("cmt_1", who.id, self.now, "here")
        self.attempt(half, lambda review, _: core.comment(review, who, note))

    @rule(half=halves, who=people)
    def appeal(self, half: int, who: Person) -> None:
        self.attempt(
            half,
            lambda review, others: core.appeal(
                review, who, "no", {}, self.now, within=WEEK, others=others
            ),
        )

    @rule(half=halves, who=people, given=points)
    def decide(self, half: int, who: Person, given: dict[str, Answer]) -> None:
        self.attempt(half, lambda review, _: core.decide(review, who, given, "so", self.now))

    @rule(half=halves, who=people)
    def finalise(self, half: int, who: Person) -> None:
        self.attempt(
            half,
            lambda review, others: core.finalise(
                review, who, self.now, appeal_within=WEEK, others=others
            ),
        )

    @rule(half=halves, appeals=st.booleans(), judge=people)
    def go_on(self, half: int, appeals: bool, judge: Person) -> None:
        """Take the step that comes next, else the walk hardly leaves the beginning."""
        review = self.reviews[half]
        colleagues = iter(COLLEAGUES[half:])
        match review.state:
            case ReviewState.OPEN:
                self.assign(half, next(colleagues))
            case ReviewState.ASSIGNED | ReviewState.IN_PROGRESS:
                who = next(one for one in COLLEAGUES if one.id == review.reviewer)
                self.score(half, who, GIVEN, finish=True)
            case ReviewState.SCORED if appeals:
                self.appeal(half, MANAGER)
            case ReviewState.APPEALED:
                self.decide(half, judge, {"tone": Answer(10.0, "heard it")})
            case _:
                self.finalise(half, judge)

    @rule(days=st.integers(1, 8))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @invariant()
    def nobody_judges_the_own_call_or_twice(self) -> None:
        own = {MANAGER.id, OWN.id}
        reviewers = [one.reviewer for one in self.reviews if one.reviewer is not None]
        assert len(set(reviewers)) == len(reviewers)
        assert not own & set(reviewers)
        for review in self.reviews:
            judges = {one.by for one in review.history if one.action in {"decided", "final"}}
            assert not own & judges
            if review.decision is not None:
                assert review.decision.by != review.reviewer
                assert review.appeal is not None
                assert review.appeal.by in own

    @invariant()
    def a_blind_score_is_seen_by_its_scorer_only(self) -> None:
        if all(one.state in DONE for one in self.reviews):
            return
        for review, other in (self.reviews, self.reviews[::-1]):
            assert review.appeal is None
            assert review.state is not ReviewState.FINAL
            for who in ANYBODY:
                seen = core.as_seen(review, who, [other], may_score=True)
                if who.id == review.reviewer:
                    assert seen == review
                elif who in {MANAGER, OWN}:
                    assert seen is None
                else:
                    assert seen is not None
                    judged = (seen.scores, seen.total, seen.summary, seen.comments, seen.history)
                    assert not any(judged)

    @invariant()
    def a_final_review_was_appealed_or_could_have_been(self) -> None:
        for review, other in (self.reviews, self.reviews[::-1]):
            if review.state is ReviewState.FINAL and review.decision is None:
                since = core.shown_since(review, [other])
                assert since is not None
                assert review.final_at is not None
                assert review.final_at >= since + WEEK


TestPair = Pair.TestCase
TestPair.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
