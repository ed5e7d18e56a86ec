"""From the records of a spool to two channels on one time line. Pure, streaming, constant memory.

`survey` reads the records once, for where the talk begins and ends; `Timeline.blocks` reads them
again and yields the sound. The common clock is the capturing worker's: each leg is placed by when
its packets arrived there, which is when the other side was sent them, so both channels stand as the
talk was heard (see `recordings.finishing.placement`).

The recording has 8 kHz when both spoke G.711, 16 kHz when a wideband codec was used in the talk.
Left is the customer, right the manager. Both are silent while any side holds the other and while
the recording is paused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recordings.finishing.decoding import NARROWBAND_HZ, WIDEBAND_HZ, Encodings
from recordings.finishing.marks import MarkList, mark_detail
from recordings.finishing.placement import LegPlacement
from recordings.finishing.plausibility import plausible
from voicegw.errors import RecordingError
from voicegw.media.spool import (
    LEG_CUSTOMER,
    LEG_MANAGER,
    CapturedPacket,
    CaptureEnd,
    CaptureMark,
    CaptureRecord,
)
from voicegw.model.recording import RecordingKind, RecordingMark

_START_MARK: Final = {RecordingKind.TALK: "bridge", RecordingKind.VOICEMAIL: "beep"}
_END_MARK: Final = "end"
_SIDES: Final = (LEG_CUSTOMER, LEG_MANAGER)
MAX_LEGS: Final = 16
"""More than speak in any talk: what a damaged spool tells of further ones is left out."""

_LAST_LEG: Final = 255
"""What a packet's record has room for."""

_SETTLE_MS: Final = 10_000
"""How far behind the newest arrival sound is handed out: a stall up to this long loses nothing."""
_ADVANCE_MS: Final = 250
_LONG_BEFORE_TICKS: Final = 1 << 62
_PACKET_US: Final = 20_000
MAX_DURATION_S: Final = 24 * 3600
"""More than any call may last; longer means that the times in the spool are damaged."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a spool holds. Times are microseconds since the epoch.

    `marked` tells whether the begin of the talk was marked; without the mark the first packet
    stands in for it. `ended` tells whether the end was marked, or the capture ended in order.
    `rate_hz` is what the recording is to have: 16 kHz when a codec of the talk fills it, else
    8 kHz. `damaged` counts the places of the spool that could not be read.
    """

    start_us: int
    end_us: int
    marked: bool
    ended: bool
    packets: int
    rate_hz: int = NARROWBAND_HZ
    marks: Sequence[RecordingMark] = ()
    damaged: int = 0
    legs: Sequence[int] = _SIDES
    """The customer's leg, and all on the manager's side that were heard in the talk."""

    @property
    def duration_ticks(self) -> int:
        """The length of the talk in samples."""
        return (self.end_us - self.start_us) * self.rate_hz // 1_000_000


def survey(records: Iterable[CaptureRecord], kind: RecordingKind) -> Survey | None:
    """Return where the talk of a spool begins and ends; None when it holds no packet.

    Raises RecordingError when the times can't be true.
    """
    bounds = _Bounds(kind)
    first_us: int | None = None
    end_us = last_us = wideband_us = packets = 0
    encodings: dict[int, Encodings] = {}
    wideband: set[tuple[int, int]] = set()
    legs = set(_SIDES)
    marks = MarkList()
    for record in plausible(records):
        if isinstance(record, CapturedPacket):
            packets += 1
            arrival_us = record.arrival_us
            last_us = max(last_us, arrival_us)
            if wideband and (record.leg, record.payload_type) in wideband:
                wideband_us = last_us
            if first_us is None or arrival_us < first_us:
                first_us = arrival_us
            if record.leg not in legs and bounds.start_us is not None and len(legs) < MAX_LEGS:
                # One that never told its codecs is a damaged number.
                legs.update({record.leg} & encodings.keys())
        elif isinstance(record, CaptureEnd):
            end_us = record.arrival_us
        elif mark_kind(record) == "codec":
            _follow_codec(record, encodings)
            wideband = _wideband_types(encodings)
        else:
            marks.follow(record)
            bounds.follow(record)
    if first_us is None:
        return None
    marked = bounds.start_us is not None
    begin_us = first_us if bounds.start_us is None else bounds.start_us
    if bounds.over_us is not None:
        end_us = bounds.over_us
    ended = bounds.over_us is not None or end_us >= last_us
    found = Survey(
        start_us=begin_us,
        end_us=max(begin_us, end_us if ended else last_us + _PACKET_US),
        marked=marked,
        ended=ended,
        packets=packets,
        rate_hz=WIDEBAND_HZ if wideband_us and wideband_us >= begin_us else NARROWBAND_HZ,
        marks=marks.recording_marks(begin_us),
        legs=sorted(legs),
    )
    if found.end_us - found.start_us > MAX_DURATION_S * 1_000_000:
        raise RecordingError("the times in the spool are damaged")
    return found


@dataclass(slots=True)
class _Bounds:
    """Between which marks a recording lies, microseconds since the epoch."""

    kind: RecordingKind
    start_us: int | None = None
    over_us: int | None = None

    def follow(self, mark: CaptureMark) -> None:
        """Take the next mark."""
        found = mark_kind(mark)
        # A talk begins once. Who left no message at one beep may do so at a later one, and what was
        # said in between was said to nobody.
        is_first = self.start_us is None or self.kind is RecordingKind.VOICEMAIL
        if is_first and found == _START_MARK[self.kind]:
            self.start_us = mark.arrival_us
        elif found == _END_MARK and self.start_us is not None and self.over_us is None:
            self.over_us = mark.arrival_us


