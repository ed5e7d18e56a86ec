from __future__ import annotations

import msgspec
import pytest

from tests.unit.api.fakes import make_call
from voicegw.calls.parts import CallCounters
from voicegw.model.call import (
    Direction,
    Leg,
    LegResult,
    LegRole,
)

LEG = Leg(id="leg_1", role=LegRole.CUSTOMER, trunk="carrier", result=LegResult.BUSY, q850=17)


@pytest.mark.parametrize(
    ("direction", "role", "way"),
    [
        (Direction.INBOUND, LegRole.CUSTOMER, "in"),
        (Direction.INBOUND, LegRole.MANAGER, "out"),
        (Direction.CLICK_TO_DIAL, LegRole.CUSTOMER, "out"),
        (Direction.CLICK_TO_DIAL, LegRole.MANAGER, "out"),
        (Direction.DIAL_THROUGH, LegRole.MANAGER, "in"),
    ],
)
def test_legs_are_counted_by_trunk_direction_and_result(
    direction: Direction, role: LegRole, way: str
) -> None:
    counters = CallCounters()
    call = msgspec.structs.replace(make_call(), direction=direction)
    leg = msgspec.structs.replace(LEG, role=role)
    counters.leg_ended(call, leg)
    counters.leg_ended(call, msgspec.structs.replace(leg, trunk=None))
    assert counters.legs == {("carrier", way, "busy"): 1, ("phone", way, "busy"): 1}


def test_causes_are_counted_as_far_as_they_exist() -> None:
    counters = CallCounters()
    for cause in (17, 17, None, 0, 128, 10**9):
        counters.leg_ended(make_call(), msgspec.structs.replace(LEG, q850=cause))
    assert counters.causes == {("carrier", "17"): 2}
    assert counters.legs.total() == 6
