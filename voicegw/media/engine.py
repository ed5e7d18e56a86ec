"""The media port: all that calls know of sound.

An engine is given each leg's remote session description and gives back the one to send: ports,
payload maps and crypto are its own affair. Sound flows along *directed edges*:
:meth:`MediaSession.connect` says what a leg hears, be it another leg, prompts or silence, so that a
bridge is two edges and a whisper is one. Nothing here assumes the embedded engine.

Order of use, for each leg: `offer` then `accept` (we offer), or `answer` (the far end offers);
again at each later negotiation. `close` ends the session, frees its ports and returns the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from voicegw.model.call import LegQuality, LegRole
from voicegw.sdp.terms import ANY_TERMS, MediaTerms, SrtpPolicy

#: The port, with the terms that :mod:`voicegw.sdp` negotiates under.
__all__ = [
    "ANY_TERMS",
    "CaptureSpec",
    "DigitMethod",
    "DigitReceived",
    "EngineLoad",
    "FromLeg",
    "LegFigures",
    "LegId",
    "MarkDetail",
    "MediaEngine",
    "MediaEvent",
    "MediaSession",
    "MediaTerms",
    "Mix",
    "Playback",
    "PlaybackEnded",
    "Prompt",
    "SessionLost",
    "SessionSummary",
    "Silence",
    "SilenceTimedOut",
    "Source",
    "SrtpPolicy",
]

LegId = str
#: What a mark says beside its kind: a word, or names and values, of which `leg` is a number as in
#: the spool and says whose side it is.
MarkDetail = str | Mapping[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prepared prompt: one file for each codec, named by the hash of its samples.

    `pcma`, `pcmu` and `g722` hold 8 bytes each millisecond; `opus` holds packets of 20 ms as
    `voicegw.media.opus.join` frames them. The wideband ones are None where the node does not carry
    that codec. An engine may keep them in memory.
    """

    name: str
    digest: str
    pcma: Path
    pcmu: Path
    duration_ms: int
    g722: Path | None = None
    opus: Path | None = None


