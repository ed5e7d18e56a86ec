"""Builds what reads, keeps and archives events; part of the composition root."""

from __future__ import annotations

from api.stream_desk import StreamLimits
from config.events import EventsSettings


def stream_limits(settings: EventsSettings) -> StreamLimits:
    """Return how many streams of events may be open, and how far a reader may lag."""
    return StreamLimits(settings.streams, settings.streams_per_key, settings.stream_buffer)
