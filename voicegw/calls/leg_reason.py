"""What a final response says of why nobody answered. Pure.

Networks in China answer most failed calls with 480 or 486 and say in words what they mean, so this
is only where the reason begins: what was heard refines it after the call (`recordings.network`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicegw.model.call import LegReason, LegResult

#: Q.850 table 1: causes that say why a subscriber was not reached.
_BY_CAUSE: Final[Mapping[int, LegReason]] = {
    1: LegReason.VACANT_NUMBER,
    17: LegReason.BUSY,
    18: LegReason.NO_ANSWER,
    19: LegReason.NO_ANSWER,
    20: LegReason.NOT_REACHABLE,
    21: LegReason.DECLINED,
    22: LegReason.VACANT_NUMBER,
    27: LegReason.NOT_REACHABLE,
    28: LegReason.VACANT_NUMBER,
    34: LegReason.CONGESTION,
    38: LegReason.CONGESTION,
    41: LegReason.CONGESTION,
    42: LegReason.CONGESTION,
    44: LegReason.CONGESTION,
    47: LegReason.CONGESTION,
    55: LegReason.BARRED,
    57: LegReason.BARRED,
    58: LegReason.CONGESTION,
}
#: What a leg's result alone says, where there is no cause.
_BY_RESULT: Final[Mapping[LegResult, LegReason]] = {
    LegResult.BUSY: LegReason.BUSY,
    LegResult.NO_ANSWER: LegReason.NO_ANSWER,
    LegResult.DECLINED: LegReason.DECLINED,
    LegResult.INVALID: LegReason.VACANT_NUMBER,
}
#: What the status says where nothing else does: nobody is there, or there is no room.
_BY_STATUS: Final[Mapping[int, LegReason]] = {
    408: LegReason.NOT_REACHABLE,
    480: LegReason.NOT_REACHABLE,
    503: LegReason.CONGESTION,
}


def reason_by_code(
    result: LegResult | None, status: int | None, q850: int | None
) -> LegReason | None:
    """Return why a leg that ended with `result` was not answered; None when nobody has said.

    `status` and `q850` are the far end's own, None where it has said nothing (our own time-out is
    408, too, and a trunk that is away 503: neither tells of a customer). A cause outweighs the
    status that carried it (RFC 3398 §8.2.6.1 maps many causes to one status).
    """
    if result is None or result is LegResult.ANSWERED:
        return None
    if q850 is not None and q850 in _BY_CAUSE:
        return _BY_CAUSE[q850]
    if result in _BY_RESULT:
        return _BY_RESULT[result]
    return None if status is None else _BY_STATUS.get(status)
