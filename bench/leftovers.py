"""Memory a call, and what is left after many.

    python bench/leftovers.py [--calls 10000] [--cps 80]

Runs short complete calls through the product's own flow, then asks the node what it still holds:
calls, sessions, transactions, ports, slots, tasks and sockets must all be back to zero. Memory a
running call is printed by bench/sound.py.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from lab import Node, enter_namespace, machine, node, rtpload

#: The node's own figures that must be zero when no call runs.
GAUGES = (
    "voicegw_calls_live",
    "voicegw_sip_sessions",
    "voicegw_sip_transactions",
    "voicegw_media_sessions",
    "voicegw_media_ports_in_use",
    "voicegw_manager_slots_in_use",
    "voicegw_trunk_calls_in_use",
    "voicegw_recordings_backlog",
)


def rss_kb(running: Node) -> int:
    """Return the resident memory of the node and its workers."""
    total = 0
    for pid in running.pids():
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1])
    return total


def descriptors(running: Node) -> int:
    """Return how many files and sockets the node and its workers hold open.

    The database's own files don't count: its pool opens connections as they are needed, and keeps
    them.
    """
    links = (link for pid in running.pids() for link in Path(f"/proc/{pid}/fd").iterdir())
    return sum(not _leads_to_database(link) for link in links)


def _leads_to_database(link: Path) -> bool:
    try:
        return "voicegw.db" in str(link.readlink())
    except FileNotFoundError:
        # Closed between listing and looking.
        return True


def main() -> None:
    """Run and print; exit 1 when something is left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--cps", type=float, default=80)
    options = parser.parse_args()
    enter_namespace()
    print(f"machine: {machine()}")
    left = []
    with node(people=1000, port_drain_s=2) as running:
        # Caches and pools reach their size in a first round; it is not counted.
        burst(running, options.cps, 1000)
        before_kb, before_fds = rss_kb(running), descriptors(running)
        begin = time.monotonic()
        done = 0
        while done < options.calls:
            done += burst(running, options.cps, min(1000, options.calls - done))
            print(f"after {done} calls: resident KiB {rss_kb(running)}", flush=True)
        time.sleep(40)
        after_kb, after_fds = rss_kb(running), descriptors(running)
        print(f"{done} calls in {time.monotonic() - begin:.0f} s")
        print(f"resident KiB before {before_kb}, after {after_kb}: {after_kb - before_kb:+d}")
        print(f"descriptors before {before_fds}, after {after_fds}")
        metrics = running.metrics()
        for name in GAUGES:
            value = metrics.get(name)
            print(f"{name} {value}")
            if value != 0:
                left.append(name)
    if left or after_fds > before_fds:
        sys.exit(f"left over: {', '.join(left) or 'descriptors'}")


def burst(running: Node, cps: float, calls: int) -> int:
    """Run about `calls` short calls (the generator may make one less) and return `calls`."""
    figures = rtpload(
        running,
        "--mode", "cps",
        "--cps", str(cps),
        "--duration", str(calls / cps),
        "--hold-ms", "300",
    )  # fmt: skip
    if figures["failed"]:
        print(f"failed: {figures['fail_codes']}")
    return calls


if __name__ == "__main__":
    main()
