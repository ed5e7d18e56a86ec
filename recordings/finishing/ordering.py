"""Puts the packets of one leg back into the order in which they were sent. Pure.

Sequence numbers are extended past their wrap (RFC 3550 §A.1). A packet that is far from the others
is believed only when its successor follows: that is a sender that has begun a new stream; one alone
is a stray. Packets wait for a bounded time, so that late ones find their place and whoever places
them can look ahead.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from recordings.finishing.decoding import Encoding

MAX_DROPOUT: Final = 3000
"""The largest step ahead that is loss; a larger one is a new stream (RFC 3550 §A.1)."""
MAX_MISORDER: Final = 100
"""The largest step back that is a late packet; a larger one is a new stream."""
MAX_LATE_S: Final = 10
"""A late packet's RTP time is at most this far from the newest one's."""
MAX_WAITING: Final = 4000
"""How many packets wait at most; a flood is passed on early instead of filling the memory."""


class OrderedPacket(msgspec.Struct, gc=False):
    """A packet with its place in the stream.

    `order` rises by one for each packet the sender sent, so that a step over one is a loss;
    `arrival_ticks` counts samples from the begin of the time line. An `encoding` of None marks what
    carries no sound (digits, comfort noise, an unknown payload type). One that came `out_of_turn`
    tells by its arrival nothing about its neighbours.
    """

    order: int
    timestamp: int
    arrival_ticks: int
    payload: bytes
    encoding: Encoding | None
    out_of_turn: bool = False


class PacketOrder:
    """The waiting packets of one leg, in order. Counts what it refuses."""

    def __init__(self) -> None:
        """Begin with no stream."""
        self.waiting: deque[OrderedPacket] = deque()
        self.duplicates = 0
        self.late = 0
        self.strays = 0
        self._newest: int | None = None
        self._newest_timestamp = 0
        self._shift = 0
        self._released = -MAX_MISORDER - 1
        self._candidate: tuple[int, OrderedPacket] | None = None

    def push(
        self,
        sequence: int,
        timestamp: int,
        arrival_ticks: int,
        payload: bytes,
        encoding: Encoding | None,
    ) -> None:
        """Take a packet as it arrived; `sequence` and `timestamp` are those of its RTP header."""
        packet = OrderedPacket(0, timestamp, arrival_ticks, payload, encoding)
        newest = self._newest
        if newest is None:
            self._restart(sequence, packet)
            return
        step = (sequence - (newest + self._shift) + 0x8000 & 0xFFFF) - 0x8000
        if 0 < step <= MAX_DROPOUT:
            packet.order = newest + step
            self._newest = packet.order
            self._newest_timestamp = timestamp
            if self._candidate is not None:
                self._candidate = None
                self.strays += 1
            self.waiting.append(packet)
        elif -MAX_MISORDER <= step <= 0 and self._is_near(packet):
            packet.order = newest + step
            packet.out_of_turn = True
            self._insert(packet)
        else:
            self._doubt(sequence, packet)

    def pop_before(self, arrival_ticks: int) -> OrderedPacket | None:
        """Return the next packet when it arrived before `arrival_ticks`, else None."""
        waiting = self.waiting
        if not waiting:
            return None
        if waiting[0].arrival_ticks >= arrival_ticks and len(waiting) <= MAX_WAITING:
            return None
        packet = waiting.popleft()
        self._released = packet.order
        return packet

    def _is_near(self, packet: OrderedPacket) -> bool:
        clock_hz = 8000 if packet.encoding is None else packet.encoding.clock_hz
        step = (packet.timestamp - self._newest_timestamp + 0x80000000 & 0xFFFFFFFF) - 0x80000000
        return abs(step) <= MAX_LATE_S * clock_hz

    def _insert(self, packet: OrderedPacket) -> None:
        if packet.order <= self._released:
            self.late += 1
            return
        place = len(self.waiting)
        while place and self.waiting[place - 1].order > packet.order:
            place -= 1
        if place and self.waiting[place - 1].order == packet.order:
            self.duplicates += 1
            return
        self.waiting.insert(place, packet)

    def _doubt(self, sequence: int, packet: OrderedPacket) -> None:
        candidate, self._candidate = self._candidate, None
        if candidate is None:
            self._candidate = (sequence, packet)
            return
        first_sequence, first = candidate
        if sequence == (first_sequence + 1) & 0xFFFF:
            self._restart(first_sequence, first)
            self.push(
                sequence, packet.timestamp, packet.arrival_ticks, packet.payload, packet.encoding
            )
            return
        self.strays += 1
        self._candidate = (sequence, packet)

    def _restart(self, sequence: int, packet: OrderedPacket) -> None:
        """Begin a new stream right after the present one: the step between them is no loss."""
        packet.order = 0 if self._newest is None else self._newest + 1
        self._newest = packet.order
        self._newest_timestamp = packet.timestamp
        self._shift = sequence - packet.order
        self.waiting.append(packet)
