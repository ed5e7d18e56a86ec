"""What needs an operator's care, on the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.base import ViewModel


class AlertView(ViewModel):
    """An alert that is raised."""

    subject: str = Field(
        description="What the events `alert.raised` and `alert.cleared` about it have as subject",
        examples=["node-1/store-away"],
    )
    node: str = Field(description="The node that it is about", examples=["node-1"])
    slug: str = Field(description="What is wrong; a stable name", examples=["store-away"])
    detail: str = Field(description="More of it, for people")
    raised_at: datetime


class AlertChangeView(ViewModel):
    """An alert that was raised, or cleared."""

    node: str = Field(description="The node that it is about", examples=["node-1"])
    slug: str = Field(description="What was wrong; a stable name", examples=["store-away"])
    raised: bool = Field(description="Raised; false: cleared")
    detail: str = Field(description="More of it, for people")
    at: datetime
