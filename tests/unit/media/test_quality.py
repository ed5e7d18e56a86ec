from __future__ import annotations

import pytest

from voicegw.media.quality import (
    CodecImpairment,
    delay_impairment,
    equipment_impairment,
    leg_quality,
    mos,
    mos_of,
    rating,
)
from voicegw.model.call import LegQuality


def test_a_perfect_path_is_worth_what_g711_can_be() -> None:
    assert 4.3 < mos(0, 0) < 4.45


def test_loss_jitter_and_delay_each_cost() -> None:
    best = mos(0, 0, 20)
    assert mos(1, 0, 20) < best
    assert mos(0, 20, 20) < best
    assert mos(0, 0, 400) < best
    assert mos(0, 0, 800) < mos(0, 0, 400)
    assert 1.0 <= mos(100, 500, 5000) < 1.1
    assert mos(3, 0) < mos(1, 0) < 4.3


def test_nothing_received_has_no_quality() -> None:
    assert leg_quality(received=0, expected=0, jitter_ms=0) == LegQuality()


def test_units() -> None:
    quality = leg_quality(received=98, expected=100, jitter_ms=10)
    assert quality.loss_pct == 2.0
    assert quality.jitter_ms == 10.0
    assert quality.mos is not None
    assert 3.5 < quality.mos < 4.3
    assert leg_quality(received=100, expected=90, jitter_ms=0).loss_pct == 0


def test_the_rating_of_g107s_defaults() -> None:
    """G.107 clause 7.7: with all defaults R is 93.2, which is a MOS of 4.41."""
    assert rating(0.0, 0.0) == pytest.approx(93.2, abs=0.05)
    assert mos_of(93.2) == pytest.approx(4.41, abs=0.005)


@pytest.mark.parametrize(
    ("r", "expected"), [(90.0, 4.34), (80.0, 4.03), (70.0, 3.60), (60.0, 3.10), (50.0, 2.58)]
)
def test_the_points_of_g107_table_b1(r: float, expected: float) -> None:
    """G.107 annex B, table B.1: user satisfaction by R and MOS.

    The table's 4.03 is (B-4)'s 4.024 rounded up; all others are rounded to the nearest.
    """
    assert mos_of(r) == pytest.approx(expected, abs=0.0061)


def test_the_ends_of_the_scale() -> None:
    """G.107 equation (B-4): 1 for R below 0, 4.5 for R above 100, never below 1 in between."""
    assert (mos_of(-5.0), mos_of(0.0), mos_of(3.0), mos_of(100.0), mos_of(120.0)) == (
        1.0, 1.0, 1.0, 4.5, 4.5,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("codec", "loss_pct", "expected"),
    [
        (CodecImpairment(0.0, 25.1), 0.0, 0.0),
        (CodecImpairment(0.0, 25.1), 1.0, 95.0 / 26.1),
        (CodecImpairment(0.0, 25.1), 25.1, 47.5),
        (CodecImpairment(0.0, 4.3), 4.3, 47.5),
        (CodecImpairment(11.0, 19.0), 0.0, 11.0),
        (CodecImpairment(11.0, 19.0), 19.0, 53.0),
    ],
)
def test_loss_by_g113(codec: CodecImpairment, loss_pct: float, expected: float) -> None:
    """Ie,eff with Ie and Bpl of G.113: G.711 with and without concealment, G.729A with VAD."""
    assert equipment_impairment(loss_pct, codec) == pytest.approx(expected, abs=1e-9)


def test_delay_by_g107() -> None:
    """Idd begins at 100 ms and is 25 (65^(1/6) - 3 (1 + (2/3)^6)^(1/6) + 2) at 400 ms."""
    assert delay_impairment(0.0) == pytest.approx(0.15, abs=0.01)
    echo_only = delay_impairment(100.0)
    assert 2.0 < echo_only < 3.5
    assert delay_impairment(100.1) - echo_only < 0.01
    pure = 25 * (65 ** (1 / 6) - 3 * (1 + (2 / 3) ** 6) ** (1 / 6) + 2)
    echo = delay_impairment(400.0) - pure
    assert 5.0 < echo < 8.0


@pytest.mark.parametrize("codec", ["G722", "opus", ""])
def test_of_wideband_no_mos_is_estimated(codec: str) -> None:
    """G.113 has no values for it on G.107's scale: null, not a guess."""
    quality = leg_quality(received=98, expected=100, jitter_ms=10, codec=codec)
    assert (quality.mos, quality.loss_pct) == (None, 2.0)
