"""What a listener would say: loss, jitter and a MOS estimate by the E-model (ITU-T G.107). Pure.

R = Ro - Is - Id - Ie,eff with the defaults of G.107 table 2 (SLR 8 dB, RLR 2 dB, STMR 15 dB, TELR
65 dB, WEPL 110 dB, random loss): 93.2 without delay and loss. Only what a gateway can measure
varies: delay, jitter and loss.

The impairments of codecs are those of ITU-T G.113 appendix I. It gives none for wideband codecs on
the scale of G.107, so of G.722 and Opus no MOS is estimated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from voicegw.model.call import LegQuality

#: G.107 equations (3-2) to (3-12) with the default values, once and for all.
_SIGNAL_TO_NOISE: Final = 94.77
"""Ro."""
_SIMULTANEOUS: Final = 1.41
"""Is."""
_ROE: Final = 94.77
"""-1.5 (No - RLR) with No = -61.18 dBm0p."""
_TELR_DB: Final = 65.0
_WEPL_DB: Final = 110.0
#: Delay that no measure here sees: packetisation, the far end's jitter buffer and its network.
_ASSUMED_ONE_WAY_MS: Final = 60.0


@dataclass(frozen=True, slots=True)
class CodecImpairment:
    """Ie and Bpl of G.113: what a codec costs, and how robust it is against random loss."""

    ie: float
    bpl: float


#: G.711 with the concealment of its appendix I, as telephones have it; without any, Bpl is 4.3.
G711: Final = CodecImpairment(0.0, 25.1)
_IMPAIRMENTS: Final = {"PCMA": G711, "PCMU": G711}


def mos(
    loss_pct: float,
    jitter_ms: float,
    round_trip_ms: float | None = None,
    codec: CodecImpairment = G711,
) -> float:
    """Return the estimated MOS (1 to 4.5) of a path with `loss_pct` and `jitter_ms`.

    A receiver's jitter buffer is taken to hold twice the jitter. Without a measured
    `round_trip_ms` a usual path is assumed.
    """
    network_ms = _ASSUMED_ONE_WAY_MS if round_trip_ms is None else round_trip_ms / 2 + 20.0
    return mos_of(rating(network_ms + 2 * jitter_ms, loss_pct, codec))


def rating(one_way_ms: float, loss_pct: float, codec: CodecImpairment = G711) -> float:
    """Return the transmission rating R of a path, G.107 equation (3-1)."""
    return (
        _SIGNAL_TO_NOISE
        - _SIMULTANEOUS
        - delay_impairment(one_way_ms)
        - equipment_impairment(loss_pct, codec)
    )


def equipment_impairment(loss_pct: float, codec: CodecImpairment = G711) -> float:
    """Return Ie,eff for random loss, G.107 equation (3-29) with BurstR = 1."""
    return codec.ie + (95.0 - codec.ie) * loss_pct / (loss_pct + codec.bpl)


def delay_impairment(one_way_ms: float) -> float:
    """Return Id: talker echo, listener echo and pure delay, G.107 equations (3-13) to (3-28)."""
    return _talker_echo(one_way_ms) + _listener_echo(2 * one_way_ms) + _too_long(one_way_ms)


def _talker_echo(delay_ms: float) -> float:
    """Return Idte."""
    terv = (
        _TELR_DB
        - 40.0 * math.log10((1.0 + delay_ms / 10.0) / (1.0 + delay_ms / 150.0))
        + 6.0 * math.exp(-0.3 * delay_ms**2)
    )
    half = (_ROE - (80.0 + 2.5 * (terv - 14.0))) / 2
    return (half + math.hypot(half, 10.0) - 1.0) * (1.0 - math.exp(-delay_ms))


def _listener_echo(round_trip_ms: float) -> float:
    """Return Idle."""
    echo = 10.5 * (_WEPL_DB + 7.0) * math.pow(round_trip_ms + 1.0, -0.25)
    half = (_SIGNAL_TO_NOISE - echo) / 2
    return half + math.hypot(half, 13.0)


def _too_long(delay_ms: float) -> float:
    """Return Idd: what a conversation suffers from delay alone, from 100 ms on."""
    if delay_ms <= 100.0:
        return 0.0
    x = math.log2(delay_ms / 100.0)
    return 25.0 * float((1 + x**6) ** (1 / 6) - 3.0 * (1 + (x / 3) ** 6) ** (1 / 6) + 2.0)


def mos_of(r: float) -> float:
    """Return the MOS that a rating R stands for, G.107 annex B, equation (B-4)."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def leg_quality(
    *,
    received: int,
    expected: int,
    jitter_ms: float,
    round_trip_ms: float | None = None,
    codec: str = "PCMA",
) -> LegQuality:
    """Return the quality of a received stream; all None when nothing was received.

    `expected` is how many packets the sequence numbers stand for, `jitter_ms` the interarrival
    jitter of RFC 3550 §6.4.1. The MOS is None for a codec of which G.113 says nothing.
    """
    if received <= 0 or expected <= 0:
        return LegQuality()
    loss_pct = 100.0 * max(0, expected - received) / expected
    impairment = _IMPAIRMENTS.get(codec)
    estimate = None
    if impairment is not None:
        estimate = round(mos(loss_pct, jitter_ms, round_trip_ms, impairment), 2)
    return LegQuality(
        mos=estimate,
        loss_pct=round(loss_pct, 3),
        jitter_ms=round(jitter_ms, 3),
    )
