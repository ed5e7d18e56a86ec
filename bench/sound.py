"""Sound through the product's own flow: cost, loss and added delay at rising numbers of calls.

    python bench/sound.py [--calls 20,100,200,300,400] [--hold 20]

Prints one line a step: our cost, a plain C relay without recording under the same load right after
(the floor that the kernel sets), Asterisk's figures for the same load, and the finisher: its CPU
and how long after the last call its backlog was gone.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from lab import Node, cpu_s, enter_namespace, machine, node, rtpload
from media_relay import measure_floor

#: Asterisk 22.10 (chan_pjsip), same kind of machine, one core, recorded: CPU-s per call-minute and
#: added delay p50/p95/p99 in ms.
ASTERISK = {
    20: ("0.35-0.39", ".10/.16/.42"),
    100: ("0.24-0.26", ".28/.48/.58"),
    200: ("0.22-0.26", ".47/1.1/9.1"),
    300: ("0.20", "21/40/57"),
}


def main() -> None:
    """Run the steps and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", default="20,100,200,300,400")
    parser.add_argument("--hold", type=float, default=20)
    options = parser.parse_args()
    enter_namespace()
    print(f"machine: {machine()}")
    print(
        f"{'calls':>5} {'up':>4} {'CPU-s/call-min':>14} {'C relay':>8} {'core %':>6} {'loss %':>7} "
        f"{'bad':>4} {'p50':>5} {'p95':>5} {'p99':>5} {'KiB/call':>8} {'finisher CPU-s':>14} "
        f"{'backlog s':>9}   Asterisk"
    )
    for calls in (int(part) for part in options.calls.split(",")):
        print(step(calls, options.hold), flush=True)


def step(calls: int, hold_s: float) -> str:
    """Run one number of calls through the product, then through the C relay; return a line."""
    with node(people=calls) as running:
        figures = rtpload(running, "--calls", str(calls), "--hold", str(hold_s), "--ramp", "20")
        backlog = backlog_s(running)
        finisher_s = cpu_s(running.finishers())
    with tempfile.TemporaryDirectory() as folder:
        floor = asyncio.run(measure_floor(calls, min(hold_s, 10), Path(folder)))
    delay = figures["delay_ms"]
    per_call_kb = (figures["rss_window_kb"] - figures["rss_before_kb"]) / calls
    return (
        f"{calls:>5} {figures['established']:>4} {figures['dut_cpu_s_per_call_min']:>14.4f} "
        f"{floor['dut_cpu_s_per_call_min']:>8.4f} {100 * figures['dut_core_frac']:>6.1f} "
        f"{100 * figures['loss']:>7.3f} {figures['calls_over_1pct_loss']:>4} "
        f"{delay['p50']:>5.2f} {delay['p95']:>5.2f} {delay['p99']:>5.2f} {per_call_kb:>8.0f} "
        f"{finisher_s:>14.2f} {backlog:>9.1f}   {' '.join(ASTERISK.get(calls, ('', '')))}"
    )


def backlog_s(running: Node) -> float:
    """Return how long after the last call every recording was finished, in seconds."""
    begin = time.monotonic()
    while time.monotonic() - begin < 120:
        if running.metrics()["voicegw_recordings_backlog"] == 0:
            break
        time.sleep(0.2)
    return time.monotonic() - begin


if __name__ == "__main__":
    main()
