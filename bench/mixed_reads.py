"""300 reads a second beside 50 running calls: how long they take, and what the calls notice.

    python bench/mixed_reads.py [--seconds 60] [--rate 300] [--calls 50] [--filled 20000]

A node on both cores, its store filled with customers and calls, carries calls with sound in both
directions, recorded, twice: by themselves, and while programs read (bench/readers.py: lists and
single calls, events, customers, recordings, tasks, figures). A trunk pings all the while by
OPTIONS: what the answers take is what any SIP request waits. Printed are the reads by kind, and of
both runs set-up, sound and pings. Ends with exit code 1 when the 99th percentile of the reads is
100 ms or more, when one failed, or when calls took harm: one lost, 0.1 % more sound lost than when
by themselves, a MOS lower by 0.1, the 99th percentile of added delay or of pings higher by 20 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from full_directory import fill
from lab import CONFIG, HERE, Node, cpu_s, directory, enter_namespace, machine, rtpload
from scanner import Pings

from voicegw.store.database import Database

MOST_P99_MS: Final = 100.0
_BEFORE_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Run:
    """What the calls of one run noticed."""

    figures: dict[str, Any]
    mos: float
    jitter_ms: float
    pings: Pings
    node_cpu: float
    """Cores that the node itself used, without its media workers."""

    def describe(self) -> str:
        """Return two lines."""
        figures, delay, setup = self.figures, self.figures["delay_ms"], self.figures["setup_ms"]
        return (
            f"{figures['established']} calls, sound lost {100 * figures['loss']:.3f} %, added delay"
            f" {delay['p50']}/{delay['p95']}/{delay['p99']} ms, MOS {self.mos:.2f}, jitter"
            f" {self.jitter_ms:.1f} ms, set-up {setup['p50']}/{setup['p95']}/{setup['p99']} ms\n"
            f"    pings {self.pings.describe()}; node {100 * self.node_cpu:.0f} % of a core"
        )

    def harm_beside(self, calm: Run) -> list[str]:
        """Return what is worse than in the run `calm` by more than may be."""
        mine, other = self.figures, calm.figures
        checks = {
            "calls lost": mine["established"] < other["established"] or bool(mine["dropped"]),
            "sound lost": mine["loss"] > other["loss"] + 0.001,
            "MOS": self.mos < calm.mos - 0.1,
            "added delay": mine["delay_ms"]["p99"] > other["delay_ms"]["p99"] + 20,
            "pings": self.pings.at(0.99) > calm.pings.at(0.99) + 20 or self.pings.lost > 0,
        }
        return [name for name, is_harm in checks.items() if is_harm]


def carried(running: Node, calls: int, seconds: float) -> Run:
    """Run calls for a while and return what they noticed."""
    known = running.call_ids()
    pings = Pings()
    pings.start()
    before, began = cpu_s([running.pid]), time.monotonic()
    figures = rtpload(running, "--calls", str(calls), "--hold", str(seconds), "--ramp", "20")
    node_cpu = (cpu_s([running.pid]) - before) / (time.monotonic() - began)
    pings.end()
    ended = [running.ended(one) for one in running.call_ids() - known]
    legs = [leg["quality"] for call in ended for leg in call["legs"]]
    heard = [one for one in legs if one["mos"] is not None]
    return Run(
        figures,
        statistics.mean(one["mos"] for one in heard),
        statistics.mean(one["jitter_ms"] for one in heard),
        pings,
        node_cpu,
    )


def reads(running: Node, folder: Path, rate: float, seconds: float) -> subprocess.Popen[str]:
    """Begin to read, in a process of its own."""
    key = folder / "key"
    key.touch(mode=0o600)
    key.write_text(running.key)
    return subprocess.Popen(
        [
            sys.executable, str(HERE / "readers.py"), "--url", running.api,
            "--key-file", str(key), "--rate", str(rate), "--seconds", str(seconds),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def report(found: dict[str, Any], rate: float) -> list[str]:
    """Print what reads took; return what is wrong with it."""
    everything = sorted(one for took in found["took_ms"].values() for one in took)
    print(f"  {'reads':16} {'count':>6} {'p50':>7} {'p95':>7} {'p99':>7} {'max':>7} ms")
    for kind, took in [*found["took_ms"].items(), ("all", everything)]:
        print(f"  {kind:16} {len(took):>6} " + " ".join(f"{_at(took, q):>7.1f}" for q in _SHARES))
    print(f"  {len(everything) / found['seconds']:.0f} a second; failed: {found['failed'] or 0}")
    wrong = []
    if _at(everything, 0.99) >= MOST_P99_MS:
        wrong.append("reads too slow")
    if found["failed"] or len(everything) < 0.95 * rate * found["seconds"]:
        wrong.append("reads failed or late")
    return wrong


_SHARES: Final = (0.5, 0.95, 0.99, 1.0)


def _at(took: Sequence[float], share: float) -> float:
    found = sorted(took)
    return found[min(int(share * len(found)), len(found) - 1)]


async def _fill(path: Path, count: int) -> None:
    database = await Database.open(f"sqlite:///{path}")
    try:
        await fill(database, count)
    finally:
        await database.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=300)
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--filled", type=int, default=20_000, help="customers and earlier calls")
    options = parser.parse_args(arguments)
    enter_namespace()
    print(f"machine: {machine()}")
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="voicegw-bench-") as name:
        folder = Path(name)
        config = CONFIG.format(folder=name, workers=2, port_drain_s=2)
        running = Node(
            folder, config + "requests_per_s = 100000\n", api_port=8080, preexec=os.setsid
        )
        running.prepare(directory(options.calls))
        asyncio.run(_fill(folder / "data" / "voicegw.db", options.filled))
        running.start()
        try:
            return _measure(running, folder, options)
        finally:
            running.stop()


def _measure(running: Node, folder: Path, options: argparse.Namespace) -> int:
    calm = carried(running, options.calls, options.seconds)
    print(f"calls by themselves:\n  {calm.describe()}", flush=True)
    # From before the first call is set up until after the last has ended.
    with reads(running, folder, options.rate, options.seconds + _BEFORE_S + 6) as reader:
        time.sleep(_BEFORE_S)
        busy = carried(running, options.calls, options.seconds)
        text, _ = reader.communicate()
    print(f"beside {options.rate:.0f} reads a second:\n  {busy.describe()}")
    wrong = report(json.loads(text), options.rate) + busy.harm_beside(calm)
    print(f"missed: {', '.join(wrong)}" if wrong else "all as it should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
