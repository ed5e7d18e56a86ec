from __future__ import annotations

import pytest

from voicegw.calls.leg_reason import reason_by_code
from voicegw.model.call import LegResult


@pytest.mark.parametrize(
    ("result", "status", "q850", "reason"),
    [
        (LegResult.INVALID, 404, 1, "vacant-number"),
        (LegResult.INVALID, 404, None, "vacant-number"),
        (LegResult.UNREACHABLE, 480, 1, "vacant-number"),
        (LegResult.BUSY, 486, None, "busy"),
        (LegResult.BUSY, 486, 20, "not-reachable"),
        (LegResult.NO_ANSWER, 480, None, "no-answer"),
        (LegResult.UNREACHABLE, 480, None, "not-reachable"),
        (LegResult.UNREACHABLE, 480, 18, "no-answer"),
        (LegResult.UNREACHABLE, 502, 27, "not-reachable"),
        (LegResult.DECLINED, 603, 21, "declined"),
        (LegResult.UNREACHABLE, 408, None, "not-reachable"),
        (LegResult.NO_ANSWER, 408, None, "no-answer"),
        (LegResult.UNREACHABLE, 503, None, "congestion"),
        (LegResult.UNREACHABLE, 503, 38, "congestion"),
        (LegResult.UNREACHABLE, 503, 58, "congestion"),
        (LegResult.UNREACHABLE, 503, 34, "congestion"),
        (LegResult.UNREACHABLE, 500, 57, "barred"),
        (LegResult.UNREACHABLE, 500, 16, None),
        (LegResult.UNREACHABLE, None, None, None),
        (LegResult.CANCELED, 487, None, None),
        (LegResult.NOT_CONFIRMED, None, None, None),
        (LegResult.ANSWERED, 200, 17, None),
        (None, 486, 17, None),
    ],
)
def test_what_a_code_says(
    result: LegResult | None, status: int | None, q850: int | None, reason: str | None
) -> None:
    assert reason_by_code(result, status, q850) == reason
