"""Complete two-leg calls through the gateway and through sippy's b2bua_simple, in one run.

    python bench/beside_sippy.py [--cps 100] [--duration 60]

The device on one core, SIPp as callers and callees on the other, the same scenarios for both; calls
last a second. The gateway does what a call of it is (directory, journal, store, ports, recording);
b2bua_simple passes signalling on and does nothing else, so that its figure is a floor for a
back-to-back agent in Python. Prints calls that went as scripted on the caller's side, and CPU a
call. sippy comes from PyPI with the test requirements.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab import cpu_s, enter_namespace, machine, node, sipp_callees, sipp_callers

from tests.parts.node import wait_for
from tests.parts.sipp import is_bound
from tests.parts.sipp_steps import Behaviour

ANYBODY = Behaviour("[+0-9]*", "answers")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cps", type=float, default=100)
    parser.add_argument("--duration", type=float, default=60)
    options = parser.parse_args()
    enter_namespace()
    print(f"machine: {machine()}")
    calls = int(options.cps * options.duration)
    with node(people=calls, port_drain_s=2) as running:
        ours = drive("gateway", running.pids(), calls, options.cps)
        time.sleep(5)
    with sippy() as pid:
        theirs = drive("sippy b2bua_simple", [pid], calls, options.cps)
    print(f"CPU a call, gateway to sippy: {ours / theirs:.2f}")


@contextmanager
def sippy() -> Iterator[int]:
    """Start b2bua_simple where the gateway was, and end it afterwards."""
    command = ["taskset", "-c", "0", sys.executable, "-m", "sippy.b2bua_simple", "-f"]
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            [*command, "-l", "127.0.0.1", "-p", "5060", "-n", "127.0.0.3:6080"],
            stdout=out,
            stderr=out,
        )
        try:
            wait_for("sippy listening", lambda: is_bound("127.0.0.1", 5060))
            yield process.pid
        finally:
            process.terminate()
            process.wait(10)


def drive(name: str, pids: list[int], calls: int, cps: float) -> float:
    """Make the calls, print how they went, and return the device's CPU a call in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        callees = sipp_callees(Path(folder), [ANYBODY])
        before_s = cpu_s(pids)
        callers = sipp_callers(
            Path(folder), "talks_and_hangs_up", range(calls), rate=cps, calls=calls
        )
        callers.process.wait(calls / cps + 120)
        time.sleep(3)
        spent_s = cpu_s(pids) - before_s
        good = callers.figure("SuccessfulCall(C)")
        callees.stop()
    cpu_ms = 1000 * spent_s / calls
    print(
        f"{name}: {good} of {calls} calls at {cps:.0f}/s as scripted, "
        f"{cpu_ms:.2f} ms of CPU a call",
        flush=True,
    )
    return cpu_ms


if __name__ == "__main__":
    main()
