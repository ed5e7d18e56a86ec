"""What the API does with reviews: the rules of `recordings.quality.review`, kept in the store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from recordings.quality import review as life
from recordings.quality.review import Person
from recordings.quality.scorecard import opening_scores
from voicegw.clock import Clock
from voicegw.errors import ConflictError, NotFoundError, PolicyError
from voicegw.model.audit import AuditEntry
from voicegw.model.finding import Finding, QualityResult
from voicegw.model.ids import IdKind, new_id
from voicegw.model.recording import Recording, RecordingStatus
from voicegw.model.review import ItemScore, Review, ReviewPart, Scorecard, Talk
from voicegw.store.reviews import ReviewRepository

#: Pages of open reviews that one request for the next looks through.
_PAGES_AT_MOST = 100


class Checks(Protocol):
    """What the automatic check found."""

    async def result(self, recording_id: str) -> QualityResult | None:
        """Return what the check of a recording came to, None while there was none."""
        ...

    async def findings(self, recording_id: str) -> Sequence[Finding]:
        """Return what was found in it."""
        ...


class ReviewService:
    """Reviews. Every change is one transaction; all methods may raise StoreError."""

    def __init__(
        self, reviews: ReviewRepository, checks: Checks, clock: Clock, *, appeal_within: timedelta
    ) -> None:
        """`appeal_within` is how long a score may be appealed, and is not closed before."""
        self._reviews = reviews
        self._checks = checks
        self._clock = clock
        self._appeal_within = appeal_within

    async def create(self, recording: Recording, scorecard: Scorecard, person: Person) -> Review:
        """Begin a review of one talk, by the wish of `person`.

        Raises ConflictError `recording-not-ready`, and PolicyError `own-call`: whoever could have
        the own call reviewed could keep it out of every sample.
        """
        if recording.status is not RecordingStatus.COMPLETED:
            raise ConflictError("recording-not-ready", f"The recording is {recording.status}.")
        talkers = recording.talkers
        if person.manager_id in talkers:
            raise PolicyError("own-call", "Nobody has the own call reviewed.")
        talk = Talk(recording.id, recording.call_id, recording.group_id, recording.manager_id)
        review = new_review(talk, scorecard, person.id, self._clock.now(), talkers=talkers)
        review = life.prefill(review, await self._opening(review))
        await self._reviews.add([review])
        return review

    async def assign(
        self,
        review_id: str,
        reviewer: Person,
        by: str,
        *,
        expected_revision: int | None = None,
        entry: AuditEntry | None = None,
    ) -> Review:
        """Give a review to `reviewer`, with the points that the check gives by now.

        Raises PolicyError `own-call` and `same-reviewer`, ConflictError, NotFoundError.
        """
        review = await self._reviews.get(review_id)
        if review is None:
            raise NotFoundError("review", review_id)
        opening = await self._opening(review)
        now = self._clock.now()
        return await self._reviews.change(
            review_id,
            lambda before, others: given(before, others, reviewer, by=by, now=now, opening=opening),
            expected_revision=expected_revision,
            entry=entry,
        )

    async def take_next(
        self,
        reviewer: Person,
        *,
        sample_id: str | None,
        group_ids: Sequence[str] | None,
        entry_of: Callable[[Review], AuditEntry | None] = lambda _review: None,
    ) -> Review | None:
        """Return what `reviewer` should score next, given to that person; None: nothing waits.

        `entry_of` gives the entry of the audit log for a review that becomes this person's.
        """
        mine = await self._reviews.next_of(reviewer.id, sample_id=sample_id, group_ids=group_ids)
        if mine is not None:
            return mine
        async for review in self._waiting(reviewer, sample_id, group_ids):
            try:
                return await self.assign(
                    review.id,
                    reviewer,
                    reviewer.id,
                    expected_revision=review.revision,
                    entry=entry_of(review),
                )
            except (PolicyError, ConflictError, NotFoundError):
                continue  # somebody was quicker
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
        now = self._clock.now()
        return await self._reviews.change(
            review_id,
            lambda review, others: life.appeal(
                review, manager, text, items, now, within=self._appeal_within, others=others
            ),
            expected_revision=expected_revision,
            entry=entry,
        )

    async def finalise(
        self,
        review_id: str,
        person: Person,
        *,
        expected_revision: int | None,
        entry: AuditEntry | None = None,
    ) -> Review:
        """Close a review for good. Raises as `recordings.quality.review.finalise`."""
        now = self._clock.now()
        return await self._reviews.change(
            review_id,
            lambda review, others: life.finalise(
                review, person, now, appeal_within=self._appeal_within, others=others
            ),
            expected_revision=expected_revision,
            entry=entry,
        )

    async def withdraw(
        self, review_id: str, person: Person, *, expected_revision: int | None, entry: AuditEntry
    ) -> None:
        """Take back a review that nobody has scored, so that its talk may be drawn or deleted.

        Raises as `recordings.quality.review.check_withdrawal`.
        """
        await self._reviews.remove(
            review_id,
            lambda review: life.check_withdrawal(review, person),
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

    async def _waiting(
        self, reviewer: Person, sample_id: str | None, group_ids: Sequence[str] | None
    ) -> AsyncIterator[Review]:
        """Yield the open reviews that `reviewer` may have, oldest first, read page by page.

        Pages may hold nothing but talks that the reviewer handed on, which the store doesn't tell
        from others.
        """
        last: Review | None = None
        for _ in range(_PAGES_AT_MOST):
            page = await self._reviews.waiting_for(
                reviewer.id,
                reviewer.manager_id,
                sample_id=sample_id,
                group_ids=group_ids,
                after=last,
            )
            if not page:
                return
            for review in page:
                if reviewer.manager_id not in review.talkers:
                    yield review
            last = page[-1]

    async def _opening(self, review: Review) -> list[ItemScore]:
        result = await self._checks.result(review.recording_id)
        findings = await self._checks.findings(review.recording_id)
        return opening_scores(review.scorecard, result, findings)


def new_review(
    talk: Talk,
    scorecard: Scorecard,
    by: str,
    now: datetime,
    *,
    talkers: Sequence[str] = (),
    part: ReviewPart = ReviewPart.ONLY,
    sample_id: str | None = None,
) -> Review:
    """Return an open review of a talk, in which `talkers` talked (managers), without any points."""
    return Review(
        id=new_id(IdKind.REVIEW),
        recording_id=talk.recording_id,
        call_id=talk.call_id,
        scorecard=scorecard,
        created_at=now,
        created_by=by,
        part=part,
        sample_id=sample_id,
        group_id=talk.group_id,
        manager_id=talk.manager_id,
        talkers=list(talkers),
        scores=opening_scores(scorecard, None, ()),
    )


def given(
    review: Review,
    others: Sequence[Review],
    reviewer: Person,
    *,
    by: str,
    now: datetime,
    opening: Sequence[ItemScore],
) -> Review:
    """Return the review given to `reviewer`, with the points of the check."""
    taken = [one.reviewer for one in others if one.reviewer is not None]
    return life.prefill(life.assign(review, reviewer, by, now, taken=taken), opening)
