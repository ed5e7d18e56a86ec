"""`/v1/reports/months`: which figures are final, and what has become known since."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.dependencies import FIRST_PAGE, Cursor, Limit, OfGroup, ReportReader, Services, problems
from api.schemas.base import ListView
from api.schemas.report_months import CorrectionView, FrozenMonthsView
from api.views import empty_page, respond, respond_page
from voicegw.errors import NotFoundError
from voicegw.model.report_month import Correction, FrozenMonth

router = APIRouter(prefix="/v1/reports/months", tags=["reports"])


@router.get(
    "",
    operation_id="listFrozenMonths",
    summary="List closed months",
    response_class=Response,
    responses={200: {"model": FrozenMonthsView}, **problems()},
)
async def list_frozen_months(services: Services, caller: ReportReader) -> Response:  # noqa: ARG001
    """Months whose figures do not change any more. Each hash covers the one before."""
    months = await services.repositories.report_months.months()
    return respond({"items": [_month_view(one) for one in months]})


@router.get(
    "/{month}/corrections",
    operation_id="listCorrections",
    summary="List what has become known of a closed month",
    response_class=Response,
    responses={200: {"model": ListView[CorrectionView]}, **problems()},
)
async def list_corrections(
    *,
    month: Annotated[str, Path(description="The month", examples=["2026-10"])],
    services: Services,
    caller: ReportReader,
    group_id: OfGroup = None,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
) -> Response:
    """Sums that would be others by what was written later, the oldest first."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise NotFoundError("month", month) from error
    months = services.repositories.report_months
    if first not in {one.month for one in await months.months()}:
        raise NotFoundError("month", month)
    listing = await services.scopes.listing(caller.scope, group_id, None)
    if listing is None:
        return empty_page()
    page = await months.corrections(
        first,
        group_ids=listing.group_ids,
        manager_id=listing.manager_id,
        limit=limit,
        cursor=cursor,
    )
    if caller.scope.own_only:
        # A day's causes are those of all its managers.
        return await respond_page(page, lambda one: _correction_view(one) | {"caused_by": []})
    return await respond_page(page, _correction_view)


def _month_view(one: FrozenMonth) -> dict[str, Any]:
    return {
        "month": f"{one.month:%Y-%m}",
        "frozen_at": one.frozen_at,
        "rows": one.rows,
        "sha256": one.sha256,
        "previous_sha256": one.previous_sha256,
    }


def _correction_view(one: Correction) -> dict[str, Any]:
    return {
        "at": one.at,
        "day": one.day,
        "counts": one.kind,
        "figure": one.name,
        "group_id": one.group_id or None,
        "manager_id": one.manager_id or None,
        "hotline_id": one.hotline_id or None,
        "type": one.type or None,
        "before": one.before,
        "after": one.after,
        "caused_by": one.caused_by,
    }
