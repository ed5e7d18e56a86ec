"""Sound without sound: who hears what, prompts that end in virtual time, workers that die."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping
from pathlib import Path

from ivr.prompts import SHIPPED, TONES
from voicegw.errors import (
    MediaSessionLostError,
    NoMediaCapacityError,
    NotFoundError,
    RecordingError,
    SdpError,
)
from voicegw.media.engine import (
    ANY_TERMS,
    CaptureSpec,
    DigitMethod,
    DigitReceived,
    EngineLoad,
    FromLeg,
    LegFigures,
    MarkDetail,
    MediaEvent,
    MediaTerms,
    Mix,
    Playback,
    PlaybackEnded,
    Prompt,
    SessionLost,
    SessionSummary,
    Silence,
    SilenceTimedOut,
    Source,
)
from voicegw.model.call import LegQuality, LegRole
from voicegw.sdp.codecs import Codec, can_relay, codecs_named

BAD_SDP = "v=0 bad"
HOLD_SDP = "v=0 sendonly"
PROMPT_MS = 1000
#: How long a command to a media worker takes to be answered.
MEDIA_DELAY_S = 0.001

_PROMPTS = frozenset(
    {path.stem for folder in ("zh", TONES) for path in (SHIPPED / folder).glob("*.wav")}
    | {"statement_a", "statement_b"}
)
"""What is shipped, and an operator's own statements."""


