"""A scanner at full speed beside running calls: what do the calls and the signalling notice?

    python bench/scanner.py [--calls 50] [--seconds 60]

SIPVicious (Debian's `sipvicious`: svmap, svwar, svcrack) attacks a node that is a registrar too,
from addresses that belong to nobody, while calls with sound run over the trunk. The trunk pings the
node by OPTIONS, before and during the attack. Prints calls disturbed, the delay of the pings, what
the node counted, and its memory. Needs root: the bench makes a network namespace of its own.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lab
from leftovers import rss_kb

SCANNERS = {
    "svmap": ("192.0.2.50", ["127.1.0.0/16"]),
    "svmap -m INVITE": ("192.0.2.51", ["127.2.0.0/16"]),
    "svwar": ("192.0.2.52", ["--force", "-e", "1000-9999999", "127.0.0.1"]),
    "svwar -m INVITE": ("192.0.2.53", ["--force", "-e", "1000-9999999", "127.0.0.1"]),
    "svcrack": ("192.0.2.54", ["-u", "alice", "-r", "1-99999999", "127.0.0.1"]),
}
"""Name, the address it comes from, its arguments. Every 127.x.y.z is the node."""

MORE = """
[registrar]
enabled = true
[[registrar.user]]
name = "alice"
password = "not-to-be-guessed"
"""
PING_S = 0.02


class Pings(threading.Thread):
    """OPTIONS from the trunk, one at a time; `waits_ms` are the times to the answers."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.waits_ms: list[float] = []
        self.lost = 0
        self._ended = threading.Event()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.4", 0))
        self._socket.settimeout(1)

    def run(self) -> None:
        """Ping until told to end."""
        number = 0
        while not self._ended.wait(PING_S):
            number += 1
            request = ping(number, self._socket.getsockname()[1])
            begun = time.monotonic()
            self._socket.sendto(request, ("127.0.0.1", 5060))
            try:
                while b"ping-%d@" % number not in self._socket.recv(65536):
                    continue
            except TimeoutError:
                self.lost += 1
            else:
                self.waits_ms.append(1000 * (time.monotonic() - begun))

    def end(self) -> None:
        """Stop."""
        self._ended.set()
        self.join()
        self._socket.close()

    def describe(self) -> str:
        """Return the percentiles in one line."""
        return " / ".join(f"{self.at(q):.2f}" for q in (0.5, 0.95, 0.99, 1)) + (
            f" ms (p50/p95/p99/max of {len(self.waits_ms)}, {self.lost} lost)"
        )

    def at(self, quantile: float) -> float:
        """Return a percentile of the waits."""
        waits = sorted(self.waits_ms)
        return waits[min(len(waits) - 1, int(quantile * len(waits)))]


def ping(number: int, port: int) -> bytes:
    """Return one OPTIONS."""
    lines = (
        "OPTIONS sip:127.0.0.1 SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.4:{port};branch=z9hG4bKping{number};rport",
        "Max-Forwards: 70",
        "From: <sip:ping@127.0.0.4>;tag=ping",
        "To: <sip:127.0.0.1>",
        f"Call-ID: ping-{number}@127.0.0.4",
        f"CSeq: {number} OPTIONS",
        "Content-Length: 0",
        "",
        "",
    )
    return "\r\n".join(lines).encode()


