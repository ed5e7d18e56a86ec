"""Damaged spools: each gets a clear state, none a crash, a hang or the memory.

    python bench/spool_mutations.py [--count 200] [--seed 1]

Each mutated spool is finished in a process of its own, with the memory and the time of a real
finisher bounded. Ends with exit code 1 when one has no clear result, or is gone afterwards.
"""

from __future__ import annotations

import argparse
import collections
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from recordings.finishing.listening import ListenFormat
from recordings.finishing.protocol import FinishRequest, encode_line, reply_decoder
from tests.parts.spool_mutation import mutate
from tests.unit.recordings.spools import Sender, as_captured, end, mark, sine, write_spool
from voicegw.model.recording import Recording, RecordingKind, RecordingStatus

MEMORY_BYTES = 300_000_000
TIME_S = 60.0


def main() -> int:
    """Mutate, finish, count the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    states: collections.Counter[str] = collections.Counter()
    faults = 0
    worst_s = worst_bytes = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = sound_spool(folder / "whole.spool")
        for seed in range(arguments.seed, arguments.seed + arguments.count):
            spool = folder / "mutated.spool"
            spool.write_bytes(mutate(whole, seed))
            # Last written a while ago: nobody writes to it any more.
            os.utime(spool, (1, 1))
            state, took_s, peak_bytes = finished(spool, folder)
            worst_s, worst_bytes = max(worst_s, took_s), max(worst_bytes, peak_bytes)
            states[state] += 1
            if not state or not spool.exists() or peak_bytes > MEMORY_BYTES:
                faults += 1
                print(f"seed {seed}: {state or 'no result'}, {peak_bytes / 1e6:.0f} MB")
    for state, count in states.most_common():
        print(f"{count:4d} {state or 'NO RESULT'}")
    print(f"slowest {worst_s:.1f} s, largest {worst_bytes / 1e6:.0f} MB, faults {faults}")
    return 1 if faults else 0


def sound_spool(path: Path) -> bytes:
    """Return a talk of 20 s as it should be."""
    write_spool(
        path,
        as_captured(
            [mark(0.5, "bridge"), mark(5, "hold", detail="customer"), mark(7, "unhold")],
            Sender(0, sine(400, 20)).packets(),
            Sender(1, np.zeros(8000 * 20, np.int16), payload_type=0).packets(),
            [end(20.1)],
        ),
        {"recording_id": "rec_m", "call_id": "call_m", "node": "n1"},
    )
    return path.read_bytes()


def finished(spool: Path, folder: Path) -> tuple[str, float, float]:
    """Return the result's state (empty for none), the time it took and the memory."""
    recording = Recording(
        id="rec_m",
        call_id="call_m",
        kind=RecordingKind.TALK,
        status=RecordingStatus.PENDING,
        node="n1",
        created_at=datetime.now(UTC),
    )
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "recordings.finishing.finisher_process", f"file://{folder}/store"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        answer, _ = process.communicate(
            encode_line(FinishRequest(str(spool), recording, ListenFormat.OPUS)), timeout=TIME_S
        )
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return "", TIME_S, 0.0
    took_s = time.monotonic() - started
    peak_bytes = float(_peak_bytes())
    if process.returncode != 0 or not answer:
        return "", took_s, peak_bytes
    result = reply_decoder.decode(answer).result
    reason = getattr(result, "reason", "") or getattr(result, "cause", "") or ""
    name = type(result).__name__.removesuffix("Recording").lower()
    return f"{name} {reason}".strip(), took_s, peak_bytes


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


if __name__ == "__main__":
    sys.exit(main())
