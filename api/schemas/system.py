"""The node's state on the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.base import ViewModel
from api.services import PartState


class HealthView(ViewModel):
    """The process runs and answers."""

    status: str = Field(examples=["ok"])


class PartView(ViewModel):
    """One part of the node."""

    name: str = Field(examples=["store"])
    ready: bool = Field(description="Whether it lets the node take calls")
    state: PartState = Field(
        description="`degraded`: calls are taken, but what `detail` tells waits or is missing"
    )
    detail: str = Field(
        description="What is wrong or waits, and what mends it; empty when nothing is"
    )


class ReadinessView(ViewModel):
    """Whether the node takes calls; 503 while a part isn't ready."""

    ready: bool
    not_ready: list[str] = Field(description="Names of the parts that aren't ready")
    degraded: list[str] = Field(description="Names of the parts that are ready, but degraded")
    parts: list[PartView]


class TrunkView(ViewModel):
    """A trunk of this node at this moment."""

    name: str
    up: bool = Field(description="Whether a server of it is alive")
    registered: bool | None = Field(
        description="Whether the carrier has our contact; null where none is to be registered"
    )
    calls: int = Field(description="Calls on it, both directions, reserved places included")
    max_calls: int = Field(description="How many it takes; 0 for no limit")


class OutletView(ViewModel):
    """A way by which events leave."""

    name: str = Field(examples=["webhooks", "mqtt"])
    behind_events: int = Field(description="Events it has not brought out, when last looked")


class SystemView(ViewModel):
    """What runs here."""

    node: str
    version: str
    python: str = Field(description="Version of Python", examples=["3.11.2"])
    started_at: datetime
    now: datetime
    live_calls: int
    ready: bool
    parts: list[PartView]
    trunks: list[TrunkView] = Field(description="All of this node")
    outlets: list[OutletView] = Field(description="Those that have begun, of all nodes")
    alerts: list[str] = Field(
        description="Alerts that this node has raised", examples=[["store-away"]]
    )
    media_workers: int = Field(description="Processes that move sound")
    recordings_backlog: int = Field(description="Recordings not finished yet")
    recording_free_bytes: int = Field(
        description="Room left for recordings or their spool, whichever has less"
    )
    journal_backlog_bytes: int = Field(description="Journal that the store does not have yet")
    journal_behind_s: float = Field(
        description="For how long the oldest entry of it has waited, at least"
    )
