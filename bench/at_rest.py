"""What encryption at rest costs: captures in a node under calls, and files.

    python bench/at_rest.py [--calls 100] [--hold 20] [--rounds 3]

First a node with calls, without a key and with one, in turns, since a machine is never twice as
fast: the CPU of node and media workers for each minute of a call. Then a file: how fast it is
encrypted and read back, and how long a player waits for a range in its middle. Ends with exit code
1 when a capture costs more than 10 % of a call's CPU, or a file is slower than 100 MB/s.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Final

from lab import CONFIG, enter_namespace, machine, node, rtpload

from recordings.storage.local import LocalStorage
from voicegw.keyring import KeyRing, add_key
from voicegw.model.recording import FileKind

FILE_BYTES: Final = 64 << 20
MOST_EXTRA: Final = 0.10
LEAST_MB_PER_S: Final = 100.0
_RANGE_BYTES: Final = 64 << 10
_KEY: Final = "2026/01/01/rec_bench.flac"


def main() -> int:
    """Measure both and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--hold", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    enter_namespace()
    print(f"machine: {machine()}", flush=True)
    with tempfile.TemporaryDirectory(prefix="voicegw-bench-") as name:
        keys = Path(name) / "keys"
        add_key(keys, date(2026, 1, 1))
        extra = captures(keys, options.calls, options.hold, options.rounds)
        slowest = file_speed(Path(name), KeyRing(keys))
    return int(extra > MOST_EXTRA or slowest < LEAST_MB_PER_S)


def captures(keys: Path, calls: int, hold_s: float, rounds: int) -> float:
    """Return how much more CPU a call takes with encrypted captures, as a part of one."""
    encrypted = CONFIG.replace("[recording]", f'[recording]\nkey_file = "{keys}"')
    cost: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(rounds):
        for with_key, config in ((False, CONFIG), (True, encrypted)):
            with node(people=calls, config=config) as running:
                figures = rtpload(running, "--calls", str(calls), "--hold", str(hold_s))
            cost[with_key].append(figures["dut_cpu_s_per_call_min"])
            what = "encrypted" if with_key else "plain"
            print(f"capture {what:>9}: {cost[with_key][-1]:.4f} CPU-s/call-min", flush=True)
    plain, sealed = (statistics.mean(cost[with_key]) for with_key in (False, True))
    extra = sealed / plain - 1
    print(f"capture: {plain:.4f} plain, {sealed:.4f} encrypted, {100 * extra:+.1f} %", flush=True)
    return extra


def file_speed(folder: Path, keys: KeyRing) -> float:
    """Return the slower of writing and reading a file through encryption, in MB/s."""
    storage = LocalStorage(folder / "store", keys)
    content = os.urandom(1 << 20)
    began = time.process_time()
    with storage.stage(_KEY) as staged:
        for _ in range(FILE_BYTES >> 20):
            staged.stream.write(content)
        with staged.open() as written:
            written.seek(0, io.SEEK_END)
        wrote_s = time.process_time() - began
        staged.put(FileKind.MASTER, "audio/flac")
    began = time.process_time()
    with storage.open(_KEY) as stream:
        while stream.read(1 << 20):
            pass
    read_s = time.process_time() - began
    draw = random.Random(1)
    waits: list[float] = []
    for _ in range(200):
        began = time.perf_counter()
        with storage.open(_KEY) as stream:
            stream.seek(draw.randrange(FILE_BYTES - _RANGE_BYTES))
            stream.read(_RANGE_BYTES)
        waits.append(1000 * (time.perf_counter() - began))
    writing, reading = (FILE_BYTES / 1e6 / seconds for seconds in (wrote_s, read_s))
    print(
        f"file: written at {writing:.0f} MB/s of CPU, read at {reading:.0f}; opened and 64 KiB of "
        f"its middle read in {statistics.median(waits):.2f} ms (p50), {max(waits):.2f} ms (most)"
    )
    return min(writing, reading)


if __name__ == "__main__":
    sys.exit(main())
