"""SIPp processes: telephones behind a trunk, and customers who call."""

from __future__ import annotations

import csv
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.parts.needs import need
from tests.parts.node import wait_for

#: Which of several processes of tests this is.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
#: SIPp binds its own ports for sound and pictures, even where a scenario sends neither: below what
#: the system gives to others, each once for a long time.
_stream_ports = itertools.count(0, 4)


def _own_stream_port(host: str) -> int:
    while True:
        port = 10_000 + 2000 * _WORKER + next(_stream_ports) % 2000
        # Another run of tests on this machine counts from the same number.
        if not any(is_bound(host, port + place) for place in range(4)):
            return port


def is_bound(host: str, port: int) -> bool:
    """Whether somebody has this UDP port, or listens on this TCP port, without touching it."""
    family, suffix = (socket.AF_INET6, "6") if ":" in host else (socket.AF_INET, "")
    packed = socket.inet_pton(family, host)
    words = [packed[start : start + 4] for start in range(0, len(packed), 4)]
    address = "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)
    wanted = f"{address}:{port:04X}"
    for table, state in (("udp", "07"), ("tcp", "0A")):
        for line in Path(f"/proc/net/{table}{suffix}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[1] == wanted and fields[3] == state:
                return True
    return False


class Sipp:
    """One SIPp process."""

    def __init__(
        self,
        folder: Path,
        name: str,
        scenario: str,
        *,
        host: str,
        port: int,
        remote: str | None = None,
        transport: str = "udp",
        calls: int | None = None,
        lost_percent: int = 0,
        rows: Sequence[Sequence[str]] = (),
        sound_port: int = 9,
        stream_port: int | None = None,
        says: bytes = b"",
        timeout_s: int = 60,
        rate: float | None = None,
        traced: bool = True,
        prefix: Sequence[str] = (),
    ) -> None:
        """Start it; `remote` (host:port) makes it call, `rows` are the fields of its calls.

        It calls `rate` times a second; `traced` keeps what it sends and receives, else figures are
        kept for :meth:`figure`; `prefix` comes before its command.

        Its descriptions name `sound_port`, which is the test's to listen on, or where a behaviour
        speaks SIPp's own `stream_port`; `says` is what it speaks, in raw A-law.
        """
        need("sipp", "sip-tester")
        self.folder = folder / name
        self.folder.mkdir()
        self.host, self.port = host, port
        (self.folder / "tone.al").write_bytes(says)
        path = self.folder / "scenario.xml"
        path.write_text(scenario)
        self.messages = self.folder / "messages.log"
        command = [
            *prefix, "sipp", "-sf", str(path), "-i", host, "-mi", host, "-p", str(port),
            "-mp", str(stream_port or _own_stream_port(host)), "-key", "sound", str(sound_port),
            "-nostdin", "-timeout", f"{timeout_s}s", "-timeout_error",
            "-trace_err", "-error_file", str(self.folder / "errors.log"),
            "-t", "t1" if transport == "tcp" else "u1",
        ]  # fmt: skip
        if traced:
            command += ["-trace_msg", "-message_file", str(self.messages)]
        else:
            command += ["-trace_stat", "-stf", str(self.folder / "stat.csv"), "-fd", "1"]
        if rate is not None:
            # Whole calls in a period that makes them so.
            command += ["-r", str(round(rate * 10)), "-rp", "10000", "-l", "100000"]
        if calls is not None:
            command += ["-m", str(calls)]
        if lost_percent:
            command += ["-lost", str(lost_percent)]
        if rows:
            table = self.folder / "rows.csv"
            # A field ends at a semicolon; what follows the last one would keep its line's end.
            lines = ["SEQUENTIAL", *(";".join((*row, "")) for row in rows), ""]
            table.write_text("\n".join(lines))
            command += ["-inf", str(table)]
        if remote is not None:
            command.append(remote)
        with (self.folder / "stderr.log").open("wb") as out:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=out,
            )
        if remote is None:
            wait_for("SIPp listening", self._bound)

    def _bound(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"SIPp ended: {self.trouble()}")
        return is_bound(self.host, self.port)

    def finished(self, timeout_s: float = 20) -> None:
        """Wait until all its calls are done; AssertionError unless every one went as scripted."""
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"SIPp still runs: {self.trouble()}") from None
        assert code == 0, f"SIPp exit {code}: {self.trouble()}"

    def trouble(self) -> str:
        """Return what SIPp says went wrong, and the last messages."""
        texts = []
        for name in ("errors.log", "stderr.log", "messages.log"):
            path = self.folder / name
            if path.exists():
                texts.append(path.read_text(errors="replace")[-3000:])
        return "\n".join(texts)

    def seen(self) -> str:
        """Return all messages it received and sent."""
        return self.messages.read_text(errors="replace") if self.messages.exists() else ""

    def received(self) -> list[str]:
        """Return each message it received, in order."""
        parts = re.split(r"(?m)^-{20,}.*\n(?=.+ message )", self.seen())
        return [part.partition("\n\n")[2] for part in parts if " message received " in part[:60]]

    def figure(self, name: str) -> int:
        """Return the last value of a column of its statistics, such as `FailedCall(C)`."""
        with (self.folder / "stat.csv").open(newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter=";"))
        return int(rows[-1][name]) if rows else 0

    def wait_for_messages(self, text: str, count: int, timeout_s: float = 10) -> None:
        """Wait until `text` has been in its messages `count` times."""
        what = f"{count} times {text!r}"
        wait_for(what, lambda: self.seen().count(text) >= count, timeout_s)

    def stop(self) -> None:
        """End it, whatever it does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
