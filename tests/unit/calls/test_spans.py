from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.parts.span_book import SpanBook
from voicegw import tracing
from voicegw.calls.spans import traced_call
from voicegw.log_context import bound
from voicegw.model.call import Call, CallOutcome, CallStatus, Direction, Leg, LegRole

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.fixture
def book() -> Iterator[SpanBook]:
    book = SpanBook()
    tracing.install(book)
    yield book
    tracing.install(None)


def a_call() -> Call:
    return Call(
        id="call_1",
        direction=Direction.INBOUND,
        status=CallStatus.INITIATED,
        node="n1",
        created_at=AT,
        hotline_id="hot_1",
        display_number="+864008001234",
        group_id="grp_1",
        customer_number="+8613800000001",
    )


def test_a_caller_begins_a_trace_whatever_the_connection_was_made_for(book: SpanBook) -> None:
    with tracing.entry("other call"), traced_call(a_call(), from_outside=True) as ended:
        ended()
    assert book.spans[1].parent is None


def test_what_the_api_asked_for_is_part_of_the_request(book: SpanBook) -> None:
    with tracing.entry("request"), traced_call(a_call(), from_outside=False) as ended:
        assert bound() == {"call_id": "call_1"}
        ended()
    assert book.spans[1].parent is book.spans[0]


def test_legs_and_the_talk_are_told_of_at_the_end(book: SpanBook) -> None:
    call = a_call()
    with traced_call(call, from_outside=True) as ended:
        number = "+8613900000001"
        call.legs.append(
            Leg("leg_1", LegRole.MANAGER, number=number, started_at=AT, answered_at=AT)
        )
        call.bridged_at = AT
        call.ended_at = AT + timedelta(seconds=9)
        call.outcome = CallOutcome.INTERRUPTED
        assert len(book.spans) == 1
        ended()
        assert book.spans[0].over
    span, leg, bridge = book.spans
    assert (leg.title, bridge.title) == ("leg", "bridge")
    assert leg.parent is bridge.parent is span
    assert leg.events == ["answered"]
    assert span.known["error"] == "interrupted"
    assert not any("+86" in str(each.known) for each in book.spans)


def test_a_call_that_nobody_traces_is_bound_for_the_log_all_the_same() -> None:
    with traced_call(a_call(), from_outside=True) as ended:
        assert bound() == {"call_id": "call_1"}
        ended()
    assert bound() == {}
