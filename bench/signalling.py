"""Signalling through the product's own flow: complete two-leg calls a second on one core.

    python bench/signalling.py [--cps 100] [--duration 60] [--hold-ms 1000]

Prints failures, set-up time, CPU a call, and the CPU a call of the first and the last
tenth of the run (flat cost). Asterisk on the same kind of machine: 250 calls/s, 2.7-3.3 ms a
call; sippy: 100-200 calls/s, 4.3-5.5 ms.
"""

from __future__ import annotations

import argparse
import threading
import time

from lab import Node, cpu_s, enter_namespace, machine, node, rtpload


class Watch(threading.Thread):
    """Notes the node's CPU once a second."""

    def __init__(self, running: Node) -> None:
        super().__init__(daemon=True)
        self._pids = running.pids()
        self.samples: list[tuple[float, float]] = []
        self._stop = threading.Event()

    def run(self) -> None:
        """Sample until stopped."""
        while not self._stop.wait(1):
            self.samples.append((time.monotonic(), cpu_s(self._pids)))

    def stop(self) -> None:
        """End."""
        self._stop.set()


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cps", type=float, default=100)
    parser.add_argument("--duration", type=float, default=60)
    parser.add_argument("--hold-ms", type=int, default=1000)
    options = parser.parse_args()
    enter_namespace()
    print(f"machine: {machine()}")
    people = int(options.cps * options.duration)
    with node(people=people, port_drain_s=2) as running:
        watch = Watch(running)
        watch.start()
        figures = rtpload(
            running,
            "--mode", "cps",
            "--cps", str(options.cps),
            "--duration", str(options.duration),
            "--hold-ms", str(options.hold_ms),
        )  # fmt: skip
        watch.stop()
        time.sleep(12)
        metrics = running.metrics()
    samples = watch.samples
    tenth = max(2, int(options.duration / 10))
    first = samples[1 : 1 + tenth]
    last = samples[int(options.duration) - tenth : int(options.duration)]
    print(
        f"offered {options.cps:.0f}/s for {options.duration:.0f} s: attempted "
        f"{figures['attempted']}, established {figures['established']}, failed "
        f"{100 * figures['failed_frac']:.2f} %, BYE failed {figures['bye_failed']}, codes "
        f"{figures['fail_codes']}"
    )
    setup = figures["setup_ms"]
    print(f"set-up ms p50/p95/p99: {setup['p50']}/{setup['p95']}/{setup['p99']}")
    print(f"CPU per call: {figures['dut_cpu_ms_per_call']:.2f} ms")
    for name, part in (("first", first), ("last", last)):
        span = part[-1][0] - part[0][0]
        spent = part[-1][1] - part[0][1]
        print(f"CPU per call, {name} tenth: {1000 * spent / (span * options.cps):.2f} ms")
    for name in sorted(metrics):
        if name.startswith("voicegw_") and ("in_use" in name or "live" in name):
            print(f"left over: {name} = {metrics[name]:.0f}")


if __name__ == "__main__":
    main()
