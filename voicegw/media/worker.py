"""A media worker: one process, one loop over epoll, all the sound of many calls.

Started by the embedded engine as `python -m voicegw.media.worker --fd N`, with one end of a
`SOCK_SEQPACKET` pair as its only tie to the node: commands come in, replies and events go out
(`control.py`). When that socket closes the worker writes what it has captured and exits, so a dead
node leaves no sound behind.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import gc
import logging
import os
import resource
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from voicegw.logs import log_as_process
from voicegw.media import control, opus
from voicegw.media.capture import Capture, CaptureWriter
from voicegw.media.frames import SILENCE
from voicegw.media.leg import Leg
from voicegw.media.player import ByteFrames, Frames, PacketFrames, Player
from voicegw.media.session import Session
from voicegw.sdp.codecs import Codec

_log = logging.getLogger(__name__)

TICK_US: Final = 20_000
#: Sessions are looked after in turn, all of them once in this many ticks (half a second).
HOUSEKEEPING_PHASES: Final = 25
#: After a stall, so many ticks are made up for; the rest is given up.
_MAX_LATE_TICKS: Final = 5
_MAX_EVENTS: Final = 512
_IDLE_TIMEOUT_S: Final = 5.0
_PROMPT_CACHE_BYTES: Final = 64 * 1024 * 1024
#: The hash of a prompt's samples, and a file's path.
_File = tuple[str, str]
#: Cyclic garbage is sought only when so many sessions have ended, never while a packet waits.
_COLLECT_AFTER_SESSIONS: Final = 256
_STOP_TIMEOUT_S: Final = 5.0
#: DSCP EF in the place of TOS (RFC 3246): what networks that tell sound apart look for.
_EXPEDITED_FORWARDING: Final = 0xB8


class PromptCache:
    """Prompts in memory, read once, cut into frames once: playbacks of the same share them."""

    def __init__(self, *, max_bytes: int = _PROMPT_CACHE_BYTES) -> None:
        """Begin empty; everything is dropped when more than `max_bytes` have gathered."""
        self._files: dict[_File, bytes] = {}
        self._frames: dict[tuple[Codec, tuple[_File, ...]], Frames] = {}
        self._max_bytes = max_bytes
        self._bytes = 0

    def sound(self, prompts: Sequence[control.PromptFile]) -> dict[Codec, Frames]:
        """Return `prompts` one after the other, in each codec all of them have. Raises OSError."""
        sound: dict[Codec, Frames] = {}
        for codec in Codec:
            paths = [(prompt.digest, prompt.files.get(codec.value)) for prompt in prompts]
            files = tuple((digest, path) for digest, path in paths if path is not None)
            if len(files) == len(paths):
                sound[codec] = self._cut(codec, files)
        return sound

    def _cut(self, codec: Codec, files: tuple[_File, ...]) -> Frames:
        found = self._frames.get((codec, files))
        if found is None:
            data = b"".join(self._read(file) for file in files)
            if codec is Codec.OPUS:
                found = PacketFrames(opus.split(data))
            else:
                found = ByteFrames(data, SILENCE[codec])
            self._make_room(len(data))
            self._frames[codec, files] = found
        return found

    def _read(self, file: _File) -> bytes:
        found = self._files.get(file)
        if found is None:
            found = Path(file[1]).read_bytes()
            self._make_room(len(found))
            self._files[file] = found
        return found

    def _make_room(self, size_bytes: int) -> None:
        if self._bytes + size_bytes > self._max_bytes:
            self._files.clear()
            self._frames.clear()
            self._bytes = 0
        self._bytes += size_bytes


class MediaWorker:
    """The loop and what it holds. :meth:`run` returns when the control socket has closed."""

    def __init__(self, channel: socket.socket, *, silence_timeout_s: float = 60.0) -> None:
        """Take the worker's end of the control socket."""
        channel.setblocking(False)
        self.writer = CaptureWriter()
        self.silence_timeout_us = int(silence_timeout_s * 1_000_000)
        self._channel = channel
        self._epoll = select.epoll()
        self._handlers: dict[int, Callable[[], None]] = {}
        self._sessions: dict[int, Session] = {}
        # The same sessions by the tick of each half second in which they are looked after.
        self._phases: list[dict[int, Session]] = [{} for _ in range(HOUSEKEEPING_PHASES)]
        self._ticking: dict[Leg, None] = {}
        self._outbox: deque[bytes] = deque()
        self._waits_writable = False
        self._prompts = PromptCache()
        self._running = True
        self._next_tick_us = self.now_us()
        self._tick_number = 0
        self._closed_sessions = 0
        self._commands: dict[type[control.Command], Callable[..., None]] = {
            control.Ping: self._ping,
            control.OpenSession: self._open_session,
            control.BindLeg: self._bind_leg,
            control.EndLeg: self._end_leg,
            control.Negotiated: self._negotiated,
            control.ConnectLeg: self._connect_leg,
            control.ConnectMix: self._connect_mix,
            control.ConnectPlayback: self._connect_playback,
            control.Preload: self._preload,
            control.ConnectSilence: self._connect_silence,
            control.Gather: self._gather,
            control.Press: self._press,
            control.InfoPressed: self._info_pressed,
            control.Mark: self._mark,
            control.CloseSession: self._close_session,
        }

    # The loop ------------------------------------------------------------------------------------

    def run(self) -> None:
        """Work until the control socket closes."""
        self.watch(self._channel.fileno(), self._on_channel)
        self.watch(self.writer.fileno(), self.writer.complete)
        self.emit(control.Ready(os.getpid()))
        handlers = self._handlers
        poll = self._epoll.poll
        while self._running:
            for descriptor, events in poll(self._timeout_s(), _MAX_EVENTS):
                if events & select.EPOLLOUT:
                    self._send_outbox()
                    if not events & ~select.EPOLLOUT:
                        continue
                handler = handlers.get(descriptor)
                if handler is not None:  # an event before in this batch may have closed it
                    handler()
            now_us = time.monotonic_ns() // 1000
            if now_us >= self._next_tick_us:
                self._run_ticks(now_us)
        self._shut_down()

    def _timeout_s(self) -> float:
        if not self._sessions:
            self._next_tick_us = self.now_us() + TICK_US
            return _IDLE_TIMEOUT_S
        return max(0, self._next_tick_us - self.now_us()) / 1_000_000

    def _run_ticks(self, now_us: int) -> None:
        late = (now_us - self._next_tick_us) // TICK_US
        if late > _MAX_LATE_TICKS:
            self._next_tick_us += (late - _MAX_LATE_TICKS) * TICK_US
        while self._next_tick_us <= now_us:
            self._next_tick_us += TICK_US
            self._tick_number += 1
            for leg in list(self._ticking):
                leg.on_tick(now_us)
                if not leg.needs_ticks:
                    self._ticking.pop(leg, None)
            for session in self._phases[self._tick_number % HOUSEKEEPING_PHASES].values():
                session.housekeep(now_us)

    def _shut_down(self) -> None:
        """Finish the captures; what the node can no longer read is not worth sending."""
        self._running = False
        for number in list(self._sessions):
            session = self._remove(number)
            if session is not None:
                session.close(0)
        self.writer.stop(_STOP_TIMEOUT_S)
        self._epoll.close()
        self._channel.close()

    # What sessions need --------------------------------------------------------------------------

    @property
    def epoch_offset_us(self) -> int:
        """What turns monotonic microseconds into microseconds since the epoch, as of now.

        A machine's clock is set long after its workers have begun (the network is there late, a
        virtual machine wakes up); a session keeps what it began with, so that its times run evenly.
        """
        return (time.time_ns() - time.monotonic_ns()) // 1000

    def now_us(self) -> int:
        """Return monotonic microseconds."""
        return time.monotonic_ns() // 1000

    def watch(self, descriptor: int, handler: Callable[[], None]) -> None:
        """Call `handler` whenever `descriptor` is readable, instead of the one before."""
        if descriptor not in self._handlers:
            self._epoll.register(descriptor, select.EPOLLIN)
        self._handlers[descriptor] = handler

    def unwatch(self, descriptor: int) -> None:
        """End a watch; the descriptor is about to be closed."""
        if self._handlers.pop(descriptor, None) is not None:
            self._epoll.unregister(descriptor)

    def tick(self, leg: Leg) -> None:
        """Call `leg.on_tick` each 20 ms while it needs that."""
        if leg.needs_ticks:
            self._ticking[leg] = None

    def emit(self, reply: control.Reply) -> None:
        """Send `reply` to the node, in order; it waits here while the socket is full."""
        if not self._running:
            return
        self._outbox.append(control.encode(reply))
        if len(self._outbox) == 1:
            self._send_outbox()

    def _send_outbox(self) -> None:
        while self._outbox:
            try:
                self._channel.send(self._outbox[0])
            except BlockingIOError:
                self._want_writable(True)
                return
            except OSError:
                self._running = False
                return
            self._outbox.popleft()
        self._want_writable(False)

    def _want_writable(self, wanted: bool) -> None:
        if wanted is not self._waits_writable:
            self._waits_writable = wanted
            events = select.EPOLLIN | (select.EPOLLOUT if wanted else 0)
            self._epoll.modify(self._channel.fileno(), events)

    # Commands ------------------------------------------------------------------------------------

    def _on_channel(self) -> None:
        try:
            data = self._channel.recv(control.MAX_MESSAGE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._running = False
            return
        try:
            command = control.command_decoder.decode(data)
        except msgspec.DecodeError:
            _log.error("unreadable command", extra={"size_bytes": len(data)})
            return
        self._commands[type(command)](command)

    def _remove(self, number: int) -> Session | None:
        session = self._sessions.pop(number, None)
        if session is not None:
            del self._phases[number % HOUSEKEEPING_PHASES][number]
            for leg in session.legs.values():
                self._ticking.pop(leg, None)
        return session

    def _ping(self, command: control.Ping) -> None:
        self.emit(control.Pong(command.request, self.writer.dropped_packets))

    def _open_session(self, command: control.OpenSession) -> None:
        session = Session(self, command.session)
        self._sessions[command.session] = session
        self._phases[command.session % HOUSEKEEPING_PHASES][command.session] = session
        if command.capture_path is None:
            self.emit(control.Done(command.request))
            return
        capture = Capture(Path(command.capture_path), command.capture_key)

        def done(error: OSError | None) -> None:
            if error is None:
                self.emit(control.Done(command.request))
                return
            self._remove(command.session)
            self._fail(command.request, error)

        self.writer.open(capture, command.capture_header, done)
        session.begin_capture(capture)

    def _bind_leg(self, command: control.BindLeg) -> None:
        session = self._sessions.get(command.session)
        if session is None:
            self._fail(command.request, OSError(errno.ENOENT, "no such session"))
            return
        try:
            sockets = _bind_pair(command.host, command.port)
        except OSError as error:
            self._fail(command.request, error)
            return
        session.add(Leg(session, command, sockets, self.now_us()))
        self.emit(control.Done(command.request))

    def _end_leg(self, command: control.EndLeg) -> None:
        if found := self._find(command.session, command.leg):
            found[0].end_leg(found[1])

    def _fail(self, request: int, error: OSError) -> None:
        self.emit(control.Failed(request, error.errno or 0, error.strerror or str(error)))

    def _find(self, number: int, name: str) -> tuple[Session, Leg] | None:
        """Return a leg that a command names; a session that is being closed has none."""
        session = self._sessions.get(number)
        leg = None if session is None else session.legs.get(name)
        return None if session is None or leg is None else (session, leg)

    def _negotiated(self, command: control.Negotiated) -> None:
        if found := self._find(command.session, command.leg):
            found[0].negotiated(found[1], command)

    def _connect_leg(self, command: control.ConnectLeg) -> None:
        found = self._find(command.session, command.leg)
        source = self._find(command.session, command.source)
        if found and source:
            found[0].connect_leg(found[1], source[1])

    def _connect_mix(self, command: control.ConnectMix) -> None:
        if not (found := self._find(command.session, command.leg)):
            return
        session, leg = found
        sources = [session.legs[name] for name in command.sources if name in session.legs]
        session.connect_mix(leg, [one for one in sources if one is not leg])

    def _connect_playback(self, command: control.ConnectPlayback) -> None:
        if not (found := self._find(command.session, command.leg)):
            return
        session, leg = found
        try:
            sound = self._prompts.sound(command.prompts)
        except OSError as error:
            # The flow hears at once that it ended unheard, and decides what that means.
            _log.error("prompt unreadable", extra={"path": error.filename, "errno": error.errno})
            session.playback_failed(leg, command.playback)
            return
        player = Player(command.playback, sound, loop=command.loop)
        session.connect_player(leg, player, command.prompts)

    def _preload(self, command: control.Preload) -> None:
        try:
            self._prompts.sound(command.prompts)
        except OSError as error:
            # Whoever plays it will tell; here nobody waits for it yet.
            _log.warning("prompt unreadable", extra={"path": error.filename, "errno": error.errno})

    def _connect_silence(self, command: control.ConnectSilence) -> None:
        if found := self._find(command.session, command.leg):
            found[0].connect_silence(found[1])

    def _gather(self, command: control.Gather) -> None:
        if found := self._find(command.session, command.leg):
            found[1].gather(on=command.on, tones=command.tones)

    def _press(self, command: control.Press) -> None:
        if found := self._find(command.session, command.leg):
            found[0].press(found[1], command.digit)

    def _info_pressed(self, command: control.InfoPressed) -> None:
        if found := self._find(command.session, command.leg):
            found[0].info_pressed(found[1], command.digit)

    def _mark(self, command: control.Mark) -> None:
        session = self._sessions.get(command.session)
        if session is not None:
            session.mark(command.kind, command.detail)

    def _close_session(self, command: control.CloseSession) -> None:
        session = self._remove(command.session)
        if session is None:
            self._fail(command.request, OSError(errno.ENOENT, "no such session"))
            return
        session.close(command.request)
        self._closed_sessions += 1
        if self._closed_sessions % _COLLECT_AFTER_SESSIONS == 0 or not self._sessions:
            gc.collect()


def _bind_pair(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """Return sockets bound to `port` and the one above it. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.ExitStack() as opened:
        pair = []
        for number in (port, port + 1):
            bound = opened.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            bound.setblocking(False)
            if family == socket.AF_INET6:
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, _EXPEDITED_FORWARDING)
            else:
                bound.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, _EXPEDITED_FORWARDING)
            bound.bind((host, number))
            pair.append(bound)
        opened.pop_all()
        return pair[0], pair[1]


def _prepare_process(cpu: int | None) -> None:
    """Raise the limit of descriptors, take a name, and leave ending to the node."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # A terminal's Ctrl-C and a service manager's TERM reach every process; the node decides when
    # sound ends, by closing the control socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})
    with contextlib.suppress(OSError):  # only a name for `top`
        Path("/proc/self/comm").write_text("voicegw-media", encoding="ascii")
    gc.collect()
    gc.freeze()
    gc.disable()


def main(arguments: list[str] | None = None) -> int:
    """Run a worker on an inherited control socket."""
    parser = argparse.ArgumentParser(prog="voicegw.media.worker")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--silence-timeout-s", type=float, default=60.0)
    parser.add_argument("--cpu", type=int)
    options = parser.parse_args(arguments)
    log_as_process()
    _prepare_process(options.cpu)
    channel = socket.socket(fileno=options.fd)
    MediaWorker(channel, silence_timeout_s=options.silence_timeout_s).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
