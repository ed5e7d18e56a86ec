"""`/v1/reviewers`: who may be given reviews."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.dependencies import FIRST_PAGE, Cursor, Limit, ReviewGiver, Services, problems
from api.reviewers import reviewers
from api.schemas.base import ListView
from api.schemas.reviewers import ReviewerView
from api.views import respond_page, reviewer_view

router = APIRouter(prefix="/v1/reviewers", tags=["quality"])


@router.get(
    "",
    operation_id="listReviewers",
    summary="List who may be given reviews",
    response_class=Response,
    responses={200: {"model": ListView[ReviewerView]}, **problems(403)},
)
async def list_reviewers(
    services: Services, caller: ReviewGiver, limit: Limit = FIRST_PAGE, cursor: Cursor = None
) -> Response:
    """Users who may log in and valid keys, as far as they may score, and are in the key's groups.

    Those above its own, and those of no group, are among them: they see its reviews, too. A page
    may hold fewer than `limit` items before the last one.
    """
    page = await reviewers(services, caller, limit=limit, cursor=cursor)
    return await respond_page(page, reviewer_view)
