"""`/v1/scorecards`: the questions that talks are judged by."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Header, Request
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
from api.made_once import made_once
from api.owned_documents import OwnedDocuments
from api.schemas.base import ListView, PathExternalId, PathId
from api.schemas.reviews import ScorecardBody, ScorecardView
from api.services import ApiServices
from api.views import scorecard_view
from recordings.quality.scorecard import check_scorecard
from voicegw.errors import InvalidError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.ids import IdKind
from voicegw.model.review import Scorecard

router = APIRouter(prefix="/v1/scorecards", tags=["quality"])


def _scorecard(_services: ApiServices, scorecard_id: str, body: ScorecardBody) -> Scorecard:
    return msgspec.convert({"id": scorecard_id, **body.model_dump(mode="json")}, Scorecard)


_SCORECARDS: Final = OwnedDocuments(
    name="scorecard",
    path="/v1/scorecards",
    id_kind=IdKind.SCORECARD,
    kind=SubjectKind.SCORECARD,
    action=AuditAction.SCORECARD,
    repository=lambda services: services.repositories.scorecards,
    make=_scorecard,
    check=check_scorecard,
    view=scorecard_view,
)


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
    return await _SCORECARDS.list(services, caller, limit=limit, cursor=cursor)


@router.post(
    "",
    operation_id="createScorecard",
    summary="Create a scorecard",
    status_code=201,
    response_class=Response,
    responses={201: {"model": ScorecardView}, **problems(400, 403, 409)},
)
@made_once()
async def create_scorecard(
    body: ScorecardBody, request: Request, services: Services, caller: QualityWriter
) -> Response:
    """Add a scorecard of a group, or everybody's (which needs a key without a group)."""
    return await _SCORECARDS.create(services, caller, request, body)


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
    return await _SCORECARDS.by_external_id(services, caller, external_id)


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
    external_id: PathExternalId,
    body: ScorecardBody,
    request: Request,
    services: Services,
    caller: QualityWriter,
) -> Response:
    """For synchronisation: 201 when it is new, 200 when it was replaced."""
    return await _SCORECARDS.put_by_external_id(services, caller, request, external_id, body)


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
    return _SCORECARDS.shown(await _SCORECARDS.seen(services, caller, scorecard_id))


@router.put(
    "/{scorecard_id}",
    operation_id="replaceScorecard",
    summary="Replace a scorecard",
    response_class=Response,
    responses={200: {"model": ScorecardView}, **problems(400, 403, 409, 412)},
)
async def replace_scorecard(
    *,
    scorecard_id: PathId,
    body: ScorecardBody,
    request: Request,
    services: Services,
    caller: QualityWriter,
    if_match: Annotated[str | None, Header(description="The version this change is meant for")] = (
        None
    ),
) -> Response:
    """One version up; reviews that are under way keep the version they were begun with."""
    return await _SCORECARDS.replace(
        services, caller, request, scorecard_id, body, if_match=if_match
    )


@router.delete(
    "/{scorecard_id}",
    operation_id="deleteScorecard",
    summary="Delete a scorecard",
    status_code=204,
    response_class=Response,
    responses=problems(403),
)
async def delete_scorecard(
    scorecard_id: PathId, request: Request, services: Services, caller: QualityWriter
) -> Response:
    """Reviews keep their copy of it."""
    return await _SCORECARDS.delete(services, caller, request, scorecard_id)


async def usable_scorecard(services: ApiServices, caller: Caller, scorecard_id: str) -> Scorecard:
    """Return the scorecard that a request's body names, to judge talks by it now.

    Raises InvalidError naming `scorecard_id` when the caller sees no such one, or it is not active.
    """
    scorecard = await _SCORECARDS.found(services, caller, scorecard_id)
    if scorecard is None:
        raise InvalidError("scorecard_id", "no such scorecard", kind="not-found")
    if not scorecard.active:
        raise InvalidError("scorecard_id", "the scorecard is not active", kind="not-active")
    return scorecard
