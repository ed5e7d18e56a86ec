"""A tracer that keeps the spans it has made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from voicegw import tracing


@dataclass
class FakeSpan:
    """A span and all that was told of it."""

    title: str
    parent: Any
    links: list[Any]
    known: dict[str, Any]
    over: bool = False
    is_kept: bool = True
    traceparent: str | None = "00-1-2-01"
    events: list[str] = field(default_factory=list)

    def note(self, attributes: tracing.Attributes) -> None:
        """Add to what is known (Span)."""
        self.known |= attributes

    def name(self, name: str) -> None:
        """Take another name (Span)."""
        self.title = name

    def happened(self, what: str, at: datetime) -> None:
        """Note what happened (Span)."""
        del at
        self.events.append(what)

    def failed(self, code: str) -> None:
        """Note the failure (Span)."""
        self.known["error"] = code

    def end(self, at: datetime | None = None) -> None:
        """End (Span)."""
        del at
        self.over = True


class SpanBook:
    """Makes spans (:class:`voicegw.tracing.Tracer`)."""

    def __init__(self) -> None:
        self.spans: list[FakeSpan] = []

    def begin(self, name: str, **rest: Any) -> FakeSpan:
        """Begin and keep a span."""
        span = FakeSpan(name, rest["parent"], list(rest["links"]), dict(rest["attributes"]))
        self.spans.append(span)
        return span
