"""`voicegw` commands as processes that have its modules already: importing them takes 3 s of CPU.

A server (:mod:`tests.parts.preloaded_server`) imports what `voicegw serve` needs, once in a process
of tests; each command is a process of its own that is forked from it, and from there on what the
installed command is: the same function is called with the same arguments. That the installed
command itself starts, serves and ends is tested with it (`tests/faults/test_start.py`).
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent.parent
#: Of what is imported nothing is garbage: to look for it would take a third of the time.
_SERVE: Final = "import gc; gc.disable(); from tests.parts.preloaded_server import main; main()"
_asking = threading.Lock()


class PreloadedProcess:
    """A `voicegw` command that runs; behaves as :class:`subprocess.Popen` where tests use it."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        stdout: Path,
        stderr: Path,
        stdin: Path = Path(os.devnull),
    ) -> None:
        """Start it; what it writes is appended to the two files, which may be one."""
        self.args = ["voicegw", *arguments]
        self.returncode: int | None = None
        self._told, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        wanted = {
            "args": self.args,
            "env": dict(env),
            "folder": os.getcwd(),
            "stdin": os.fspath(stdin),
            "stdout": os.fspath(stdout),
            "stderr": os.fspath(stderr),
        }
        with far, _asking:
            socket.send_fds(_server(), [json.dumps(wanted).encode()], [far.fileno()])
        self.pid = int(self._next())

    def _next(self) -> bytes:
        """Return the next thing that the server tells of this process: its id, then its end."""
        told = self._told.recv(100)
        if not told:
            raise AssertionError("the server of preloaded processes has gone")
        return told

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return the exit code. Raises subprocess.TimeoutExpired."""
        code = self._ended(timeout)
        if code is None:
            assert timeout is not None
            raise subprocess.TimeoutExpired(self.args, timeout)
        return code

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._told], [], [], timeout)[0]:
            self.returncode = int(self._next())
            self._told.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as a crash would."""
        self.send_signal(signal.SIGKILL)


class Done(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def run(
    arguments: Sequence[str], *, env: Mapping[str, str], says: str = "", timeout_s: float = 60
) -> Done:
    """Run a `voicegw` command to its end, with `says` to read. Raises subprocess.TimeoutExpired."""
    with tempfile.TemporaryDirectory() as name:
        stdin, stdout, stderr = (Path(name) / each for each in ("stdin", "stdout", "stderr"))
        stdin.write_text(says, "utf-8")
        process = PreloadedProcess(arguments, env=env, stdin=stdin, stdout=stdout, stderr=stderr)
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        return Done(code, stdout.read_text("utf-8"), stderr.read_text("utf-8"))


@functools.cache
def _server() -> socket.socket:
    """Return the connection to the server, which ends with it."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with far:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(far.fileno())],
            pass_fds=[far.fileno()],
            cwd=ROOT,
        )

    def end() -> None:
        near.close()
        process.wait()

    atexit.register(end)
    return near
