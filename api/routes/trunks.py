"""`/v1/trunks` and `/v1/registrations`: the ways outside, and the telephones, of this node."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.dependencies import Services, SystemReader, problems
from api.node_status import RegisteredPhone, TrunkDetail
from api.schemas.base import ListView
from api.schemas.system import RegistrationView, TrunkDetailView
from api.views import View, respond
from voicegw.identity import mask_within

router = APIRouter(prefix="/v1", tags=["system"])


@router.get(
    "/trunks",
    operation_id="listTrunks",
    summary="List trunks and how they are",
    response_class=Response,
    responses={200: {"model": ListView[TrunkDetailView]}, **problems()},
)
async def list_trunks(services: Services, _caller: SystemReader) -> Response:
    """This node's trunks, by priority: their servers, places, rates and last refusals.

    All at once. No account, no password and no number is told.
    """
    return respond({"items": [_trunk_view(one) for one in services.trunks()], "next_cursor": None})


@router.get(
    "/registrations",
    operation_id="listRegistrations",
    summary="List registered telephones",
    response_class=Response,
    responses={200: {"model": ListView[RegistrationView]}, **problems()},
)
async def list_registrations(services: Services, _caller: SystemReader) -> Response:
    """The telephones that are registered with this node now, by account; all at once."""
    items = [_registration_view(one) for one in services.registrations()]
    return respond({"items": items, "next_cursor": None})


def _trunk_view(trunk: TrunkDetail) -> View:
    return {
        "name": trunk.name,
        "up": trunk.up,
        "registered": trunk.registered,
        "trouble": trunk.trouble,
        "calls": trunk.calls,
        "max_calls": trunk.max_calls,
        "calls_per_s": trunk.calls_per_s,
        "wait_s": trunk.wait_s,
        "priority": trunk.priority,
        "weight": trunk.weight,
        "presents": trunk.presents,
        "options_s": trunk.options_s,
        "servers": [
            {
                "transport": one.transport,
                "host": one.host,
                "port": one.port,
                "state": one.state,
                "rtt_ms": one.rtt_ms,
                "heard_at": one.heard_at,
            }
            for one in trunk.servers
        ],
        "results": [{"status": status, "count": count} for status, count in trunk.results],
        "refused": [{"status": one.status, "at": one.at} for one in trunk.refused],
    }


def _registration_view(phone: RegisteredPhone) -> View:
    return {
        "account": mask_within(phone.username),
        "transport": phone.transport,
        "registered_until": phone.registered_until,
    }
