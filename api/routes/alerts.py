"""`/v1/alerts`: what needs an operator's care now."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.dependencies import Services, SystemReader, problems
from api.schemas.alerts import AlertView
from api.schemas.base import ListView
from api.views import respond, struct_view

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
