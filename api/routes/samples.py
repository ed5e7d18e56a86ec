"""`/v1/samples`: talks drawn for review."""

from __future__ import annotations

import secrets
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.audit import Subject, audit_entry, note
from api.dependencies import (
    FIRST_PAGE,
    Caller,
    Cursor,
    Limit,
    QualityReader,
    QualityWriter,
    Services,
    problems,
)
from api.guards import check_group
from api.made_once import made_once
from api.reviewers import reviewer
from api.routes.scorecards import usable_scorecard
from api.schemas.base import ListView, PathId
from api.schemas.reviews import (
    ArbitrateBody,
    AssignedView,
    AssignEvenlyBody,
    ReviewView,
    SampleAgreementView,
    SampleBody,
    SampleSummaryView,
    SampleView,
)
from api.services import ApiServices
from api.views import (
    agreement_view,
    empty_page,
    respond,
    respond_page,
    review_view,
    sample_summary,
    sample_view,
)
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.review import Sample, SampleRule
from voicegw.store.paging import Page

router = APIRouter(prefix="/v1/samples", tags=["quality"])


@router.post(
    "",
    operation_id="createSample",
    summary="Draw a sample of talks for review",
    status_code=201,
    response_class=Response,
    responses={201: {"model": SampleView}, 200: {"model": SampleView}, **problems(400, 403, 409)},
)
@made_once()
async def create_sample(
    body: SampleBody,
    request: Request,
    services: Services,
    caller: QualityWriter,
    dry_run: Annotated[bool, Query(description="Tell what would be drawn, keep nothing")] = False,
) -> Response:
    """Talks that nobody reviews yet, drawn by rule and seed; each becomes a review to assign.

    A dry run stands in the audit log with its seed: nobody tries seeds unseen until one fits.
    """
    group_id = body.group_id or caller.scope.home_id
    if group_id is not None:
        check_group(caller, "group_id", group_id)
    scorecard = await usable_scorecard(services, caller, body.scorecard_id)
    fields = body.model_dump(by_alias=False, exclude={"scorecard_id"}, mode="json")
    fields["seed"] = fields["seed"] or secrets.token_hex(8)
    rule = msgspec.convert({**fields, "group_id": group_id}, SampleRule)
    groups = await services.scopes.narrowed(caller.scope, group_id)
    by = caller.principal.id
    sample, reviews = await services.sampling.draw(rule, scorecard, groups, by)
    subject = Subject(SubjectKind.SAMPLE, sample.id, group_id)
    detail = {"seed": rule.seed, "population": sample.population, "drawn": len(reviews)}
    if dry_run:
        await note(services, caller, request, AuditAction.SAMPLE_TRIED, subject, **detail)
        return respond(sample_view(sample))
    entry = audit_entry(services, caller, request, AuditAction.SAMPLE_DRAWN, subject, **detail)
    await services.sampling.keep(sample, reviews, entry)
    return respond(sample_view(sample), 201, {"Location": f"/v1/samples/{sample.id}"})


@router.get(
    "",
    operation_id="listSamples",
    summary="List samples",
    response_class=Response,
    responses={200: {"model": ListView[SampleSummaryView]}, **problems()},
)
async def list_samples(
    services: Services, caller: QualityReader, limit: Limit = FIRST_PAGE, cursor: Cursor = None
) -> Response:
    """The samples drawn from groups that the key may see, the newest first."""
    groups = await services.scopes.narrowed(caller.scope, None)
    if caller.scope.own_only or (groups is not None and not groups):
        return empty_page()
    page = await services.repositories.samples.list(group_ids=groups, limit=limit, cursor=cursor)
    return await respond_page(page, sample_summary)


@router.get(
    "/{sample_id}",
    operation_id="getSample",
    summary="Get a sample",
    response_class=Response,
    responses={200: {"model": SampleView}, **problems()},
)
async def get_sample(sample_id: PathId, services: Services, caller: QualityReader) -> Response:
    """How it was drawn, and what."""
    return respond(sample_view(await _seen_sample(services, caller, sample_id)))


@router.post(
    "/{sample_id}/assign",
    operation_id="assignSample",
    summary="Share a sample among reviewers",
    response_class=Response,
    responses={200: {"model": AssignedView}, **problems(400, 403)},
)
async def assign_sample(
    sample_id: PathId,
    body: AssignEvenlyBody,
    request: Request,
    services: Services,
    caller: QualityWriter,
) -> Response:
    """Evenly; nobody gets the own call, both halves of a blind pair, or what the key can't see."""
    sample = await _seen_sample(services, caller, sample_id)
    people = [await reviewer(services, caller, one, "reviewers") for one in body.reviewers]
    subject = Subject(SubjectKind.SAMPLE, sample.id, sample.group_id)
    to = sorted(one.person.id for one in people)
    await note(services, caller, request, AuditAction.SAMPLE_ASSIGNED, subject, reviewers=to)
    load = await services.sampling.assign_evenly(sample.id, people, caller.principal.id)
    return respond({"assigned": load})


@router.get(
    "/{sample_id}/agreement",
    operation_id="getSampleAgreement",
    summary="Compare the two who scored the same talks",
    response_class=Response,
    responses={200: {"model": SampleAgreementView}, **problems(403)},
)
async def get_sample_agreement(
    sample_id: PathId, services: Services, caller: QualityWriter
) -> Response:
    """Of the pairs of which both halves are scored."""
    sample = await _seen_sample(services, caller, sample_id)
    return respond(agreement_view(await services.sampling.agreement(sample.id)))


@router.post(
    "/{sample_id}/arbitrations",
    operation_id="arbitrateSample",
    summary="Have a third person settle disagreement",
    status_code=201,
    response_class=Response,
    responses={201: {"model": ListView[ReviewView]}, **problems(400, 403, 409)},
)
@made_once()
async def arbitrate_sample(
    sample_id: PathId,
    body: ArbitrateBody,
    request: Request,
    services: Services,
    caller: QualityWriter,
) -> Response:
    """Another review of each talk whose two scores differ so much; neither of the two gets it."""
    sample = await _seen_sample(services, caller, sample_id)
    subject = Subject(SubjectKind.SAMPLE, sample.id, sample.group_id)
    least = {"min_difference": body.min_difference}
    await note(services, caller, request, AuditAction.SAMPLE_ARBITRATED, subject, **least)
    reviews = await services.sampling.arbitrate(
        sample, caller.principal.id, min_difference=body.min_difference
    )
    return await respond_page(Page(reviews, None), review_view, 201)


async def _seen_sample(services: ApiServices, caller: Caller, sample_id: str) -> Sample:
    sample = await services.repositories.samples.get(sample_id)
    reach = caller.scope
    if sample is None or reach.own_only or not reach.has_group(sample.group_id):
        raise NotFoundError("sample", sample_id)
    return sample
