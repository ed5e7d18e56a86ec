"""From the records of a spool to two channels on one time line. Pure, streaming, constant memory.

`survey` reads the records once, for where the talk begins and ends; `Timeline.blocks` reads them
again and yields the sound. The common clock is the capturing worker's: each leg is placed by when
its packets arrived there, which is when the other side was sent them, so both channels stand as the
talk was heard (see `recordings.placement`).

Left is the customer, right the manager. Both are silent while any side holds the other and while
the recording is paused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recordings.g711 import ALAW_LEVELS, ULAW_LEVELS
from recordings.placement import BLOCK_TICKS, RATE_HZ, LegPlacement
from voicegw.errors import RecordingError
from voicegw.media.spool import (
    LEG_CUSTOMER,
    LEG_MANAGER,
    CapturedPacket,
    CaptureEnd,
    CaptureMark,
    CaptureRecord,
)
from voicegw.model.call import RecordingKind

_START_MARK: Final = {RecordingKind.TALK: "bridge", RecordingKind.VOICEMAIL: "beep"}
_LEVELS: Final = {"PCMA": ALAW_LEVELS, "PCMU": ULAW_LEVELS}
_STATIC_ENCODINGS: Final = {0: "PCMU", 8: "PCMA"}
"""RFC 3551 table 4; all others are told by codec marks."""

_SETTLE_TICKS: Final = 10 * RATE_HZ
"""How far behind the newest arrival sound is handed out: a stall up to this long loses nothing."""
_ADVANCE_TICKS: Final = RATE_HZ // 4
_PACKET_US: Final = 20_000
MAX_DURATION_S: Final = 24 * 3600
"""More than any call may last; longer means that the times in the spool are damaged."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a spool holds. Times are microseconds since the epoch.

    `marked` tells whether the begin of the talk was marked; without the mark the first packet
    stands in for it. `ended` tells whether the capture ended in order.
    """

    start_us: int
    end_us: int
    marked: bool
    ended: bool
    packets: int

    @property
    def duration_ticks(self) -> int:
        """The length of the talk in samples."""
        return (self.end_us - self.start_us) * RATE_HZ // 1_000_000


def survey(records: Iterable[CaptureRecord], kind: RecordingKind) -> Survey | None:
    """Return where the talk of a spool begins and ends; None when it holds no packet.

    Raises RecordingError when the times can't be true.
    """
    start_kind = _START_MARK[kind]
    first_us: int | None = None
    start_us: int | None = None
    end_us = last_us = packets = 0
    for record in records:
        if isinstance(record, CapturedPacket):
            packets += 1
            last_us = max(last_us, record.arrival_us)
            if first_us is None or record.arrival_us < first_us:
                first_us = record.arrival_us
        elif isinstance(record, CaptureEnd):
            end_us = record.arrival_us
        elif start_us is None and mark_kind(record) == start_kind:
            start_us = record.arrival_us
    if first_us is None:
        return None
    marked = start_us is not None
    begin_us = first_us if start_us is None else start_us
    ended = end_us >= last_us
    found = Survey(
        start_us=begin_us,
        end_us=max(begin_us, end_us if ended else last_us + _PACKET_US),
        marked=marked,
        ended=ended,
        packets=packets,
    )
    if found.end_us - found.start_us > MAX_DURATION_S * 1_000_000:
        raise RecordingError("the times in the spool are damaged")
    return found


def mark_kind(mark: CaptureMark) -> str | None:
    """Return what a mark tells; None when it is damaged."""
    kind = _detail(mark).get("kind")
    return kind if isinstance(kind, str) else None


def _detail(mark: CaptureMark) -> dict[str, Any]:
    return dict(mark.detail) if isinstance(mark.detail, dict) else {}


@dataclass(frozen=True, slots=True)
class LegFigures:
    """What became of one leg's packets; durations in seconds."""

    sound_s: float
    concealed_s: float
    lost: int
    late: int
    duplicates: int
    strays: int


