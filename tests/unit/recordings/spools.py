"""Makes spools as a worker would write them, with the network's faults put in on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.g711 import encode_alaw, encode_ulaw
from ivr.wideband import encode_g722, encode_opus
from recordings.finishing.timeline import Timeline, survey
from voicegw.media.spool import (
    CapturedPacket,
    CaptureEnd,
    CaptureMark,
    CaptureRecord,
    encode_end,
    encode_header,
    encode_mark,
    encode_packet,
)
from voicegw.model.recording import RecordingKind

EPOCH_US = 1_700_000_000_000_000
PACKET = 160


def sine(
    frequency_hz: float, seconds: float, amplitude: int = 8000, *, rate_hz: int = 8000
) -> NDArray[np.int16]:
    """A tone."""
    time = np.arange(round(rate_hz * seconds)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * frequency_hz * time)).astype(np.int16)


def clicks(
    seconds: float, period_s: float = 1.0, width: int = 40, *, rate_hz: int = 8000
) -> NDArray[np.int16]:
    """Silence with a click at each whole period: shows to the sample where sound was placed."""
    samples = np.zeros(round(rate_hz * seconds), dtype=np.int16)
    for start in range(0, len(samples), round(rate_hz * period_s)):
        samples[start : start + width] = 12000
    return samples


@dataclass
class Sender:
    """A telephone that sends `sound` in packets of 20 ms from `start_s` on.

    `delay_ms` gives the way's delay of each packet by its number; `clock` is the sender's second
    in ours (1.0002: its clock is slow by 200 ppm).
    """

    leg: int
    sound: NDArray[np.int16]
    start_s: float = 0.0
    payload_type: int = 8
    first_sequence: int = 1000
    first_timestamp: int = 50_000
    clock: float = 1.0
    delay_ms: Callable[[int], float] = field(default=lambda number: 5.0)

    def packets(self) -> list[CapturedPacket]:
        """All packets in the order in which they were sent."""
        encode = encode_alaw if self.payload_type == 8 else encode_ulaw
        payload = encode(self.sound)
        made = []
        for number in range(len(payload) // PACKET):
            sent_s = self.start_s + number * 0.02 * self.clock
            arrival = EPOCH_US + round(sent_s * 1e6 + self.delay_ms(number) * 1e3)
            made.append(
                CapturedPacket(
                    self.leg,
                    self.payload_type,
                    (self.first_sequence + number) & 0xFFFF,
                    (self.first_timestamp + number * PACKET) & 0xFFFFFFFF,
                    arrival,
                    payload[number * PACKET : (number + 1) * PACKET],
                )
            )
        return made


@dataclass
class WidebandSender:
    """A telephone that sends 16 kHz `sound` as `G722` or `opus` in packets of 20 ms."""

    leg: int
    codec: str
    sound: NDArray[np.int16]
    start_s: float = 0.0
    payload_type: int = 96
    first_sequence: int = 1000
    first_timestamp: int = 50_000
    clock: float = 1.0
    delay_ms: Callable[[int], float] = field(default=lambda number: 5.0)

    @property
    def clock_hz(self) -> int:
        """The clock that its RTP times count."""
        return 48_000 if self.codec == "opus" else 8000

    def mark(self) -> CaptureMark:
        """What tells its payload type."""
        return mark(
            self.start_s,
            "codec",
            leg=self.leg,
            payload_type=self.payload_type,
            encoding=self.codec,
            clock_hz=self.clock_hz,
        )

    def payloads(self) -> list[bytes]:
        """What its packets carry."""
        if self.codec == "opus":
            return encode_opus(self.sound)
        coded = encode_g722(self.sound)
        return [coded[place : place + PACKET] for place in range(0, len(coded), PACKET)]

    def packets(self) -> list[CapturedPacket]:
        """All packets in the order in which they were sent."""
        made = []
        for number, payload in enumerate(self.payloads()):
            sent_s = self.start_s + number * 0.02 * self.clock
            made.append(
                CapturedPacket(
                    self.leg,
                    self.payload_type,
                    (self.first_sequence + number) & 0xFFFF,
                    (self.first_timestamp + number * self.clock_hz // 50) & 0xFFFFFFFF,
                    EPOCH_US + round(sent_s * 1e6 + self.delay_ms(number) * 1e3),
                    payload,
                )
            )
        return made


def mark(at_s: float, kind: str, **detail: object) -> CaptureMark:
    """A mark at `at_s` seconds."""
    return CaptureMark(EPOCH_US + round(at_s * 1e6), {"kind": kind, **detail})


def end(at_s: float) -> CaptureEnd:
    """The orderly end at `at_s` seconds."""
    return CaptureEnd(EPOCH_US + round(at_s * 1e6))


def as_captured(*parts: Iterable[CaptureRecord]) -> list[CaptureRecord]:
    """All records in the order in which a worker would have written them."""
    return sorted((record for part in parts for record in part), key=lambda r: r.arrival_us)


def render(
    records: list[CaptureRecord], kind: RecordingKind = RecordingKind.TALK
) -> tuple[NDArray[np.int16], Timeline]:
    """Return the whole talk, shape (samples, 2), and the timeline with its figures."""
    found = survey(records, kind)
    assert found is not None
    timeline = Timeline(found)
    blocks = list(timeline.blocks(records))
    return (np.concatenate(blocks) if blocks else np.zeros((0, 2), np.int16)), timeline


def write_spool(
    path: Path, records: Iterable[CaptureRecord], header: Mapping[str, object] | None = None
) -> Path:
    """Write a spool file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(encode_header(header or {}))
        for record in records:
            match record:
                case CapturedPacket():
                    stream.write(encode_packet(record))
                case CaptureMark():
                    stream.write(encode_mark(record.arrival_us, record.detail))
                case CaptureEnd():
                    stream.write(encode_end(record.arrival_us))
    return path


def onsets(channel: NDArray[np.int16], threshold: int = 6000, apart: int = 4000) -> list[int]:
    """Where each click of `clicks` begins."""
    found: list[int] = []
    for index in np.flatnonzero(np.abs(channel.astype(np.int32)) > threshold):
        if not found or index - found[-1] > apart:
            found.append(int(index))
    return found


def loudest_hz(channel: NDArray[np.int16], rate_hz: int = 8000) -> float:
    """The strongest frequency of a channel."""
    spectrum = np.abs(np.fft.rfft(channel.astype(np.float64)))
    return float(np.fft.rfftfreq(len(channel), 1 / rate_hz)[int(spectrum[1:].argmax()) + 1])
