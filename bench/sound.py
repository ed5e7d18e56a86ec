"""Sound through the product's own flow: cost, loss and added delay at rising numbers of calls.

    python bench/sound.py [--calls 20,100,200,300,400] [--hold 20]

Prints one line a step, with Asterisk's figures for the same load beside it, and the finisher's
backlog when the calls have ended.
"""

from __future__ import annotations

import argparse
import time

from lab import enter_namespace, machine, node, rtpload

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
        f"{'calls':>5} {'up':>4} {'CPU-s/call-min':>14} {'core':>5} {'loss %':>7} "
        f"{'bad calls':>9} {'p50':>6} {'p95':>6} {'p99':>7} {'KiB/call':>8} {'finisher s':>10}"
        f"   Asterisk"
    )
    steps = [int(part) for part in options.calls.split(",")]
    for calls in steps:
        with node(people=calls) as running:
            figures = rtpload(
                running, "--calls", str(calls), "--hold", str(options.hold), "--ramp", "20"
            )
            settled_s = backlog_s(running)
        delay = figures["delay_ms"]
        per_call_kb = (figures["rss_window_kb"] - figures["rss_before_kb"]) / calls
        print(
            f"{calls:>5} {figures['established']:>4} {figures['dut_cpu_s_per_call_min']:>14.4f} "
            f"{figures['dut_core_frac']:>5.2f} {100 * figures['loss']:>7.3f} "
            f"{figures['calls_over_1pct_loss']:>9} {delay['p50']:>6.2f} {delay['p95']:>6.2f} "
            f"{delay['p99']:>7.2f} {per_call_kb:>8.0f} {settled_s:>10.1f}"
            f"   {' '.join(ASTERISK.get(calls, ('', '')))}",
            flush=True,
        )


def backlog_s(running) -> float:
    """Return how long after the last call every recording was finished, in seconds."""
    begin = time.monotonic()
    while time.monotonic() - begin < 120:
        if running.metrics().get("voicegw_recordings_backlog", 0) == 0:
            break
        time.sleep(0.2)
    return time.monotonic() - begin


if __name__ == "__main__":
    main()
