"""`/v1/scorecards`: the questions that talks are judged by."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Header
from starlette.responses import Response

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
from api.guards import check_external_id, check_group, taken_elsewhere
from api.preconditions import etag, expected_revision
from api.schemas.base import ListView, PathExternalId, PathId
from api.schemas.reviews import ScorecardBody, ScorecardView
from api.services import ApiServices
from api.views import empty_page, page_view, respond, scorecard_view
from recordings.quality.scorecard import check_scorecard
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.ids import IdKind, new_id
from voicegw.model.review import Scorecard

router = APIRouter(prefix="/v1/scorecards", tags=["quality"])


@router.get(
    "",
    operation_id="listScorecards",
    summary="List scorecards",
    response_class=Response,
    responses={200: {"model": ListView[ScorecardView]}, **problems()},
)
async def list_scorecards(
    services: Services, caller: QualityReader, limit: Limit = FIRST_PAGE, cursor: Cursor = None
) -> Response:
    """The group's scorecards and everybody's, the oldest first."""
    groups = await services.scopes.narrowed(caller.scope, None)
    if groups is not None and not groups:
        return empty_page()
    page = await services.repositories.scorecards.list(group_ids=groups, limit=limit, cursor=cursor)
    return respond(page_view(page, scorecard_view))


@router.post(
    "",
    operation_id="createScorecard",
    summary="Create a scorecard",
    status_code=201,
    response_class=Response,
    responses={201: {"model": ScorecardView}, **problems(400, 403, 409)},
)
async def create_scorecard(
    body: ScorecardBody, services: Services, caller: QualityWriter
) -> Response:
    """Add a scorecard of a group, or everybody's (which needs a key without a group)."""
    scorecard = _scorecard(new_id(IdKind.SCORECARD), body)
    _check(caller, scorecard)
    await services.repositories.scorecards.create(scorecard)
    return _shown(scorecard, 201)


@router.get(
    "/by-external-id/{external_id:path}",
    operation_id="getScorecardByExternalId",
    summary="Get a scorecard by its external id",
    response_class=Response,
    responses={200: {"model": ScorecardView}, **problems()},
)
async def get_scorecard_by_external_id(
    external_id: PathExternalId, services: Services, caller: QualityReader
) -> Response:
    """The scorecard that another system calls `external_id`."""
    scorecard = await services.repositories.scorecards.get_by_external_id(external_id)
    if scorecard is None or not _is_seen(caller, scorecard):
        raise NotFoundError("scorecard", external_id)
    return _shown(scorecard)


@router.put(
    "/by-external-id/{external_id:path}",
    operation_id="putScorecardByExternalId",
    summary="Create or replace a scorecard by its external id",
    response_class=Response,
    responses={
        200: {"model": ScorecardView},
        201: {"model": ScorecardView},
        **problems(400, 403, 409),
    },
)
async def put_scorecard_by_external_id(
    external_id: PathExternalId, body: ScorecardBody, services: Services, caller: QualityWriter
) -> Response:
    """For synchronisation: 201 when it is new, 200 when it was replaced."""
    check_external_id(external_id, body.external_id)
    known = await services.repositories.scorecards.get_by_external_id(external_id)
    if known is not None and not _is_seen(caller, known):
        raise taken_elsewhere("scorecard")
    wanted = _scorecard(known.id if known else new_id(IdKind.SCORECARD), body)
    wanted.external_id = external_id
    _check(caller, wanted)
    if known is None:
        await services.repositories.scorecards.create(wanted)
        return _shown(wanted, 201)
    _check(caller, known)
    return _shown(await services.repositories.scorecards.replace(wanted, expected_version=None))


@router.get(
    "/{scorecard_id}",
    operation_id="getScorecard",
    summary="Get a scorecard",
    response_class=Response,
    responses={200: {"model": ScorecardView}, **problems()},
)
async def get_scorecard(
    scorecard_id: PathId, services: Services, caller: QualityReader
) -> Response:
    """One scorecard."""
    return _shown(await seen_scorecard(services, caller, scorecard_id))


@router.put(
    "/{scorecard_id}",
    operation_id="replaceScorecard",
    summary="Replace a scorecard",
    response_class=Response,
    responses={200: {"model": ScorecardView}, **problems(400, 403, 409, 412)},
)
async def replace_scorecard(
    scorecard_id: PathId,
    body: ScorecardBody,
    services: Services,
    caller: QualityWriter,
    if_match: Annotated[str | None, Header(description="The version this change is meant for")] = (
        None
    ),
) -> Response:
    """One version up; reviews that are under way keep the version they were begun with."""
    _check(caller, await seen_scorecard(services, caller, scorecard_id))
    wanted = _scorecard(scorecard_id, body)
    _check(caller, wanted)
    replaced = await services.repositories.scorecards.replace(
        wanted, expected_version=expected_revision(if_match)
    )
    return _shown(replaced)


@router.delete(
    "/{scorecard_id}",
    operation_id="deleteScorecard",
    summary="Delete a scorecard",
    status_code=204,
    response_class=Response,
    responses=problems(403),
)
async def delete_scorecard(
    scorecard_id: PathId, services: Services, caller: QualityWriter
) -> Response:
    """Reviews keep their copy of it."""
    _check(caller, await seen_scorecard(services, caller, scorecard_id))
    await services.repositories.scorecards.delete(scorecard_id)
    return Response(status_code=204)


async def seen_scorecard(services: ApiServices, caller: Caller, scorecard_id: str) -> Scorecard:
    """Return a scorecard that the caller may use. Raises NotFoundError."""
    scorecard = await services.repositories.scorecards.get(scorecard_id)
    if scorecard is None or not _is_seen(caller, scorecard):
        raise NotFoundError("scorecard", scorecard_id)
    return scorecard


async def usable_scorecard(services: ApiServices, caller: Caller, scorecard_id: str) -> Scorecard:
    """Return the scorecard that a request's body names, to judge talks by it now.

    Raises InvalidError naming `scorecard_id` when the caller sees no such one, or it is not active.
    """
    scorecard = await services.repositories.scorecards.get(scorecard_id)
    if scorecard is None or not _is_seen(caller, scorecard):
        raise InvalidError("scorecard_id", "no such scorecard")
    if not scorecard.active:
        raise InvalidError("scorecard_id", "the scorecard is not active")
    return scorecard


def _is_seen(caller: Caller, scorecard: Scorecard) -> bool:
    return scorecard.group_id is None or caller.scope.has_group(scorecard.group_id)


def _check(caller: Caller, scorecard: Scorecard) -> None:
    """Raise InvalidError unless the scorecard is sound and its group within the caller's reach."""
    if scorecard.group_id is not None or caller.scope.group_ids is not None:
        check_group(caller, "group_id", scorecard.group_id or "")
    check_scorecard(scorecard)


def _scorecard(scorecard_id: str, body: ScorecardBody) -> Scorecard:
    return msgspec.convert({"id": scorecard_id, **body.model_dump(mode="json")}, Scorecard)


def _shown(scorecard: Scorecard, status: int = 200) -> Response:
    headers = etag(scorecard.version)
    if status == 201:
        headers["Location"] = f"/v1/scorecards/{scorecard.id}"
    return respond(scorecard_view(scorecard), status, headers)
