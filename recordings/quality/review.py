"""The life of a review: who may do what to it, and when. Pure.

    open ─assign→ assigned ─score→ in_progress ─finish→ scored ─finalise→ final
    in_progress ─assign to another→ assigned
    scored ─appeal→ appealed ─decide→ decided ─finalise→ final

Every function takes a review and returns it changed, with a line in its history and its revision
raised; what is not allowed raises ConflictError (a state, with a stable slug) or PolicyError (a
person). Nothing of a final review changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from recordings.quality.scorecard import (
    Answer,
    apply_points,
    check_complete,
    opening_scores,
    total,
)
from voicegw.errors import ConflictError, InvalidError, PolicyError
from voicegw.model.review import (
    Appeal,
    AppealDecision,
    ItemScore,
    Review,
    ReviewComment,
    ReviewEntry,
    ReviewPart,
    ReviewState,
)

_BLIND = frozenset({ReviewPart.BLIND_FIRST, ReviewPart.BLIND_SECOND})
#: Most comments of one review.
MAX_COMMENTS: Final = 500
#: States of a review that has its points.
DONE = frozenset({ReviewState.SCORED, ReviewState.APPEALED, ReviewState.DECIDED, ReviewState.FINAL})


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: a principal, and the manager that this person is, if any."""

    id: str
    manager_id: str | None = None


def assign(
    review: Review, reviewer: Person, by: str, now: datetime, *, taken: Collection[str] = ()
) -> Review:
    """Give the review to `reviewer`, or to another one as long as it is not scored.

    Whoever takes over a review in progress begins anew: points and summary of the one before are
    gone, and of a blind half all comments. `taken` are the people who have the other reviews of
    the same talk in a sample. Raises PolicyError `own-call` and `same-reviewer`, ConflictError
    `review-state`.
    """
    _expect(review, ReviewState.OPEN, ReviewState.ASSIGNED, ReviewState.IN_PROGRESS)
    if review.state is ReviewState.IN_PROGRESS and reviewer.id == review.reviewer:
        raise ConflictError("review-state", "This reviewer is scoring it already.")
    check_reviewer(review, reviewer, taken)
    return _changed(
        review,
        by,
        now,
        "assigned",
        reviewer.id,
        state=ReviewState.ASSIGNED,
        reviewer=reviewer.id,
        scores=opening_scores(review.scorecard, None, ()),
        total=None,
        summary="",
        # Who had this half may be given the other one.
        comments=[] if review.part in _BLIND else review.comments,
    )


def check_reviewer(review: Review, reviewer: Person, taken: Collection[str]) -> None:
    """Raise PolicyError `own-call` or `same-reviewer` unless `reviewer` may have the review.

    `taken` as for :func:`assign`.
    """
    _refuse_own(review, reviewer)
    if review.part is not ReviewPart.ONLY and reviewer.id in taken:
        raise PolicyError("same-reviewer", "Another review of this talk is this reviewer's.")


def score(
    review: Review,
    reviewer: Person,
    given: Mapping[str, Answer],
    now: datetime,
    *,
    summary: str | None = None,
) -> Review:
    """Answer items by their ids.

    Raises PolicyError `not-the-reviewer`, ConflictError, and InvalidError for an answer that an
    item does not take.
    """
    _expect(review, ReviewState.ASSIGNED, ReviewState.IN_PROGRESS)
    _expect_reviewer(review, reviewer)
    scores = apply_points(review.scorecard, review.scores, given)
    return _changed(
        review,
        reviewer.id,
        now,
        "scored-items",
        ", ".join(sorted(given)),
        state=ReviewState.IN_PROGRESS,
        scores=scores,
        total=total(review.scorecard, scores),
        summary=review.summary if summary is None else summary,
    )


def prefill(review: Review, scores: Sequence[ItemScore]) -> Review:
    """Take over what the check gives, as long as nobody has begun to score."""
    _expect(review, ReviewState.OPEN, ReviewState.ASSIGNED)
    return msgspec.structs.replace(
        review, scores=list(scores), total=total(review.scorecard, scores)
    )


