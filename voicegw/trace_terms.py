"""What the configuration says of traces, and the way from there to a tracer.

Apart from the adapter, so that who traces nothing imports nothing of OpenTelemetry.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from voicegw import tracing
from voicegw.errors import Problem, StartError

_END_S: Final = 2.0
"""How long the end of a process waits for the collector."""


class TraceTerms(msgspec.Struct, frozen=True):
    """Where spans go: `endpoint` is the whole URL that they are posted to.

    `sample` is the part, 0 to 1, of the traces begun here that is kept; `queue_spans` is how many
    spans may wait for the collector.
    """

    endpoint: str
    node: str
    service: str = "voicegw"
    sample: float = 1.0
    queue_spans: int = 2048


@asynccontextmanager
async def tracing_by(terms: TraceTerms | None) -> AsyncIterator[None]:
    """Have this process traced by `terms`, or not at all. What waits at the end is sent.

    Raises StartError when the extra is not installed.
    """
    if terms is None:
        yield
        return
    try:
        from voicegw.otlp import OtlpTracer  # noqa: PLC0415 - only who traces pays for it
    except ImportError as error:
        mend = "pip install 'voicegw[otel]', or leave tracing.endpoint empty"
        raise StartError(
            Problem("tracing.endpoint", "OpenTelemetry is not installed", mend)
        ) from error
    tracer = OtlpTracer(terms)
    tracing.install(tracer)
    try:
        yield
    finally:
        tracing.install(None)
        await asyncio.to_thread(tracer.close, _END_S)
