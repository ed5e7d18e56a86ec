"""`/healthz`, `/readyz`, `/metrics` and `/v1/system`: for probes, Prometheus and operators."""

from __future__ import annotations

import asyncio
import platform

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from api.dependencies import Services, SystemReader, problems
from api.metrics import CONTENT_TYPE
from api.schemas.system import HealthView, ReadinessView, SystemView
from api.services import ApiServices, PartState
from api.views import View, respond

router = APIRouter(tags=["system"])


@router.head("/healthz", include_in_schema=False)
@router.get(
    "/healthz",
    operation_id="getHealth",
    summary="Whether the process answers",
    response_class=Response,
    responses={200: {"model": HealthView}},
)
async def get_health() -> Response:
    """Always 200: a process that can't answer is to be restarted."""
    return respond({"status": "ok"})


@router.head("/readyz", include_in_schema=False)
@router.get(
    "/readyz",
    operation_id="getReadiness",
    summary="Whether the node takes calls",
    response_class=Response,
    responses={200: {"model": ReadinessView}, 503: {"model": ReadinessView}},
)
async def get_readiness(services: Services) -> Response:
    """200 when every part is ready; 503 naming those that aren't."""
    view = _readiness(services)
    return respond(view, 200 if view["ready"] else 503)


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def get_metrics(services: Services) -> Response:
    """Counters and gauges in Prometheus' text format; no label holds a number of anybody."""
    body = await asyncio.to_thread(services.metrics.gather())
    return Response(body, headers={"Content-Type": CONTENT_TYPE})


@router.get(
    "/v1/system",
    operation_id="getSystem",
    summary="What runs here",
    response_class=Response,
    responses={200: {"model": SystemView}, **problems()},
)
async def get_system(services: Services, _caller: SystemReader) -> Response:
    """Name, versions, age and load of the node, the state of its parts, trunks and outlets."""
    readiness = _readiness(services)
    return respond(
        {
            "node": services.options.node,
            "version": services.options.version,
            "started_at": services.started_at,
            "now": services.clock.now(),
            "live_calls": services.control.live_count(),
            "ready": readiness["ready"],
            "parts": readiness["parts"],
            "python": platform.python_version(),
            "kept_for": msgspec.to_builtins(services.options.kept_for),
            "speaks": list(services.prompts.speaks),
            **msgspec.to_builtins(services.status()),
        }
    )


def _readiness(services: ApiServices) -> View:
    parts = services.readiness()
    waiting = [part.name for part in parts if not part.ready]
    return {
        "ready": not waiting,
        "not_ready": waiting,
        "degraded": [part.name for part in parts if part.state is PartState.DEGRADED],
        "parts": [{**msgspec.to_builtins(part), "state": part.state} for part in parts],
    }
