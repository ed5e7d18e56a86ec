"""Mutated messages into a core with a trunk, a registrar and running calls.

    python bench/mutations.py [--messages 200000] [--seed 4475]

Prints exceptions, lines of the log at ERROR, and what has grown between the first tenth and the
end: objects of signalling, Python's memory. A failure is played again by its seed.
"""

from __future__ import annotations

import argparse
import functools
import gc
import sys
import time
import tracemalloc
from pathlib import Path

from lab import machine

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.unit.sip.mutated_core import MutatedCore


def main() -> int:
    """Run, print, and return 1 when something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=4475)
    options = parser.parse_args()
    print(f"machine: {machine()}")
    rig = MutatedCore(options.seed)
    warm_up = options.messages // 10
    begun = time.monotonic()
    tracemalloc.start()
    rig.run(warm_up)
    rig.settle()
    objects = rig.census()
    before_bytes = settled_bytes()
    rig.run(options.messages - warm_up)
    rig.settle()
    grown_bytes = settled_bytes() - before_bytes
    grown = rig.census() - objects
    core = rig.agent.core
    print(f"messages: {options.messages} in {time.monotonic() - begun:.0f} s, seed {options.seed}")
    print("made from: " + ", ".join(f"{kind} {count}" for kind, count in sorted(rig.sent.items())))
    print(f"sessions: {core.counters['sessions_offered']} offered, "
          f"{core.counters['sessions_started']} started, {len(core)} left")  # fmt: skip
    print(f"malformed: {core.counters['malformed_dropped']}; exceptions: 0; "
          f"errors in the log: {len(rig.errors.records)}; "
          f"listeners that raised: {core.counters['listener_failures']}")  # fmt: skip
    print(f"grown: {dict(grown) or 'no object'}, {grown_bytes / 1024:.0f} KiB")
    for line in rig.errors.records[:10]:
        print(line)
    idle = core.is_idle and not len(core)
    return 0 if idle and not grown and not rig.errors.records else 1


def settled_bytes() -> int:
    """Return the bytes of live objects, with caches (all of them bounded) emptied."""
    gc.collect()
    for one in gc.get_objects():
        if isinstance(one, functools._lru_cache_wrapper):
            one.cache_clear()
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


if __name__ == "__main__":
    raise SystemExit(main())
