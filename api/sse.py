"""Server-sent events as bytes (HTML Standard §9.2, "Server-sent events"). Pure."""

from __future__ import annotations

from typing import Final

MEDIA_TYPE: Final = "text/event-stream"

HEART_BEAT: Final = b": heart-beat\n\n"
"""A comment: readers pass it over, connections in between stay open."""


def frame(event_id: str, kind: str, data: bytes) -> bytes:
    """Return one event. `data` is a single line, `event_id` and `kind` hold no line breaks."""
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (event_id.encode(), kind.encode(), data)


def notice(kind: str, data: bytes) -> bytes:
    """Return an event about the stream itself: it has no id, so a reader's last one stays."""
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)


def opening(retry_ms: int) -> bytes:
    """Return how a stream begins: when to come back after it breaks."""
    return b"retry: %d\n\n" % retry_ms
