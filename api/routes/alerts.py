"""`/v1/alerts`: what needs an operator's care now."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.dependencies import FIRST_PAGE, Cursor, Limit, Services, SystemReader, problems
from api.schemas.alerts import AlertChangeView, AlertView
from api.schemas.base import ListView
from api.views import respond, respond_page, struct_view

router = APIRouter(prefix="/v1/alerts", tags=["system"])


@router.get(
    "",
    operation_id="listAlerts",
    summary="List raised alerts",
    response_class=Response,
    responses={200: {"model": ListView[AlertView]}, **problems()},
)
async def list_alerts(services: Services, _caller: SystemReader) -> Response:
    """The alerts of all nodes that are raised now, the oldest first; all at once."""
    raised = await services.repositories.alerts.raised()
    return respond({"items": [struct_view(one) for one in raised], "next_cursor": None})


@router.get(
    "/history",
    operation_id="listAlertHistory",
    summary="List what was raised and cleared",
    response_class=Response,
    responses={200: {"model": ListView[AlertChangeView]}, **problems()},
)
async def list_alert_history(
    services: Services,
    _caller: SystemReader,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
) -> Response:
    """Alerts of all nodes as they came and went, the newest first; as long as events are kept."""
    page = await services.repositories.alerts.history(limit=limit, cursor=cursor)
    return await respond_page(page, struct_view)
