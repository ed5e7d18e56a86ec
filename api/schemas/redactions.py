"""Redactions on the wire."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.schemas.base import RequestModel
from api.schemas.exports import Why

MAX_SPANS = 200
_Seconds = Annotated[float, Field(ge=0, le=604_800, allow_inf_nan=False)]


class SpanBody(RequestModel):
    """What to cover."""

    start_s: _Seconds = Field(
        description="Seconds after the recording's first sample", examples=[12.5]
    )
    end_s: _Seconds = Field(description="After `start_s`", examples=[15.0])
    channel: Literal["both", "customer", "manager"] = Field(
        default="both", description="Whose side"
    )


class RedactionBody(RequestModel):
    """A redacted copy to make. It replaces the one before: give all spans."""

    spans: Annotated[list[SpanBody], Field(min_length=1, max_length=MAX_SPANS)]
    why: Why
