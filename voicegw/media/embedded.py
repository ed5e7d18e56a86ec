"""The embedded engine: media workers of our own, one process per core.

The node's side of it. Descriptions are negotiated here; packets are seen only by the workers. All
legs of a call live in one worker, the one with the fewest calls when it began. A worker that dies
loses its own calls, which are told so, and is started again; nothing else notices.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, cast

from voicegw.errors import (
    MediaError,
    MediaSessionLostError,
    NoMediaCapacityError,
    Problem,
    RecordingError,
    StartError,
)
from voicegw.media import control, spool
from voicegw.media.engine import (
    CaptureSpec,
    DigitMethod,
    DigitReceived,
    EngineLoad,
    FromLeg,
    LegFigures,
    LegId,
    MediaEvent,
    Playback,
    PlaybackEnded,
    SessionLost,
    SessionSummary,
    SilenceTimedOut,
    Source,
)
from voicegw.media.ports import PortPool, parse_range
from voicegw.media.quality import leg_quality
from voicegw.media.worker_link import Event, WorkerLink
from voicegw.model.call import LegQuality, LegRole
from voicegw.sdp.negotiation import Codec, Negotiator

_log = logging.getLogger(__name__)

#: What may wait for a disk: creating a spool, and writing its last bytes.
_SPOOL_TIMEOUT_S: Final = 10.0
_RESTART_MIN_S: Final = 0.1
_RESTART_MAX_S: Final = 5.0
#: A worker that lived so long did not die of its start.
_STABLE_S: Final = 30.0
_BIND_ATTEMPTS: Final = 32
_BIND_AGAIN: Final = frozenset({errno.EADDRINUSE, errno.EACCES})
_SPOOL_ROLE: Final = {
    LegRole.CUSTOMER: spool.LEG_CUSTOMER,
    LegRole.MANAGER: spool.LEG_MANAGER,
}


@dataclass(frozen=True, slots=True)
class EmbeddedEngineOptions:
    """How the embedded engine runs.

    `workers` 0 is one per core. `advertise` goes into descriptions; empty means `bind_host`, or
    the address that leads to the world when that is 0.0.0.0. `codecs` other than PCMA and PCMU are
    left out. `cpu_affinity` pins worker i to its i-th core, in turn. `silence_timeout_s` 0 turns
    the silence timer off; it tells again after each further time-out, and of legs that have not
    been answered too: who is asked for early sound only may stay silent.
    """

    workers: int = 0
    ports: str = "20000-29999"
    advertise: str = ""
    bind_host: str = "0.0.0.0"  # noqa: S104 - phones are everywhere; `ports` are meant to be open
    codecs: Sequence[str] = ("PCMA", "PCMU")
    silence_timeout_s: float = 60.0
    cpu_affinity: Sequence[int] | None = None
    port_drain_s: float = 30.0
    control_timeout_s: float = 2.0


@dataclass(slots=True)
class _LegState:
    negotiator: Negotiator
    port: int


class EmbeddedSession:
    """The sound of one call in a worker; see :class:`~voicegw.media.engine.MediaSession`."""

    def __init__(
        self,
        engine: EmbeddedEngine,
        link: WorkerLink,
        number: int,
        capture: CaptureSpec | None,
        on_event: Callable[[MediaEvent], None],
    ) -> None:
        """Built by :meth:`EmbeddedEngine.open` only."""
        self._engine = engine
        self._link = link
        self._number = number
        self._spool = None if capture is None else capture.path
        self._on_event: Callable[[MediaEvent], None] | None = on_event
        self._legs: dict[LegId, _LegState] = {}
        self._lost: str | None = None
        self._closing: asyncio.Task[SessionSummary] | None = None

    async def offer(self, leg: LegId, role: LegRole) -> str:
        """Return the description to offer to `leg`, binding its ports at first.

        Raises NoMediaCapacityError, MediaSessionLostError.
        """
        state = self._legs.get(leg) or await self._bind(leg, role)
        return state.negotiator.offer()

    async def accept(self, leg: LegId, remote_answer: str) -> None:
        """Take the answer to our last offer. Raises SdpError, MediaSessionLostError."""
        self._ensure_usable()
        self._state(leg).negotiator.accept(remote_answer)
        self._tell_agreement(leg)

    async def answer(self, leg: LegId, role: LegRole, remote_offer: str) -> str:
        """Take an offer and return our answer.

        Raises SdpError, NoMediaCapacityError, MediaSessionLostError.
        """
        state = self._legs.get(leg) or await self._bind(leg, role)
        self._ensure_usable()
        answer = state.negotiator.answer(remote_offer)
        self._tell_agreement(leg)
        return answer

    async def reoffer(self, leg: LegId) -> str:
        """Return our present description of `leg` as an offer; its answer goes to `accept`."""
        self._ensure_usable()
        return self._state(leg).negotiator.offer()

    def connect(self, source: Source, leg: LegId) -> None:
        """Make `leg` hear `source` from now on. Raises MediaError when a leg is not known."""
        self._state(leg)
        if isinstance(source, FromLeg):
            self._state(source.leg)
            self._send(control.ConnectLeg(self._number, leg, source.leg))
        elif isinstance(source, Playback):
            prompts = [
                control.PromptFile(p.name, p.digest, os.fspath(p.pcma), os.fspath(p.pcmu))
                for p in source.prompts
            ]
            self._send(control.ConnectPlayback(self._number, leg, source.id, prompts, source.loop))
        else:
            self._send(control.ConnectSilence(self._number, leg))

    def gather(self, leg: LegId, *, on: bool) -> None:
        """While on, digits of `leg` are only reported, not relayed."""
        self._state(leg)
        self._send(control.Gather(self._number, leg, on))

    def press(self, leg: LegId, digit: str) -> None:
        """Send `digit` to `leg`. Raises MediaError for what is no digit."""
        self._state(leg)
        self._send(control.Press(self._number, leg, _digit(digit)))

    def digit_by_info(self, leg: LegId, digit: str) -> None:
        """Tell that `leg` sent `digit` by INFO. Raises MediaError for what is no digit."""
        self._state(leg)
        self._send(control.InfoPressed(self._number, leg, _digit(digit)))

    def mark(self, kind: str, detail: str = "") -> None:
        """Write a mark to the capture; between `pause` and `resume` nothing else goes there."""
        self._send(control.Mark(self._number, kind, detail))

    def is_held(self, leg: LegId) -> bool:
        """Whether the far end of `leg` has put us on hold by its last description."""
        state = self._legs.get(leg)
        agreed = None if state is None else state.negotiator.agreed
        return agreed is not None and agreed.is_held

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
            self._tell(PlaybackEnded(event.leg, event.playback))
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

    async def _bind(self, leg: LegId, role: LegRole) -> _LegState:
        self._ensure_usable()
        negotiator = self._engine.negotiator()
        receive = dict(negotiator.receivable)
        for _ in range(_BIND_ATTEMPTS):
            port = self._engine.acquire_port()
            state = _LegState(negotiator, port)
            number = self._link.next_request()
            command = control.BindLeg(
                request=number,
                session=self._number,
                leg=leg,
                role=_SPOOL_ROLE[role],
                host=self._engine.options.bind_host,
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
                self._legs[leg] = state
                return state
            self._engine.release_port(port)
            if isinstance(reply, control.Failed) and reply.errno not in _BIND_AGAIN:
                raise NoMediaCapacityError(f"no socket for sound: {reply.reason}")
        raise NoMediaCapacityError("no media port can be bound")

    def _tell_agreement(self, leg: LegId) -> None:
        agreed = self._state(leg).negotiator.agreed
        if agreed is None:
            return
        self._send(
            control.Negotiated(
                session=self._number,
                leg=leg,
                law=agreed.codec.value,
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
                    number, control.CloseSession(number, self._number), _SPOOL_TIMEOUT_S
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
            figures[measured.leg] = LegFigures(
                codec=measured.codec,
                received=measured.received,
                sent=measured.sent,
                lost=measured.expected - measured.received,
                quality=leg_quality(
                    received=measured.received,
                    expected=measured.expected,
                    jitter_ticks=measured.jitter_ticks,
                    round_trip_ms=measured.round_trip_ms,
                ),
            )
        return SessionSummary(figures, self._spool, closed.captured_packets, closed.dropped_packets)


class EmbeddedEngine:
    """A pool of media workers; see :class:`~voicegw.media.engine.MediaEngine`."""

    def __init__(self, options: EmbeddedEngineOptions) -> None:
        """Raises StartError when `options` can't be used."""
        self.options = options
        self._codecs = tuple(Codec(c) for c in options.codecs if c in {"PCMA", "PCMU"})
        if not self._codecs:
            raise StartError(
                Problem("media.codecs", "no codec that is carried", 'name "PCMA" or "PCMU"')
            )
        try:
            first, last = parse_range(options.ports)
        except ValueError as error:
            raise StartError(
                Problem("media.ports", str(error), 'write a range like "20000-29999"')
            ) from error
        self._ports = PortPool(first, last, drain_s=options.port_drain_s)
        self._advertise = options.advertise
        self._links: list[WorkerLink | None] = []
        self._sessions: dict[int, EmbeddedSession] = {}
        self._next_session = 0
        self._restarted = 0
        self._failures: dict[int, int] = {}
        self._dropped_by_dead = 0
        self._restarting: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def start(self) -> None:
        """Start the workers. Raises StartError."""
        self._advertise = self.options.advertise or _own_address(self.options.bind_host)
        count = self.options.workers or len(os.sched_getaffinity(0))
        self._links = [None] * count
        try:
            await asyncio.gather(*(self._start_worker(index) for index in range(count)))
        except StartError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End all sessions and workers."""
        self._stopping = True
        for task in list(self._restarting):
            task.cancel()
        await asyncio.gather(*self._restarting, return_exceptions=True)
        await asyncio.gather(*(session.close() for session in list(self._sessions.values())))
        links = [link for link in self._links if link is not None]
        self._links = []
        await asyncio.gather(*(link.stop() for link in links))

    async def open(
        self,
        call_id: str,
        capture: CaptureSpec | None,
        on_event: Callable[[MediaEvent], None],
    ) -> EmbeddedSession:
        """Open the sound of a call.

        Raises NoMediaCapacityError when no worker runs, RecordingError when the spool can't be
        created, MediaSessionLostError when the worker dies meanwhile.
        """
        alive = [link for link in self._links if link is not None and link.is_alive]
        if not alive or self._stopping:
            raise NoMediaCapacityError("no media worker is running")
        link = min(alive, key=lambda candidate: len(candidate.sessions))
        self._next_session += 1
        number = self._next_session
        session = EmbeddedSession(self, link, number, capture, on_event)
        self._sessions[number] = session
        link.sessions.add(number)
        request = link.next_request()
        command = control.OpenSession(
            request=request,
            session=number,
            capture_path=None if capture is None else os.fspath(capture.path),
            capture_header={} if capture is None else dict(capture.header),
        )
        try:
            reply = await link.request_patiently(request, command, _SPOOL_TIMEOUT_S)
        except TimeoutError as error:
            self._abandon(number, link)
            raise RecordingError("the disk does not answer: no capture") from error
        except BaseException:
            self._abandon(number, link)
            raise
        if isinstance(reply, control.Failed):
            self.forget(number, link)
            _log.error("capture refused", extra={"call_id": call_id, "reason": reply.reason})
            raise RecordingError(f"the capture can't be created: {reply.reason}")
        return session

    def load(self) -> EngineLoad:
        """Return the present load."""
        alive = [link for link in self._links if link is not None and link.is_alive]
        return EngineLoad(
            sessions=len(self._sessions),
            legs=self._ports.in_use(),
            ports_in_use=self._ports.in_use(),
            ports_draining=self._ports.draining(time.monotonic()),
            workers=len(alive),
            workers_restarted=self._restarted,
            capture_dropped=self._dropped_by_dead + sum(link.capture_dropped for link in alive),
            per_worker=tuple(0 if link is None else len(link.sessions) for link in self._links),
        )

    def worker_pids(self) -> tuple[int, ...]:
        """Return the process ids of the running workers."""
        return tuple(link.pid for link in self._links if link is not None and link.is_alive)

    # Called by sessions --------------------------------------------------------------------------

    def negotiator(self) -> Negotiator:
        """Return a new leg's negotiator; its port is set once it is bound."""
        return Negotiator(secrets.randbits(62), self._advertise, 0, self._codecs)

    def acquire_port(self) -> int:
        """Take an even port. Raises NoMediaCapacityError."""
        return self._ports.acquire(time.monotonic())

    def release_port(self, port: int) -> None:
        """Give a port back; giving back twice does nothing."""
        self._ports.release(port, time.monotonic())

    def forget(self, number: int, link: WorkerLink) -> None:
        """A session is over."""
        self._sessions.pop(number, None)
        link.sessions.discard(number)

    # Workers -------------------------------------------------------------------------------------

    def _abandon(self, number: int, link: WorkerLink) -> None:
        """End a session whose opening failed half-way."""
        self.forget(number, link)
        if link.is_alive:
            link.send(control.CloseSession(link.next_request(), number))

    async def _start_worker(self, index: int) -> None:
        affinity = self.options.cpu_affinity
        link = WorkerLink(
            silence_timeout_s=self.options.silence_timeout_s,
            cpu=affinity[index % len(affinity)] if affinity else None,
            control_timeout_s=self.options.control_timeout_s,
            on_event=self._on_event,
            on_death=lambda dead, reason: self._on_death(index, dead, reason),
        )
        await link.start()
        self._links[index] = link

    def _on_event(self, event: Event) -> None:
        session = self._sessions.get(event.session)
        if session is not None:
            session.deliver(event)

    def _on_death(self, index: int, link: WorkerLink, reason: str) -> None:
        self._dropped_by_dead += link.capture_dropped
        for number in list(link.sessions):
            session = self._sessions.get(number)
            if session is not None:
                session.lose(reason)
        if self._stopping or index >= len(self._links) or self._links[index] is not link:
            return
        task = asyncio.get_running_loop().create_task(
            self._restart(index, time.monotonic() - link.started_s), name="media-restart"
        )
        self._restarting.add(task)
        task.add_done_callback(self._restarting.discard)

    async def _restart(self, index: int, lived_s: float) -> None:
        """Start a worker again, waiting longer each time that one did not live long."""
        if lived_s >= _STABLE_S:
            self._failures[index] = 0
        while True:
            failures = self._failures.get(index, 0)
            self._failures[index] = failures + 1
            await asyncio.sleep(min(_RESTART_MIN_S * 2 ** min(failures, 16), _RESTART_MAX_S))
            try:
                await self._start_worker(index)
            except StartError as error:
                _log.error("media worker does not start", extra={"problem": str(error)})
                continue
            self._restarted += 1
            _log.warning("media worker restarted", extra={"worker": index})
            return


def _digit(digit: str) -> str:
    upper = digit.upper()
    if len(upper) != 1 or upper not in "0123456789*#ABCD":
        raise MediaError("not a digit")
    return upper


def _own_address(bind_host: str) -> str:
    """Return the address that far ends reach us at, as far as this machine can tell."""
    if bind_host not in {"", "0.0.0.0"}:  # noqa: S104 - compared, not bound
        return bind_host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # No packet leaves: it only asks the routing table (TEST-NET-1, RFC 5737).
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return cast(str, probe.getsockname()[0])
