"""What a listener would say: loss, jitter and a MOS estimate (ITU-T G.107, simplified). Pure."""

from __future__ import annotations

from typing import Final

from voicegw.model.call import LegQuality

#: R0 - Is of the default E-model (G.107 table 2): what a perfect G.711 path is worth.
_BASE_R: Final = 93.2
# G.711 with simple concealment: Ie = 0, Bpl = 25.1 (G.113 appendix I, random loss).
_PACKET_LOSS_ROBUSTNESS: Final = 25.1
_CODEC_IMPAIRMENT: Final = 0.0
#: Delay that no measure here sees: packetisation, the far end's jitter buffer and its network.
_ASSUMED_ONE_WAY_MS: Final = 60.0


def mos(loss_pct: float, jitter_ms: float, round_trip_ms: float | None = None) -> float:
    """Return the estimated MOS (1 to 4.5) of G.711 with `loss_pct` and `jitter_ms`.

    A receiver's jitter buffer is taken to hold twice the jitter. Without a measured
    `round_trip_ms` a usual path is assumed.
    """
    network_ms = _ASSUMED_ONE_WAY_MS if round_trip_ms is None else round_trip_ms / 2 + 20.0
    delay_ms = network_ms + 2 * jitter_ms
    delay_impairment = 0.024 * delay_ms
    if delay_ms > 177.3:
        delay_impairment += 0.11 * (delay_ms - 177.3)
    loss_impairment = _CODEC_IMPAIRMENT + (95.0 - _CODEC_IMPAIRMENT) * loss_pct / (
        loss_pct + _PACKET_LOSS_ROBUSTNESS
    )
    return _mos_of_r(_BASE_R - delay_impairment - loss_impairment)


def _mos_of_r(r: float) -> float:
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def leg_quality(
    *, received: int, expected: int, jitter_ms: float, round_trip_ms: float | None = None
) -> LegQuality:
    """Return the quality of a received stream; all None when nothing was received.

    `expected` is how many packets the sequence numbers stand for, `jitter_ms` the interarrival
    jitter of RFC 3550 §6.4.1. The estimate is that of G.711, whatever the codec.
    """
    if received <= 0 or expected <= 0:
        return LegQuality()
    loss_pct = 100.0 * max(0, expected - received) / expected
    return LegQuality(
        mos=round(mos(loss_pct, jitter_ms, round_trip_ms), 2),
        loss_pct=round(loss_pct, 3),
        jitter_ms=round(jitter_ms, 3),
    )