def mark_kind(mark: CaptureMark) -> str | None:
    """Return what a mark tells; None when it is damaged."""
    kind = mark_detail(mark).get("kind")
    return kind if isinstance(kind, str) else None


def _wideband_types(encodings: Mapping[int, Encodings]) -> set[tuple[int, int]]:
    """Return legs and payload types that need the higher rate."""
    return {(leg, number) for leg, known in encodings.items() for number in known.wideband()}


def _follow_codec(mark: CaptureMark, encodings: dict[int, Encodings]) -> None:
    detail = mark_detail(mark)
    leg = detail.get("leg")
    if isinstance(leg, int) and 0 <= leg <= _LAST_LEG:
        encodings.setdefault(leg, Encodings()).follow(detail)


@dataclass(frozen=True, slots=True)
class LegFigures:
    """What became of one leg's packets; durations in seconds."""

    sound_s: float
    concealed_s: float
    lost: int
    late: int
    duplicates: int
    strays: int


_NO_ENCODINGS: Final = Encodings()
"""Of a leg that never told what its payload types are."""


class Timeline:
    """Places the records of one spool. Use once: iterate `blocks`, then read the figures."""

    def __init__(self, found: Survey) -> None:
        """Take what `survey` found of the same records."""
        self._survey = found
        self._legs = {leg: LegPlacement(found.rate_hz) for leg in found.legs}
        self._encodings: dict[int, Encodings] = {}
        self._muting: set[str] = set()
        self._muted_since = 0
        self._muted: list[tuple[int, int]] = []
        self._taken_ticks = 0

    def blocks(self, records: Iterable[CaptureRecord]) -> Iterator[NDArray[np.int16]]:
        """Yield the talk as blocks of shape (samples, 2): customer left, manager right."""
        # Who waits long to be put through sends as long before the talk begins.
        now = advanced = -_LONG_BEFORE_TICKS
        per_ms = self._survey.rate_hz // 1000
        advance_ticks, duration_ticks = _ADVANCE_MS * per_ms, self._survey.duration_ticks
        start_us, rate_hz = self._survey.start_us, self._survey.rate_hz
        for record in plausible(records):
            ticks = (record.arrival_us - start_us) * rate_hz // 1_000_000
            if isinstance(record, CapturedPacket):
                if ticks > now:
                    now = min(ticks, duration_ticks)
                self._push(record, ticks)
            elif isinstance(record, CaptureMark):
                self._follow_mark(record)
            if now - advanced >= advance_ticks:
                advanced = now
                for leg in self._legs.values():
                    leg.advance(now)
                while self._taken_ticks + (1000 + _SETTLE_MS) * per_ms <= now:
                    yield self._take(now)
        for leg in self._legs.values():
            leg.finish()
        while self._taken_ticks < duration_ticks:
            yield self._take(duration_ticks)

    def figures(self) -> Mapping[int, LegFigures]:
        """Return what became of the packets of each leg."""
        return {leg: self._figures(placed) for leg, placed in self._legs.items()}

    def _figures(self, placed: LegPlacement) -> LegFigures:
        return LegFigures(
            sound_s=placed.placed_ticks / self._survey.rate_hz,
            concealed_s=placed.concealed_ticks / self._survey.rate_hz,
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
        return (arrival_us - self._survey.start_us) * self._survey.rate_hz // 1_000_000

    def _push(self, packet: CapturedPacket, ticks: int) -> None:
        leg = self._legs.get(packet.leg)
        if leg is None:
            return
        leg.order.push(
            packet.sequence,
            packet.timestamp,
            ticks,
            packet.payload,
            self._encodings.get(packet.leg, _NO_ENCODINGS).get(packet.payload_type),
        )

    def _follow_mark(self, mark: CaptureMark) -> None:
        detail = mark_detail(mark)
        match detail.get("kind"):
            case "codec":
                _follow_codec(mark, self._encodings)
            case "hold":
                self._mute(f"hold {detail.get('detail', '')}", mark)
            case "unhold":
                self._unmute(f"hold {detail.get('detail', '')}", mark)
            case "pause":
                self._mute("pause", mark)
            case "resume":
                self._unmute("pause", mark)

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
        self._taken_ticks += self._survey.rate_hz
        block = self._sides()
        muted = [*self._muted, (self._muted_since, now)] if self._muting else self._muted
        for since, until in muted:
            block[max(since - start, 0) : max(until - start, 0)] = 0
        self._muted = [span for span in self._muted if span[1] > self._taken_ticks]
        return block[: self._survey.duration_ticks - start]

    def _sides(self) -> NDArray[np.int16]:
        """Return the next block of both sides; who spoke at once on the manager's is added up."""
        customer, manager, *others = (self._legs[leg].blocks.take() for leg in self._survey.legs)
        if others:
            total = manager.astype(np.int32)
            for other in others:
                total += other
            manager = np.clip(total, -32_768, 32_767).astype(np.int16)
        return np.stack([customer, manager], axis=1)
