"""Places the sound of one leg on the time line. Pure.

Each packet says by its RTP time where it lies among its neighbours, and by its arrival where they
all lie in the talk. The difference of the two is the delay plus a constant; its smallest value in
the next two seconds is the *anchor*, free of jitter, because the least delayed packet is the
best witness. Inside a talk spurt the RTP clock rules; the anchor is followed

* at once after a pause, or when it has moved by more than 20 ms (a new stream, a sender that
  stopped its clock on hold, a new route);
* one sample a packet, where the sound is quiet, when it creeps: the sender's clock runs fast or
  slow.

What was lost is concealed for up to 60 ms by fading repetition and silent from there on.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from recordings.g711 import decode
from recordings.ordering import OrderedPacket, PacketOrder

RATE_HZ: Final = 8000
TICKS_PER_MS: Final = RATE_HZ // 1000
BLOCK_TICKS: Final = RATE_HZ
"""Sound is kept and handed out in blocks of one second."""

LOOKAHEAD_TICKS: Final = 2000 * TICKS_PER_MS
"""How long a packet waits for late ones, and how far ahead the anchor looks."""
_BOUNDARY_TICKS: Final = 250 * TICKS_PER_MS
"""A step of the delay between neighbours that only a new clock or a stall explains."""
_STEP_TICKS: Final = 20 * TICKS_PER_MS
_CREEP_TICKS: Final = 5 * TICKS_PER_MS
_CREEP_LOUD_TICKS: Final = 10 * TICKS_PER_MS
"""From here on the clock is followed in loud sound too."""
_QUIET_PEAK: Final = 1000
_PAUSE_TICKS: Final = 60 * TICKS_PER_MS
_CONCEAL_TICKS: Final = 60 * TICKS_PER_MS
_REPEAT_TICKS: Final = 20 * TICKS_PER_MS
_OUTLOOK_PACKETS: Final = 25
"""After how many packets the anchor is looked up again."""


class SampleBlocks:
    """Samples by place; what was never written is silent. Holds only blocks not yet taken."""

    def __init__(self) -> None:
        """Begin with silence."""
        self._blocks: dict[int, NDArray[np.int16]] = {}
        self._first = 0

    def write(self, place: int, samples: NDArray[np.int16]) -> None:
        """Put `samples` at `place` (ticks); what lies before the blocks already taken is left."""
        floor = self._first * BLOCK_TICKS
        if place < floor:
            samples = samples[floor - place :]
            place = floor
        while len(samples):
            index, offset = divmod(place, BLOCK_TICKS)
            block = self._blocks.get(index)
            if block is None:
                block = self._blocks[index] = np.zeros(BLOCK_TICKS, dtype=np.int16)
            piece = samples[: BLOCK_TICKS - offset]
            block[offset : offset + len(piece)] = piece
            place += len(piece)
            samples = samples[len(piece) :]

    def take(self) -> NDArray[np.int16]:
        """Return the next block; it can't be written any more."""
        block = self._blocks.pop(self._first, None)
        self._first += 1
        return np.zeros(BLOCK_TICKS, dtype=np.int16) if block is None else block


