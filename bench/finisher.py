"""How fast captures become recordings: prints × real time and CPU-seconds per recorded minute.

    python bench/finisher.py [--minutes 60]

A talk of two legs in 20 ms packets of A-law (speech from the shipped prompts, with jitter) is
written as a spool and finished in this process, as a finisher process would.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import soundfile

from ivr.g711 import encode_alaw
from ivr.prompts import SHIPPED
from recordings.finishing.finisher import FinishedRecording, finish
from recordings.storage.local import LocalStorage
from voicegw.media.spool import (
    CapturedPacket,
    encode_end,
    encode_header,
    encode_mark,
    encode_packet,
)
from voicegw.model.recording import Recording, RecordingKind, RecordingStatus

PACKET = 160
START_US = 1_700_000_000_000_000


def speech(language: str) -> bytes:
    """All prompts of a language, one after the other, in A-law."""
    parts = [
        soundfile.read(path, dtype="int16")[0] for path in sorted((SHIPPED / language).iterdir())
    ]
    sound = encode_alaw(np.concatenate(parts))
    return sound[: len(sound) // PACKET * PACKET]


def write_spool(path: Path, minutes: float) -> int:
    """Write the capture of a talk; return how many packets it holds."""
    chance = random.Random(1)
    sounds = [speech("zh"), speech("en")]
    count = round(minutes * 60 * 50)
    with path.open("wb") as stream:
        stream.write(encode_header({"recording_id": "rec_bench"}))
        stream.write(encode_mark(START_US, {"kind": "bridge"}))
        for number in range(count):
            for leg, sound in enumerate(sounds):
                place = number * PACKET % len(sound)
                arrival_us = START_US + number * 20_000 + chance.randrange(15_000)
                stream.write(
                    encode_packet(
                        CapturedPacket(
                            leg,
                            8,
                            number & 0xFFFF,
                            number * PACKET & 0xFFFFFFFF,
                            arrival_us,
                            sound[place : place + PACKET],
                        )
                    )
                )
        stream.write(encode_end(START_US + count * 20_000))
    return 2 * count


def main() -> int:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder) / "bench.spool"
        packets = write_spool(spool, minutes)
        recording = Recording(
            id="rec_bench",
            call_id="call_bench",
            kind=RecordingKind.TALK,
            status=RecordingStatus.PENDING,
            node="bench",
            created_at=datetime.now(UTC),
        )
        before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started, started_cpu = time.perf_counter(), time.process_time()
        result = finish(spool, recording, LocalStorage(Path(folder) / "store"))
        wall_s, cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
        grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib
    if not isinstance(result, FinishedRecording):
        print(f"not finished: {result}", file=sys.stderr)
        return 1
    print(
        f"finisher: {minutes:g} min, {packets} packets: {minutes * 60 / wall_s:.0f} x real time, "
        f"{cpu_s / minutes:.3f} CPU-s per recorded minute, "
        f"{1e6 * cpu_s / packets:.1f} us a packet, "
        f"{result.size_bytes / minutes / 1024:.0f} KiB a minute, grew by {grown_kib} KiB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
