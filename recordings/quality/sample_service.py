"""What the API does with samples: draw, share out, compare, settle."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from recordings.quality import review as life
from recordings.quality.agreement import Agreement, agreement
from recordings.quality.assignment import Reviewer, share_out
from recordings.quality.review_service import given, new_review
from recordings.quality.sampling import Candidate, Draw, check_rule, draw
from recordings.quality.scorecard import opening_scores
from voicegw.clock import Clock
from voicegw.errors import ConflictError, PolicyError
from voicegw.model.audit import AuditEntry
from voicegw.model.finding import Finding, QualityResult
from voicegw.model.ids import IdKind, new_id
from voicegw.model.review import (
    Review,
    ReviewPart,
    ReviewState,
    Sample,
    SampleRule,
    Scorecard,
    Talk,
)
from voicegw.store.reviews import ReviewRepository
from voicegw.store.samples import SampleRepository

_PAIR = (ReviewPart.BLIND_FIRST, ReviewPart.BLIND_SECOND)
#: Reviews changed in one transaction: nobody else of the node writes to SQLite meanwhile.
_AT_ONCE = 100


class Checks(Protocol):
    """What the automatic check found in many recordings."""

    async def results(self, recording_ids: Collection[str]) -> Mapping[str, QualityResult]:
        """Return what the checks of these recordings came to, where there was one."""
        ...

    async def findings_of(self, recording_ids: Collection[str]) -> Mapping[str, Sequence[Finding]]:
        """Return what was found in each of them."""
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
    """How far the two who scored the same talks of a sample agree, before any appeal.

    `total` compares shares of points rounded to hundredths; `items` the points of each item, in
    the pairs of which both say that it applies. `applicability` compares just that, 1 for an item
    that applies and 0 for one that does not, where anybody said that one does not. `waiting` counts
    the pairs of which one half is not scored yet.
    """

    total: Agreement | None
    items: Mapping[str, Agreement]
    applicability: Mapping[str, Agreement]
    pairs: Sequence[Pair]
    waiting: int


class SampleService:
    """Samples. A sample and its reviews are made in one transaction; all may raise StoreError."""

    def __init__(
        self, samples: SampleRepository, reviews: ReviewRepository, checks: Checks, clock: Clock
    ) -> None:
        """Samples and their reviews are kept in the first two."""
        self._samples = samples
        self._reviews = reviews
        self._checks = checks
        self._clock = clock

    async def draw(
        self, rule: SampleRule, scorecard: Scorecard, group_ids: Sequence[str] | None, by: str
    ) -> tuple[Sample, list[Review]]:
        """Draw a sample from the talks of `group_ids`; return it with its reviews, kept nowhere.

        Raises InvalidError for the rule.
        """
        check_rule(rule)
        talks = {one.recording_id: one for one in await self._samples.population(rule, group_ids)}
        reviewed = await self._samples.counts_by_manager() if rule.count is not None else {}
        # A hundred thousand hashes take a third of a second: too long for the node's event loop.
        drawn = await asyncio.to_thread(_drawn, rule, list(talks.values()), reviewed)
        sample = Sample(
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
            reviewed=dict(drawn.reviewed),
        )
        talkers = await self._samples.talkers(drawn.recording_ids)
        return sample, _reviews_of(sample, scorecard, talks, talkers)

    async def keep(self, sample: Sample, reviews: Sequence[Review], entry: AuditEntry) -> None:
        """Keep what was drawn, noted by `entry`.

        Raises ConflictError `sample-outdated` when another sample has taken one of its talks
        meanwhile, `recording-not-ready` when one was deleted.
        """
        await self._samples.add(sample, reviews, entry)

    async def assign_evenly(
        self, sample_id: str, reviewers: Sequence[Reviewer], by: str
    ) -> Mapping[str, int]:
        """Give each open review of a sample to whoever has the fewest; return how many each has.

        A review that none of them may have stays open (`recordings.quality.assignment`), and so
        does one that somebody takes meanwhile.
        """
        reviews = await self._reviews.all_of_sample(sample_id)
        shares = share_out(reviews, reviewers)
        load = dict(shares.load)
        wanted = [one for one in reviews if one.id in shares.given]
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            to_whom = {one.id: shares.given[one.id] for one in some}
            done = await self._assign(some, to_whom, by)
            for one in some:
                if one.id not in done:
                    load[to_whom[one.id].person.id] -= 1
        return load

    async def _assign(
        self, reviews: Sequence[Review], to_whom: Mapping[str, Reviewer], by: str
    ) -> Collection[str]:
        """Give some reviews in one transaction; return the ids of those that could be given."""
        talks = {one.recording_id for one in reviews}
        results = await self._checks.results(talks)
        findings = await self._checks.findings_of(talks)
        now = self._clock.now()

        def change(review: Review, others: Sequence[Review]) -> Review | None:
            if review.state is not ReviewState.OPEN:
                return None
            talk = review.recording_id
            opening = opening_scores(review.scorecard, results.get(talk), findings.get(talk, ()))
            try:
                return given(
                    review, others, to_whom[review.id].person, by=by, now=now, opening=opening
                )
            except (PolicyError, ConflictError):
                return None

        return await self._reviews.change_many([one.id for one in reviews], change)

    async def agreement(self, sample_id: str) -> SampleAgreement:
        """Compare the two who scored the same talks of a sample."""
        parts = _by_part(await self._reviews.all_of_sample(sample_id))
        pairs, totals, waiting = [], [], 0
        points: dict[str, list[tuple[float, float]]] = defaultdict(list)
        applies: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for recording_id, of_talk in parts.items():
            first, second = (of_talk.get(part) for part in _PAIR)
            if first is None or second is None:
                continue
            if first.state not in life.DONE or second.state not in life.DONE:
                waiting += 1
                continue
            pair = (_blind_share(first), _blind_share(second))
            totals.append((round(pair[0], 2), round(pair[1], 2)))
            settled = of_talk.get(ReviewPart.ARBITRATION)
            pairs.append(Pair(recording_id, *pair, _share(settled)))
            both = zip(life.blind_scores(first), life.blind_scores(second), strict=True)
            for one, other in both:
                judged = (not one.not_applicable, not other.not_applicable)
                applies[one.item_id].append((float(judged[0]), float(judged[1])))
                if all(judged):
                    points[one.item_id].append((one.points or 0.0, other.points or 0.0))
        doubted = {item_id: of_item for item_id, of_item in applies.items() if _is_doubted(of_item)}
        return SampleAgreement(
            agreement(totals), _by_item(points), _by_item(doubted), pairs, waiting
        )

    async def arbitrate(self, sample: Sample, by: str, *, min_difference: float) -> list[Review]:
        """Have a third person settle pairs whose shares of points differ by `min_difference`.

        Returns the reviews that are new; a pair is settled once. Raises ConflictError when somebody
        else asks for the same at the same moment.
        """
        parts = _by_part(await self._reviews.all_of_sample(sample.id))
        new = []
        for pair in (await self.agreement(sample.id)).pairs:
            of_talk = parts[pair.recording_id]
            # 0.8 and 0.7 differ by 0.1, whatever the last binary digit says.
            if round(abs(pair.first - pair.second), 9) < min_difference:
                continue
            if ReviewPart.ARBITRATION in of_talk:
                continue
            first = of_talk[ReviewPart.BLIND_FIRST]
            talk = Talk(first.recording_id, first.call_id, first.group_id, first.manager_id)
            review = new_review(
                talk,
                first.scorecard,
                by,
                self._clock.now(),
                talkers=first.talkers,
                part=ReviewPart.ARBITRATION,
                sample_id=sample.id,
            )
            # From the first one's id, so that two who ask at once don't make two.
            review.id = f"{first.id}-settled"
            new.append(review)
        await self._reviews.add(new)
        return new


def _is_doubted(applies: Sequence[tuple[float, float]]) -> bool:
    """Whether anybody said of an item that it does not apply."""
    return any(0.0 in pair for pair in applies)


def _by_item(pairs: Mapping[str, Sequence[tuple[float, float]]]) -> dict[str, Agreement]:
    compared = {item_id: agreement(of_item) for item_id, of_item in pairs.items()}
    return {item_id: one for item_id, one in compared.items() if one is not None}


def _drawn(rule: SampleRule, talks: Sequence[Talk], reviewed: Mapping[str, int]) -> Draw:
    return draw(rule, [Candidate(one.recording_id, one.manager_id) for one in talks], reviewed)


def _reviews_of(
    sample: Sample,
    scorecard: Scorecard,
    talks: Mapping[str, Talk],
    talkers: Mapping[str, Sequence[str]],
) -> list[Review]:
    blind = frozenset(sample.blind_ids)
    return [
        new_review(
            talks[recording_id],
            scorecard,
            sample.created_by,
            sample.created_at,
            talkers=talkers.get(recording_id, ()),
            part=part,
            sample_id=sample.id,
        )
        for recording_id in sample.recording_ids
        for part in (_PAIR if recording_id in blind else (ReviewPart.ONLY,))
    ]


def _by_part(reviews: Sequence[Review]) -> dict[str, dict[ReviewPart, Review]]:
    parts: dict[str, dict[ReviewPart, Review]] = defaultdict(dict)
    for review in reviews:
        parts[review.recording_id][review.part] = review
    return parts


def _blind_share(review: Review) -> float:
    if review.decision is not None and review.decision.share_before is not None:
        return review.decision.share_before
    return _share(review) or 0.0


def _share(review: Review | None) -> float | None:
    if review is None or review.state not in life.DONE or review.total is None:
        return None
    return review.total.share