class Attack(threading.Thread):
    """One scanner, started again whenever it gives up."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(daemon=True)
        self.runs = 0
        source, arguments = SCANNERS[name]
        program, *options = name.split(" ")
        # One core is the node's, the other everybody else's.
        self._command = ["taskset", "-c", "1", program, "-t", "0.0001", "-b", source, "-q"]
        self._command += [*options, *arguments]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False

    def run(self) -> None:
        """Attack until told to end."""
        while not self._ended:
            self.runs += 1
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=os.environ | {"HOME": str(self._folder)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            self._process.wait()

    def end(self) -> None:
        """Stop."""
        self._ended = True
        if self._process is not None:
            self._process.kill()
        self.join()


@contextmanager
def pinged() -> Iterator[Pings]:
    """Ping while the body runs."""
    pings = Pings()
    pings.start()
    try:
        yield pings
    finally:
        pings.end()


@contextmanager
def attacked() -> Iterator[list[Attack]]:
    """Attack while the body runs."""
    with tempfile.TemporaryDirectory(prefix="voicegw-scanner-") as folder:
        attacks = [Attack(name, Path(folder)) for name in SCANNERS]
        for one in attacks:
            one.start()
        try:
            yield attacks
        finally:
            for one in attacks:
                one.end()


def give_addresses() -> None:
    """Give the scanners addresses of their own."""
    for source, _ in SCANNERS.values():
        subprocess.run(["ip", "addr", "add", f"{source}/32", "dev", "lo"], check=True)


def figures_of(running: lab.Node) -> dict[str, float]:
    """Return what the node counts of strangers, bans and overload."""
    wanted = ("strangers", "banned", 'event="bans"', 'event="failures"', "overload", "challenges")
    return {
        name.removeprefix("voicegw_sip_"): value
        for name, value in running.metrics().items()
        if name.startswith("voicegw_sip_") and any(word in name for word in wanted)
    }


def phase(running: lab.Node, calls: int, seconds: float) -> tuple[dict[str, Any], Pings]:
    """Run calls and pings for so long; return the generator's figures and the pings."""
    with pinged() as pings:
        found = lab.rtpload(running, "--calls", str(calls), "--hold", str(seconds), "--ramp", "20")
    return found, pings


def describe(name: str, calls: int, found: dict[str, Any], pings: Pings) -> None:
    """Print one phase."""
    delay = found["delay_ms"]
    print(f"{name}: {found['established']} of {calls} calls, {100 * found['loss']:.3f} % of sound "
          f"lost, {found['calls_over_1pct_loss']} calls disturbed (over 1 %), sound delayed by "
          f"{delay['p50']:.2f} / {delay['p95']:.2f} / {delay['p99']:.2f} ms")  # fmt: skip
    print(f"{name}: pings {pings.describe()}")


def main() -> int:
    """Run and print; return 1 when calls were disturbed or pings delayed too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    if os.geteuid() != 0 or shutil.which("svmap") is None:
        raise SystemExit("needs root and Debian's sipvicious")
    lab.enter_namespace()
    give_addresses()
    print(f"machine: {lab.machine()}")
    config = lab.CONFIG.replace("udp://127.0.0.1:5060", "udp://0.0.0.0:5060") + MORE
    # Only what plays the trunk belongs to it: a scanner may not heed the address it is given.
    config = config.replace('"127.0.0.0/8"', '"127.0.0.2", "127.0.0.3", "127.0.0.4"')
    with lab.node(people=options.calls, config=config) as running:
        calm, before = phase(running, options.calls, options.seconds)
        describe("calm", options.calls, calm, before)
        memory_kb = rss_kb(running)
        with attacked() as attacks:
            stormy, during = phase(running, options.calls, options.seconds)
        time.sleep(2)
        describe("attacked", options.calls, stormy, during)
        added_ms = during.at(0.99) - before.at(0.99)
        print(f"added signalling delay p99: {added_ms:.2f} ms")
        print(f"memory: {memory_kb} KiB before, {rss_kb(running)} KiB after")
        print("scanners started: " + ", ".join(
            f"{name} {one.runs}x" for name, one in zip(SCANNERS, attacks, strict=True)
        ))  # fmt: skip
        for name, value in sorted(figures_of(running).items()):
            print(f"  {name} {value:.0f}")
    disturbed = stormy["calls_over_1pct_loss"] + options.calls - stormy["established"]
    return 1 if disturbed or during.lost or added_ms > 50 else 0


if __name__ == "__main__":
    raise SystemExit(main())
