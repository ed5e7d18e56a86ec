"""`/v1/events`: what happened, in the order in which it was committed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from pydantic import AfterValidator
from starlette.responses import Response

from api.access import Permission, demand
from api.dependencies import FIRST_PAGE, EventReader, Limit, Services, in_loop, problems
from api.entry import principal_of
from api.events import AskedEvents, event_page, event_views, place_of
from api.negotiation import preferred
from api.schemas.base import Id, ListView
from api.schemas.calls import EventView
from api.schemas.events import EventSchemaView, json_schema, types_of
from api.sse import MEDIA_TYPE
from api.streaming import NoLongerAllowedError
from api.views import empty_page, encode, respond, respond_page
from voicegw.errors import NotFoundError
from voicegw.events.catalogue import DataSchema
from voicegw.model.event_filter import EventFilter

router = APIRouter(prefix="/v1/events", tags=["events"])

_JSON = "application/json"
_SCHEMA = "application/schema+json"
_STREAM = {
    MEDIA_TYPE: {
        "schema": {"type": "string", "description": "Server-sent events; `data` is an EventView"},
        "example": "id: evt_…\nevent: call.ended\ndata: {…}\n\n",
    }
}


@router.get(
    "",
    operation_id="listEvents",
    summary="List or follow events",
    response_class=Response,
    responses={
        200: {"model": ListView[EventView], "content": _STREAM},
        **problems(410, 429),
    },
)
async def list_events(
    request: Request,
    services: Services,
    caller: EventReader,
    asked: Annotated[AskedEvents, Depends(in_loop(AskedEvents))],
    *,
    limit: Limit = FIRST_PAGE,
    after: Annotated[
        str | None,
        Query(
            max_length=64,
            pattern=r"^[A-Za-z0-9_.-]*$",
            description="The id of the last event seen; none, or empty: from the beginning, as a "
            "stream: from now on",
        ),
        AfterValidator(lambda after: after or None),
    ] = None,
    last_event_id: Annotated[
        Id | None,
        Header(description="As a stream: the id of the last event seen; goes before `after`"),
    ] = None,
) -> Response:
    """Events after another one; whoever keeps the last id it has read misses none.

    With `Accept: text/event-stream` the answer does not end: each event comes as soon as it is
    committed. A reader who is too slow is let go with `voicegw.dropped`; whoever comes back with
    `Last-Event-ID` goes on where it was.
    """
    events = services.repositories.events
    wanted = await asked.within(services.scopes, caller.scope)
    if not _wants_stream(request):
        if wanted is None:
            return empty_page()
        page = await event_page(events, after, limit, wanted)
        return await respond_page(page, event_views(services.options.node, caller.role))

    async def recheck() -> EventFilter:
        # By the stream itself: a login with nobody behind it grows idle beside an open page.
        now = await principal_of(request, services, is_use=False)
        demand(now, Permission.EVENTS_READ)
        if now.role is not caller.role:
            raise NoLongerAllowedError("role-changed")
        scope = await services.scopes.scope(now)
        return await asked.within(services.scopes, scope) or _NOTHING

    start = last_event_id or after
    place = None if start is None else await place_of(events, start)
    return await services.streams.open(
        caller.principal.id, caller.role, wanted or _NOTHING, place, recheck
    )


@router.get(
    "/schemas",
    operation_id="listEventSchemas",
    summary="List schemas of events",
    response_class=Response,
    responses={200: {"model": ListView[EventSchemaView]}, **problems()},
)
async def list_event_schemas(_caller: EventReader) -> Response:
    """What `data` of events is, by their `dataschema`; all at once."""
    views = [
        {"dataschema": name.urn, "url": f"{router.prefix}/schemas/{name}", "types": types_of(name)}
        for name in DataSchema
    ]
    return respond({"items": views, "next_cursor": None})


@router.get(
    "/schemas/{name}",
    operation_id="getEventSchema",
    summary="Get a schema of events",
    response_class=Response,
    responses={
        200: {"content": {_SCHEMA: {"schema": {"type": "object"}}}},
        **problems(),
    },
)
async def get_event_schema(
    name: Annotated[str, Path(description="As in the list", examples=["call"])],
    _caller: EventReader,
) -> Response:
    """The JSON Schema of `data`; its `$id` is the `dataschema` of the events that have it.

    It is open: later versions may add fields and values.
    """
    if name not in list(DataSchema):
        raise NotFoundError("schema", name)
    return Response(encode(json_schema(DataSchema(name))), media_type=_SCHEMA)


_NOTHING = EventFilter(types=frozenset())


def _wants_stream(request: Request) -> bool:
    """Whether server-sent events are asked for by name; whoever takes anything gets JSON."""
    accept = request.headers.get("accept", "").lower()
    return MEDIA_TYPE in accept and preferred(accept, [MEDIA_TYPE, _JSON]) == MEDIA_TYPE
