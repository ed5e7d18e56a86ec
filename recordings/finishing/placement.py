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

from recordings.finishing.decoding import LegDecoder
from recordings.finishing.ordering import OrderedPacket, PacketOrder

LOOKAHEAD_MS: Final = 2000
"""How long a packet waits for late ones, and how far ahead the anchor looks."""
_BOUNDARY_MS: Final = 250
"""A step of the delay between neighbours that only a new clock or a stall explains."""
_STEP_MS: Final = 20
_CREEP_MS: Final = 5
_CREEP_LOUD_MS: Final = 10
"""From here on the clock is followed in loud sound too."""
_QUIET_PEAK: Final = 1000
_PAUSE_MS: Final = 60
_CONCEAL_MS: Final = 60
_REPEAT_MS: Final = 20
_OUTLOOK_PACKETS: Final = 25
"""After how many packets the anchor is looked up again."""


class SampleBlocks:
    """Samples by place; what was never written is silent. Holds only blocks not yet taken."""

    def __init__(self, size: int) -> None:
        """Begin with silence. `size` is the length of a block in samples."""
        self._size = size
        self._blocks: dict[int, NDArray[np.int16]] = {}
        self._first = 0

    def write(self, place: int, samples: NDArray[np.int16]) -> None:
        """Put `samples` at `place` (ticks); what lies before the blocks already taken is left."""
        size = self._size
        floor = self._first * size
        if place < floor:
            samples = samples[floor - place :]
            place = floor
        count = len(samples)
        while count:
            index, offset = divmod(place, size)
            block = self._blocks.get(index)
            if block is None:
                block = self._blocks[index] = np.zeros(size, dtype=np.int16)
            if offset + count <= size:
                block[offset : offset + count] = samples
                return
            room = size - offset
            block[offset:] = samples[:room]
            samples = samples[room:]
            place += room
            count -= room

    def take(self) -> NDArray[np.int16]:
        """Return the next block; it can't be written any more."""
        block = self._blocks.pop(self._first, None)
        self._first += 1
        return np.zeros(self._size, dtype=np.int16) if block is None else block


