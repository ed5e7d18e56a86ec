"""An hour by a simulated clock: whatever the network and the clocks do, sound lies where it was."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ivr.g711 import encode_alaw
from recordings.finishing.timeline import Timeline, survey
from tests.unit.recordings.spools import EPOCH_US, PACKET, end, mark
from voicegw.media.spool import CapturedPacket, CaptureRecord
from voicegw.model.recording import RecordingKind

HOUR_S = 3600
WITHIN_MS = 20.0
PPM = 50.0
LOSS = 0.02
OVERTAKEN = 0.02
SILENT = encode_alaw(np.zeros(PACKET, np.int16))
CLICK = encode_alaw(np.r_[np.full(40, 12_000), np.zeros(PACKET - 40)].astype(np.int16))


@dataclass
class Phone:
    """A telephone whose clock is off by `ppm`, behind a network that delays, loses and reorders.

    It clicks each `every_s` of its own seconds. `way_ms` gives the delay of the way besides jitter,
    by the time; while `rests` it sends nothing and its RTP clock stands still. `clicks` are when
    the clicks that arrived would have come without jitter, in seconds of the common clock.
    """

    leg: int
    ppm: float
    every_s: int
    way_ms: Callable[[float], float] = lambda at_s: 20.0
    rests: Callable[[float], bool] = lambda at_s: False
    clicks: list[float] = field(default_factory=list)

    def packets(self) -> Iterator[CapturedPacket]:
        """Yield what the worker captures, in order of arrival."""
        chance = random.Random(self.leg)
        self.clicks.clear()
        waiting: list[CapturedPacket] = []
        sent = 0
        for number in range(HOUR_S * 50):
            at_s = number * 0.02 * (1 + self.ppm / 1e6)
            if self.rests(at_s):
                continue
            is_click = number % (self.every_s * 50) == 25
            lost = chance.random() < LOSS
            sent += 1
            if lost:
                continue
            if is_click:
                self.clicks.append(at_s + self.way_ms(at_s) / 1e3)
            jitter_ms = min(chance.expovariate(1 / 8.0), 80.0)
            if chance.random() < OVERTAKEN:
                jitter_ms += 45.0
            waiting.append(
                CapturedPacket(
                    self.leg,
                    8,
                    sent & 0xFFFF,
                    sent * PACKET & 0xFFFFFFFF,
                    EPOCH_US + round(at_s * 1e6 + (self.way_ms(at_s) + jitter_ms) * 1e3),
                    CLICK if is_click else SILENT,
                )
            )
            if len(waiting) == 50:
                waiting.sort(key=_arrival)
                yield from waiting[:25]
                del waiting[:25]
        waiting.sort(key=_arrival)
        yield from waiting


def _arrival(packet: CapturedPacket) -> int:
    return packet.arrival_us


def merged(*phones: Phone) -> Iterator[CaptureRecord]:
    """Yield what a worker captures of all."""
    yield mark(0, "bridge")
    yield from heapq.merge(*(phone.packets() for phone in phones), key=_arrival)
    yield end(HOUR_S + 1)


def onsets(channel: NDArray[np.int16]) -> list[int]:
    found: list[int] = []
    for index in np.flatnonzero(np.abs(channel.astype(np.int32)) > 6000):
        if not found or index - found[-1] > 2000:
            found.append(int(index))
    return found


def test_an_hour_of_drift_loss_reordering_and_jitter_stays_within_20_ms() -> None:
    left = Phone(0, PPM, 7, way_ms=lambda at_s: 20.0 if at_s < 1800 else 65.0)
    right = Phone(1, -PPM, 11, rests=lambda at_s: 600 <= at_s < 640 or 3000 <= at_s < 3005)
    found = survey(merged(left, right), RecordingKind.TALK)
    assert found is not None
    timeline = Timeline(found)
    seconds = list(timeline.blocks(merged(left, right)))
    sound = np.concatenate(seconds)
    assert sound.shape == ((HOUR_S + 1) * 8000, 2)
    worst_ms = 0.0
    for channel, phone in enumerate((left, right)):
        expected = phone.clicks
        heard = np.array(onsets(sound[:, channel])) / 8000
        assert len(expected) > HOUR_S / phone.every_s * 0.9
        assert abs(len(heard) - len(expected)) <= 1
        errors_ms = [1000 * np.abs(heard - at_s).min() for at_s in expected]
        worst_ms = max(worst_ms, *errors_ms)
        figures = timeline.figures()[phone.leg]
        assert 0.015 < figures.lost / (HOUR_S * 50) < 0.025
        assert (figures.late, figures.strays) == (0, 0)
    assert worst_ms <= WITHIN_MS
