"""A real rtpengine in user space, on ports of its own."""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

_START_S = 5.0


class RtpengineMissingError(Exception):
    """rtpengine is not installed here."""


class Rtpengine:
    """A running rtpengine: relays on 127.0.0.1, takes commands at `control`.

    It reports digits to `digits`. A context manager: it lives as long as that; `stop` and `start`
    in between are a restart, by which it loses its calls.
    """

    def __init__(self, folder: Path, digits: tuple[str, int], *, port: int = 0) -> None:
        """Find the program and choose ports. Raises RtpengineMissingError."""
        program = shutil.which("rtpengine")
        if program is None:
            raise RtpengineMissingError("rtpengine is not installed (package rtpengine-daemon)")
        self.digits = digits
        self.control = ("127.0.0.1", port or free_udp_port())
        first = random.randrange(30_000, 58_000, 2)
        self._log = folder / "rtpengine.log"
        self._arguments = [
            program,
            *("--foreground", "--log-stderr", "--log-level=5", "--config-file=none"),
            *("--table=-1", "--num-threads=2", "--delete-delay=0", "--interface=127.0.0.1"),
            f"--listen-ng=127.0.0.1:{self.control[1]}",
            f"--dtmf-log-dest={digits[0]}:{digits[1]}",
            *(f"--port-min={first}", f"--port-max={first + 398}"),
            f"--pidfile={folder / 'rtpengine.pid'}",
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        end = time.monotonic() + _START_S
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < end, "rtpengine does not answer"

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_START_S)
            self._process = None

    def __enter__(self) -> Rtpengine:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.1)
            probe.connect(self.control)
            try:
                probe.send(b"probe%d d7:command4:pinge" % time.monotonic_ns())
                return b"pong" in probe.recv(2048)
            except TimeoutError:
                return False
            except OSError:
                time.sleep(0.02)
                return False


def free_udp_port() -> int:
    """Return a UDP port of 127.0.0.1 that is free now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port
