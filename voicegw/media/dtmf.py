"""Telephone events: digits in RTP (RFC 4733). Pure.

Receiving: :class:`EventDetector` reports each press once. Sending: :func:`event_payloads` gives the
payloads of one press, :func:`tone` the sound of a digit for a far end that takes no events.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from voicegw.media import g711
from voicegw.media.rtp import timestamp_delta

DIGITS: Final = "0123456789*#ABCD"
#: Row and column frequency of each digit in Hz (ITU-T Q.23).
FREQUENCIES_HZ: Final = {
    digit: (row, column)
    for row, line in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for column, digit in zip((1209, 1336, 1477, 1633), line, strict=True)
}

PACKET_MS: Final = 20
PRESS_PACKETS: Final = 5
END_REPEATS: Final = 3
#: Packets of nothing after a press, so that the next one is told apart.
PAUSE_PACKETS: Final = 4

_PAYLOAD: Final = struct.Struct("!BBH")
_END_BIT: Final = 0x80
_VOLUME: Final = 10
_MAX_DURATION_TICKS: Final = 0xFFFF
#: A repeated end packet follows within this time; a new press can't.
_REPEAT_WINDOW_MS: Final = 50
#: What is older than the present press by more is no straggler: the source's clock was set anew.
_STRAGGLER_MS: Final = 5000
_TONE_PEAK: Final = 5800


@dataclass(frozen=True, slots=True)
class TelephoneEvent:
    """The first event of a payload: `event` 0-15 is a digit, `duration_ticks` as the clock runs."""

    event: int
    is_end: bool
    duration_ticks: int

    @property
    def digit(self) -> str | None:
        """Return the digit, None for other events (flash, fax tones)."""
        return DIGITS[self.event] if self.event < len(DIGITS) else None


def parse_event(payload: bytes) -> TelephoneEvent | None:
    """Return the event of a payload (RFC 4733 §2.3), or None when it is cut."""
    if len(payload) < _PAYLOAD.size:
        return None
    event, flags, duration = _PAYLOAD.unpack_from(payload)
    return TelephoneEvent(event, bool(flags & _END_BIT), duration)


def event_payloads(digit: str, clock_hz: int = 8000) -> list[bytes]:
    """Return the payloads of one press of `digit`, one each 20 ms; the end comes three times.

    All go out with the timestamp of the first; the first carries the marker (RFC 4733 §2.5.1).
    `clock_hz` is what durations count. Raises ValueError for what is no digit.
    """
    event = DIGITS.index(digit)
    packet_ticks = PACKET_MS * clock_hz // 1000
    payloads = [
        _PAYLOAD.pack(event, _VOLUME, packet_ticks * number)
        for number in range(1, PRESS_PACKETS + 1)
    ]
    end = _PAYLOAD.pack(event, _END_BIT | _VOLUME, packet_ticks * (PRESS_PACKETS + 1))
    return payloads + [end] * END_REPEATS


def rescaled(payload: bytes, from_hz: int, to_hz: int) -> bytes:
    """Return an event's payload with its duration on another clock; what does not fit is cut."""
    if from_hz == to_hz or len(payload) < _PAYLOAD.size:
        return payload
    event, flags, duration = _PAYLOAD.unpack_from(payload)
    duration = min(duration * to_hz // from_hz, _MAX_DURATION_TICKS)
    return _PAYLOAD.pack(event, flags, duration)


@lru_cache(maxsize=64)
def tone(digit: str, law: g711.Law, duration_ms: int = 120) -> bytes:
    """Return the two tones of `digit` in `law`, one byte a sample at 8 kHz."""
    row_hz, column_hz = FREQUENCIES_HZ[digit]
    samples = [
        int(
            _TONE_PEAK * math.sin(2 * math.pi * row_hz * n / 8000)
            + _TONE_PEAK * math.sin(2 * math.pi * column_hz * n / 8000)
        )
        for n in range(8 * duration_ms)
    ]
    return g711.encode(samples, law)


class EventDetector:
    """Tells presses apart from the packets that repeat them.

    Telephones get this wrong in many ways, so one rule per way: a repeated end (same timestamp, or
    a timestamp that moves on with an unchanged duration), a missing marker, a lost start (the first
    packet seen counts, even an end), a new digit under an old timestamp, a long press whose
    duration starts again with a new timestamp (RFC 4733 §2.5.1.3), a timestamp that grows with
    every packet of the same press.
    """

    __slots__ = (
        "_duration",
        "_ended",
        "_event",
        "_previous",
        "_repeat_window_ticks",
        "_straggler_ticks",
        "_timestamp",
    )

    def __init__(self, clock_hz: int = 8000) -> None:
        """Begin without a press; `clock_hz` is what the source's times count."""
        self._repeat_window_ticks = _REPEAT_WINDOW_MS * clock_hz // 1000
        self._straggler_ticks = _STRAGGLER_MS * clock_hz // 1000
        self._event: int | None = None
        self._timestamp = 0
        self._duration = 0
        self._ended = True
        self._previous: tuple[int, int] | None = None

    def feed(self, event: TelephoneEvent, timestamp: int, *, marker: bool) -> str | None:
        """Take one event packet; return the digit when it begins a press, else None.

        Packets come in order of arrival; a straggler of the press before is recognised by its
        timestamp.
        """
        moved = timestamp_delta(timestamp, self._timestamp)
        if self._event is not None:
            if event.event == self._event and self._continues(event, moved, marker=marker):
                self._timestamp = timestamp
                self._ended = self._ended or event.is_end
                self._duration = event.duration_ticks
                return None
            if -self._straggler_ticks <= moved < 0 or self._previous == (event.event, timestamp):
                return None
            self._previous = (self._event, self._timestamp)
        self._event = event.event
        self._timestamp = timestamp
        self._duration = event.duration_ticks
        self._ended = event.is_end
        return event.digit

    def _continues(self, event: TelephoneEvent, moved: int, *, marker: bool) -> bool:
        """Whether a packet of the same digit, `moved` ticks later, belongs to the same press."""
        if moved == 0:
            return True
        if marker or moved < 0:
            return False
        if self._ended:
            repeated = event.is_end and event.duration_ticks == self._duration
            return repeated and moved <= self._repeat_window_ticks
        if moved in {self._duration, _MAX_DURATION_TICKS}:
            return True
        return moved <= self._repeat_window_ticks and event.duration_ticks >= self._duration