def finish(review: Review, reviewer: Person, now: datetime) -> Review:
    """Say that every item is answered. Raises InvalidError naming those that are not."""
    _expect(review, ReviewState.ASSIGNED, ReviewState.IN_PROGRESS)
    _expect_reviewer(review, reviewer)
    check_complete(review.scores)
    return _changed(
        review,
        reviewer.id,
        now,
        "scored",
        state=ReviewState.SCORED,
        scored_at=now,
        total=total(review.scorecard, review.scores),
    )


def comment(review: Review, person: Person, note: ReviewComment) -> Review:
    """Add a comment: by the reviewer, and once it is scored by the manager whose call it was.

    Raises PolicyError `not-the-reviewer`, ConflictError `review-final`, and InvalidError for an
    unknown item and where there are MAX_COMMENTS.
    """
    if review.state is ReviewState.FINAL:
        raise ConflictError("review-final", "The review is final.")
    if not (_is_manager(review, person) and review.state in DONE):
        _expect_reviewer(review, person)
    if note.item_id is not None:
        _expect_items(review, [note.item_id], "item_id")
    if len(review.comments) >= MAX_COMMENTS:
        raise InvalidError(
            "text",
            f"a review has {MAX_COMMENTS} comments at most",
            kind="too-many",
            max=MAX_COMMENTS,
        )
    return _changed(
        review, person.id, note.at, "commented", note.id, comments=[*review.comments, note]
    )


def shown_since(review: Review, others: Collection[Review]) -> datetime | None:
    """Return since when the manager whose call it was sees the review; None while that is not so.

    That is from its scoring on; of a blind pair, from when both are scored. `others` are the other
    reviews of the same talk and sample.
    """
    needed = [review]
    if review.part in _BLIND:
        needed += [one for one in others if one.part in _BLIND]
    times = [one.scored_at for one in needed if one.state in DONE]
    known = [at for at in times if at is not None]
    return max(known) if len(known) == len(needed) else None


def appeal(
    review: Review,
    manager: Person,
    text: str,
    items: Mapping[str, str],
    now: datetime,
    *,
    within: timedelta,
    others: Collection[Review] = (),
) -> Review:
    """Hold something against the score: once, by the manager whose call it was, in time.

    The time begins when the manager first sees the score (:func:`shown_since`, as are `others`).
    Raises PolicyError `not-your-call` and `appeal-too-late`, ConflictError, InvalidError.
    """
    _expect(review, ReviewState.SCORED)
    if not _is_manager(review, manager):
        raise PolicyError("not-your-call", "Only the manager whose call it was may appeal.")
    since = shown_since(review, others)
    if since is None:
        raise ConflictError("review-state", "The other half of the pair is not scored yet.")
    if now > since + within:
        raise PolicyError("appeal-too-late", f"Appeals are taken for {within.days} days.")
    _expect_items(review, items, "items")
    return _changed(
        review,
        manager.id,
        now,
        "appealed",
        ", ".join(sorted(items)),
        state=ReviewState.APPEALED,
        appeal=Appeal(manager.id, now, text, dict(items)),
    )


def decide(
    review: Review,
    judge: Person,
    given: Mapping[str, Answer],
    text: str,
    now: datetime,
) -> Review:
    """Decide an appeal: points may change. Never by the scorer, never about one's own call.

    Raises PolicyError `scorer-decides` and `own-call`, ConflictError, InvalidError.
    """
    _expect(review, ReviewState.APPEALED)
    _refuse_own(review, judge)
    if judge.id == review.reviewer:
        raise PolicyError("scorer-decides", "Another person than the scorer must decide.")
    scores = apply_points(review.scorecard, review.scores, given)
    check_complete(scores)
    before = {one.item_id: one.points for one in review.scores}
    changed = {
        one.item_id: before[one.item_id] for one in scores if one.points != before[one.item_id]
    }
    return _changed(
        review,
        judge.id,
        now,
        "decided",
        "upheld" if changed else "rejected",
        state=ReviewState.DECIDED,
        scores=scores,
        total=total(review.scorecard, scores),
        decision=AppealDecision(
            judge.id,
            now,
            bool(changed),
            text,
            changed,
            share_before=review.total.share if review.total is not None else None,
        ),
    )


