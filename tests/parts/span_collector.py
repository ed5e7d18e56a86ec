"""A collector of OpenTelemetry spans: OTLP over HTTP, in a thread of the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.parts.receiver import ReceiverServer, answers


@dataclass(frozen=True)
class SeenSpan:
    """A span as it was sent; ids in hexadecimal, times in nanoseconds."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    begin_ns: int
    end_ns: int
    attributes: dict[str, str]
    happened: tuple[str, ...]
    failed: bool


class SpanCollector:
    """What has been sent so far."""

    def __init__(self, server: ReceiverServer) -> None:
        self._server = server

    @property
    def endpoint(self) -> str:
        """Where spans are posted to."""
        return self._server.url.replace("/hook", "/v1/traces")

    @property
    def bodies(self) -> list[bytes]:
        """All that was posted."""
        return [one.body for one in self._server.posted]

    @property
    def spans(self) -> list[SeenSpan]:
        """All spans, in the order in which they were sent."""
        return [span for body in self.bodies for span in _spans(body)]


def _spans(body: bytes) -> Iterator[SeenSpan]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield SeenSpan(
                    name=span.name,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    begin_ns=span.start_time_unix_nano,
                    end_ns=span.end_time_unix_nano,
                    attributes={
                        one.key: str(
                            one.value.int_value
                            if one.value.HasField("int_value")
                            else one.value.string_value
                        )
                        for one in span.attributes
                    },
                    happened=tuple(one.name for one in span.events),
                    failed=span.status.code == 2,
                )


@contextmanager
def span_collector() -> Iterator[SpanCollector]:
    """Run a collector."""
    with ReceiverServer(answers(200)) as server:
        yield SpanCollector(server)
