"""The section of traces."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from config.sections import Section, checked


def _endpoint(text: str) -> None:
    parts = urlsplit(text)
    if text and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.username):
        raise ValueError("expected a URL such as http://127.0.0.1:4318/v1/traces, without a user")


class TracingSettings(Section):
    """Traces for OpenTelemetry, by OTLP over HTTP; needs voicegw[otel]."""

    endpoint: Annotated[str, checked(_endpoint)] = Field(
        default="",
        description="Whole URL that spans are posted to, such as http://127.0.0.1:4318/v1/traces. "
        "Empty: nothing is traced.",
    )
    sample: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="Part of the traces begun here that is kept. What comes with a traceparent is "
        "kept if that says so.",
    )
    service: str = Field(default="voicegw", description="Name of the service in traces.")
    queue_spans: int = Field(
        default=2048,
        ge=64,
        le=65_536,
        description="Spans that may wait for the collector; beyond it the oldest are dropped.",
    )
