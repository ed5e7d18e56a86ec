"""Pages of the outbox, as the one who asks may see them."""

from __future__ import annotations

from collections.abc import Callable

from api.views import View
from voicegw.events.outward import outward
from voicegw.model.directory import Role
from voicegw.model.event import Event
from voicegw.model.event_filter import EventFilter
from voicegw.store.events import EventRepository
from voicegw.store.paging import Page, check_limit


async def event_page(
    events: EventRepository, after: str | None, limit: int, wanted: EventFilter
) -> Page[Event]:
    """Return the events that follow the event `after`, in commit order.

    The cursor of a page is the id of its last event, so that a reader may as well keep the last id
    it has seen. Raises NotFoundError when there is no event `after`.
    """
    found = await events.after(after, check_limit(limit), wanted)
    items = [stored.event for stored in found]
    return Page(items, items[-1].id if len(items) == limit else None)


def event_views(node: str, role: Role) -> Callable[[Event], View]:
    """Return what renders events as CloudEvents with the numbers that `role` may see."""

    def view(event: Event) -> View:
        return outward(event, role, node)

    return view
