"""Pages of the outbox, as the one who asks may see them, and where a reader goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from api.access import Scope, Scopes
from api.problems import ApiProblem
from api.schemas.base import Id
from api.views import View
from voicegw.errors import NotFoundError
from voicegw.events.outward import outward
from voicegw.model.directory import Role
from voicegw.model.event import Event
from voicegw.model.event_filter import EventFilter, matching_types
from voicegw.store.events import EventRepository
from voicegw.store.paging import Page, check_limit


@dataclass(frozen=True, slots=True)
class AskedEvents:
    """What a request asks for of the outbox: a dependency of routes."""

    types: Annotated[
        str | None,
        Query(
            max_length=1000,
            description="Only events of these types, separated by commas; `call.*` is every type "
            "that begins so",
            examples=["call.ended,alert.*"],
        ),
    ] = None
    subject: Annotated[Id | None, Query(description="Only events of this call")] = None
    group_id: Annotated[
        Id | None, Query(description="Only events of this group and those below it")
    ] = None

    async def within(self, scopes: Scopes, scope: Scope) -> EventFilter | None:
        """Return this within what is seen; None: nothing would be.

        A manager reads the events of the own calls and tasks. Raises InvalidError for a type that
        there is not.
        """
        named = [part.strip() for part in (self.types or "").split(",") if part.strip()]
        kinds = matching_types(named)
        listing = await scopes.listing(scope, self.group_id, None)
        if listing is None:
            return None
        groups = None if listing.group_ids is None else frozenset(listing.group_ids)
        return EventFilter(kinds, self.subject, groups, listing.manager_id)


async def event_page(
    events: EventRepository, after: str | None, limit: int, wanted: EventFilter
) -> Page[Event]:
    """Return the events that follow the event `after`, in commit order.

    The cursor of a page is the id of its last event, so that a reader may as well keep the last id
    it has seen. Raises as :func:`place_of` does.
    """
    place = None if after is None else await place_of(events, after)
    found = await events.after(place, check_limit(limit), wanted)
    items = [stored.event for stored in found]
    return Page(items, items[-1].id if len(items) == limit else None)


async def place_of(events: EventRepository, event_id: str) -> int:
    """Return the place of an event in the outbox.

    Raises ApiProblem `event-gone` for an event that may have been archived, naming the oldest that
    is at hand; and NotFoundError for an id that no event can have had.
    """
    try:
        return await events.position_of(event_id)
    except NotFoundError:
        oldest = await events.oldest_at_hand()
        if oldest is None:
            raise
        raise ApiProblem(
            "event-gone",
            "The event is no longer at hand, nor what followed it. "
            f"The oldest one that is: {oldest or 'none'}.",
        ) from None


def event_views(node: str, role: Role) -> Callable[[Event], View]:
    """Return what renders events as CloudEvents with the numbers that `role` may see."""

    def view(event: Event) -> View:
        return outward(event, role, node)

    return view
