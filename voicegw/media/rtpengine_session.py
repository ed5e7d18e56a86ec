"""A call's sound, carried by rtpengine.

Descriptions are negotiated here; what was agreed, who hears whom and what is played goes to
rtpengine as commands, one after the other in the order in which they were given.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol, TypeVar

from voicegw.errors import MediaError, MediaSessionLostError, NoMediaCapacityError, SdpError
from voicegw.media.engine import (
    ANY_TERMS,
    DigitMethod,
    DigitReceived,
    FromLeg,
    LegFigures,
    LegId,
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
    SrtpPolicy,
)
from voicegw.media.rtpengine_call import Party, ReceivedOnLeg, RtpengineCall
from voicegw.media.rtpengine_client import RtpengineAwayError, RtpengineRefusedError
from voicegw.media.rtpengine_digits import DIGITS
from voicegw.media.wav import alaw_files
from voicegw.model.call import LegQuality, LegRole
from voicegw.sdp.agreed import AgreedMedia
from voicegw.sdp.negotiation import Negotiator

_log = logging.getLogger(__name__)

_Result = TypeVar("_Result")

#: A datagram of 24 kB is the compromise between gaps (none within one) and fragments.
_PIECE_SAMPLES: Final = 24_000
#: A piece that begins later than this after the one before moves all that follow.
_PIECE_LATE_S: Final = 0.1
#: rtpengine reports a digit that it was told to play like one that was pressed, within this time.
_ECHO_S: Final = 2.0


class Engine(Protocol):
    """What a session needs of its engine."""

    def negotiator(self) -> Negotiator:
        """Return a new leg's negotiator; its address is set once there is one."""
        ...

    async def alaw(self, prompt: Prompt) -> bytes:
        """Return a prompt's samples. Raises OSError."""
        ...

    def forget(self, session: RtpengineSession) -> None:
        """A session is over."""
        ...

    def delete_later(self, call: RtpengineCall) -> None:
        """Delete a call that may be left in rtpengine, once that answers again."""
        ...


@dataclass(slots=True)
class _Leg:
    """What is known of a leg. `told` is what rtpengine knows of its agreement.

    `introduced` tells whether it has confirmed to know the leg by its tag.
    """

    tag: str
    negotiator: Negotiator
    source: Source = field(default_factory=Silence)
    partner: LegId | None = None
    told: AgreedMedia | None = None
    introduced: bool = False
    blocked: bool = False
    gathering: bool = False
    player: asyncio.Task[None] | None = None
    echoes: list[tuple[str, float]] = field(default_factory=list)
    received: ReceivedOnLeg = field(default_factory=lambda: ReceivedOnLeg(0, 0))
    life_at_s: float = 0.0