@dataclass(frozen=True, slots=True)
class FromLeg:
    """A source: what `leg` sends."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class Mix:
    """A source: what several legs send, added up. Only legs with G.711 are heard, and hear it."""

    legs: tuple[LegId, ...]


@dataclass(frozen=True, slots=True)
class Playback:
    """A source: `prompts` one after the other, once or in a loop.

    When it ends by itself, :class:`PlaybackEnded` is sent and the leg hears silence.
    """

    id: str
    prompts: tuple[Prompt, ...]
    loop: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """A source: nothing is sent but what keeps a NAT binding open."""


Source = FromLeg | Mix | Playback | Silence


@dataclass(frozen=True, slots=True)
class CaptureSpec:
    """What to capture of a session, and where.

    `path` is the spool file to create (it holds no telephone number). `header` goes to its first
    record and is what the finisher needs to make the recording when nothing else survives.
    """

    path: Path
    header: Mapping[str, str | int | float | None]


class DigitMethod(StrEnum):
    """How a digit arrived."""

    RFC4733 = "rfc4733"
    INFO = "info"
    INBAND = "inband"


@dataclass(frozen=True, slots=True)
class DigitReceived:
    """A digit (0-9, *, #, A-D) was pressed on `leg`; sent exactly once a press."""

    leg: LegId
    digit: str
    method: DigitMethod


@dataclass(frozen=True, slots=True)
class PlaybackEnded:
    """A playback reached its end. Not sent when another source replaced it.

    `heard` is false when its prompts could not be played: the leg has heard nothing.
    """

    leg: LegId
    playback_id: str
    heard: bool = True


@dataclass(frozen=True, slots=True)
class SilenceTimedOut:
    """Nothing was received on `leg` for the configured time while it should have been sending."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class SessionLost:
    """The process that carried the session has died. Its ports are gone; only `close` is left."""

    reason: str


MediaEvent = DigitReceived | PlaybackEnded | SilenceTimedOut | SessionLost


@dataclass(frozen=True, slots=True)
class LegFigures:
    """What was measured on a leg: of the sound received there, except `sent`.

    None is what the engine does not measure. `rejected` are packets that were dropped because they
    were not what their key says: forged, replayed, or plain.
    """

    codec: str | None
    received: int
    sent: int | None
    lost: int | None
    quality: LegQuality
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """The figures of a closed session. `spool` is None when nothing was captured."""

    legs: Mapping[LegId, LegFigures]
    spool: Path | None
    captured_packets: int
    dropped_packets: int


@dataclass(frozen=True, slots=True)
class EngineLoad:
    """How busy the engine is. All but counters are zero when no call runs.

    `rejected_packets` counts what was not what its key says, of the legs that have ended.
    """

    sessions: int = 0
    legs: int = 0
    ports_in_use: int = 0
    ports_draining: int = 0
    workers: int = 0
    workers_restarted: int = 0
    capture_dropped: int = 0
    rejected_packets: int = 0
    per_worker: tuple[int, ...] = field(default=())


class MediaSession(Protocol):
    """The sound of one call. Methods raise :class:`~voicegw.errors.MediaSessionLostError` once the
    carrying process has died; commands without a result are carried out in order.
    """

    async def offer(self, leg: LegId, role: LegRole, terms: MediaTerms = ANY_TERMS) -> str:
        """Return the description to offer to `leg`: what `terms` allow, and telephone-event.

        Raises SdpError when nothing is left that may be offered.
        """
        ...

    async def accept(self, leg: LegId, remote_answer: str) -> None:
        """Take the far end's answer to our last offer. Raises SdpError when it can't be used."""
        ...

    async def answer(
        self, leg: LegId, role: LegRole, remote_offer: str, terms: MediaTerms = ANY_TERMS
    ) -> str:
        """Take the far end's offer and return our answer. Raises SdpError when nothing fits."""
        ...

    async def reoffer(self, leg: LegId, terms: MediaTerms | None = None) -> str:
        """Return our present description of `leg` as an offer: for a re-INVITE of ours, or to
        answer an offerless one. `terms` None are those of the leg's last offer or answer.

        The answer goes to `accept`; until then the sound goes on as agreed before.
        """
        ...

    @property
    def can_mix(self) -> bool:
        """Whether sound can be added up: a :class:`Mix` connected."""
        ...

    def connect(self, source: Source, leg: LegId) -> None:
        """Make `leg` hear `source` from now on, instead of what it heard before.

        Raises MediaError for a mix where the engine can't add up sound.
        """
        ...

    def gather(self, leg: LegId, *, on: bool, tones: bool = True) -> None:
        """While on, digits of `leg` are only reported, not relayed to the leg that hears it.

        With `tones`, those are found, too, that come as tones in the sound, which goes on.
        """
        ...

    def press(self, leg: LegId, digit: str) -> None:
        """Send `digit` to `leg` in the form its far end agreed to."""
        ...

    def digit_by_info(self, leg: LegId, digit: str) -> None:
        """Tell that `leg` sent `digit` by SIP INFO: reported and relayed like one in its sound."""
        ...

    def end_leg(self, leg: LegId) -> None:
        """Free the ports of a leg that is of no more use, where the engine can before the end.

        A call that waits in a queue for an hour rings many telephones. Its figures are kept; no
        other command may name it afterwards. Does nothing for a leg without sound, and never
        raises.
        """
        ...

    def mark(self, kind: str, detail: MarkDetail = "") -> None:
        """Write a mark to the capture: `bridge`, `hold`, `unhold`, `notice`, `pause`, `resume` …

        Between `pause` and `resume` no packet is captured, and none after `end`.
        """
        ...

    def is_held(self, leg: LegId) -> bool:
        """Whether the far end of `leg` has put us on hold by its last description."""
        ...

    def codec(self, leg: LegId) -> str | None:
        """Return the codec that `leg` has agreed to; None before."""
        ...

    def can_relay(self, source: LegId, leg: LegId) -> bool:
        """Whether `leg` would hear `source` by what both have agreed to, or may agree to yet."""
        ...

    async def close(self) -> SessionSummary:
        """Stop, free the ports (drained before reuse), finish the capture. Safe to repeat."""
        ...


class MediaEngine(Protocol):
    """Carries the sound of many sessions."""

    async def start(self) -> None:
        """Start workers. Raises StartError with the mend when the engine can't run."""
        ...

    async def stop(self) -> None:
        """End all sessions and workers."""
        ...

    async def open(
        self,
        call_id: str,
        capture: CaptureSpec | None,
        on_event: Callable[[MediaEvent], None],
    ) -> MediaSession:
        """Open the sound of a call; raises NoMediaCapacityError when nothing is free.

        `on_event` is called in the node's loop.
        """
        ...

    def load(self) -> EngineLoad:
        """Return the present load."""
        ...
