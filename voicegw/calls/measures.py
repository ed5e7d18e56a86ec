"""How long calls took and how well they sounded, for `/metrics`. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from voicegw.distribution import Distributions
from voicegw.model.call import PHONE, Call, Leg

_SETUP_S: Final = (0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 13, 20, 30, 45, 60, 120)
_TALK_S: Final = (10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)
_MOS: Final = (1.5, 2, 2.5, 3, 3.3, 3.6, 3.9, 4.1, 4.3, 4.5)
_LOSS: Final = (0.0, 0.001, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5)
_JITTER_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)


@dataclass(frozen=True, slots=True)
class CallMeasures:
    """What was measured of calls, by direction, and of their legs, by trunk or `phone`."""

    bridge_s: Distributions = field(default_factory=partial(Distributions, _SETUP_S))
    """From a call's beginning to its bridge."""
    talk_s: Distributions = field(default_factory=partial(Distributions, _TALK_S))
    ringing_s: Distributions = field(default_factory=partial(Distributions, _SETUP_S))
    """From a dialled leg's INVITE to its first ringing."""
    answer_s: Distributions = field(default_factory=partial(Distributions, _SETUP_S))
    mos: Distributions = field(default_factory=partial(Distributions, _MOS))
    loss: Distributions = field(default_factory=partial(Distributions, _LOSS))
    """A share, 0 to 1."""
    jitter_s: Distributions = field(default_factory=partial(Distributions, _JITTER_S))

    def dialled(self, leg: Leg) -> None:
        """Note how soon a leg that we dialled rang and was answered; it has ended."""
        way = leg.trunk or PHONE
        for book, at in ((self.ringing_s, leg.ringing_at), (self.answer_s, leg.answered_at)):
            if leg.started_at is not None and at is not None:
                book.observe(_seconds(leg.started_at, at), way)

    def call(self, call: Call) -> None:
        """Note a call that has ended, with the quality of all its legs."""
        direction = str(call.direction)
        if call.bridged_at is not None:
            self.bridge_s.observe(_seconds(call.created_at, call.bridged_at), direction)
        if call.talk_s is not None:
            self.talk_s.observe(call.talk_s, direction)
        for leg in call.legs:
            self._quality(leg)

    def _quality(self, leg: Leg) -> None:
        way, quality = leg.trunk or PHONE, leg.quality
        if quality.mos is not None:
            self.mos.observe(quality.mos, way)
        if quality.loss_pct is not None:
            self.loss.observe(quality.loss_pct / 100, way)
        if quality.jitter_ms is not None:
            self.jitter_s.observe(quality.jitter_ms / 1000, way)


def _seconds(begin: datetime, end: datetime) -> float:
    """Return the seconds from `begin` to `end`; a clock that was set back makes none negative."""
    return max((end - begin).total_seconds(), 0.0)