class RtpengineSession:
    """The sound of one call; see :class:`~voicegw.media.engine.MediaSession`.

    rtpengine bridges legs in pairs: a leg that comes to hear another takes the place of the one
    that was its pair before.
    """

    def __init__(
        self,
        engine: Engine,
        call: RtpengineCall,
        on_event: Callable[[MediaEvent], None],
    ) -> None:
        """Built by the engine's `open` only, in the node's loop."""
        self._engine = engine
        self._call = call
        self._on_event = on_event
        self._legs: dict[LegId, _Leg] = {}
        self._lost: str | None = None
        self._closing: asyncio.Task[SessionSummary] | None = None
        self._asked_for_ports = False
        self._commands: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._awaited: set[asyncio.Future[Any]] = set()
        self._runner = asyncio.create_task(self._run(), name="rtpengine-session")

    @property
    def call_name(self) -> str:
        """What rtpengine knows the call by."""
        return self._call.name

    @property
    def leg_count(self) -> int:
        """How many legs have ports."""
        return len(self._legs)

    # The port ------------------------------------------------------------------------------------

    async def offer(
        self,
        leg: LegId,
        role: LegRole,  # noqa: ARG002 - the port's; no capture asks who it is
        terms: MediaTerms = ANY_TERMS,
    ) -> str:
        """Return the description to offer to `leg`, taking its ports at first.

        Raises SdpError, NoMediaCapacityError, MediaSessionLostError.
        """
        terms = _carried(terms)
        state = self._legs.get(leg) or await self._bind(leg)
        return state.negotiator.offer(terms)

    async def accept(self, leg: LegId, remote_answer: str) -> None:
        """Take the answer to our last offer. Raises SdpError, MediaSessionLostError."""
        self._state(leg).negotiator.accept(remote_answer)
        await self._agree(leg)

    async def answer(
        self,
        leg: LegId,
        role: LegRole,  # noqa: ARG002 - the port's; no capture asks who it is
        remote_offer: str,
        terms: MediaTerms = ANY_TERMS,
    ) -> str:
        """Take an offer and return our answer.

        Raises SdpError, NoMediaCapacityError, MediaSessionLostError.
        """
        terms = _carried(terms)
        state = self._legs.get(leg) or await self._bind(leg)
        answer = state.negotiator.answer(remote_offer, terms)
        await self._agree(leg)
        return answer

    async def reoffer(self, leg: LegId, terms: MediaTerms | None = None) -> str:
        """Return our present description of `leg` as an offer. Raises SdpError."""
        return self._state(leg).negotiator.offer(None if terms is None else _carried(terms))

    @property
    def can_mix(self) -> bool:
        """Whether sound can be added up: rtpengine can't."""
        return False

    def connect(self, source: Source, leg: LegId) -> None:
        """Make `leg` hear `source` from now on.

        Raises MediaError when a leg is not known, and for a mix: rtpengine adds up no sound.
        """
        self._state(leg)
        if isinstance(source, Mix):
            raise MediaError("this engine can't let three talk with each other")
        if isinstance(source, FromLeg):
            self._state(source.leg)
        self._command(lambda: self._hear(leg, source))

    def gather(self, leg: LegId, *, on: bool, tones: bool = True) -> None:
        """While on, digits of `leg` are only reported, not relayed; tones are never looked for."""
        del tones
        state = self._state(leg)
        state.gathering = on
        self._command(lambda: self._call.block_digits(state.tag, on=on))

    def press(self, leg: LegId, digit: str) -> None:
        """Send `digit` to `leg`. Raises MediaError for what is no digit.

        rtpengine puts it into what the leg's pair is sending: a leg without one gets none.
        """
        self._state(leg)
        code = _digit(digit)
        self._command(lambda: self._press(leg, code))

    def digit_by_info(self, leg: LegId, digit: str) -> None:
        """Tell that `leg` sent `digit` by INFO. Raises MediaError for what is no digit."""
        state = self._state(leg)
        code = _digit(digit)
        self._tell(DigitReceived(leg, code, DigitMethod.INFO))
        if not state.gathering:
            for name in self._hearers(leg):
                self.press(name, code)

    def end_leg(self, leg: LegId) -> None:
        """Nothing: rtpengine frees the ports of a call all together, at its end."""

    def mark(self, kind: str, detail: MarkDetail = "") -> None:
        """Nothing is captured, so there is nothing to mark."""

    def is_held(self, leg: LegId) -> bool:
        """Whether the far end of `leg` has put us on hold by its last description."""
        state = self._legs.get(leg)
        agreed = None if state is None else state.negotiator.agreed
        return agreed is not None and agreed.is_held

    def codec(self, leg: LegId) -> str | None:
        """Return the codec that `leg` has agreed to; None before."""
        state = self._legs.get(leg)
        agreed = None if state is None else state.negotiator.agreed
        return None if agreed is None else agreed.codec.value

    def can_relay(self, source: LegId, leg: LegId) -> bool:  # noqa: ARG002 - the port's
        """Whether `leg` would hear `source`: always, for rtpengine changes any codec."""
        return True

    async def close(self) -> SessionSummary:
        """Stop, free the ports; safe to repeat, and to cancel."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(), name="rtpengine-close")
        return await asyncio.shield(self._closing)

    # Called by the engine ------------------------------------------------------------------------

    def digit_reported(self, tag: str, digit: str) -> None:
        """Take a digit that rtpengine has heard."""
        for name, leg in self._legs.items():
            if leg.tag == tag and not _is_echo(leg, digit, self._now_s()):
                self._tell(DigitReceived(name, digit, DigitMethod.RFC4733))

    async def look(self, silence_timeout_s: float) -> None:
        """See what has arrived: tell of silent legs, and of a call that rtpengine has lost.

        Raises RtpengineAwayError.
        """
        introduced = [leg.tag for leg in self._legs.values() if leg.introduced]
        try:
            received = await self._call.received()
        except RtpengineRefusedError as error:
            # Before its first leg rtpengine knows of no call.
            if error.is_unknown_call and self._legs:
                self._lose(error.reason)
            return
        if received and not all(tag in received for tag in introduced):
            # Started again, and asked for one more leg since: that made the call anew without them.
            self._lose("rtpengine no longer knows a leg")
            self._engine.delete_later(self._call)
            return
        now_s = self._now_s()
        waiting = any(self.is_held(name) for name in self._legs)
        for name, leg in self._legs.items():
            counted = received.get(leg.tag, leg.received)
            if counted.any != leg.received.any or waiting or not self._should_send(name, leg):
                leg.life_at_s = now_s
            elif silence_timeout_s and now_s - leg.life_at_s >= silence_timeout_s:
                leg.life_at_s = now_s
                self._tell(SilenceTimedOut(name))
            leg.received = counted

    # Commands, in order --------------------------------------------------------------------------

    def _command(self, command: Callable[[], Awaitable[None]]) -> None:
        self._ensure_usable()
        self._commands.put_nowait(command)

    async def _in_order(self, command: Callable[[], Awaitable[_Result]]) -> _Result:
        """Carry out a command after those before it and return its result."""
        self._ensure_usable()
        future: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        self._awaited.add(future)
        future.add_done_callback(self._awaited.discard)

        async def run() -> None:
            try:
                result = await command()
            except (MediaError, SdpError) as error:
                if not future.done():
                    future.set_exception(error)
            else:
                if not future.done():
                    future.set_result(result)

        self._commands.put_nowait(run)
        return await future

    async def _run(self) -> None:
        while True:
            command = await self._commands.get()
            try:
                await command()
            except RtpengineRefusedError as error:
                if error.is_unknown_call:
                    self._lose(error.reason)
                else:
                    _log.warning("rtpengine refuses", extra={"why": error.reason})
            except RtpengineAwayError as error:
                _log.warning("rtpengine is away", extra={"why": error.slug})

    async def _bind(self, name: LegId) -> _Leg:
        tag = f"leg-{len(self._legs) + 1}"
        negotiator = self._engine.negotiator()
        events = next(
            (leg.told.event_payload_type for leg in self._legs.values() if leg.told), None
        )
        if events is not None:
            negotiator.prefer_events(events)
        self._asked_for_ports = True
        try:
            address, negotiator.port = await self._in_order(lambda: self._call.bind(tag))
            negotiator.addresses = {4: address}
        except (RtpengineAwayError, RtpengineRefusedError) as error:
            raise NoMediaCapacityError(f"rtpengine gives no port: {error}") from error
        leg = _Leg(tag, negotiator)
        self._legs[name] = leg
        return leg

    async def _agree(self, name: LegId) -> None:
        try:
            await self._in_order(lambda: self._tell_agreement(name))
        except RtpengineAwayError as error:
            raise MediaSessionLostError("rtpengine does not answer") from error
        except RtpengineRefusedError as error:
            if error.is_unknown_call:
                self._lose(error.reason)
                self._ensure_usable()
            raise SdpError("rtpengine refuses the description") from error

    async def _tell_agreement(self, name: LegId) -> None:
        leg = self._legs[name]
        agreed = leg.negotiator.agreed
        if agreed is None or agreed == leg.told:
            return
        first = leg.told is None
        leg.told = agreed
        if leg.partner is None:
            await self._call.introduce(Party(leg.tag, agreed), first=first)
        else:
            await self._bridge(name, leg.partner)
        leg.introduced = True
        await self._wire()

    async def _hear(self, name: LegId, source: Source) -> None:
        leg = self._legs[name]
        if leg.player is not None:
            leg.player.cancel()
            leg.player = None
            if not isinstance(source, Playback):
                await self._call.stop_playing(leg.tag)
        leg.source = source
        await self._wire()
        if isinstance(source, Playback):
            leg.player = asyncio.create_task(self._play(name, leg, source), name="rtpengine-play")

    async def _wire(self) -> None:
        """Bring rtpengine to what is to be heard: bridge pairs, block who is heard by nobody."""
        for name, leg in self._legs.items():
            heard = leg.source.leg if isinstance(leg.source, FromLeg) else None
            if heard is not None and leg.partner != heard:
                await self._bridge(name, heard)
        for name, leg in self._legs.items():
            blocked = not any(self._may_send(hearer) for hearer in self._hearers(name))
            if leg.told is not None and leg.blocked != blocked:
                await self._call.block(leg.tag, on=blocked)
                leg.blocked = blocked

    async def _bridge(self, one: LegId, other: LegId) -> None:
        """Make two legs a pair once both have agreed on something."""
        first, second = self._legs[one], self._legs[other]
        if first.told is None or second.told is None:
            return
        for name, partner in ((one, other), (other, one)):
            self._part(name, partner)
            self._legs[name].partner = partner
        await self._call.bridge(Party(first.tag, first.told), Party(second.tag, second.told))

    def _part(self, name: LegId, partner: LegId) -> None:
        """Take a leg from the pair it is in, to be in one with `partner`."""
        former = self._legs[name].partner
        if former is None or former == partner:
            return
        self._legs[former].partner = None
        for one, other in ((name, former), (former, name)):
            if self._legs[one].source == FromLeg(other):
                self._legs[one].source = Silence()

    async def _press(self, name: LegId, digit: str) -> None:
        partner = self._legs[name].partner
        if partner is None:
            _log.info("digit not sent: the leg hears no other", extra={"leg_id": name})
            return
        source = self._legs[partner]
        echo = (digit, self._now_s() + _ECHO_S)
        source.echoes.append(echo)
        try:
            await self._call.press(source.tag, digit)
        except RtpengineRefusedError:
            source.echoes.remove(echo)
            _log.info("digit not sent: nothing is spoken to the leg", extra={"leg_id": name})

    # Playing -------------------------------------------------------------------------------------

    async def _play(self, name: LegId, leg: _Leg, playback: Playback) -> None:
        heard = True
        try:
            samples = b"".join([await self._engine.alaw(one) for one in playback.prompts])
            await self._play_pieces(leg.tag, samples, loop=playback.loop)
        except (OSError, MediaError) as error:
            heard = False
            _log.warning("prompt not played", extra={"leg_id": name, "why": type(error).__name__})
        leg.player = None
        leg.source = Silence()
        self._tell(PlaybackEnded(name, playback.id, heard))

    async def _play_pieces(self, tag: str, samples: bytes, *, loop: bool) -> None:
        pieces = list(alaw_files(samples, max_samples=_PIECE_SAMPLES))
        ends_at_s = self._now_s()
        while pieces:
            for piece, length_s in pieces:
                await self._call.play(tag, piece)
                ends_at_s = max(ends_at_s, self._now_s() - _PIECE_LATE_S) + length_s
                await asyncio.sleep(ends_at_s - self._now_s())
            if not loop:
                return

    # State ---------------------------------------------------------------------------------------

    def _hearers(self, name: LegId) -> list[LegId]:
        return [other for other, leg in self._legs.items() if leg.source == FromLeg(name)]

    def _may_send(self, name: LegId) -> bool:
        """Whether the far end of a leg wants sound: it may have put us on hold."""
        told = self._legs[name].told
        return told is not None and told.may_send

    def _should_send(self, name: LegId, leg: _Leg) -> bool:
        """Whether silence of a leg is a fault: it has sent before, or it is bridged both ways."""
        if leg.told is None or not leg.told.is_sending:
            return False
        both_ways = bool(self._hearers(name)) and not isinstance(leg.source, Silence)
        return leg.received.sound > 0 or both_ways

    def _state(self, leg: LegId) -> _Leg:
        self._ensure_usable()
        state = self._legs.get(leg)
        if state is None:
            raise MediaError("the leg has no sound yet: offer or answer first")
        return state

    def _ensure_usable(self) -> None:
        if self._lost is not None:
            raise MediaSessionLostError(f"rtpengine has lost the call: {self._lost}")
        if self._closing is not None:
            raise MediaError("the session is closed")

    def _lose(self, reason: str) -> None:
        if self._lost is None and self._closing is None:
            self._tell(SessionLost(reason))
            self._lost = reason

    def _tell(self, event: MediaEvent) -> None:
        if self._lost is None and self._closing is None:
            asyncio.get_running_loop().call_soon(self._on_event, event)

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()

    async def _close(self) -> SessionSummary:
        self._runner.cancel()
        tasks = [self._runner, *(leg.player for leg in self._legs.values() if leg.player)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for future in list(self._awaited):
            if not future.done():
                future.set_exception(MediaError("the session is closed"))
        received = await self._delete()
        self._engine.forget(self)
        return SessionSummary(
            {
                name: LegFigures(
                    codec=None if leg.told is None else leg.told.codec,
                    received=received[name],
                    sent=None,
                    lost=None,
                    quality=LegQuality(),
                )
                for name, leg in self._legs.items()
            },
            spool=None,
            captured_packets=0,
            dropped_packets=0,
        )

    async def _delete(self) -> dict[LegId, int]:
        """Free what rtpengine holds; return how much sound it has received on each leg.

        Ports that were asked for in vain may be taken all the same: only the reply was lost.
        """
        received = {name: leg.received.sound for name, leg in self._legs.items()}
        if not self._asked_for_ports or self._lost is not None:
            return received
        try:
            with contextlib.suppress(RtpengineRefusedError):
                last = await self._call.received()
                for name, leg in self._legs.items():
                    received[name] = last.get(leg.tag, leg.received).sound
            await self._call.delete()
        except RtpengineRefusedError as error:
            if not error.is_unknown_call:
                _log.warning("rtpengine refuses to delete a call", extra={"why": error.reason})
        except RtpengineAwayError as error:
            _log.warning("call not deleted in rtpengine", extra={"why": error.slug})
            self._engine.delete_later(self._call)
        return received


def _carried(terms: MediaTerms) -> MediaTerms:
    """Return `terms` without what is another engine's: keys, and an address of this node.

    Raises SdpError where they ask for what rtpengine does not do for us.
    """
    if terms.srtp is SrtpPolicy.REQUIRED:
        raise SdpError("no encrypted sound through rtpengine")
    if terms.family == 6:
        raise SdpError("no IPv6 sound through rtpengine")
    return replace(terms, srtp=SrtpPolicy.OFF, inner_address=None)


def _digit(digit: str) -> str:
    upper = digit.upper()
    if len(upper) != 1 or upper not in DIGITS:
        raise MediaError("not a digit")
    return upper


def _is_echo(leg: _Leg, digit: str, now_s: float) -> bool:
    """Whether a report is of a digit that was played, not pressed; each is taken once."""
    leg.echoes = [echo for echo in leg.echoes if echo[1] > now_s]
    for echo in leg.echoes:
        if echo[0] == digit:
            leg.echoes.remove(echo)
            return True
    return False
