"""Server-sent events as bytes (HTML Standard §9.2, "Server-sent events"). Pure."""

from __future__ import annotations

from typing import Final

MEDIA_TYPE: Final = "text/event-stream"

_HEART_BEAT: Final = b": heart-beat\n"


def frame(event_id: str, kind: str, data: bytes) -> bytes:
    """Return one event. `data` is a single line, `event_id` and `kind` hold no line breaks."""
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (event_id.encode(), kind.encode(), data)


def notice(kind: str, data: bytes) -> bytes:
    """Return an event about the stream itself: it has no id, so a reader's last one stays."""
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)


def opening(retry_ms: int, place: str | None = None) -> bytes:
    """Return how a stream begins: when to come back after it breaks, and after which event."""
    return b"retry: %d\n%b\n" % (retry_ms, _place(place))


def heart_beat(place: str | None = None) -> bytes:
    """Return a comment that keeps connections open, and after which event to go on."""
    return b"%b%b\n" % (_HEART_BEAT, _place(place))


def _place(event_id: str | None) -> bytes:
    """Return an id without data: no event, but the one after which a reader comes back."""
    return b"" if event_id is None else b"id: %b\n" % event_id.encode()
