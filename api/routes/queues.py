"""`/v1/queues`: who waits on this node just now."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.dependencies import CallReader, Services, problems
from api.schemas.base import ListView
from api.schemas.queues import QueueView
from api.views import View, respond
from voicegw.calls.waiting_room import QueueState
from voicegw.routing.queue import Departure

router = APIRouter(prefix="/v1/queues", tags=["calls"])


@router.get(
    "",
    operation_id="listQueues",
    summary="List queues",
    response_class=Response,
    responses={200: {"model": ListView[QueueView]}, **problems()},
)
async def list_queues(services: Services, caller: CallReader) -> Response:
    """The queues of this node that somebody has come to since it began, of groups that are seen.

    All at once: there are no more than hotlines.
    """
    states = [one for one in services.control.queues() if caller.scope.has_group(one.key.group_id)]
    return respond({"items": [_queue_view(one) for one in states], "next_cursor": None})


def _queue_view(state: QueueState) -> View:
    figures = state.figures
    totals = {str(how): figures.departed[how] for how in Departure}
    return {
        "hotline_id": state.key.hotline_id,
        "group_id": state.key.group_id,
        "waiting": state.waiting,
        "longest_wait_s": round(state.longest_wait_s, 3),
        "managers": state.managers,
        "free_managers": state.free,
        "totals": {
            "entered": figures.entered,
            "answered_in_time": figures.in_time,
            "refused": figures.refused,
            **totals,
        },
    }