class FakeSound:
    """The sound of one call: who hears what, now and before. Prompts end in virtual time."""

    def __init__(self, capture: CaptureSpec | None, on_event: Callable[[MediaEvent], None]) -> None:
        self.capture = capture
        self.closes = 0
        self.dead = False
        self.close_fails = False
        self.ports_left: int | None = None
        self.hears: dict[str, Source] = {}
        self.heard: dict[str, list[str]] = {}
        self.timeline: dict[str, list[tuple[float, str]]] = {}
        """When each leg began to hear what, silence included; seconds of the loop."""
        self.keyed: dict[str, list[float]] = {}
        """When a key was pressed on each leg, whoever pressed it; seconds of the loop."""
        self.closed_at_s: float | None = None
        self.finished: dict[str, list[str]] = {}
        self.received = 100
        self.marks: list[str] = []
        self.details: list[MarkDetail] = []
        self.gathering: set[str] = set()
        self.relayed_info: list[str] = []
        self.pressed: list[tuple[str, str]] = []
        """What the gateway has pressed, and at which leg."""
        self.roles: dict[str, LegRole] = {}
        self.terms: dict[str, MediaTerms] = {}
        self.codecs: dict[str, Codec] = {}
        self.negotiated: set[str] = set()
        self.held: set[str] = set()
        self.never_ends: set[str] = set()
        self.unreadable: set[str] = set()
        self._on_event = on_event

    @property
    def closed(self) -> bool:
        return self.closes > 0

    async def _worker(self) -> None:
        assert not self.closed, "a command after the close"
        await asyncio.sleep(MEDIA_DELAY_S)
        self._alive()

    def _alive(self) -> None:
        if self.dead:
            raise MediaSessionLostError("the worker has died")

    def _take(self, leg: str, sdp: str) -> None:
        if sdp == BAD_SDP:
            raise SdpError("nothing in common")
        named = codecs_named(sdp.rpartition("codec=")[2].split(",")) if "codec=" in sdp else ()
        allowed = codecs_named(self.terms[leg].codecs or ("PCMA",))
        chosen = [codec for codec in allowed if not named or codec in named]
        if not chosen:
            raise SdpError("nothing in common")
        self.codecs[leg] = chosen[0]
        self.negotiated.add(leg)
        if sdp == HOLD_SDP:
            self.held.add(leg)
        else:
            self.held.discard(leg)

    async def offer(self, leg: str, role: LegRole, terms: MediaTerms = ANY_TERMS) -> str:
        await self._worker()
        if self.ports_left is not None and leg not in self.roles:
            if not self.ports_left:
                raise NoMediaCapacityError("no port is free")
            self.ports_left -= 1
        self.roles[leg] = role
        self.terms[leg] = terms
        return f"v=0 offer to {role}"

    async def accept(self, leg: str, remote_answer: str) -> None:
        await self._worker()
        assert leg in self.roles, "an answer without an offer"
        self._take(leg, remote_answer)

    async def answer(
        self, leg: str, role: LegRole, remote_offer: str, terms: MediaTerms = ANY_TERMS
    ) -> str:
        await self._worker()
        before = self.terms.get(leg)
        self.terms[leg] = terms
        try:
            self._take(leg, remote_offer)
        except SdpError:
            if before is not None:
                self.terms[leg] = before
            raise
        self.roles[leg] = role
        return f"v=0 answer to {role}"

    async def reoffer(self, leg: str, terms: MediaTerms | None = None) -> str:
        await self._worker()
        self.terms[leg] = terms or self.terms[leg]
        return f"v=0 offer again to {self.roles[leg]}"

    def connect(self, source: Source, leg: str) -> None:
        assert not self.closed, "a command after the close"
        self._alive()
        assert leg in self.roles, "a leg without a description hears something"
        self._hear(leg, source)
        self.heard.setdefault(leg, []).append(told(source, self.roles))
        if isinstance(source, Playback) and not source.loop:
            if any(prompt.name in self.never_ends for prompt in source.prompts):
                return
            if any(prompt.name in self.unreadable for prompt in source.prompts):
                self._hear(leg, Silence())
                self._on_event(PlaybackEnded(leg, source.id, heard=False))
                return
            length_s = sum(prompt.duration_ms for prompt in source.prompts) / 1000
            loop = asyncio.get_running_loop()
            loop.call_later(length_s, self._played, source, leg)

    def _hear(self, leg: str, source: Source) -> None:
        self.hears[leg] = source
        now_s = asyncio.get_running_loop().time()
        self.timeline.setdefault(leg, []).append((now_s, told(source, self.roles)))

    def longest_silence_s(self, leg: str) -> float:
        """Return for how long at a stretch a leg heard nothing, once it had heard something."""
        heard = self.timeline.get(leg, [])
        ends = [at for at, _ in heard[1:]]
        ends.append(
            asyncio.get_running_loop().time() if self.closed_at_s is None else self.closed_at_s
        )
        spans = zip(heard, ends, strict=False)
        return max((end - at for (at, what), end in spans if what == "silence"), default=0.0)

    def longest_wait_s(self, leg: str) -> float:
        """Return for how long at a stretch a leg heard nothing and pressed no key."""
        longest_s = 0.0
        heard = self.timeline.get(leg, [])
        for index, (at, what) in enumerate(heard):
            until = heard[index + 1][0] if index + 1 < len(heard) else self.closed_at_s
            if what != "silence" or until is None:
                continue
            pressed = sorted(one for one in self.keyed.get(leg, ()) if at < one < until)
            spans = itertools.pairwise([at, *pressed, until])
            longest_s = max(longest_s, *(end - start for start, end in spans))
        return longest_s

    def _played(self, source: Playback, leg: str) -> None:
        if self.closed or self.dead or self.hears.get(leg) is not source:
            return
        self._hear(leg, Silence())
        self.finished.setdefault(leg, []).extend(prompt.name for prompt in source.prompts)
        self._on_event(PlaybackEnded(leg, source.id))

    can_mix = True

    def gather(self, leg: str, *, on: bool, tones: bool = True) -> None:
        self._alive()
        if on:
            self.gathering.add(leg)
        else:
            self.gathering.discard(leg)

    def press(self, leg: str, digit: str) -> None:
        self._alive()
        self.pressed.append((leg, digit))

    def digit_by_info(self, leg: str, digit: str) -> None:
        self._alive()
        self.relayed_info.append(digit)
        self._on_event(DigitReceived(leg, digit, DigitMethod.INFO))

    def end_leg(self, leg: str) -> None:
        if leg not in self.roles or self.closed or self.dead:
            return
        assert leg not in self.hearing(), "somebody hears a leg that is ended"
        del self.roles[leg]
        self.hears.pop(leg, None)
        self.gathering.discard(leg)
        if self.ports_left is not None:
            self.ports_left += 1

    def hearing(self) -> set[str]:
        """Return the legs that others hear now."""
        heard: set[str] = set()
        for source in self.hears.values():
            match source:
                case FromLeg(leg=leg):
                    heard.add(leg)
                case Mix(legs=legs):
                    heard.update(legs)
        return heard

    def mark(self, kind: str, detail: MarkDetail = "") -> None:
        self._alive()
        self.marks.append(kind)
        self.details.append(detail)

    def is_held(self, leg: str) -> bool:
        return leg in self.held

    def codec(self, leg: str) -> str | None:
        codec = self.codecs.get(leg)
        return None if codec is None else codec.value

    def can_relay(self, source: str, leg: str) -> bool:
        if source not in self.codecs or leg not in self.codecs:
            return True
        return can_relay(self.codecs[source], self.codecs[leg])

    async def close(self) -> SessionSummary:
        self.closes += 1
        self.closed_at_s = asyncio.get_running_loop().time()
        await asyncio.sleep(MEDIA_DELAY_S)
        if self.close_fails:
            raise MediaSessionLostError("the worker does not answer")
        figures = {
            leg: LegFigures(
                "PCMA", self.received, 100, 0, LegQuality(mos=4.3, loss_pct=0.0, jitter_ms=1.0)
            )
            for leg in self.negotiated
        }
        return SessionSummary(figures, None, 0, 0)

    # What happens to the sound.

    def key(self, leg: str, digit: str) -> None:
        """A key is pressed on `leg` (RFC 4733)."""
        if not self.dead and not self.closed:
            self.keyed.setdefault(leg, []).append(asyncio.get_running_loop().time())
            self._on_event(DigitReceived(leg, digit, DigitMethod.RFC4733))

    def die(self) -> None:
        """The worker is killed."""
        if not self.dead and not self.closed:
            self.dead = True
            self._on_event(SessionLost("worker died"))

    def fall_silent(self, leg: str) -> None:
        """Nothing is heard of `leg` any more."""
        if not self.dead and not self.closed:
            self._on_event(SilenceTimedOut(leg))


