"""The embedded engine: media workers of our own, one process per core.

The node's side of it. Descriptions are negotiated here; packets are seen only by the workers. All
legs of a call live in one worker, the one with the fewest calls when it began. A worker that dies
loses its own calls, which are told so, and is started again; nothing else notices.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, cast

from voicegw.errors import (
    NoMediaCapacityError,
    Problem,
    RecordingError,
    StartError,
)
from voicegw.keyring import KeyRing
from voicegw.media import control, embedded_session
from voicegw.media.embedded_session import EmbeddedSession, prompt_file
from voicegw.media.engine import CaptureSpec, EngineLoad, MediaEvent, Prompt
from voicegw.media.ports import PortPool, parse_range
from voicegw.media.spool_file import new_spool_key
from voicegw.media.worker_link import Event, WorkerLink
from voicegw.sdp.codecs import codecs_named
from voicegw.sdp.description import Family
from voicegw.sdp.negotiation import Negotiator

_log = logging.getLogger(__name__)

_RESTART_MIN_S: Final = 0.1
_RESTART_MAX_S: Final = 5.0
_ANYWHERE: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared, not bound
#: A worker that lived so long did not die of its start.
_STABLE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class EmbeddedEngineOptions:
    """How the embedded engine runs.

    `workers` 0 is one per core. `advertise` goes into descriptions; empty means `bind_host`, or
    the address that leads to the world when that is 0.0.0.0. `bind6` and `advertise6` are the same
    for IPv6; an empty `bind6` is no sound over IPv6. `codecs` are offered in this order; those that
    are not known are left out. `cpu_affinity` pins worker i to its i-th core, in turn.
    `silence_timeout_s` 0 turns the silence timer off; it runs for legs that have sent before or are
    bridged both ways, and tells again after each further time-out. With `keys` spools are
    encrypted; a worker gets the key of one spool, never a master key.
    """

    workers: int = 0
    ports: str = "20000-29999"
    advertise: str = ""
    bind_host: str = "0.0.0.0"  # noqa: S104 - phones are everywhere; `ports` are meant to be open
    bind6: str = ""
    advertise6: str = ""
    codecs: Sequence[str] = ("PCMA", "PCMU")
    silence_timeout_s: float = 60.0
    cpu_affinity: Sequence[int] | None = None
    port_drain_s: float = 30.0
    control_timeout_s: float = 2.0
    keys: KeyRing | None = None


class EmbeddedEngine:
    """A pool of media workers; see :class:`~voicegw.media.engine.MediaEngine`."""

    def __init__(self, options: EmbeddedEngineOptions) -> None:
        """Raises StartError when `options` can't be used."""
        self.options = options
        self._codecs = codecs_named(options.codecs)
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
        self._addresses: dict[Family, str] = {4: options.advertise}
        self._links: list[WorkerLink | None] = []
        self._sessions: dict[int, EmbeddedSession] = {}
        self._next_session = 0
        self._restarted = 0
        self._failures: dict[int, int] = {}
        self._dropped_by_dead = 0
        self._rejected = 0
        self._restarting: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._prompts: tuple[Prompt, ...] = ()

    def preload(self, prompts: Iterable[Prompt]) -> None:
        """Have each worker read `prompts` when it starts, so that no call waits for the disk.

        Call it before `start`. A prompt that is not among them is read when it is first played.
        """
        self._prompts = tuple(prompts)

    async def start(self) -> None:
        """Start the workers. Raises StartError."""
        self._addresses = {4: self.options.advertise or _own_address(self.options.bind_host)}
        if self.options.bind6:
            self._addresses[6] = self.options.advertise6 or _own_address(self.options.bind6)
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
        keys = None if capture is None else self.options.keys
        command = control.OpenSession(
            request=request,
            session=number,
            capture_path=None if capture is None else os.fspath(capture.path),
            capture_header={} if capture is None else dict(capture.header),
            capture_key=None if keys is None else new_spool_key(keys.current),
        )
        try:
            reply = await link.request_patiently(request, command, embedded_session.SPOOL_TIMEOUT_S)
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
            rejected_packets=self._rejected,
            per_worker=tuple(0 if link is None else len(link.sessions) for link in self._links),
        )

    def worker_pids(self) -> tuple[int, ...]:
        """Return the process ids of the running workers."""
        return tuple(link.pid for link in self._links if link is not None and link.is_alive)

    # Called by sessions --------------------------------------------------------------------------

    def bind_host(self, family: Family) -> str:
        """Return the address that sockets of `family` are bound to."""
        return self.options.bind_host if family == 4 else self.options.bind6

    def negotiator(self) -> Negotiator:
        """Return a new dialog's negotiator; its port is set once it is bound."""
        return Negotiator(
            session_id=secrets.randbits(62),
            addresses=self._addresses,
            port=0,
            codecs=self._codecs,
            new_key=secrets.token_bytes,
        )

    def acquire_port(self) -> int:
        """Take an even port. Raises NoMediaCapacityError."""
        return self._ports.acquire(time.monotonic())

    def release_port(self, port: int) -> None:
        """Give a port back; giving back twice does nothing."""
        self._ports.release(port, time.monotonic())

    def count_rejected(self, packets: int) -> None:
        """Count packets of an ended leg that were not what its key says."""
        self._rejected += packets

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
        for prompt in self._prompts:
            link.send(control.Preload([prompt_file(prompt)]))
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


def _own_address(bind_host: str) -> str:
    """Return the address that far ends reach us at, as far as this machine can tell."""
    if bind_host not in _ANYWHERE:
        return bind_host
    is_ipv6 = ":" in bind_host
    with socket.socket(socket.AF_INET6 if is_ipv6 else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # No packet leaves: it only asks the routing table (RFC 5737, RFC 3849).
            probe.connect(("2001:db8::1" if is_ipv6 else "192.0.2.1", 9))
        except OSError:
            return "::1" if is_ipv6 else "127.0.0.1"
        return cast(str, probe.getsockname()[0])