class LegPlacement:
    """One leg's packets in, its sound in `blocks` of one second. A tick is one sample."""

    def __init__(self, rate_hz: int) -> None:
        """Begin before the first packet; `rate_hz` is the rate of the sound to make."""
        self._rate_hz = rate_hz
        self._ticks_per_ms = rate_hz // 1000
        self._pause_ticks = _PAUSE_MS * self._ticks_per_ms
        self._step_ticks = _STEP_MS * self._ticks_per_ms
        self._creep_ticks = _CREEP_MS * self._ticks_per_ms
        self._repeat_ticks = _REPEAT_MS * self._ticks_per_ms
        self._boundary_ticks = _BOUNDARY_MS * self._ticks_per_ms
        self._decoder = LegDecoder(rate_hz)
        self.order = PacketOrder()
        self.blocks = SampleBlocks(rate_hz)
        self.lost = 0
        self.concealed_ticks = 0
        self.placed_ticks = 0
        self._started = False
        self._previous_order: int | None = None
        self._timestamp = 0
        self._clock_hz = 0
        self._clock_ticks = 0
        self._clock_began_ticks = 0
        self._rtp_ticks = 0
        """The RTP time of the present packet in samples of ours."""
        self._delay = 0
        self._anchor = 0
        self._outlook = 0
        self._outlook_left = 0
        self._cursor = 0
        self._in_pause = False
        self._tail: NDArray[np.int16] = np.zeros(0, dtype=np.int16)

    def advance(self, now_ticks: int) -> None:
        """Place everything that has waited long enough at `now_ticks`."""
        before = now_ticks - LOOKAHEAD_MS * self._ticks_per_ms
        while (packet := self.order.pop_before(before)) is not None:
            self._place(packet)

    def finish(self) -> None:
        """Place all that is left."""
        while self.order.waiting:
            self._place(self.order.waiting.popleft())

    def _place(self, packet: OrderedPacket) -> None:
        previous, order = self._previous_order, packet.order
        missing = 0 if previous is None else order - previous - 1
        self._previous_order = order
        self.lost += missing
        encoding = packet.encoding
        if encoding is None or not packet.payload:
            return
        boundary = self._follow_rtp(packet, encoding.clock_hz)
        samples = self._decoder.decode(packet, self.order.waiting)
        rtp_ticks, in_pause = self._rtp_ticks, self._in_pause
        error = self._outlook - self._anchor
        stepped = not self._started or abs(error) > self._step_ticks or (in_pause and error != 0)
        if stepped:
            self._anchor = self._outlook
        place = self._anchor + rtp_ticks
        if not self._started:
            self._started = True
            self._cursor = place
        if not stepped and abs(error) >= self._creep_ticks:
            samples = self._follow_clock(error, samples)
        self._write(
            place, samples, conceal=missing > 0 or (stepped and not boundary and not in_pause)
        )

    def _follow_rtp(self, packet: OrderedPacket, clock_hz: int) -> bool:
        """Take the packet's times in; return whether a new clock or a stall begins with it."""
        renewed = clock_hz != self._clock_hz
        if renewed:
            # Another codec's clock: its times tell nothing of those before. Taken to go on without
            # a gap; where that is wrong, the anchor finds the place by arrival.
            self._clock_began_ticks = self._cursor - self._anchor
            self._clock_hz = clock_hz
            self._clock_ticks = 0
        else:
            self._clock_ticks += _signed(packet.timestamp - self._timestamp)
        self._timestamp = packet.timestamp
        self._rtp_ticks = self._clock_began_ticks + self._clock_ticks * self._rate_hz // clock_hz
        self._in_pause = self._anchor + self._rtp_ticks - self._cursor > self._pause_ticks
        if packet.out_of_turn and self._started and not renewed:
            return False
        delay = packet.arrival_ticks - self._rtp_ticks
        far = abs(delay - self._delay) > self._boundary_ticks
        boundary = not self._started or renewed or far
        self._delay = delay
        # In a long silence the clock has crept on, and what was seen before it holds no more.
        if boundary or self._in_pause or self._outlook_left <= 0 or delay < self._outlook:
            self._outlook = self._look_ahead(delay)
            self._outlook_left = _OUTLOOK_PACKETS
        self._outlook_left -= 1
        return boundary

    def _look_ahead(self, delay: int) -> int:
        """Return the smallest delay among the next packets of the same clock.

        What comes behind a long silence is not among them: the clock has crept on by then.
        """
        least = previous = delay
        until_ticks = self._rtp_ticks + delay + LOOKAHEAD_MS * self._ticks_per_ms
        clock_ticks, timestamp = self._clock_ticks, self._timestamp
        began, rate_hz, clock_hz = self._clock_began_ticks, self._rate_hz, self._clock_hz
        boundary = self._boundary_ticks
        for packet in self.order.waiting:
            encoding = packet.encoding
            if encoding is None or packet.out_of_turn:
                continue
            if encoding.clock_hz != clock_hz or packet.arrival_ticks > until_ticks:
                break
            # The arithmetic of `_follow_rtp` in place: this is done a hundred times for each look.
            clock_ticks += (packet.timestamp - timestamp + 0x80000000 & 0xFFFFFFFF) - 0x80000000
            timestamp = packet.timestamp
            ahead = packet.arrival_ticks - began - clock_ticks * rate_hz // clock_hz
            if not -boundary <= ahead - previous <= boundary:
                break
            previous = ahead
            least = min(least, ahead)
        return least

    def _follow_clock(self, error: int, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """Add or drop one sample where it is heard least; the anchor moves with it."""
        if len(samples) < 2:
            return samples
        loudness = np.abs(samples.astype(np.int32))
        if abs(error) < _CREEP_LOUD_MS * self._ticks_per_ms and int(loudness.max()) > _QUIET_PEAK:
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
            self._conceal(min(gap, _CONCEAL_MS * self._ticks_per_ms))
        elif gap < 0:
            samples = samples[-gap:]
            place = self._cursor
        count = len(samples)
        if not count:
            return
        self.blocks.write(place, samples)
        self._cursor = place + count
        repeat = self._repeat_ticks
        self._tail = samples if count <= repeat else samples[-repeat:]
        if self._cursor > 0:
            self.placed_ticks += count

    def _conceal(self, ticks: int) -> None:
        """Continue the last sound, fading, for `ticks` from the cursor on."""
        if not len(self._tail):
            return
        repeats = -(-ticks // len(self._tail))
        fade = 1.0 - np.arange(1, ticks + 1) / (_CONCEAL_MS * self._ticks_per_ms)
        sound = np.tile(self._tail, repeats)[:ticks] * fade
        self.blocks.write(self._cursor, sound.astype(np.int16))
        self.concealed_ticks += ticks


def _signed(step: int) -> int:
    """Return a difference of 32-bit RTP times as the nearest signed step."""
    return (step + 0x80000000 & 0xFFFFFFFF) - 0x80000000