class LegPlacement:
    """One leg's packets in, its sound in `blocks`."""

    def __init__(self) -> None:
        """Begin before the first packet."""
        self.order = PacketOrder()
        self.blocks = SampleBlocks()
        self.lost = 0
        self.concealed_ticks = 0
        self.placed_ticks = 0
        self._started = False
        self._previous_order: int | None = None
        self._timestamp = 0
        self._rtp_ticks = 0
        self._delay = 0
        self._anchor = 0
        self._outlook = 0
        self._outlook_left = 0
        self._cursor = 0
        self._tail: NDArray[np.int16] = np.zeros(0, dtype=np.int16)

    def advance(self, now_ticks: int) -> None:
        """Place everything that has waited long enough at `now_ticks`."""
        before = now_ticks - LOOKAHEAD_TICKS
        while (packet := self.order.pop_before(before)) is not None:
            self._place(packet)

    def finish(self) -> None:
        """Place all that is left."""
        while self.order.waiting:
            self._place(self.order.waiting.popleft())

    def _place(self, packet: OrderedPacket) -> None:
        missing = 0 if self._previous_order is None else packet.order - self._previous_order - 1
        self._previous_order = packet.order
        self.lost += missing
        if packet.levels is None or not packet.payload:
            return
        boundary = self._follow_rtp(packet)
        samples = decode(packet.payload, packet.levels)
        in_pause = self._anchor + self._rtp_ticks - self._cursor > _PAUSE_TICKS
        error = self._outlook - self._anchor
        stepped = not self._started or abs(error) > _STEP_TICKS or (in_pause and error != 0)
        if stepped:
            self._anchor = self._outlook
        place = self._anchor + self._rtp_ticks
        if not self._started:
            self._started = True
            self._cursor = place
        if not stepped and abs(error) >= _CREEP_TICKS:
            samples = self._follow_clock(error, samples)
        self._write(
            place, samples, conceal=missing > 0 or (stepped and not boundary and not in_pause)
        )

    def _follow_rtp(self, packet: OrderedPacket) -> bool:
        """Take the packet's times in; return whether a new clock or a stall begins with it."""
        self._rtp_ticks += _signed(packet.timestamp - self._timestamp)
        self._timestamp = packet.timestamp
        if packet.out_of_turn and self._started:
            return False
        delay = packet.arrival_ticks - self._rtp_ticks
        boundary = not self._started or abs(delay - self._delay) > _BOUNDARY_TICKS
        self._delay = delay
        if boundary or self._outlook_left <= 0 or delay < self._outlook:
            self._outlook = self._look_ahead(delay)
            self._outlook_left = _OUTLOOK_PACKETS
        self._outlook_left -= 1
        return boundary

    def _look_ahead(self, delay: int) -> int:
        """Return the smallest delay among the next packets of the same clock."""
        least = previous = delay
        rtp_ticks, timestamp = self._rtp_ticks, self._timestamp
        for packet in self.order.waiting:
            if packet.levels is None or packet.out_of_turn:
                continue
            rtp_ticks += _signed(packet.timestamp - timestamp)
            timestamp = packet.timestamp
            ahead = packet.arrival_ticks - rtp_ticks
            if abs(ahead - previous) > _BOUNDARY_TICKS:
                break
            previous = ahead
            least = min(least, ahead)
        return least

    def _follow_clock(self, error: int, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """Add or drop one sample where it is heard least; the anchor moves with it."""
        if len(samples) < 2:
            return samples
        loudness = np.abs(samples.astype(np.int32))
        if abs(error) < _CREEP_LOUD_TICKS and int(loudness.max()) > _QUIET_PEAK:
            return samples
        quietest = int((loudness[:-1] + loudness[1:]).argmin())
        if error > 0:
            self._anchor += 1
            between = (int(samples[quietest]) + int(samples[quietest + 1])) // 2
            return np.insert(samples, quietest + 1, np.int16(between))
        self._anchor -= 1
        return np.delete(samples, quietest)

    def _write(self, place: int, samples: NDArray[np.int16], *, conceal: bool) -> None:
        gap = place - self._cursor
        if gap > 0 and conceal:
            self._conceal(min(gap, _CONCEAL_TICKS))
        elif gap < 0:
            samples = samples[-gap:]
            place = self._cursor
        if not len(samples):
            return
        self.blocks.write(place, samples)
        self._cursor = place + len(samples)
        self._tail = samples[-_REPEAT_TICKS:]
        if self._cursor > 0:
            self.placed_ticks += len(samples)

    def _conceal(self, ticks: int) -> None:
        """Continue the last sound, fading, for `ticks` from the cursor on."""
        if not len(self._tail):
            return
        repeats = -(-ticks // len(self._tail))
        fade = 1.0 - np.arange(1, ticks + 1) / _CONCEAL_TICKS
        sound = np.tile(self._tail, repeats)[:ticks] * fade
        self.blocks.write(self._cursor, sound.astype(np.int16))
        self.concealed_ticks += ticks


def _signed(step: int) -> int:
    """Return a difference of 32-bit RTP times as the nearest signed step."""
    return (step + 0x80000000 & 0xFFFFFFFF) - 0x80000000
