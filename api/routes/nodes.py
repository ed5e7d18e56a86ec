"""`/v1/nodes`: who runs on this store."""

from __future__ import annotations

from datetime import datetime

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from api.dependencies import Services, SystemReader, problems
from api.node_status import NodeState
from api.schemas.base import ListView
from api.schemas.system import NodeView
from api.services import PartStatus
from api.views import View, respond
from voicegw.model.node import NodeReport, RegisteredNode

router = APIRouter(prefix="/v1/nodes", tags=["system"])


@router.get(
    "",
    operation_id="listNodes",
    summary="List nodes and how they are",
    response_class=Response,
    responses={200: {"model": ListView[NodeView]}, **problems()},
)
async def list_nodes(services: Services, _caller: SystemReader) -> Response:
    """The nodes on this store by name, each as it said of itself last; all at once.

    A node that ends in order is no longer listed; one that was killed is `silent` until a node of
    its name begins, for a week at most.
    """
    nodes = await services.repositories.nodes.all()
    own, now = services.options.node, services.clock.now()
    items = [_node_view(one, is_own=one.name == own, now=now) for one in nodes]
    return respond({"items": items, "next_cursor": None})


def _node_view(node: RegisteredNode, *, is_own: bool, now: datetime) -> View:
    return {
        "name": node.name,
        "is_own": is_own,
        "state": NodeState.RUNNING if node.lease_until > now else NodeState.SILENT,
        "started_at": node.started_at,
        **_report_view(node.report),
    }


def _report_view(report: NodeReport | None) -> View:
    parts = [] if report is None else report.parts
    return {
        "version": None if report is None else report.version,
        "heard_at": None if report is None else report.at,
        "live_calls": None if report is None else report.live_calls,
        "media_workers": None if report is None else report.media_workers,
        "recording_free_bytes": None if report is None else report.recording_free_bytes,
        "recording_total_bytes": None if report is None else report.recording_total_bytes,
        "parts": [
            {
                **msgspec.structs.asdict(one),
                "state": PartStatus(**msgspec.structs.asdict(one)).state,
            }
            for one in parts
        ],
    }
