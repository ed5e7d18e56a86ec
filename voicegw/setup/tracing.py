"""What is configured of traces; part of the composition root."""

from __future__ import annotations

from config.settings import Settings
from voicegw.trace_terms import TraceTerms


def trace_terms(settings: Settings) -> TraceTerms | None:
    """Return where spans go; None: nothing is traced."""
    configured = settings.tracing
    if not configured.endpoint:
        return None
    return TraceTerms(
        endpoint=configured.endpoint,
        node=settings.node.name,
        service=configured.service,
        sample=configured.sample,
        queue_spans=configured.queue_spans,
    )
