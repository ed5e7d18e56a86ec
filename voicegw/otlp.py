"""Spans by OpenTelemetry's SDK, sent to a collector by OTLP over HTTP: the extra `voicegw[otel]`.

Only :mod:`voicegw.trace_terms` imports this module, and only where a collector is configured. Spans
wait in a bounded queue of the SDK, whose own thread sends them in batches: a collector that is slow
or away costs the oldest of them, and never a call.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from voicegw.trace_terms import TraceTerms
from voicegw.tracing import Attributes, Side, Span

_EXPORT_S: Final = 5.0
"""How long a batch may take, with what is tried again."""
_BATCH_SPANS: Final = 512
_DELAY_MS: Final = 1000.0
_QUIET_S: Final = 60.0
#: What tells of each span that is dropped and each batch that fails.
_CHATTY: Final = (
    "opentelemetry.sdk._shared_internal",
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
)
_KINDS: Final = {
    Side.INTERNAL: trace.SpanKind.INTERNAL,
    Side.SERVER: trace.SpanKind.SERVER,
    Side.CLIENT: trace.SpanKind.CLIENT,
}
_PROPAGATOR: Final = TraceContextTextMapPropagator()


class OtlpSpan:
    """A span of the SDK (:class:`~voicegw.tracing.Span`)."""

    def __init__(self, span: trace.Span) -> None:
        """Wrap `span`, which has begun."""
        self.span = span

    @property
    def traceparent(self) -> str | None:
        """The span by its ids (W3C Trace Context §3.2)."""
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier, trace.set_span_in_context(self.span))
        return carrier.get("traceparent")

    @property
    def is_kept(self) -> bool:
        """Whether its trace is in the sample."""
        return self.span.get_span_context().trace_flags.sampled

    def note(self, attributes: Attributes) -> None:
        """Add to what is known of it."""
        self.span.set_attributes(_given(attributes))

    def name(self, name: str) -> None:
        """Give it a better name."""
        self.span.update_name(name)

    def happened(self, what: str, at: datetime) -> None:
        """Note that something happened."""
        self.span.add_event(what, timestamp=_ns(at))

    def failed(self, code: str) -> None:
        """It failed, with `code` as `error.type`."""
        self.span.set_attribute("error.type", code)
        self.span.set_status(trace.StatusCode.ERROR)

    def end(self, at: datetime | None = None) -> None:
        """End it and have it sent, once."""
        if self.span.is_recording():
            self.span.end(None if at is None else _ns(at))


class OtlpTracer:
    """Makes spans and sends them (:class:`~voicegw.tracing.Tracer`)."""

    def __init__(self, terms: TraceTerms) -> None:
        """Begin the thread that sends."""
        _quieten()
        resource = Resource.create(
            {"service.name": terms.service, "service.instance.id": terms.node}
        )
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(terms.sample)),
            resource=resource,
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(
                OTLPSpanExporter(endpoint=terms.endpoint, timeout=_EXPORT_S),
                max_queue_size=terms.queue_spans,
                schedule_delay_millis=_DELAY_MS,
                max_export_batch_size=min(_BATCH_SPANS, terms.queue_spans),
            )
        )
        self._tracer = self._provider.get_tracer("voicegw")

    def begin(
        self,
        name: str,
        *,
        side: Side,
        parent: Span | str | None,
        links: Sequence[Span],
        at: datetime | None,
        attributes: Attributes,
    ) -> OtlpSpan:
        """Begin a span (Tracer)."""
        context = trace.set_span_in_context(trace.INVALID_SPAN)
        if isinstance(parent, str):
            context = _PROPAGATOR.extract({"traceparent": parent}, context)
        elif isinstance(parent, OtlpSpan):
            context = trace.set_span_in_context(parent.span)
        return OtlpSpan(
            self._tracer.start_span(
                name,
                context=context,
                kind=_KINDS[side],
                attributes=_given(attributes),
                links=[
                    trace.Link(one.span.get_span_context())
                    for one in links
                    if isinstance(one, OtlpSpan)
                ],
                start_time=None if at is None else _ns(at),
            )
        )

    def close(self, within_s: float) -> None:
        """Send what waits and end; blocks for at most `within_s`, what is left then is lost."""
        ending = threading.Thread(target=self._provider.shutdown, name="traces-end", daemon=True)
        ending.start()
        ending.join(within_s)


class _NowAndThen(logging.Filter):
    """Lets one record a minute through: a collector that is away is told of at every batch."""

    def __init__(self) -> None:
        super().__init__()
        self._quiet_until_s = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        now_s = time.monotonic()
        if now_s < self._quiet_until_s:
            return False
        self._quiet_until_s = now_s + _QUIET_S
        return True


def _quieten() -> None:
    for name in _CHATTY:
        logger = logging.getLogger(name)
        if not any(isinstance(one, _NowAndThen) for one in logger.filters):
            logger.addFilter(_NowAndThen())


def _given(attributes: Attributes) -> dict[str, str | int | float | bool]:
    return {key: value for key, value in attributes.items() if value is not None}


def _ns(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000) * 1000
