"""`/v1/reviews`: what people say of a talk, from the first points to the last word."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from api.audit import Subject, audit_entry
from api.dependencies import (
    FIRST_PAGE,
    Appellant,
    Caller,
    Cursor,
    From,
    Limit,
    Reviewer,
    ReviewGiver,
    ReviewReader,
    Services,
    Until,
    problems,
)
from api.made_once import made_once
from api.preconditions import etag, expected_revision
from api.reviewers import may_score, person_of, reviewer
from api.routes.scorecards import usable_scorecard
from api.schemas.base import Id, ListView, PathId
from api.schemas.reviews import (
    AppealBody,
    AssignBody,
    CommentBody,
    DecideBody,
    GivenPoints,
    ReviewBody,
    ReviewView,
    ScoreBody,
    TakeBody,
)
from api.services import ApiServices
from api.views import empty_page, respond, respond_page, review_view
from recordings.quality import review as life
from recordings.quality.review import Person
from recordings.quality.scorecard import Answer
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.ids import IdKind, new_id
from voicegw.model.review import Review, ReviewComment, ReviewState
from voicegw.store.paging import Page
from voicegw.store.reviews import ReviewFilter

router = APIRouter(prefix="/v1/reviews", tags=["quality"])

IfMatch = Annotated[str | None, Header(description="The revision this change is meant for")]


@router.get(
    "",
    operation_id="listReviews",
    summary="List reviews",
    response_class=Response,
    responses={200: {"model": ListView[ReviewView]}, **problems()},
)
async def list_reviews(
    *,
    services: Services,
    caller: ReviewReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    from_: From = None,
    until: Until = None,
    state: ReviewState | None = None,
    group_id: Id | None = None,
    manager_id: Id | None = None,
    reviewer_id: Annotated[Id | None, Query(alias="reviewer")] = None,
    sample_id: Id | None = None,
    recording_id: Id | None = None,
) -> Response:
    """The reviews that the key may see, the newest first.

    A manager sees those of the own calls once they are scored. A page may hold fewer than `limit`
    items before the last one.
    """
    listing = await services.scopes.listing(caller.scope, group_id, manager_id)
    if listing is None:
        return empty_page()
    wanted = ReviewFilter(
        group_ids=listing.group_ids,
        manager_id=listing.manager_id,
        reviewer=reviewer_id,
        state=state,
        states=sorted(life.DONE) if caller.scope.own_only else None,
        sample_id=sample_id,
        recording_id=recording_id,
        from_=from_,
        until=until,
    )
    page = await services.repositories.reviews.list(wanted, limit=limit, cursor=cursor)
    shown = await services.reviewing.seen(
        page.items, person_of(caller), may_score=may_score(caller)
    )
    return await respond_page(Page(shown, page.next_cursor), review_view)


@router.post(
    "",
    operation_id="createReview",
    summary="Begin a review of one talk",
    status_code=201,
    response_class=Response,
    responses={201: {"model": ReviewView}, **problems(400, 403, 409)},
)
@made_once()
async def create_review(
    body: ReviewBody, request: Request, services: Services, caller: ReviewGiver
) -> Response:
    """Open until somebody is given it; automatic items have the points that the check gave."""
    recording = await services.repositories.recordings.get(body.recording_id)
    if recording is None or not caller.scope.has(recording.group_id, recording.manager_id):
        raise InvalidError("recording_id", "no such recording", kind="not-found")
    scorecard = await usable_scorecard(services, caller, body.scorecard_id)
    review = await services.reviewing.create(recording, scorecard, person_of(caller))
    entry = _entry(services, caller, request, AuditAction.REVIEW_CREATED, review)
    await services.repositories.audit.note(entry)
    return _shown(review, 201)


@router.post(
    "/take",
    operation_id="takeReview",
    summary="Take the next review to score",
    response_class=Response,
    responses={
        200: {"model": ReviewView},
        204: {"description": "Nothing waits"},
        **problems(400, 403),
    },
)
async def take_review(
    body: TakeBody, request: Request, services: Services, caller: Reviewer
) -> Response:
    """What is already mine comes first, then the oldest open one, which becomes mine."""
    review = await services.reviewing.take_next(
        person_of(caller),
        sample_id=body.sample_id,
        group_ids=await services.scopes.narrowed(caller.scope, None),
        entry_of=lambda review: _entry(
            services, caller, request, AuditAction.REVIEW_ASSIGNED, review, to=caller.principal.id
        ),
    )
    return Response(status_code=204) if review is None else _shown(review)


@router.get(
    "/{review_id}",
    operation_id="getReview",
    summary="Get a review",
    response_class=Response,
    responses={200: {"model": ReviewView}, **problems()},
)
async def get_review(review_id: PathId, services: Services, caller: ReviewReader) -> Response:
    """One review, as far as the key may see it."""
    return _shown(await _seen(services, caller, review_id))


@router.post(
    "/{review_id}/assign",
    operation_id="assignReview",
    summary="Give a review to a reviewer",
    response_class=Response,
    responses={200: {"model": ReviewView}, **problems(400, 403, 409, 412)},
)
async def assign_review(
    *,
    review_id: PathId,
    body: AssignBody,
    request: Request,
    services: Services,
    caller: ReviewGiver,
    if_match: IfMatch = None,
) -> Response:
    """Or to another one, as long as it is not scored: who takes over begins anew."""
    review = await _seen(services, caller, review_id)
    found = await reviewer(services, caller, body.reviewer, "reviewer")
    if not found.reaches(review):
        raise InvalidError("reviewer", "does not see reviews of this group", kind="not-allowed")
    await services.reviewing.assign(
        review_id,
        found.person,
        caller.principal.id,
        expected_revision=expected_revision(if_match),
        entry=_entry(
            services, caller, request, AuditAction.REVIEW_ASSIGNED, review, to=found.person.id
        ),
    )
    return _shown(await _seen(services, caller, review_id))


@router.put(
    "/{review_id}/score",
    operation_id="scoreReview",
    summary="Give points",
    response_class=Response,
    responses={200: {"model": ReviewView}, **problems(400, 403, 409, 412)},
)
async def score_review(
    *,
    review_id: PathId,
    body: ScoreBody,
    request: Request,
    services: Services,
    caller: Reviewer,
    if_match: IfMatch = None,
) -> Response:
    """As often as needed until `finish`; what the check gave is overruled with a reason only."""
    review = await _seen(services, caller, review_id)
    person = person_of(caller)
    changed = await services.reviewing.change(
        review_id,
        lambda before, now: _scored(before, person, body, now),
        expected_revision=expected_revision(if_match),
        entry=_entry(services, caller, request, AuditAction.REVIEW_SCORED, review),
    )
    return _shown(changed)


@router.post(
    "/{review_id}/comments",
    operation_id="commentReview",
    summary="Add a comment",
    status_code=201,
    response_class=Response,
    responses={201: {"model": ReviewView}, **problems(400, 403, 409)},
)
@made_once()
async def comment_review(
    review_id: PathId,
    body: CommentBody,
    request: Request,
    services: Services,
    caller: ReviewReader,
) -> Response:
    """By the reviewer at any time before it is final, by the manager once it is scored."""
    review = await _seen(services, caller, review_id)
    person = person_of(caller)
    comment_id = new_id(IdKind.COMMENT)
    changed = await services.reviewing.change(
        review_id,
        lambda before, now: life.comment(
            before,
            person,
            ReviewComment(
                comment_id, person.id, now, body.text, body.at_s, body.channel, body.item_id
            ),
        ),
        expected_revision=None,
        entry=_entry(services, caller, request, AuditAction.REVIEW_COMMENTED, review),
    )
    return _shown(changed, 201)


@router.post(
    "/{review_id}/appeal",
    operation_id="appealReview",
    summary="Appeal a score",
    response_class=Response,
    responses={200: {"model": ReviewView}, **problems(400, 403, 409, 412)},
)
async def appeal_review(
    *,
    review_id: PathId,
    body: AppealBody,
    request: Request,
    services: Services,
    caller: Appellant,
    if_match: IfMatch = None,
) -> Response:
    """Once, in time, by the manager whose call it was."""
    review = await _seen(services, caller, review_id)
    changed = await services.reviewing.appeal(
        review_id,
        person_of(caller),
        body.text,
        body.items,
        expected_revision=expected_revision(if_match),
        entry=_entry(services, caller, request, AuditAction.REVIEW_APPEALED, review),
    )
    return _shown(changed)


@router.post(
    "/{review_id}/decide",
    operation_id="decideReview",
    summary="Decide an appeal",
    response_class=Response,
    responses={200: {"model": ReviewView}, **problems(400, 403, 409, 412)},
)
async def decide_review(
    *,
    review_id: PathId,
    body: DecideBody,
    request: Request,
    services: Services,
    caller: Reviewer,
    if_match: IfMatch = None,
) -> Response:
    """By somebody else than the scorer; points may change, and stay on record as they were."""
    review = await _seen(services, caller, review_id)
    person = person_of(caller)
    changed = await services.reviewing.change(
        review_id,
        lambda before, now: life.decide(before, person, _answers(body.scores), body.text, now),
        expected_revision=expected_revision(if_match),
        entry=_entry(services, caller, request, AuditAction.REVIEW_DECIDED, review),
    )
    return _shown(changed)


@router.post(
    "/{review_id}/final",
    operation_id="finaliseReview",
    summary="Close a review for good",
    response_class=Response,
    responses={200: {"model": ReviewView}, **problems(403, 409, 412)},
)
async def finalise_review(
    review_id: PathId,
    request: Request,
    services: Services,
    caller: ReviewGiver,
    if_match: IfMatch = None,
) -> Response:
    """Decided after an appeal, or scored and the time for an appeal over; nothing changes then."""
    review = await _seen(services, caller, review_id)
    await services.reviewing.finalise(
        review_id,
        person_of(caller),
        expected_revision=expected_revision(if_match),
        entry=_entry(services, caller, request, AuditAction.REVIEW_CLOSED, review),
    )
    return _shown(await _seen(services, caller, review_id))


@router.delete(
    "/{review_id}",
    operation_id="withdrawReview",
    summary="Take back a review that is not scored",
    status_code=204,
    response_class=Response,
    responses=problems(403, 409, 412),
)
async def withdraw_review(
    review_id: PathId,
    request: Request,
    services: Services,
    caller: ReviewGiver,
    if_match: IfMatch = None,
) -> Response:
    """Its talk may then be drawn, or deleted; the audit log keeps that there was a review."""
    review = await _seen(services, caller, review_id)
    await services.reviewing.withdraw(
        review_id,
        person_of(caller),
        expected_revision=expected_revision(if_match),
        entry=_entry(services, caller, request, AuditAction.REVIEW_WITHDRAWN, review),
    )
    return Response(status_code=204)


def _scored(before: Review, person: Person, body: ScoreBody, now: datetime) -> Review:
    review = before
    if body.scores or body.summary is not None or not body.finish:
        review = life.score(review, person, _answers(body.scores), now, summary=body.summary)
    return life.finish(review, person, now) if body.finish else review


def _answers(given: dict[str, GivenPoints]) -> dict[str, Answer]:
    return {
        item_id: Answer(one.points, one.reason, one.not_applicable)
        for item_id, one in given.items()
    }


def _entry(
    services: ApiServices,
    caller: Caller,
    request: Request,
    action: AuditAction,
    review: Review,
    **detail: Any,
) -> AuditEntry:
    subject = Subject(SubjectKind.REVIEW, review.id, review.group_id)
    detail |= {"recording_id": review.recording_id}
    return audit_entry(services, caller, request, action, subject, **detail)


async def _seen(services: ApiServices, caller: Caller, review_id: str) -> Review:
    review = await services.repositories.reviews.get(review_id)
    if review is None or not caller.scope.has(review.group_id, review.manager_id):
        raise NotFoundError("review", review_id)
    shown = await services.reviewing.seen([review], person_of(caller), may_score=may_score(caller))
    if not shown:
        raise NotFoundError("review", review_id)
    return shown[0]


def _shown(review: Review, status: int = 200) -> Response:
    headers = etag(review.revision)
    if status == 201:
        headers["Location"] = f"/v1/reviews/{review.id}"
    return respond(review_view(review), status, headers)
