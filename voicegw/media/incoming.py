"""What is counted of a stream that a leg receives (RFC 3550 §6.4.1 and appendix A). Pure."""

from __future__ import annotations

from typing import Final

from voicegw.media import rtcp
from voicegw.media.rtp import SEQUENCE_MASK, sequence_delta

#: RFC 3550 appendix A.1: a larger step means that the source began anew.
MAX_DROPOUT: Final = 3000
MAX_MISORDER: Final = 100
#: A transit time that jumps by more is a clock set anew, not jitter.
SANE_TRANSIT_MS: Final = 10_000
#: Before the first packet on a clock: further than sane from every transit time.
_NO_TRANSIT: Final = 1 << 62


class IncomingStream:
    """Counts of one received stream. Times are monotonic microseconds.

    The hot path (`leg.py`) handles the packet that was expected, by `next_sequence` and `ssrc`, and
    updates `received`, `transit` and `jitter16` itself (jitter in 1/16 ticks, as RFC 3550 appendix
    A.8 has it). All others come here.
    """

    __slots__ = (
        "_began_received",
        "_began_sequence",
        "_last_sr",
        "_last_sr_at_us",
        "_prior_expected",
        "_prior_received",
        "_stream_lost",
        "jitter16",
        "lost",
        "next_sequence",
        "received",
        "sane_ticks",
        "ssrc",
        "ticks_per_ms",
        "transit",
    )

    def __init__(self) -> None:
        """Begin before the first packet."""
        self.ssrc: int | None = None
        self.next_sequence = 0
        self.received = 0
        self.lost = 0
        self.ticks_per_ms = 8
        self.sane_ticks = SANE_TRANSIT_MS * self.ticks_per_ms
        self.transit = 0
        self.jitter16 = 0
        self._began_sequence = 0
        self._began_received = 0
        self._stream_lost = 0
        self._prior_expected = 0
        self._prior_received = 0
        self._last_sr = 0
        self._last_sr_at_us = 0

    def take(self, ssrc: int, sequence: int) -> int | None:
        """Count a packet; return its step in sequence to the newest before.

        The step is 0 or less for a packet that comes late, None for one that was here already, and
        exactly 1 after a new beginning, which :meth:`is_new` tells beforehand.
        """
        if self.is_new(ssrc, sequence):
            self.ssrc = ssrc
            self._began_sequence = sequence
            self._began_received = self.received
            self._stream_lost = 0
            self._prior_expected = 0
            self._prior_received = 0
            step = 1
        else:
            step = sequence_delta(sequence, self.next_sequence) + 1
            if step == 0:
                return None
            self._stream_lost += step - 1 if step > 0 else -1
            self.lost += step - 1 if step > 0 else -1
        self.received += 1
        if step > 0:
            self.next_sequence = (sequence + 1) & SEQUENCE_MASK
        return step

    def is_new(self, ssrc: int, sequence: int) -> bool:
        """Whether a packet begins another stream: another source, or far from what was expected."""
        if ssrc != self.ssrc:
            return True
        ahead = sequence_delta(sequence, self.next_sequence)
        return not -MAX_MISORDER <= ahead <= MAX_DROPOUT

    def follow_clock(self, clock_hz: int) -> None:
        """Count on another codec's clock from now on; the jitter so far keeps its worth."""
        ticks_per_ms = clock_hz // 1000
        if ticks_per_ms == self.ticks_per_ms:
            return
        self.jitter16 = self.jitter16 * ticks_per_ms // self.ticks_per_ms
        self.ticks_per_ms = ticks_per_ms
        self.sane_ticks = SANE_TRANSIT_MS * ticks_per_ms
        self.transit = _NO_TRANSIT

    def take_transit(self, arrival_us: int, timestamp: int) -> None:
        """Update the jitter with a packet that arrived at `arrival_us`."""
        transit = arrival_us * self.ticks_per_ms // 1000 - timestamp
        deviation = abs(transit - self.transit)
        self.transit = transit
        if deviation < self.sane_ticks:
            self.jitter16 += deviation - ((self.jitter16 + 8) >> 4)

    @property
    def expected(self) -> int:
        """How many packets the sequence numbers stand for."""
        return self.received + max(0, self.lost)

    @property
    def highest(self) -> tuple[int, int] | None:
        """The source and its highest sequence number, roll-overs included; None before any."""
        if self.ssrc is None:
            return None
        counted = self.received - self._began_received + self._stream_lost
        return self.ssrc, self._began_sequence + max(0, counted - 1)

    @property
    def jitter_ms(self) -> float:
        """The interarrival jitter."""
        return self.jitter16 / 16 / self.ticks_per_ms

    def sender_reported(self, ntp: int, now_us: int) -> None:
        """Remember a sender report, to be echoed in ours (LSR, DLSR)."""
        self._last_sr = rtcp.middle(ntp)
        self._last_sr_at_us = now_us

    def report(self, now_us: int) -> rtcp.ReportBlock | None:
        """Return our report about this stream since the last one; None before its first packet."""
        if self.ssrc is None:
            return None
        received = self.received - self._began_received
        expected = received + max(0, self._stream_lost)
        interval_expected = expected - self._prior_expected
        interval_lost = interval_expected - (received - self._prior_received)
        self._prior_expected = expected
        self._prior_received = received
        fraction = 0
        if interval_expected > 0 and interval_lost > 0:
            fraction = min(255, interval_lost * 256 // interval_expected)
        delay = 0
        if self._last_sr:
            delay = (now_us - self._last_sr_at_us) * 65_536 // 1_000_000
        return rtcp.ReportBlock(
            ssrc=self.ssrc,
            fraction_lost=fraction,
            cumulative_lost=self._stream_lost,
            highest_sequence=self._began_sequence + expected - 1,
            jitter_ticks=self.jitter16 >> 4,
            last_sr=self._last_sr,
            delay_since_last_sr=min(delay, 0xFFFF_FFFF),
        )
