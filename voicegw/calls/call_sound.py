"""The sound of one call: its media session, what each leg hears, what was pressed, the capture.

A part of :class:`~voicegw.calls.live_call.LiveCall`, used by its owner task only. What the engine
tells is kept here; what must break into the flow is handed on.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from voicegw.calls.leg import CallLeg
from voicegw.calls.parts import CallParts
from voicegw.errors import MediaError, RecordingError
from voicegw.media.engine import (
    CaptureSpec,
    DigitReceived,
    FromLeg,
    MarkDetail,
    MediaEvent,
    MediaSession,
    Playback,
    PlaybackEnded,
    Prompt,
    SessionLost,
    SilenceTimedOut,
    Source,
)
from voicegw.model.call import Call
from voicegw.model.ids import IdKind, new_id
from voicegw.model.recording import (
    TELLS_OWED,
    MarkKind,
    Recording,
    RecordingKind,
    RecordingStatus,
)

_log = logging.getLogger(__name__)

EARLY_SOUND: Final = "early"
"""Folder, below that of the spools, with one folder for each call whose network has spoken."""
_EARLY_PACKETS: Final = 50
"""A second of sound: less says nothing."""

SoundTrouble = SilenceTimedOut | SessionLost


class CallSound:
    """What a call does with sound. Nothing is opened before it is needed."""

    def __init__(
        self,
        call: Call,
        parts: CallParts,
        *,
        on_change: Callable[[], None],
        on_trouble: Callable[[SoundTrouble], None],
    ) -> None:
        """`on_change` is called when something was heard; `on_trouble` when a flow must know."""
        self._call = call
        self._parts = parts
        self._on_change = on_change
        self._on_trouble = on_trouble
        self._session: MediaSession | None = None
        self._playbacks_ended: dict[str, bool] = {}
        self._received: dict[str, int] = {}
        self._digits: dict[str, deque[str]] = {}
        self._languages: dict[str, str] = {}
        self.recording: Recording | None = None
        """What the capture becomes, once it is owed; None where nothing is captured."""

    # -- the session -----------------------------------------------------------------------------

    async def session(self) -> MediaSession:
        """Return the call's media session, opened at first use.

        Raises NoMediaCapacityError, and RecordingError where recording is required.
        """
        if self._session is None:
            capture = self._capture_spec() if self._parts.settings.recording else None
            self._session = await self._open(capture)
        return self._session

    async def _open(self, capture: CaptureSpec | None) -> MediaSession:
        media = self._parts.media
        try:
            return await media.open(self._call.id, capture, self._on_event)
        except RecordingError:
            if self.recording is None or self._parts.settings.recording_required:
                raise
        self.recording.status = RecordingStatus.ABSENT
        self.recording.reason = "capture-refused"
        self.recording.spool = None
        self.recording.completed_at = self._parts.clock.now()
        _log.error("call goes on without capture", extra={"call_id": self._call.id})
        return await media.open(self._call.id, None, self._on_event)

    def _on_event(self, event: MediaEvent) -> None:
        match event:
            case PlaybackEnded(playback_id=playback_id, heard=heard):
                self._playbacks_ended[playback_id] = heard
            case DigitReceived(leg=leg_id, digit=digit):
                if leg_id in self._digits:
                    self._digits[leg_id].append(digit)
            case SilenceTimedOut() | SessionLost():
                self._on_trouble(event)
        self._on_change()

    async def close(self, legs: Sequence[CallLeg]) -> None:
        """Close the session and write its figures into the records of `legs`."""
        if self._session is None:
            return
        try:
            summary = await self._session.close()
        except MediaError:
            return
        for leg in legs:
            figures = summary.legs.get(leg.id)
            if figures is not None:
                self._received[leg.id] = figures.received
                leg.record.codec = figures.codec
                leg.record.quality = figures.quality
        if summary.dropped_packets and self.recording is not None:
            # The disk was full or too slow: what was said then is missing from the recording.
            self.recording.reason = "packets-lost"
            _log.error(
                "capture is incomplete",
                extra={"call_id": self._call.id, "packets": summary.dropped_packets},
            )

    def end_leg(self, leg: CallLeg) -> None:
        """Free what the sound of `leg` holds, while the call goes on without it."""
        self._digits.pop(leg.id, None)
        if self._session is not None:
            self._session.end_leg(leg.id)

    def let_go(self) -> None:
        """Drop what refers back: the session to here, and we to the call."""
        self._session = None
        self._on_change = _nobody_listens
        self._on_trouble = _nobody_listens

    # -- what is heard ---------------------------------------------------------------------------

    def connect(self, source: Source, leg: CallLeg) -> None:
        """Make `leg` hear `source`."""
        if self._session is not None:
            self._session.connect(source, leg.id)

    def relay(self, source: CallLeg, leg: CallLeg) -> None:
        """Make `leg` hear `source`; music while `source` has put us on hold."""
        self.connect(self.playback("moh", loop=True) if source.held else FromLeg(source.id), leg)

    def codec(self, leg: CallLeg) -> str | None:
        """Return the codec that `leg` has agreed to; None before."""
        return None if self._session is None else self._session.codec(leg.id)

    def can_relay(self, source: CallLeg, leg: CallLeg) -> bool:
        """Whether `leg` would hear `source` by what both have agreed to."""
        return self._session is None or self._session.can_relay(source.id, leg.id)

    @property
    def can_mix(self) -> bool:
        """Whether a leg can hear several others at once."""
        return self._session is not None and self._session.can_mix

    def speak(self, leg: CallLeg, language: str) -> None:
        """Have what `leg` hears from now on be in `language`, where a prompt has it."""
        self._languages[leg.id] = language

    def language(self, leg: CallLeg | None) -> str:
        """Return the language that `leg` has chosen, else the node's."""
        own = None if leg is None else self._languages.get(leg.id)
        return own or self._parts.settings.language

    def playback(self, *names: str, loop: bool = False, leg: CallLeg | None = None) -> Playback:
        """Return a source that plays prompts by name in the language of `leg`.

        Raises NotFoundError when there is no such prompt.
        """
        language = self.language(leg)
        prompts = tuple(self._parts.prompts.prompt(name, language) for name in names)
        return self.playback_of(*prompts, loop=loop)

    def playback_of(self, *prompts: Prompt, loop: bool = False) -> Playback:
        """Return a source that plays these prompts, and nothing that was put in their place."""
        return Playback(new_id(IdKind.EVENT), prompts, loop)

    def has_played(self, playback_id: str) -> bool:
        """Whether a playback has reached its end."""
        return playback_id in self._playbacks_ended

    def was_heard(self, playback_id: str) -> bool:
        """Whether a playback has reached its end and could be played."""
        return self._playbacks_ended.get(playback_id, False)

    # -- what is pressed -------------------------------------------------------------------------

    def gather(self, leg: CallLeg, *, on: bool, tones: bool = True) -> None:
        """Keep digits of `leg` for the flow instead of relaying them.

        Without `tones` those are left alone that come as nothing but tones in the sound.
        """
        if on:
            self._digits[leg.id] = deque()
        else:
            self._digits.pop(leg.id, None)
        if self._session is not None:
            self._session.gather(leg.id, on=on, tones=tones)

    def press(self, leg: CallLeg, digit: str) -> None:
        """Send a digit to `leg`."""
        if self._session is not None:
            self._session.press(leg.id, digit)

    def next_digit(self, leg: CallLeg) -> str | None:
        """Return the next digit gathered from `leg`, if one has come."""
        digits = self._digits.get(leg.id)
        return digits.popleft() if digits else None

    def has_digit(self, leg: CallLeg) -> bool:
        """Whether a digit gathered from `leg` waits to be taken."""
        return bool(self._digits.get(leg.id))

    def forget_digits(self, leg: CallLeg) -> None:
        """Drop what was gathered from `leg` so far."""
        if leg.id in self._digits:
            self._digits[leg.id].clear()

    def pressed_by_info(self, leg: CallLeg, digit: str) -> None:
        """Take a digit that came by INFO."""
        if self._session is None:
            return
        try:
            self._session.digit_by_info(leg.id, digit)
        except MediaError as error:
            # Before the leg has sound nobody waits for its digits; after a lost worker, no more.
            _log.info("digit dropped", extra={"leg_id": leg.id, "why": error.slug})

    # -- the capture -----------------------------------------------------------------------------

    def mark(self, kind: str, detail: MarkDetail = "") -> None:
        """Write a mark into the capture."""
        if self._session is not None:
            self._session.mark(kind, detail)

    def mark_hold(self, leg: CallLeg, *, on: bool) -> None:
        """Mark that `leg` holds the other side, or no longer, where the capture does not tell so.

        A hold that is marked must be taken back wherever it ends: until then nothing is heard in
        the recording.
        """
        if leg.hold_marked is not on:
            self.mark(MarkKind.HOLD if on else MarkKind.UNHOLD, str(leg.role))
            leg.hold_marked = on

    def _capture_spec(self) -> CaptureSpec:
        call = self._call
        self.recording = Recording(
            id=new_id(IdKind.RECORDING),
            call_id=call.id,
            kind=RecordingKind.TALK,
            status=RecordingStatus.PENDING,
            node=call.node,
            created_at=self._parts.clock.now(),
            group_id=call.group_id,
            manager_id=call.manager_id,
            customer_id=call.customer_id,
            hotline_id=call.hotline_id,
        )
        path = self._parts.settings.spool_dir / f"{self.recording.id}.spool"
        self.recording.spool = path.name
        header = {
            "recording_id": self.recording.id,
            "call_id": call.id,
            "kind": str(RecordingKind.TALK),
            "node": call.node,
            "created_at": self.recording.created_at.isoformat(),
            "group_id": call.group_id,
            "manager_id": call.manager_id,
            "customer_id": call.customer_id,
            "hotline_id": call.hotline_id,
            TELLS_OWED: 1,
        }
        return CaptureSpec(path, header)

    @property
    def is_captured(self) -> bool:
        """Whether what is said now will be kept."""
        return self.recording is not None and self.recording.status is RecordingStatus.PENDING

    def keep_early_sound(self, leg: CallLeg) -> bool:
        """Keep the capture of a call whose customer's network has spoken instead of a person.

        It is heard after the call and deleted then; it is no recording. Return False when there is
        too little of it, or the disk refuses. Call it once the session is closed.
        """
        recording = self.recording
        if recording is None or recording.spool is None or not self._parts.settings.hear_network:
            return False
        if self._received.get(leg.id, 0) < _EARLY_PACKETS:
            return False
        spool = self._parts.settings.spool_dir / recording.spool
        folder = self._parts.settings.spool_dir / EARLY_SOUND / self._call.id
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Under its own name: an encrypted one can't be read under another.
            spool.rename(folder / spool.name)
        except OSError as error:
            _log.warning(
                "early sound not kept", extra={"call_id": self._call.id, "why": error.strerror}
            )
            return False
        recording.spool = None
        recording.status = RecordingStatus.ABSENT
        return True

    def hand_over_capture(self, *, owed: bool) -> None:
        """Have the capture made into a recording, or delete what is owed to nobody."""
        if self.recording is None or self.recording.status is not RecordingStatus.PENDING:
            return
        if owed:
            self._parts.recordings.submit(self.recording)
            return
        spool = self._parts.settings.spool_dir / (self.recording.spool or "")
        try:
            spool.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("spool left behind", extra={"call_id": self._call.id, "why": str(error)})


def _nobody_listens(*_event: SoundTrouble) -> None:
    """Stand in for a call that is over."""
