from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.parts.span_book import SpanBook
from tests.parts.span_collector import span_collector
from voicegw import tracing
from voicegw.errors import StartError
from voicegw.trace_terms import TraceTerms, tracing_by

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
GIVEN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def tracer() -> Iterator[SpanBook]:
    tracer = SpanBook()
    tracing.install(tracer)
    yield tracer
    tracing.install(None)


def test_where_nothing_is_traced_every_span_is_none() -> None:
    with tracing.entry("request", GIVEN) as span, tracing.child("part") as part:
        assert span is part is tracing.NO_SPAN
        span.note({"a": 1})
        span.name("b")
        span.failed("c")
        span.happened("d", AT)
        span.end()
        tracing.past("e", AT, AT)
        assert tracing.current() is None
        assert tracing.traceparent() is None


def test_parts_belong_to_what_they_are_in(tracer: SpanBook) -> None:
    with tracing.entry("request", GIVEN), tracing.child("part", attributes={"a": 1}):
        assert tracing.traceparent() == "00-1-2-01"
        tracing.past("leg", AT, AT, happened={"ringing": AT, "answered": None})
    request, part, leg = tracer.spans
    assert (request.parent, part.parent, leg.parent) == (GIVEN, request, part)
    assert part.known == {"a": 1}
    assert leg.events == ["ringing"]
    assert all(span.over for span in tracer.spans)
    assert tracing.current() is None


def test_nothing_inside_begins_a_trace(tracer: SpanBook) -> None:
    with tracing.child("part") as part:
        tracing.past("leg", AT, AT)
    with tracing.for_all([], "group"):
        pass
    assert part is tracing.NO_SPAN
    assert tracer.spans == []


def test_what_is_done_for_many_belongs_to_the_first(tracer: SpanBook) -> None:
    for name in ("not kept", "one", "two"):
        with tracing.entry(name):
            pass
    lost, one, two = tracer.spans
    lost.is_kept = False
    with tracing.for_all([lost, one, two], "group"):
        pass
    assert (tracer.spans[3].parent, tracer.spans[3].links) == (one, [two])
    with tracing.for_all([lost], "group") as group:
        assert group is tracing.NO_SPAN


async def test_a_task_goes_on_in_the_span_that_made_it(tracer: SpanBook) -> None:
    async def call() -> None:
        await asyncio.sleep(0)
        with tracing.child("call"):
            pass

    with tracing.entry("request"):
        task = asyncio.create_task(call())
    await task
    assert tracer.spans[1].parent is tracer.spans[0]


async def test_a_span_that_fails_by_an_exception_ends(tracer: SpanBook) -> None:
    with pytest.raises(KeyError), tracing.entry("request"):
        raise KeyError
    assert tracer.spans[0].over


async def test_spans_reach_the_collector_as_they_were() -> None:
    with span_collector() as collector:
        async with tracing_by(TraceTerms(collector.endpoint, "n1")):
            with tracing.entry("request", GIVEN, side=tracing.Side.SERVER) as span:
                span.note({"a": "b", "none": None})
                span.failed("too-bad")
                tracing.past("leg", AT, AT, happened={"ringing": AT})
                own = tracing.traceparent()
        # What waits is sent at the end.
        assert tracing.current() is None
        spans = {one.name: one for one in collector.spans}
    request, leg = spans["request"], spans["leg"]
    assert own == f"00-{GIVEN[3:35]}-{request.span_id}-01"
    assert (request.parent_id, leg.parent_id) == (GIVEN[36:52], request.span_id)
    assert request.attributes == {"a": "b", "error.type": "too-bad"}
    assert request.failed
    assert leg.begin_ns == leg.end_ns == round(AT.timestamp()) * 10**9
    assert leg.happened == ("ringing",)


@pytest.mark.parametrize("given", ["", "nonsense", "00-0-0-01", "ff" + GIVEN[2:]])
async def test_a_malformed_traceparent_is_passed_over(given: str) -> None:
    with span_collector() as collector:
        async with tracing_by(TraceTerms(collector.endpoint, "n1")):
            with tracing.entry("request", given):
                pass
        (span,) = collector.spans
    assert span.parent_id == ""


async def test_a_sample_of_none_keeps_what_others_keep() -> None:
    with span_collector() as collector:
        async with tracing_by(TraceTerms(collector.endpoint, "n1", sample=0)):
            with tracing.entry("own"):
                own = tracing.traceparent()
            with tracing.entry("kept", GIVEN) as kept:
                pass
            with tracing.entry("not kept", GIVEN[:-1] + "0") as lost:
                pass
            with tracing.for_all([lost, kept], "group"):
                pass
        assert [span.name for span in collector.spans] == ["kept", "group"]
    assert own is not None
    assert not int(own[-2:], 16) & 1


async def test_more_than_the_queue_holds_is_dropped_without_waiting() -> None:
    """Nobody takes the spans: making them costs the same, and the end does not wait long."""
    loop = asyncio.get_running_loop()
    async with tracing_by(TraceTerms("http://127.0.0.1:9/v1/traces", "n1", queue_spans=64)):
        for _ in range(1000):
            with tracing.entry("request"):
                pass
        began_s = loop.time()
    assert loop.time() - began_s < 10


@pytest.mark.parametrize("module", ["voicegw.app", "voicegw.events.delivery.process"])
def test_who_traces_nothing_imports_nothing_of_it(module: str) -> None:
    """The framework of the API looks for OpenTelemetry's interface, which does nothing."""
    library = "opentelemetry.sdk", "opentelemetry.exporter", "voicegw.otlp"
    code = f"import sys, {module}\nassert sys.modules.keys().isdisjoint({library})"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


async def test_who_traces_without_the_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "voicegw.otlp", None)
    with pytest.raises(StartError, match="not installed"):
        async with tracing_by(TraceTerms("http://127.0.0.1:9/v1/traces", "n1")):
            pass
