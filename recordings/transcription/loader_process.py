"""The loader: a process that loads a model once and forks workers, which share its memory.

Started by the node as `python -m recordings.transcription.loader_process FD`; FD is its end of a
SOCK_SEQPACKET pair. What to load comes over that socket. When the socket is closed, the loader
kills its workers and ends: none outlives the node. It runs at niceness 15, and the kernel that has
no memory left ends it and its workers before anything else of the node.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from recordings.transcription.engine import Engine, EngineSpec, EngineUnusableError, load_engine
from recordings.transcription.protocol import (
    PACKET_BYTES,
    Fork,
    Forked,
    FromLoader,
    Kill,
    Load,
    Loaded,
    Recycle,
    Unusable,
    encode,
    to_loader,
)
from recordings.transcription.worker import work

NICENESS: Final = 15
_OOM_SCORE: Final = "700"
_PR_SET_PDEATHSIG: Final = 1


class _Loader:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: set[int] = set()
        self._engine: Engine | None = None

    def run(self) -> None:
        """Load, then fork and kill as told until the node is gone."""
        message, _ = self._receive()
        if not isinstance(message, Load):
            return
        if not self._load(message.spec):
            return
        while True:
            request, descriptors = self._receive()
            self._reap()
            if isinstance(request, Fork):
                self._fork(message, descriptors[0])
            elif isinstance(request, Kill):
                self._kill(request.pid)
            else:
                break
        for pid in list(self._children):
            self._kill(pid)

    def _load(self, spec: EngineSpec) -> bool:
        try:
            if spec.shares_model:
                self._engine = load_engine(spec)
        except EngineUnusableError as error:
            self._send(Unusable(error.why))
            return False
        # Pages with what lives here stay shared only while no collector touches them.
        gc.collect()
        gc.freeze()
        self._send(Loaded())
        return True

    def _fork(self, load: Load, descriptor: int) -> None:
        loader = os.getpid()
        pid = os.fork()
        if pid == 0:
            _end_with(loader)
            self._control.close()
            _be_worker(descriptor, self._engine, load.spec, load.recycle)
        os.close(descriptor)
        self._children.add(pid)
        self._send(Forked(pid))

    def _kill(self, pid: int) -> None:
        # Only our own children, and those stay ours until they are waited for.
        if pid in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            self._children.discard(pid)

    def _reap(self) -> None:
        for pid in list(self._children):
            ended, _ = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._children.discard(pid)

    def _send(self, message: FromLoader) -> None:
        # A node that is gone is noticed by the next receive.
        with contextlib.suppress(OSError):
            self._control.send(encode(message))

    def _receive(self) -> tuple[Load | Fork | Kill | None, list[int]]:
        """Return the next message with the descriptors beside it; None when the node is gone."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, PACKET_BYTES, 1)
        except OSError:
            return None, []
        return (to_loader.decode(data) if data else None), descriptors


def _end_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, however that does.

    A worker that hangs in native code would outlive a killed loader, out of everybody's reach.
    """
    with contextlib.suppress(OSError, AttributeError):  # no such call outside of Linux
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _be_worker(
    descriptor: int, engine: Engine | None, spec: EngineSpec, recycle: Recycle
) -> NoReturn:
    """Run a worker in this process, which was forked for it, and end."""
    code = 1

    @functools.cache
    def load() -> Engine:
        return engine or load_engine(spec)

    try:
        with socket.socket(fileno=descriptor) as channel:
            work(channel, load, recycle)
        code = 0
    finally:
        # Not sys.exit: what the loader wants done at its end is not this process's to do.
        os._exit(code)


def main(arguments: list[str]) -> int:
    """Run the process; the one argument is the number of its control socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the node decides when this one ends
    os.nice(NICENESS)
    with contextlib.suppress(OSError):  # no such file outside of Linux
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE, encoding="ascii")
    with (
        socket.socket(fileno=int(arguments[0])) as control,
        contextlib.suppress(msgspec.DecodeError),
    ):
        _Loader(control).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