def finalise(
    review: Review,
    person: Person,
    now: datetime,
    *,
    appeal_within: timedelta = timedelta(0),
    others: Collection[Review] = (),
) -> Review:
    """Close the review for good; never of one's own call, nor while it may still be appealed.

    Raises ConflictError `appeal-open` as long as the manager has time to appeal, `review-state`
    while it is open, in progress or appealed, or half of a blind pair that is not scored yet;
    PolicyError `own-call`.
    """
    _expect(review, ReviewState.SCORED, ReviewState.DECIDED)
    _refuse_own(review, person)
    since = shown_since(review, others)
    if since is None:
        raise ConflictError("review-state", "The other half of the pair is not scored yet.")
    appealable = review.state is ReviewState.SCORED and review.manager_id is not None
    if appealable and now < since + appeal_within:
        raise ConflictError("appeal-open", "The manager may still appeal.")
    return _changed(review, person.id, now, "final", state=ReviewState.FINAL, final_at=now)


def check_withdrawal(review: Review, person: Person) -> None:
    """Raise unless the review may be taken back: nothing is scored, and it is not one's own call.

    Raises ConflictError `review-state` and `review-final`, PolicyError `own-call`.
    """
    _expect(review, ReviewState.OPEN, ReviewState.ASSIGNED, ReviewState.IN_PROGRESS)
    _refuse_own(review, person)


def blind_scores(review: Review) -> list[ItemScore]:
    """Return the points as the reviewer gave them, before any appeal changed them."""
    before = review.decision.before if review.decision is not None else {}
    return [
        msgspec.structs.replace(
            one, points=before[one.item_id], not_applicable=before[one.item_id] is None
        )
        if one.item_id in before
        else one
        for one in review.scores
    ]


def as_seen(
    review: Review, person: Person, others: Collection[Review], *, may_score: bool
) -> Review | None:
    """Return the review as `person` may see it; None where it does not exist for that person.

    The scorer sees all of it. The manager whose call it was sees it once it is scored. Of a blind
    pair, whoever could score the other half (`may_score`) sees no points and no words of this one
    before both are scored, and the manager sees neither. `others` are the other reviews of the
    same talk and sample.
    """
    if person.id == review.reviewer:
        return review
    pair_done = review.part not in _BLIND or all(
        one.state in DONE for one in [review, *others] if one.part in _BLIND
    )
    if _is_manager(review, person):
        return review if review.state in DONE and pair_done else None
    return review if pair_done or not may_score else _without_judgement(review)


def _without_judgement(review: Review) -> Review:
    return msgspec.structs.replace(
        review,
        scores=[],
        total=None,
        summary="",
        comments=[],
        appeal=None,
        decision=None,
        history=[],
    )


def _expect(review: Review, *states: ReviewState) -> None:
    if review.state is ReviewState.FINAL:
        raise ConflictError("review-final", "The review is final.")
    if review.state not in states:
        raise ConflictError("review-state", f"Not possible while the review is {review.state}.")


def _expect_reviewer(review: Review, person: Person) -> None:
    _refuse_own(review, person)
    if review.reviewer != person.id:
        raise PolicyError("not-the-reviewer", "The review is somebody else's.")


def _refuse_own(review: Review, person: Person) -> None:
    if _is_manager(review, person) or person.manager_id in review.talkers:
        raise PolicyError("own-call", "Nobody reviews the own call.")


def _expect_items(review: Review, item_ids: Iterable[str], field: str) -> None:
    known = {item.id for item in review.scorecard.items}
    if not known.issuperset(item_ids):
        raise InvalidError(field, "names no item of the scorecard", kind="not-found")


def _is_manager(review: Review, person: Person) -> bool:
    return person.manager_id is not None and person.manager_id == review.manager_id


def _changed(
    review: Review, by: str, now: datetime, action: str, detail: str = "", **fields: Any
) -> Review:
    entry = ReviewEntry(now, by, action, detail)
    return msgspec.structs.replace(
        review, revision=review.revision + 1, history=[*review.history, entry], **fields
    )
