"""What the API does with reviews and samples: rules from the pure cores, kept in the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from recordings.quality import review as life
from recordings.quality.agreement import Agreement, agreement
from recordings.quality.review import Person
from recordings.quality.sampling import Candidate, Draw, draw
from recordings.quality.scorecard import opening_scores
from voicegw.clock import Clock
from voicegw.errors import ConflictError, NotFoundError, PolicyError
from voicegw.model.audit import AuditEntry
from voicegw.model.finding import Finding, QualityResult
from voicegw.model.ids import IdKind, new_id
from voicegw.model.recording import Recording, RecordingStatus
from voicegw.model.review import (
    ItemScore,
    Review,
    ReviewPart,
    ReviewState,
    Sample,
    SampleRule,
    Scorecard,
)
from voicegw.store.recordings import RecordingRepository
from voicegw.store.reviews import ReviewRepository

_PAIR = (ReviewPart.BLIND_FIRST, ReviewPart.BLIND_SECOND)


class Checks(Protocol):
    """What the automatic check found."""

    async def result(self, recording_id: str) -> QualityResult | None:
        """Return what the check of a recording came to, None while there was none."""
        ...

    async def findings(self, recording_id: str) -> Sequence[Finding]:
        """Return what was found in it."""
        ...


@dataclass(frozen=True, slots=True)
class Pair:
    """Two blind scores of one talk, in shares of the points; `arbitration` settles them, if any."""

    recording_id: str
    first: float
    second: float
    arbitration: float | None


@dataclass(frozen=True, slots=True)
class SampleAgreement:
    """How far the two who scored the same talks of a sample agree.

    `total` compares shares of points rounded to hundredths; `items` the points of each item.
    `waiting` counts the pairs of which one half is not scored yet.
    """

    total: Agreement | None
    items: Mapping[str, Agreement]
    pairs: Sequence[Pair]
    waiting: int


class Reviewing:
    """Reviews and samples. Every change is one transaction; all methods may raise StoreError."""

    def __init__(
        self,
        reviews: ReviewRepository,
        recordings: RecordingRepository,
        checks: Checks,
        clock: Clock,
        *,
        appeal_within: timedelta,
    ) -> None:
        """`appeal_within` is how long after the scoring an appeal is taken."""
        self._reviews = reviews
        self._recordings = recordings
        self._checks = checks
        self._clock = clock
        self._appeal_within = appeal_within

    async def create(self, recording: Recording, scorecard: Scorecard, by: str) -> Review:
        """Begin a review of one talk. Raises ConflictError `recording-not-ready`."""
        _expect_sound(recording)
        review = self._new(recording, scorecard, by, ReviewPart.ONLY)
        review = life.prefill(review, await self._opening(review))
        await self._reviews.add([review])
        return review

    async def draw(
        self,
        rule: SampleRule,
        scorecard: Scorecard,
        group_ids: Sequence[str] | None,
        by: str,
        *,
        dry_run: bool,
    ) -> Sample:
        """Draw a sample from the talks of `group_ids` and have each reviewed.

        A dry run tells what would be drawn and keeps nothing. Raises InvalidError for the rule.
        """
        found = await self._reviews.population(rule, group_ids)
        candidates = [Candidate(recording_id, manager_id) for recording_id, manager_id in found]
        drawn = draw(rule, candidates, await self._reviews.counts_by_manager())
        sample = self._sample(rule, scorecard, drawn, by)
        if not dry_run:
            await self._reviews.add(await self._reviews_of(sample, scorecard), sample)
        return sample

    def _sample(self, rule: SampleRule, scorecard: Scorecard, drawn: Draw, by: str) -> Sample:
        return Sample(
            id=new_id(IdKind.SAMPLE),
            scorecard_id=scorecard.id,
            rule=rule,
            group_id=rule.group_id,
            created_at=self._clock.now(),
            created_by=by,
            population=drawn.population,
            population_sha256=drawn.population_sha256,
            recording_ids=list(drawn.recording_ids),
            blind_ids=list(drawn.blind_ids),
        )

    async def _reviews_of(self, sample: Sample, scorecard: Scorecard) -> list[Review]:
        reviews = []
        for recording_id in sample.recording_ids:
            recording = await self._recordings.get(recording_id)
            if recording is None:
                raise NotFoundError("recording", recording_id)
            parts = _PAIR if recording_id in sample.blind_ids else (ReviewPart.ONLY,)
            reviews += [
                self._new(recording, scorecard, sample.created_by, part, sample.id)
                for part in parts
            ]
        return reviews

    def _new(
        self,
        recording: Recording,
        scorecard: Scorecard,
        by: str,
        part: ReviewPart,
        sample_id: str | None = None,
    ) -> Review:
        return Review(
            id=new_id(IdKind.REVIEW),
            recording_id=recording.id,
            call_id=recording.call_id,
            scorecard=scorecard,
            created_at=self._clock.now(),
            created_by=by,
            part=part,
            sample_id=sample_id,
            group_id=recording.group_id,
            manager_id=recording.manager_id,
            scores=opening_scores(scorecard, None, ()),
        )

    async def assign(
        self, review_id: str, reviewer: Person, by: str, *, expected_revision: int | None = None
    ) -> Review:
        """Give a review to `reviewer`, with the points that the check gives by now.

        Raises PolicyError `own-call` and `same-reviewer`, ConflictError, NotFoundError.
        """
        review = await self._get(review_id)
        opening = await self._opening(review)
        now = self._clock.now()

        def change(before: Review, others: Sequence[Review]) -> Review:
            taken = [one.reviewer for one in others if one.reviewer is not None]
            given = life.assign(before, reviewer, by, now, taken=taken)
            return life.prefill(given, opening)

        return await self._reviews.change(review_id, change, expected_revision=expected_revision)

    async def assign_evenly(
        self, sample_id: str, reviewers: Sequence[Person], by: str
    ) -> Mapping[str, int]:
        """Give each open review of a sample to whoever has the fewest; return how many each has.

        A review that none of them may have (it is the own call of all, or they have the other
        half) stays open.
        """
        load = {reviewer.id: 0 for reviewer in reviewers}
        reviews = await self._reviews.all_of_sample(sample_id)
        for review in reviews:
            if review.reviewer in load:
                load[review.reviewer] += 1
        for review in reviews:
            if review.state is not ReviewState.OPEN:
                continue
            for reviewer in sorted(reviewers, key=lambda one: load[one.id]):
                try:
                    await self.assign(review.id, reviewer, by, expected_revision=review.revision)
                except (PolicyError, ConflictError):
                    continue
                load[reviewer.id] += 1
                break
        return load

    async def take_next(
        self, reviewer: Person, *, sample_id: str | None, group_ids: Sequence[str] | None
    ) -> Review | None:
        """Return what `reviewer` should score next, given to that person; None: nothing waits."""
        waiting = await self._reviews.waiting(reviewer.id, sample_id=sample_id, group_ids=group_ids)
        for review in waiting:
            if review.reviewer == reviewer.id:
                return review
            try:
                return await self.assign(
                    review.id, reviewer, reviewer.id, expected_revision=review.revision
                )
            except (PolicyError, ConflictError):
                continue  # one's own call, or somebody was quicker
        return None

    async def change(
        self,
        review_id: str,
        step: Callable[[Review, datetime], Review],
        *,
        expected_revision: int | None,
        entry: AuditEntry | None = None,
    ) -> Review:
        """Take one step of a review's life (`recordings.quality.review`), noted by `entry`."""
        now = self._clock.now()
        return await self._reviews.change(
            review_id,
            lambda review, _others: step(review, now),
            expected_revision=expected_revision,
            entry=entry,
        )

    async def appeal(
        self,
        review_id: str,
        manager: Person,
        text: str,
        items: Mapping[str, str],
        *,
        expected_revision: int | None,
        entry: AuditEntry | None = None,
    ) -> Review:
        """Hold something against a score, in time. Raises as `recordings.quality.review.appeal`."""
        return await self.change(
            review_id,
            lambda review, now: life.appeal(
                review, manager, text, items, now, within=self._appeal_within
            ),
            expected_revision=expected_revision,
            entry=entry,
        )

    async def seen(
        self, reviews: Sequence[Review], person: Person, *, may_score: bool
    ) -> list[Review]:
        """Return those of `reviews` that `person` may see, each as that person may see it."""
        of_talks = await self._reviews.of_talks({review.recording_id for review in reviews})
        shown = []
        for review in reviews:
            others = [
                one
                for one in of_talks[review.recording_id]
                if one.id != review.id and one.sample_id == review.sample_id
            ]
            as_seen = life.as_seen(review, person, others, may_score=may_score)
            if as_seen is not None:
                shown.append(as_seen)
        return shown

    async def agreement(self, sample_id: str) -> SampleAgreement:
        """Compare the two who scored the same talks of a sample."""
        parts = _by_part(await self._reviews.all_of_sample(sample_id))
        pairs, totals, waiting = [], [], 0
        points: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for recording_id, of_talk in parts.items():
            first, second = (of_talk.get(part) for part in _PAIR)
            if first is None or second is None:
                continue
            if first.state not in life.DONE or second.state not in life.DONE:
                waiting += 1
                continue
            pair = (_share(first), _share(second))
            totals.append((round(pair[0], 2), round(pair[1], 2)))
            settled = of_talk.get(ReviewPart.ARBITRATION)
            done = settled is not None and settled.state in life.DONE
            pairs.append(Pair(recording_id, *pair, _share(settled) if settled and done else None))
            for one, other in zip(first.scores, second.scores, strict=True):
                points[one.item_id].append((one.points or 0.0, other.points or 0.0))
        by_item = {item_id: agreement(of_item) for item_id, of_item in points.items()}
        return SampleAgreement(
            agreement(totals),
            {item_id: one for item_id, one in by_item.items() if one is not None},
            pairs,
            waiting,
        )

    async def arbitrate(self, sample: Sample, by: str, *, min_difference: float) -> list[Review]:
        """Have a third person settle pairs whose shares of points differ by `min_difference`.

        Returns the reviews that are new; a pair is settled once.
        """
        parts = _by_part(await self._reviews.all_of_sample(sample.id))
        new = []
        for pair in (await self.agreement(sample.id)).pairs:
            of_talk = parts[pair.recording_id]
            if abs(pair.first - pair.second) < min_difference:
                continue
            if ReviewPart.ARBITRATION in of_talk:
                continue
            first = of_talk[ReviewPart.BLIND_FIRST]
            new.append(
                msgspec.structs.replace(
                    first,
                    # From the first one's id, so that two who ask at once don't make two.
                    id=f"{first.id}-settled",
                    created_at=self._clock.now(),
                    created_by=by,
                    part=ReviewPart.ARBITRATION,
                    state=ReviewState.OPEN,
                    reviewer=None,
                    scores=opening_scores(first.scorecard, None, ()),
                    total=None,
                    summary="",
                    comments=[],
                    appeal=None,
                    decision=None,
                    scored_at=None,
                    final_at=None,
                    revision=1,
                    history=[],
                )
            )
        await self._reviews.add(new)
        return new

    async def _get(self, review_id: str) -> Review:
        review = await self._reviews.get(review_id)
        if review is None:
            raise NotFoundError("review", review_id)
        return review

    async def _opening(self, review: Review) -> list[ItemScore]:
        result = await self._checks.result(review.recording_id)
        findings = await self._checks.findings(review.recording_id)
        return opening_scores(review.scorecard, result, findings)


def _expect_sound(recording: Recording) -> None:
    if recording.status is not RecordingStatus.COMPLETED:
        raise ConflictError("recording-not-ready", f"The recording is {recording.status}.")


def _by_part(reviews: Sequence[Review]) -> dict[str, dict[ReviewPart, Review]]:
    parts: dict[str, dict[ReviewPart, Review]] = defaultdict(dict)
    for review in reviews:
        parts[review.recording_id][review.part] = review
    return parts


def _share(review: Review) -> float:
    return review.total.share if review.total is not None else 0.0
