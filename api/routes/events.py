"""`/v1/events`: what happened, in the order in which it was committed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BeforeValidator
from starlette.responses import Response

from api.dependencies import FIRST_PAGE, EventReader, Limit, Services, problems
from api.events import event_page, event_views
from api.schemas.base import Id, ListView
from api.schemas.calls import EventView
from api.views import empty_page, page_view, respond
from voicegw.model.event_filter import EventFilter

router = APIRouter(prefix="/v1/events", tags=["events"])


@router.get(
    "",
    operation_id="listEvents",
    summary="List events",
    response_class=Response,
    responses={200: {"model": ListView[EventView]}, **problems()},
)
async def list_events(
    services: Services,
    caller: EventReader,
    limit: Limit = FIRST_PAGE,
    after: Annotated[
        Id | None,
        BeforeValidator(lambda after: after or None),
        Query(description="The id of the last event seen; none: from the beginning"),
    ] = None,
    subject: Annotated[Id | None, Query(description="Only events of this call")] = None,
) -> Response:
    """Events after another one; whoever keeps the last id it has read misses none."""
    groups = await services.scopes.narrowed(caller.scope, None)
    if groups is not None and not groups:
        return empty_page()
    wanted = EventFilter(subject=subject, group_ids=None if groups is None else frozenset(groups))
    page = await event_page(services.repositories.events, after, limit, wanted)
    return respond(page_view(page, event_views(services.options.node, caller.role)))
