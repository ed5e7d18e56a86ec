"""`/v1/managers/presence`: what managers do just now."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.access import Permission
from api.dependencies import Caller, DirectoryReader, OfGroup, Services, problems
from api.schemas.base import ListView
from api.schemas.presence import PresenceView
from api.views import View, empty_page, respond_page
from voicegw.model.directory import Manager, ManagerStatus
from voicegw.model.presence import Presence, PresenceState, engagements, presence
from voicegw.store.paging import Page

router = APIRouter(prefix="/v1/managers/presence", tags=["directory"])


@router.get(
    "",
    operation_id="listPresence",
    summary="List what managers do just now",
    response_class=Response,
    responses={200: {"model": ListView[PresenceView]}, **problems()},
)
async def list_presence(
    services: Services,
    caller: DirectoryReader,
    group_id: OfGroup = None,
    state: Annotated[PresenceState | None, Query(description="Only who does this")] = None,
) -> Response:
    """The managers whom the key may see and who have not left, the oldest first, all at once.

    It is as fresh as the events: ask again when one of `call.*` or `leg.*` has come, and every
    minute for those who go away or whose hours end, of which no event tells.
    """
    groups = await services.scopes.narrowed(caller.scope, group_id)
    if groups is not None and not groups:
        return empty_page()
    repositories = services.repositories
    managers = await repositories.directory.managers.all(groups)
    engaged = engagements(await repositories.calls.all_open())
    zones = {
        one.id: (ZoneInfo(one.timezone), services.calendars.of(one.timezone))
        for one in await repositories.directory.groups.all()
    }
    now = services.clock.now()

    def of(manager: Manager) -> Presence:
        return presence(manager, engaged.get(manager.id), now, *zones[manager.group_id])

    found = [of(one) for one in managers if one.status is not ManagerStatus.DEPARTED]
    shown = [one for one in found if state is None or one.state is state]
    return await respond_page(Page(shown, None), lambda one: _view(one, caller))


def _view(found: Presence, caller: Caller) -> View:
    manager, engagement = found.manager, found.engagement
    call = None if engagement is None else engagement.call
    sees = (
        call is not None
        and caller.may(Permission.CALLS_READ)
        and caller.scope.has(call.group_id, call.manager_id)
    )
    return {
        "manager_id": manager.id,
        "name": manager.name,
        "group_id": manager.group_id,
        "state": found.state,
        "since": None if engagement is None else engagement.since,
        "until": found.until,
        "call_id": call.id if call is not None and sees else None,
        "direction": call.direction if call is not None and sees else None,
    }
