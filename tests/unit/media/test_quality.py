from __future__ import annotations

from voicegw.media.quality import leg_quality, mos
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
