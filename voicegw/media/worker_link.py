"""The node's end of one media worker: its process, its control socket, requests in flight."""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from voicegw.errors import MediaSessionLostError, Problem, StartError
from voicegw.media import control

_log = logging.getLogger(__name__)

START_TIMEOUT_S: Final = 20.0
HEARTBEAT_S: Final = 2.0
_EXIT_TIMEOUT_S: Final = 8.0
_GRACE_S: Final = 0.2

Answer = control.Pong | control.Done | control.Failed | control.Closed
Event = control.Digit | control.PlaybackDone | control.LegSilent


class WorkerLink:
    """A running worker. `on_event` gets what it reports, `on_death` is called once when it dies.

    A worker that leaves a command unanswered for `control_timeout_s` counts as dead and is killed:
    its loop stands still, and so does the sound it carries.
    """

    def __init__(
        self,
        *,
        silence_timeout_s: float,
        cpu: int | None,
        control_timeout_s: float,
        on_event: Callable[[Event], None],
        on_death: Callable[[WorkerLink, str], None],
    ) -> None:
        """Describe the worker; :meth:`start` runs it."""
        self.sessions: set[int] = set()
        self.capture_dropped = 0
        self.is_alive = False
        self.pid = 0
        self.started_s = time.monotonic()
        self._silence_timeout_s = silence_timeout_s
        self._cpu = cpu
        self._control_timeout_s = control_timeout_s
        self._on_event = on_event
        self._on_death = on_death
        self._channel: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._outbox: deque[bytes] = deque()
        self._waits_to_send = False
        self._numbers = itertools.count(1)
        self._pending: dict[int, asyncio.Future[Answer]] = {}
        self._ready: asyncio.Future[None] | None = None
        self._heartbeat: asyncio.Task[None] | None = None
        self._reaper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Run the process and wait for its loop. Raises StartError."""
        loop = asyncio.get_running_loop()
        try:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        except OSError as error:
            raise _start_error(f"has no control socket: {error.strerror}") from error
        ours.setblocking(False)
        with theirs:
            try:
                self._process = await asyncio.to_thread(self._spawn, theirs.fileno())
            except OSError as error:
                ours.close()
                raise _start_error(f"can't be started: {error.strerror}") from error
        self.pid = self._process.pid
        self._channel = ours
        self.is_alive = True
        self._ready = loop.create_future()
        loop.add_reader(ours.fileno(), self._on_readable)
        try:
            await asyncio.wait_for(self._ready, START_TIMEOUT_S)
        except (TimeoutError, MediaSessionLostError) as error:
            await self.stop()
            raise _start_error("does not come up; its reason stands in the log above") from error
        self._heartbeat = asyncio.create_task(self._beat(), name="media-heartbeat")

    def _spawn(self, descriptor: int) -> subprocess.Popen[bytes]:
        arguments = [
            *(sys.executable, "-m", "voicegw.media.worker", "--fd", str(descriptor)),
            *("--silence-timeout-s", str(self._silence_timeout_s)),
        ]
        if self._cpu is not None:
            arguments += ["--cpu", str(self._cpu)]
        return subprocess.Popen(  # noqa: S603 - our own module, run by our own interpreter
            arguments, pass_fds=(descriptor,), stdin=subprocess.DEVNULL
        )

    async def stop(self) -> None:
        """Close the control socket and wait until the process is gone; kill it if it stays."""
        self.is_alive = False
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        self._close_channel("stopped")
        if self._reaper is None:
            self._reaper = asyncio.create_task(self._reap(kill_at_once=False))
        await asyncio.shield(self._reaper)

    # Commands ------------------------------------------------------------------------------------

    def next_request(self) -> int:
        """Return a number for a command that will be answered."""
        return next(self._numbers)

    def send(self, command: control.Command) -> None:
        """Send a command, in order. Raises MediaSessionLostError when the worker is dead."""
        channel = self._channel
        if channel is None:
            raise MediaSessionLostError("the media worker has died")
        self._outbox.append(control.encode(command))
        if len(self._outbox) == 1:
            self._send_outbox()

    async def request(self, number: int, command: control.Command) -> Answer:
        """Send a command with the request `number` and return its answer.

        Raises MediaSessionLostError when the worker is dead, or does not answer and is killed.
        """
        try:
            return await self.request_patiently(number, command, self._control_timeout_s)
        except TimeoutError as error:
            self.kill(f"no answer within {self._control_timeout_s:g} s")
            raise MediaSessionLostError("the media worker does not answer") from error

    async def request_patiently(
        self, number: int, command: control.Command, timeout_s: float
    ) -> Answer:
        """Like :meth:`request` for what waits for a disk: raises TimeoutError, kills nothing."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._pending[number] = future
        limit = loop.call_later(timeout_s, _give_up, future)
        try:
            self.send(command)
            return await future
        finally:
            limit.cancel()
            self._pending.pop(number, None)

    def kill(self, reason: str) -> None:
        """Take the worker for dead: its process is killed, its sessions are lost."""
        self._died(reason)

    # The socket ----------------------------------------------------------------------------------

    def _send_outbox(self) -> None:
        channel = self._channel
        if channel is None:
            return
        loop = asyncio.get_running_loop()
        while self._outbox:
            try:
                channel.send(self._outbox[0])
            except BlockingIOError:
                if not self._waits_to_send:
                    self._waits_to_send = True
                    loop.add_writer(channel.fileno(), self._send_outbox)
                return
            except OSError:
                # The reader sees the end of the socket too, and tells everybody in its own turn.
                self._outbox.clear()
                break
            self._outbox.popleft()
        if self._waits_to_send:
            self._waits_to_send = False
            loop.remove_writer(channel.fileno())

    def _on_readable(self) -> None:
        channel = self._channel
        while channel is not None and channel is self._channel:
            try:
                data = channel.recv(control.MAX_MESSAGE_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._died("its control socket closed")
                return
            self._take(data)

    def _take(self, data: bytes) -> None:
        try:
            reply = control.reply_decoder.decode(data)
        except msgspec.DecodeError:
            self._died("it sent what can't be read")
            return
        if isinstance(reply, control.Ready):
            if self._ready is not None and not self._ready.done():
                self._ready.set_result(None)
        elif isinstance(reply, Answer):
            if isinstance(reply, control.Pong):
                self.capture_dropped = reply.capture_dropped
            elif isinstance(reply, control.Closed):
                self.capture_dropped = reply.capture_dropped_total
            future = self._pending.get(reply.request)
            if future is not None and not future.done():
                future.set_result(reply)
        else:
            self._on_event(reply)

    # The end -------------------------------------------------------------------------------------

    async def _beat(self) -> None:
        """Ask at intervals, so that a standing loop is found without a call that needs it."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            number = self.next_request()
            try:
                await self.request(number, control.Ping(number))
            except MediaSessionLostError:
                return

    def _died(self, reason: str) -> None:
        if not self.is_alive:
            return
        self.is_alive = False
        _log.error("media worker died", extra={"worker_pid": self.pid, "reason": reason})
        self._close_channel(reason)
        self._reaper = asyncio.get_running_loop().create_task(self._reap(kill_at_once=True))
        self._on_death(self, reason)

    def _close_channel(self, reason: str) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(channel.fileno())
            loop.remove_writer(channel.fileno())
            channel.close()
        waiting = [future for future in self._pending.values() if not future.done()]
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(MediaSessionLostError(reason))
        for future in waiting:
            future.set_exception(MediaSessionLostError(f"the media worker has died: {reason}"))

    async def _reap(self, *, kill_at_once: bool) -> None:
        process = self._process
        if process is None:
            return
        if kill_at_once:
            process.kill()
        try:
            await asyncio.to_thread(process.wait, _EXIT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)


def _give_up(future: asyncio.Future[Answer]) -> None:
    """End the wait for an answer, but not before those that have arrived are read.

    After a stall of this very loop the timer may run before a waiting answer is read.
    """
    asyncio.get_running_loop().call_later(_GRACE_S, _time_out, future)


def _time_out(future: asyncio.Future[Answer]) -> None:
    if not future.done():
        future.set_exception(TimeoutError())


def _start_error(what: str) -> StartError:
    return StartError(
        Problem("media worker", what, "look for missing memory, process or descriptor limits")
    )
