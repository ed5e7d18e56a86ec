"""The one stream that a leg sends for life (RFC 3550 §5.1).

Its SSRC, sequence and timestamp never break, whatever the leg hears. When another source begins,
the next packet carries the marker and the timestamp moves on by the time that passed; while
packets are relayed, it follows the steps of their source. When another codec is agreed on, it moves
on by that one's clock. Sockets are not known here: packets leave through `send`.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from typing import Final

from voicegw.media import dtmf, rtp
from voicegw.media.frames import FRAME_BYTES, FRAME_MS, SILENCE, law_of
from voicegw.media.packetiser import Packetiser, packetiser_for
from voicegw.media.player import FrameSource
from voicegw.sdp.codecs import Codec

KEEPALIVE_US: Final = 15_000_000
#: More digits than that don't wait to be sent: nobody presses them, a faulty far end does.
MAX_WAITING_PRESSES: Final = 32

_MASK: Final = rtp.TIMESTAMP_MASK
_pack = rtp.HEADER.pack

Send = Callable[[bytes], object]


def discard(packet: bytes) -> None:
    """Send nothing: what a stream does before it knows where to."""


class OutgoingStream:
    """What one leg hears, as packets. Times are monotonic microseconds.

    `second` is the second header byte of the next packet: the payload type, with the marker bit
    when another source has begun. The relaying hot path (`leg.py`) reads and writes the attributes
    itself; everybody else uses the methods.
    """

    __slots__ = (
        "_event_source",
        "_event_timestamp",
        "_frames",
        "_packet_ms",
        "_packetiser",
        "_presses",
        "_pressing_timestamp",
        "at_us",
        "codec",
        "errors",
        "event_clock_hz",
        "event_payload_type",
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
        "ticks_per_ms",
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
        self.codec: Codec | None = None
        self.ticks_per_ms = 8
        self.payload_type = 0
        self.event_payload_type: int | None = None
        self.event_clock_hz = 8000
        self.second = rtp.MARKER
        self.translate: bytes | None = None
        self.may_send = False
        self.send: Send = discard
        self.sent = 0
        self.octets = 0
        self.errors = 0
        self.player: FrameSource | None = None
        self.toning = False
        self._presses: deque[str] = deque()
        self._frames: deque[bytes | None] = deque()
        self._pressing_timestamp: int | None = None
        self._event_source: int | None = None
        self._event_timestamp = 0
        self._packet_ms = FRAME_MS
        self._packetiser: Packetiser | None = None

    def negotiated(
        self,
        codec: Codec,
        payload_type: int,
        event_payload_type: int | None,
        *,
        may_send: bool,
        event_clock_hz: int = 8000,
        packet_ms: int = FRAME_MS,
    ) -> None:
        """Take what was agreed; may be called again at each negotiation.

        `packet_ms` is for sound of our own: what is relayed keeps the packets of its source.
        """
        self._packetiser = packetiser_for(codec, packet_ms, FRAME_MS)
        self._packet_ms = FRAME_MS if self._packetiser is None else packet_ms
        if codec is not self.codec:
            self.codec = codec
            self.ticks_per_ms = codec.clock_hz // 1000
            self.switch()
        self.payload_type = payload_type
        self.second = payload_type | (self.second & rtp.MARKER)
        self.event_payload_type = event_payload_type
        self.event_clock_hz = event_clock_hz
        self.may_send = may_send

    def switch(self) -> None:
        """Another source begins: the next packet gets the marker and a new anchor."""
        self.second |= rtp.MARKER
        if self._packetiser is not None:
            self._packetiser.rest()

    def next_timestamp(self, now_us: int) -> int:
        """Return the timestamp of sound that begins now."""
        elapsed_ticks = (now_us - self.at_us) * self.ticks_per_ms // 1000
        return (self.timestamp + max(self._packet_ticks, elapsed_ticks)) & _MASK

    @property
    def _packet_ticks(self) -> int:
        return self._packet_ms * self.ticks_per_ms

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

    def relay_event(
        self,
        payload: bytes,
        timestamp: int,
        now_us: int,
        *,
        marker: bool,
        clock_hz: int = 8000,
        aside: bool = False,
    ) -> None:
        """Send a telephone event of the source under our payload type, timestamp and clock.

        `clock_hz` is what the source's durations count. `aside`, its timestamps are not those of
        the source's sound.
        """
        if self.event_payload_type is None:
            return
        if aside or not clock_hz == self.event_clock_hz == self.ticks_per_ms * 1000:
            # Events beside the sound, or on another clock: the source's times tell nothing here.
            if timestamp != self._event_source:
                self._event_source = timestamp
                self._event_timestamp = self.next_timestamp(now_us)
            payload = dtmf.rescaled(payload, clock_hz, self.event_clock_hz)
            self._emit_event(payload, self._event_timestamp, marker=marker)
            return
        if self.second & rtp.MARKER:
            self.anchor(timestamp, now_us)
            self.at_us = now_us
            self.timestamp = (timestamp + self.offset) & _MASK
        self._emit_event(payload, (timestamp + self.offset) & _MASK, marker=marker)

    def play(self, frame: bytes, now_us: int) -> None:
        """Send a frame of our own, 20 ms after the one before, in packets as agreed."""
        if self._packetiser is None:
            self._play_packet(frame, now_us)
            return
        for packet in self._packetiser.feed(frame):
            self._play_packet(packet, now_us)

    def end_play(self, now_us: int) -> None:
        """Send what of our own sound still waits for a packet to be full."""
        rest = b"" if self._packetiser is None else self._packetiser.rest()
        if rest:
            self._play_packet(rest, now_us)

    def _play_packet(self, payload: bytes, now_us: int) -> None:
        second = self.second
        if second & rtp.MARKER:
            self.timestamp = self.next_timestamp(now_us)
            self.second = self.payload_type
        else:
            self.timestamp = (self.timestamp + self._packet_ticks) & _MASK
        self.at_us = now_us
        self.sequence = (self.sequence + 1) & rtp.SEQUENCE_MASK
        self._emit(second, self.sequence, self.timestamp, payload)

    def keep_alive(self, now_us: int) -> None:
        """Send a frame of silence when nothing was sent for long, so that a NAT stays open."""
        if self.may_send and self.codec is not None and now_us - self.at_us >= KEEPALIVE_US:
            self.switch()
            self._play_packet(SILENCE[self.codec], now_us)
            self.switch()

    def press(self, digit: str) -> None:
        """Send `digit` with the next ticks, in the form the far end agreed to.

        One that comes while too many wait is left out. Tones are for G.711 only: a far end with a
        wideband codec and no events gets no digit.
        """
        waiting = len(self._presses)
        if self.may_send and self.codec is not None and waiting < MAX_WAITING_PRESSES:
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
            self._frames.extend([*dtmf.event_payloads(digit, self.event_clock_hz), *pause])
            self._pressing_timestamp = self.next_timestamp(now_us)
            return
        self._pressing_timestamp = None
        law = None if self.codec is None else law_of(self.codec)
        if self.codec is None or law is None:
            return
        sound = dtmf.tone(digit, law)
        frames = [sound[i : i + FRAME_BYTES] for i in range(0, len(sound), FRAME_BYTES)]
        self._frames.extend([*frames, *[SILENCE[self.codec]] * dtmf.PAUSE_PACKETS])
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
