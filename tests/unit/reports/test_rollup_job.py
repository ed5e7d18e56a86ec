"""How much of the time is spent on summing."""

from __future__ import annotations

import pytest

from voicegw.reports.rollup_job import rest_s


@pytest.mark.parametrize(("took_s", "rest"), [(0.0, 2.0), (0.5, 2.0), (2.0, 6.0), (100.0, 30.0)])
def test_a_long_round_is_followed_by_a_long_rest(took_s: float, rest: float) -> None:
    assert rest_s(took_s) == rest