def told(source: Source, roles: Mapping[str, LegRole]) -> str:
    """Return what a source is, in a word: a role, prompt names, or silence."""
    match source:
        case FromLeg(leg=leg):
            return str(roles[leg])
        case Mix(legs=legs):
            return "&".join(sorted(str(roles[leg]) for leg in legs))
        case Playback(prompts=prompts):
            return "+".join(prompt.name for prompt in prompts)
        case Silence():
            return "silence"


class FakeMedia:
    """Opens fake sound; `full` refuses."""

    def __init__(self) -> None:
        self.sounds: list[FakeSound] = []
        self.full = False
        self.refuses_capture = False

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def open(
        self,
        call_id: str,
        capture: CaptureSpec | None,
        on_event: Callable[[MediaEvent], None],
    ) -> FakeSound:
        await asyncio.sleep(MEDIA_DELAY_S)
        if self.full:
            raise NoMediaCapacityError("no port is free")
        if self.refuses_capture and capture is not None:
            raise RecordingError("the capture can't be created")
        sound = FakeSound(capture, on_event)
        self.sounds.append(sound)
        return sound

    def load(self) -> EngineLoad:
        return EngineLoad(sessions=sum(1 for sound in self.sounds if not sound.closed))


class FakePrompts:
    """Every prompt the flows may use, each a second long."""

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self.own: set[str] = set()
        self.asked: list[tuple[str, str]] = []

    def prompt(self, name: str, language: str = "zh") -> Prompt:
        self.asked.append((name, language))
        if name not in (_PROMPTS | self.own) - self.missing:
            raise NotFoundError("prompt", name)
        return Prompt(name, f"sha256:{name}", Path("a"), Path("u"), PROMPT_MS)
