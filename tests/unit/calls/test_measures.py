"""What is measured of calls and legs for `/metrics`."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from tests.unit.api.fakes import make_call
from voicegw.calls.measures import CallMeasures
from voicegw.calls.parts import CallCounters
from voicegw.distribution import Distributions
from voicegw.model.call import Call, CallOutcome, Direction, Leg, LegQuality, LegRole

BEGUN = make_call().created_at


def _ended(*legs: Leg) -> Call:
    return msgspec.structs.replace(
        make_call(),
        direction=Direction.INBOUND,
        outcome=CallOutcome.CONNECTED,
        bridged_at=BEGUN + timedelta(seconds=4),
        talk_s=61.5,
        legs=list(legs),
    )


def _told(book: Distributions) -> dict[tuple[str, ...], tuple[int, float]]:
    return {labels: (one.count, one.total) for labels, one in book.items()}


def test_a_call_tells_how_long_it_took_and_how_it_sounded() -> None:
    quality = LegQuality(mos=4.2, loss_pct=1.5, jitter_ms=12)
    measures = CallMeasures()
    measures.call(
        _ended(
            Leg("leg_1", LegRole.CUSTOMER, trunk="carrier", quality=quality),
            Leg("leg_2", LegRole.MANAGER),
        )
    )
    assert _told(measures.bridge_s) == {("inbound",): (1, 4)}
    assert _told(measures.talk_s) == {("inbound",): (1, 61.5)}
    assert _told(measures.mos) == {("carrier",): (1, 4.2)}
    assert _told(measures.loss) == {("carrier",): (1, 0.015)}
    assert _told(measures.jitter_s) == {("carrier",): (1, 0.012)}


def test_a_dialled_leg_tells_how_soon_it_rang_and_was_answered() -> None:
    measures = CallMeasures()
    leg = Leg("leg_1", LegRole.CUSTOMER, trunk="carrier", started_at=BEGUN)
    measures.dialled(leg)
    leg.ringing_at = BEGUN + timedelta(seconds=2)
    leg.answered_at = BEGUN - timedelta(seconds=1)
    measures.dialled(leg)
    assert _told(measures.ringing_s) == {("carrier",): (1, 2)}
    assert _told(measures.answer_s) == {("carrier",): (1, 0)}, "a clock set back"


def test_what_was_never_bridged_is_not_measured_but_counted() -> None:
    counters = CallCounters()
    call = msgspec.structs.replace(_ended(), bridged_at=None, talk_s=None)
    counters.call_ended(call)
    assert counters.ended == {("inbound", "connected"): 1}
    assert _told(counters.measures.bridge_s) == {}
    assert _told(counters.measures.talk_s) == {}
