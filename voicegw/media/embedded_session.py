"""A call's sound, as the embedded engine gives it to its users.

Descriptions are negotiated here, in the node; what was agreed goes to the worker that carries the
call, as commands. What the worker reports comes back as media events.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from voicegw.errors import MediaError, MediaSessionLostError, NoMediaCapacityError
from voicegw.media import control, spool
from voicegw.media.engine import (
    ANY_TERMS,
    CaptureSpec,
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
    SilenceTimedOut,
    Source,
)
from voicegw.media.quality import leg_quality
from voicegw.media.worker_link import Event, WorkerLink
from voicegw.model.call import LegQuality, LegRole
from voicegw.sdp.codecs import Codec, can_relay, codecs_named
from voicegw.sdp.description import Family
from voicegw.sdp.negotiation import Negotiator

_log = logging.getLogger(__name__)

#: What may wait for a disk: creating a spool, and writing its last bytes.
SPOOL_TIMEOUT_S: Final = 10.0
_BIND_ATTEMPTS: Final = 32
_BIND_AGAIN: Final = frozenset({errno.EADDRINUSE, errno.EACCES})
_SPOOL_ROLE: Final = {
    LegRole.CUSTOMER: spool.LEG_CUSTOMER,
    LegRole.MANAGER: spool.LEG_MANAGER,
}
#: What a leg's number in the spool has room for.
_LAST_NUMBER: Final = 255


class Engine(Protocol):
    """What a session needs of its engine."""

    def bind_host(self, family: Family) -> str:
        """Return the address that sockets of `family` are bound to."""
        ...

    def negotiator(self) -> Negotiator:
        """Return a new dialog's negotiator; its port is set once it is bound."""
        ...

    def acquire_port(self) -> int:
        """Take an even port. Raises NoMediaCapacityError."""
        ...

    def release_port(self, port: int) -> None:
        """Give a port back; giving back twice does nothing."""
        ...

    def count_rejected(self, packets: int) -> None:
        """Count packets of an ended leg that were not what its key says."""
        ...

    def forget(self, number: int, link: WorkerLink) -> None:
        """A session is over."""
        ...


@dataclass(slots=True)
class _LegState:
    negotiator: Negotiator
    port: int


