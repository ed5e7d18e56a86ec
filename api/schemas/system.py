"""The node's state on the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.base import ViewModel


class HealthView(ViewModel):
    """The process runs and answers."""

    status: str = Field(examples=["ok"])


class PartView(ViewModel):
    """One part of the node."""

    name: str = Field(examples=["store"])
    ready: bool
    detail: str = Field(
        description="What is wrong or waits, and what mends it; empty when nothing is"
    )


class ReadinessView(ViewModel):
    """Whether the node takes calls; 503 while a part isn't ready."""

    ready: bool
    not_ready: list[str] = Field(description="Names of the parts that aren't ready")
    parts: list[PartView]


class SystemView(ViewModel):
    """What runs here."""

    node: str
    version: str
    started_at: datetime
    now: datetime
    live_calls: int
    ready: bool
    parts: list[PartView]
