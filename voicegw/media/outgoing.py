"""The one stream that a leg sends for life (RFC 3550 §5.1).

Its SSRC, sequence and timestamp never break, whatever the leg hears. When another source begins,
the next packet carries the marker and the timestamp moves on by the time that passed; while
packets are relayed, it follows the steps of their source. Sockets are not known here: packets leave
through `send`.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from voicegw.media import dtmf, g711, rtp

FRAME_BYTES: Final = 160
FRAME_TICKS: Final = 160
KEEPALIVE_US: Final = 15_000_000

_MASK: Final = rtp.TIMESTAMP_MASK
_pack = rtp.HEADER.pack

Send = Callable[[bytes], object]


def discard(packet: bytes) -> None:
    """Send nothing: what a stream does before it knows where to."""


class Player:
    """A playback: whole prompts in memory, in both laws, given out one frame at a time."""

    __slots__ = ("_data", "_loop", "_position", "id")

    def __init__(self, playback: str, data: Mapping[g711.Law, bytes], *, loop: bool) -> None:
        """Play `data` (one byte a sample, equally long in both laws) once, or again and again."""
        self.id = playback
        self._data = data
        self._loop = loop and all(data.values())
        self._position = 0

    def frame(self, law: g711.Law) -> bytes | None:
        """Return the next 20 ms, filled up with silence at the end; None when it is over."""
        data = self._data[law]
        piece = data[self._position : self._position + FRAME_BYTES]
        self._position += len(piece)
        while self._loop and len(piece) < FRAME_BYTES:
            self._position = min(FRAME_BYTES - len(piece), len(data))
            piece += data[: self._position]
        if not piece:
            return None
        return piece + g711.SILENCE[law] * (FRAME_BYTES - len(piece))


class OutgoingStream:
    """What one leg hears, as packets. Times are monotonic microseconds.

    `second` is the second header byte of the next packet: the payload type, with the marker bit
    when another source has begun. The relaying hot path (`leg.py`) reads and writes the attributes
    itself; everybody else uses the methods.
    """

    __slots__ = (
        "_frames",
        "_presses",
        "_pressing_timestamp",
        "at_us",
        "errors",
        "event_payload_type",
        "law",
        "may_send",
        "octets",
        "offset",
        "payload_type",
        "player",
        "second",
        "send",
        "sent",
        "sequence",
        "ssrc",
        "timestamp",
        "toning",
        "translate",
    )

    def __init__(self, now_us: int) -> None:
        """Begin with a random SSRC, sequence and timestamp (RFC 3550 §5.1)."""
        self.ssrc = random.getrandbits(32)
        self.sequence = random.getrandbits(15)
        self.timestamp = random.getrandbits(32)
        self.at_us = now_us
        self.offset = 0
        self.law: g711.Law | None = None
        self.payload_type = 0
        self.event_payload_type: int | None = None
        self.second = rtp.MARKER
        self.translate: bytes | None = None
        self.may_send = False
        self.send: Send = discard
        self.sent = 0
        self.octets = 0
        self.errors = 0
        self.player: Player | None = None
        self.toning = False
        self._presses: deque[str] = deque()
        self._frames: deque[bytes | None] = deque()
        self._pressing_timestamp: int | None = None

    def negotiated(
        self, law: g711.Law, payload_type: int, event_payload_type: int | None, *, may_send: bool
    ) -> None:
        """Take what was agreed; may be called again at each negotiation."""
        self.law = law
        self.payload_type = payload_type
        self.second = payload_type | (self.second & rtp.MARKER)
        self.event_payload_type = event_payload_type
        self.may_send = may_send

    def switch(self) -> None:
        """Another source begins: the next packet gets the marker and a new anchor."""
        self.second |= rtp.MARKER

    def next_timestamp(self, now_us: int) -> int:
        """Return the timestamp of sound that begins now."""
        elapsed_ticks = (now_us - self.at_us) * 8 // 1000
        return (self.timestamp + max(FRAME_TICKS, elapsed_ticks)) & _MASK

    def anchor(self, timestamp: int, now_us: int) -> None:
        """Tie the source's `timestamp` to ours; the pending marker is taken as sent."""
        self.offset = (self.next_timestamp(now_us) - timestamp) & _MASK
        self.second = self.payload_type

    def relay(
        self, payload: bytes, timestamp: int, now_us: int, *, step: int = 1, marker: bool = False
    ) -> None:
        """Send sound of the source; `step` is its advance in sequence, 0 or less when late."""
        second = self.second
        if second & rtp.MARKER:
            self.anchor(timestamp, now_us)
            step = 1
        number = (self.sequence + step) & rtp.SEQUENCE_MASK
        stamp = (timestamp + self.offset) & _MASK
        if step > 0:
            self.sequence = number
            self.timestamp = stamp
            self.at_us = now_us
        if marker:
            second |= rtp.MARKER
        if self.translate is not None:
            payload = payload.translate(self.translate)
        self._emit(second, number, stamp, payload)

    def relay_event(self, payload: bytes, timestamp: int, now_us: int, *, marker: bool) -> None:
        """Send a telephone event of the source under our payload type and timestamp."""
        if self.event_payload_type is None:
            return
        if self.second & rtp.MARKER:
            self.anchor(timestamp, now_us)
            self.at_us = now_us
            self.timestamp = (timestamp + self.offset) & _MASK
        self._emit_event(payload, (timestamp + self.offset) & _MASK, marker=marker)

    def play(self, payload: bytes, now_us: int) -> None:
        """Send one frame of our own, 20 ms after the one before."""
        second = self.second
        if second & rtp.MARKER:
            self.timestamp = self.next_timestamp(now_us)
            self.second = self.payload_type
        else:
            self.timestamp = (self.timestamp + FRAME_TICKS) & _MASK
        self.at_us = now_us
        self.sequence = (self.sequence + 1) & rtp.SEQUENCE_MASK
        self._emit(second, self.sequence, self.timestamp, payload)

    def keep_alive(self, now_us: int) -> None:
        """Send a frame of silence when nothing was sent for long, so that a NAT stays open."""
        if self.may_send and self.law is not None and now_us - self.at_us >= KEEPALIVE_US:
            self.switch()
            self.play(g711.SILENCE[self.law] * FRAME_BYTES, now_us)
            self.switch()

    def press(self, digit: str) -> None:
        """Send `digit` with the next ticks, in the form the far end agreed to."""
        if self.may_send and self.law is not None:
            self._presses.append(digit)

    @property
    def is_pressing(self) -> bool:
        """Whether ticks are needed for digits."""
        return bool(self._presses or self._frames)

    def tick_press(self, now_us: int) -> None:
        """Send the next 20 ms of the digits that wait. `toning` tells when it replaces sound."""
        if not self._frames and self._presses:
            self._begin_press(self._presses.popleft(), now_us)
        if self._frames:
            frame = self._frames.popleft()
            if frame is not None and self._pressing_timestamp is not None:
                first = len(self._frames) == _EVENT_FRAMES - 1
                self._emit_event(frame, self._pressing_timestamp, marker=first)
            elif frame is not None:
                self.play(frame, now_us)
        if not self._frames and self.toning:
            self.toning = False
            self.switch()

    def _begin_press(self, digit: str, now_us: int) -> None:
        pause: list[bytes | None] = [None] * dtmf.PAUSE_PACKETS
        if self.event_payload_type is not None:
            self._frames.extend([*dtmf.event_payloads(digit), *pause])
            self._pressing_timestamp = self.next_timestamp(now_us)
            return
        self._pressing_timestamp = None
        if self.law is None:
            return
        sound = dtmf.tone(digit, self.law)
        silence = g711.SILENCE[self.law] * FRAME_BYTES
        frames = [sound[i : i + FRAME_BYTES] for i in range(0, len(sound), FRAME_BYTES)]
        self._frames.extend([*frames, *[silence] * dtmf.PAUSE_PACKETS])
        self.toning = True
        self.switch()

    def _emit_event(self, payload: bytes, timestamp: int, *, marker: bool) -> None:
        if self.event_payload_type is None:
            return
        self.sequence = (self.sequence + 1) & rtp.SEQUENCE_MASK
        second = self.event_payload_type | (rtp.MARKER if marker else 0)
        self._emit(second, self.sequence, timestamp, payload)

    def _emit(self, second: int, sequence: int, timestamp: int, payload: bytes) -> None:
        if not self.may_send:
            return
        try:
            self.send(_pack(rtp.PLAIN, second, sequence, timestamp, self.ssrc) + payload)
        except OSError:
            # A full socket buffer, or the far end's ICMP refusal: a lost packet, no more.
            self.errors += 1
            return
        self.sent += 1
        self.octets += len(payload)


_EVENT_FRAMES: Final = dtmf.PRESS_PACKETS + dtmf.END_REPEATS + dtmf.PAUSE_PACKETS