class EmbeddedSession:
    """The sound of one call in a worker; see :class:`~voicegw.media.engine.MediaSession`."""

    def __init__(
        self,
        engine: Engine,
        link: WorkerLink,
        number: int,
        capture: CaptureSpec | None,
        on_event: Callable[[MediaEvent], None],
    ) -> None:
        """Built by the engine's `open` only."""
        self._engine = engine
        self._link = link
        self._number = number
        self._spool = None if capture is None else capture.path
        self._on_event: Callable[[MediaEvent], None] | None = on_event
        self._legs: dict[LegId, _LegState] = {}
        self._managers: dict[LegId, int] = {}
        """Their numbers in the spool, those of the past included."""
        self._heard: set[LegId] = set()
        """Whose sound another leg was given: it may be in the recording."""
        self._lost: str | None = None
        self._closing: asyncio.Task[SessionSummary] | None = None

    async def offer(self, leg: LegId, role: LegRole, terms: MediaTerms = ANY_TERMS) -> str:
        """Return the description to offer to `leg`, on ports of its own.

        Each offer begins a new dialog: what was said to another far end before (a trunk that
        failed) is forgotten, its keys and ports too.
        Raises SdpError, NoMediaCapacityError, MediaSessionLostError.
        """
        self._ensure_usable()
        negotiator = self._engine.negotiator()
        negotiator.terms = terms
        negotiator.settle_family(terms)
        return (await self._bind(leg, role, negotiator)).negotiator.offer(terms)

    async def accept(self, leg: LegId, remote_answer: str) -> None:
        """Take the answer to our last offer. Raises SdpError, MediaSessionLostError."""
        self._ensure_usable()
        self._state(leg).negotiator.accept(remote_answer)
        self._tell_agreement(leg)

    async def answer(
        self, leg: LegId, role: LegRole, remote_offer: str, terms: MediaTerms = ANY_TERMS
    ) -> str:
        """Take an offer and return our answer.

        Raises SdpError, NoMediaCapacityError, MediaSessionLostError.
        """
        self._ensure_usable()
        state = self._legs.get(leg)
        negotiator = self._engine.negotiator() if state is None else state.negotiator
        offer = negotiator.understand(remote_offer, terms)
        if state is None:
            negotiator.terms, negotiator.family = terms, offer.choice.family
            await self._bind(leg, role, negotiator)
            self._ensure_usable()
        answer = negotiator.respond(offer)
        self._tell_agreement(leg)
        return answer

    async def reoffer(self, leg: LegId, terms: MediaTerms | None = None) -> str:
        """Return our present description of `leg` as an offer; its answer goes to `accept`.

        Raises SdpError when `terms` leave nothing to offer, MediaSessionLostError.
        """
        self._ensure_usable()
        return self._state(leg).negotiator.offer(terms)

    @property
    def can_mix(self) -> bool:
        """Whether sound can be added up: it can."""
        return True

    def connect(self, source: Source, leg: LegId) -> None:
        """Make `leg` hear `source` from now on. Raises MediaError when a leg is not known."""
        self._state(leg)
        if isinstance(source, FromLeg):
            self._state(source.leg)
            self._heard.add(source.leg)
            self._send(control.ConnectLeg(self._number, leg, source.leg))
        elif isinstance(source, Mix):
            for one in source.legs:
                self._state(one)
            self._heard.update(source.legs)
            self._send(control.ConnectMix(self._number, leg, list(source.legs)))
        elif isinstance(source, Playback):
            prompts = [prompt_file(prompt) for prompt in source.prompts]
            self._send(control.ConnectPlayback(self._number, leg, source.id, prompts, source.loop))
        else:
            self._send(control.ConnectSilence(self._number, leg))

    def gather(self, leg: LegId, *, on: bool, tones: bool = True) -> None:
        """While on, digits of `leg` are only reported, not relayed; tones with `tones`."""
        self._state(leg)
        self._send(control.Gather(self._number, leg, on, tones))

    def press(self, leg: LegId, digit: str) -> None:
        """Send `digit` to `leg`. Raises MediaError for what is no digit."""
        self._state(leg)
        self._send(control.Press(self._number, leg, _digit(digit)))

    def digit_by_info(self, leg: LegId, digit: str) -> None:
        """Tell that `leg` sent `digit` by INFO. Raises MediaError for what is no digit."""
        self._state(leg)
        self._send(control.InfoPressed(self._number, leg, _digit(digit)))

    def end_leg(self, leg: LegId) -> None:
        """Free the ports of a leg; its figures come with the session's end."""
        if self._lost is not None or self._closing is not None:
            return  # all ports are freed together
        state = self._legs.pop(leg, None)
        if state is not None:
            self._send(control.EndLeg(self._number, leg))
            self._engine.release_port(state.port)

    def mark(self, kind: str, detail: MarkDetail = "") -> None:
        """Write a mark to the capture; in a pause and after the end nothing else goes there."""
        self._send(
            control.Mark(self._number, kind, detail if isinstance(detail, str) else dict(detail))
        )

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

    def can_relay(self, source: LegId, leg: LegId) -> bool:
        """Whether `leg` would hear `source`: nothing but A-law and µ-law is changed on the way."""
        agreed = codecs_named(
            codec for codec in map(self.codec, (source, leg)) if codec is not None
        )
        return len(agreed) < 2 or can_relay(*agreed)

    async def close(self) -> SessionSummary:
        """Stop, free the ports, finish the capture; safe to repeat, and to cancel."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(), name="media-close")
        return await asyncio.shield(self._closing)

    # Called by the engine ------------------------------------------------------------------------

    def deliver(self, event: Event) -> None:
        """Pass on what the worker reports, in the node's loop and in order."""
        if isinstance(event, control.Digit):
            self._tell(DigitReceived(event.leg, event.digit, DigitMethod(event.method)))
        elif isinstance(event, control.PlaybackDone):
            self._tell(PlaybackEnded(event.leg, event.playback, event.heard))
        else:
            self._tell(SilenceTimedOut(event.leg))

    def lose(self, reason: str) -> None:
        """The worker has died."""
        self._lost = reason
        self._tell(SessionLost(reason))

    def _tell(self, event: MediaEvent) -> None:
        if self._on_event is not None and self._closing is None:
            asyncio.get_running_loop().call_soon(self._on_event, event)

    # ---------------------------------------------------------------------------------------------

    async def _bind(self, leg: LegId, role: LegRole, negotiator: Negotiator) -> _LegState:
        receive = dict(negotiator.receivable)
        host = self._engine.bind_host(negotiator.family or 4)
        spool_number = self._spool_number(leg, role)
        for _ in range(_BIND_ATTEMPTS):
            port = self._engine.acquire_port()
            state = _LegState(negotiator, port)
            number = self._link.next_request()
            command = control.BindLeg(
                request=number,
                session=self._number,
                leg=leg,
                role=spool_number,
                host=host,
                port=port,
                receive=receive,
            )
            try:
                reply = await self._link.request(number, command)
            except BaseException:
                self._engine.release_port(port)
                raise
            if isinstance(reply, control.Done):
                negotiator.port = port
                former = self._legs.get(leg)
                if former is not None:
                    self._engine.release_port(former.port)
                self._legs[leg] = state
                return state
            self._engine.release_port(port)
            if isinstance(reply, control.Failed) and reply.errno not in _BIND_AGAIN:
                raise NoMediaCapacityError(f"no socket for sound: {reply.reason}")
        raise NoMediaCapacityError("no media port can be bound")

    def _spool_number(self, leg: LegId, role: LegRole) -> int:
        """Return the leg's number in the spool: each on the manager's side has its own."""
        first = _SPOOL_ROLE[role]
        if role is not LegRole.MANAGER:
            return first
        if leg not in self._managers:
            self._managers[leg] = self._free_number(first)
        return self._managers[leg]

    def _free_number(self, first: int) -> int:
        """Return a number for one more leg, once there are no others that of a leg of the past.

        It is of the leg that has been there longest ago, of those that rang and were never heard by
        anybody. Raises NoMediaCapacityError: so many can't be told apart in a recording.
        """
        number = first + len(self._managers)
        if number <= _LAST_NUMBER:
            return number
        for former in self._managers:
            if former not in self._legs and former not in self._heard:
                return self._managers.pop(former)
        raise NoMediaCapacityError("no number is left for a leg in the capture")

    def _tell_agreement(self, leg: LegId) -> None:
        agreed = self._state(leg).negotiator.agreed
        if agreed is None:
            return
        self._send(
            control.Negotiated(
                session=self._number,
                leg=leg,
                codec=agreed.codec.value,
                payload_type=agreed.payload_type,
                event_payload_type=agreed.event_payload_type,
                receive=dict(agreed.receive),
                host=agreed.remote_host,
                port=agreed.remote_port,
                rtcp_host=agreed.remote_rtcp_host,
                rtcp_port=agreed.remote_rtcp_port,
                may_send=agreed.may_send,
                is_held=agreed.is_held,
                is_sending=agreed.is_sending,
                event_clock_hz=agreed.event_clock_hz,
                packet_ms=agreed.packet_ms,
                srtp=None
                if agreed.srtp is None
                else control.SrtpKeys(agreed.srtp.suite, agreed.srtp.local, agreed.srtp.remote),
            )
        )

    def _state(self, leg: LegId) -> _LegState:
        state = self._legs.get(leg)
        if state is None:
            raise MediaError("the leg has no sound yet: offer or answer first")
        return state

    def _send(self, command: control.Command) -> None:
        self._ensure_usable()
        self._link.send(command)

    def _ensure_usable(self) -> None:
        if self._lost is not None:
            raise MediaSessionLostError(f"the media worker has died: {self._lost}")
        if self._closing is not None:
            raise MediaError("the session is closed")

    async def _close(self) -> SessionSummary:
        closed: control.Closed | None = None
        if self._lost is None:
            number = self._link.next_request()
            try:
                reply = await self._link.request_patiently(
                    number, control.CloseSession(number, self._number), SPOOL_TIMEOUT_S
                )
                closed = reply if isinstance(reply, control.Closed) else None
            except (TimeoutError, MediaSessionLostError) as error:
                _log.warning("media session closed without figures", extra={"reason": str(error)})
        for state in self._legs.values():
            self._engine.release_port(state.port)
        self._engine.forget(self._number, self._link)
        return self._summary(closed)

    def _summary(self, closed: control.Closed | None) -> SessionSummary:
        figures = {
            leg: LegFigures(
                codec=None if state.negotiator.agreed is None else state.negotiator.agreed.codec,
                received=0,
                sent=0,
                lost=0,
                quality=LegQuality(),
            )
            for leg, state in self._legs.items()
        }
        if closed is None:
            return SessionSummary(figures, self._spool, 0, 0)
        for measured in closed.figures:
            self._engine.count_rejected(measured.rejected)
            figures[measured.leg] = LegFigures(
                codec=measured.codec,
                received=measured.received,
                sent=measured.sent,
                lost=measured.expected - measured.received,
                quality=leg_quality(
                    received=measured.received,
                    expected=measured.expected,
                    jitter_ms=measured.jitter_ms,
                    round_trip_ms=measured.round_trip_ms,
                    codec=measured.codec or "",
                ),
                rejected=measured.rejected,
            )
        return SessionSummary(figures, self._spool, closed.captured_packets, closed.dropped_packets)


def prompt_file(prompt: Prompt) -> control.PromptFile:
    """Return what a worker needs of a prompt: its files by codec."""
    files = {
        Codec.PCMA: prompt.pcma,
        Codec.PCMU: prompt.pcmu,
        Codec.G722: prompt.g722,
        Codec.OPUS: prompt.opus,
    }
    paths = {codec.value: os.fspath(path) for codec, path in files.items() if path is not None}
    return control.PromptFile(prompt.name, prompt.digest, paths)


def _digit(digit: str) -> str:
    upper = digit.upper()
    if len(upper) != 1 or upper not in "0123456789*#ABCD":
        raise MediaError("not a digit")
    return upper