class Timeline:
    """Places the records of one spool. Use once: iterate `blocks`, then read the figures."""

    def __init__(self, found: Survey) -> None:
        """Take what `survey` found of the same records."""
        self._survey = found
        self._legs = {LEG_CUSTOMER: LegPlacement(), LEG_MANAGER: LegPlacement()}
        self._encodings = {leg: dict(_STATIC_ENCODINGS) for leg in self._legs}
        self._muting: set[str] = set()
        self._muted_since = 0
        self._muted: list[tuple[int, int]] = []
        self._taken_ticks = 0

    def blocks(self, records: Iterable[CaptureRecord]) -> Iterator[NDArray[np.int16]]:
        """Yield the talk as blocks of shape (samples, 2): customer left, manager right."""
        now = advanced = 0
        for record in records:
            now = max(now, min(self._ticks(record.arrival_us), self._survey.duration_ticks))
            if isinstance(record, CapturedPacket):
                self._push(record)
            elif isinstance(record, CaptureMark):
                self._follow_mark(record)
            if now - advanced >= _ADVANCE_TICKS:
                advanced = now
                for leg in self._legs.values():
                    leg.advance(now)
                while self._taken_ticks + BLOCK_TICKS + _SETTLE_TICKS <= now:
                    yield self._take(now)
        for leg in self._legs.values():
            leg.finish()
        while self._taken_ticks < self._survey.duration_ticks:
            yield self._take(self._survey.duration_ticks)

    def figures(self, leg: int) -> LegFigures:
        """Return what became of the packets of `leg`."""
        placed = self._legs[leg]
        return LegFigures(
            sound_s=placed.placed_ticks / RATE_HZ,
            concealed_s=placed.concealed_ticks / RATE_HZ,
            lost=placed.lost,
            late=placed.order.late,
            duplicates=placed.order.duplicates,
            strays=placed.order.strays,
        )

    @property
    def has_sound(self) -> bool:
        """Whether any packet with sound was placed in the talk."""
        return any(leg.placed_ticks for leg in self._legs.values())

    def _ticks(self, arrival_us: int) -> int:
        return (arrival_us - self._survey.start_us) * RATE_HZ // 1_000_000

    def _push(self, packet: CapturedPacket) -> None:
        leg = self._legs.get(packet.leg)
        if leg is None:
            return
        encoding = self._encodings[packet.leg].get(packet.payload_type)
        leg.order.push(
            packet.sequence,
            packet.timestamp,
            self._ticks(packet.arrival_us),
            packet.payload,
            None if encoding is None else _LEVELS.get(encoding),
        )

    def _follow_mark(self, mark: CaptureMark) -> None:
        detail = _detail(mark)
        match detail.get("kind"):
            case "codec":
                self._follow_codec(detail)
            case "hold":
                self._mute(f"hold {detail.get('detail', '')}", mark)
            case "unhold":
                self._unmute(f"hold {detail.get('detail', '')}", mark)
            case "pause":
                self._mute("pause", mark)
            case "resume":
                self._unmute("pause", mark)

    def _follow_codec(self, detail: dict[str, Any]) -> None:
        leg, payload_type = detail.get("leg"), detail.get("payload_type")
        if leg in self._encodings and isinstance(payload_type, int):
            self._encodings[leg][payload_type] = str(detail.get("encoding", "")).upper()

    def _mute(self, why: str, mark: CaptureMark) -> None:
        if not self._muting:
            self._muted_since = self._ticks(mark.arrival_us)
        self._muting.add(why)

    def _unmute(self, why: str, mark: CaptureMark) -> None:
        if why in self._muting:
            self._muting.remove(why)
            if not self._muting:
                self._muted.append((self._muted_since, self._ticks(mark.arrival_us)))

    def _take(self, now: int) -> NDArray[np.int16]:
        """Return the next block of both legs, cut at the end of the talk."""
        start = self._taken_ticks
        self._taken_ticks += BLOCK_TICKS
        block = np.stack(
            [self._legs[leg].blocks.take() for leg in (LEG_CUSTOMER, LEG_MANAGER)], axis=1
        )
        muted = [*self._muted, (self._muted_since, now)] if self._muting else self._muted
        for since, until in muted:
            block[max(since - start, 0) : max(until - start, 0)] = 0
        self._muted = [span for span in self._muted if span[1] > self._taken_ticks]
        return block[: self._survey.duration_ticks - start]
