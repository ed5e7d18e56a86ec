"""Traces of a whole node and its delivery process, as a collector gets them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.parts.lab import (
    CUSTOMER_NAME,
    HOTLINE,
    MANAGER_NAME,
    Lab,
    customer_does,
    customer_number,
    make_lab,
    manager_does,
    manager_number,
)
from tests.parts.node import wait_for
from tests.parts.receiver import ReceiverServer
from tests.parts.span_collector import SeenSpan, SpanCollector, span_collector

pytestmark = pytest.mark.peer

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


def more(collector: SpanCollector) -> str:
    return (
        f'[tracing]\nendpoint = "{collector.endpoint}"\n'
        '[webhooks]\nallow_private = ["127.0.0.0/8"]\n'
    )


def tree(spans: list[SeenSpan], parent_id: str) -> list[tuple[str, list[Any]]]:
    """Return names and what is below them, in the order in which they began."""
    below = sorted((one for one in spans if one.parent_id == parent_id), key=lambda s: s.begin_ns)
    return [(one.name, list(tree(spans, one.span_id))) for one in below if one.name != "webhook"]


def of_trace(collector: SpanCollector, trace_id: str) -> list[SeenSpan]:
    return [one for one in collector.spans if one.trace_id == trace_id]


@pytest.fixture(scope="module")
def collector() -> Iterator[SpanCollector]:
    with span_collector() as collector:
        yield collector


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory, collector: SpanCollector) -> Iterator[Lab]:
    lab = make_lab(tmp_path_factory.mktemp("lab"), announce=True, more=more(collector))
    with closing(lab):
        yield lab


def test_one_trace_from_the_request_to_the_end_of_the_call(
    traced: Lab, collector: SpanCollector
) -> None:
    lab = traced
    with ReceiverServer() as receiver:
        status, made = lab.node.request("POST", "/v1/webhooks", {"url": receiver.url})
        assert status == 201, made
        carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
        body = {"manager_external_id": "m1", "customer_external_id": "c1"}
        named = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
        status, call = lab.node.request("POST", "/v1/calls", body, named)
        assert status == 202
        lab.node.bridged(call["id"])
        lab.node.hangup(call["id"])
        carrier.finished()
        lab.node.ended(call["id"])

        def complete() -> bool:
            names = Counter(one.name for one in of_trace(collector, TRACE))
            ended = [one for one in receiver.posted if one.event["type"].endswith("call.ended")]
            return names["call"] == 1 and names["commit"] == 2 and bool(ended)

        wait_for("trace sent", complete)
        posted = {one.headers.get("traceparent") for one in receiver.posted}
        wait_for(
            "postings traced",
            lambda: sum(one.name == "webhook" for one in of_trace(collector, TRACE)) >= 3,
        )
        spans = of_trace(collector, TRACE)
        (request,) = tree(spans, PARENT)
        assert request == (
            "POST /v1/calls",
            [
                ("commit", [("store transaction", [])]),
                (
                    "call",
                    [
                        ("leg", []),
                        ("leg", []),
                        ("notice", []),
                        ("bridge", []),
                        ("commit", [("store transaction", [])]),
                    ],
                ),
            ],
        )
        found = next(one for one in spans if one.name == "call")
        assert found.attributes["voicegw.call.id"] == call["id"]
        assert found.attributes["voicegw.call.outcome"] == "connected"
        legs = [one for one in spans if one.name == "leg"]
        assert {one.attributes["voicegw.leg.role"] for one in legs} == {"manager", "customer"}
        assert all("answered" in one.happened for one in legs)
        assert not any(one.failed for one in spans)
        # What is posted names the posting's own span, so that the receiver's work is part of it.
        hooks = {f"00-{TRACE}-{one.span_id}-01" for one in spans if one.name == "webhook"}
        assert hooks & posted
        # Nobody is to be known from a trace.
        sent = b"".join(collector.bodies)
        for private in (
            customer_number(1),
            manager_number(1),
            HOTLINE,
            MANAGER_NAME,
            CUSTOMER_NAME,
        ):
            assert private.removeprefix("+86").encode() not in sent


def test_a_caller_begins_a_trace_of_its_own(traced: Lab, collector: SpanCollector) -> None:
    lab = traced
    known = lab.node.call_ids()
    carrier = lab.carrier(manager_does("answers_then_hangs_up", 1), calls=1)
    caller = lab.caller("talks_until_hung_up", (customer_number(1), HOTLINE))
    (call_id,) = lab.node.new_calls(known)
    caller.finished()
    carrier.finished()
    lab.node.ended(call_id)

    def whole() -> list[SeenSpan]:
        for one in collector.spans:
            if one.attributes.get("voicegw.call.id") == call_id:
                spans = of_trace(collector, one.trace_id)
                return spans if "store transaction" in {each.name for each in spans} else []
        return []

    spans = wait_for("call traced", whole)
    ((name, parts),) = tree(spans, "")
    assert name == "call"
    assert sorted(part for part, _ in parts) == ["bridge", "commit", "leg", "leg", "notice", "step"]
    step = next(one for one in spans if one.name == "step")
    assert step.attributes["voicegw.step.result"] == "connected"


def test_a_collector_that_is_away_costs_no_call(new_lab: Callable[..., Lab]) -> None:
    lab = new_lab(more='[tracing]\nendpoint = "http://127.0.0.1:9/v1/traces"\n')
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    call_id = lab.talking()
    lab.node.hangup(call_id)
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")
    assert lab.node.stop() == 0
