"""What it costs to make a recording: CPU-seconds an hour, and the memory of four hours.

    python bench/finisher.py [--minutes 60] [--long-minutes 240] [--listen opus|mp3|flac]

A talk of two legs in 20 ms packets of A-law (both speak all the time, by the shipped prompts), with
jitter, 2 % of the packets lost and 2 % overtaken by others, is written as a spool and finished by a
process of its own, as a node has it done: master, listening copy, wave form and hashes. Ends with
exit code 1 when an hour costs 6 CPU-seconds or more, or four hours need 150 MB or more.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import soundfile

from ivr.g711 import encode_alaw
from ivr.prompts import SHIPPED
from recordings.finishing import libopus
from recordings.finishing.finisher import FinishedRecording
from recordings.finishing.listening import ListenFormat
from recordings.finishing.protocol import FinishRequest, encode_line, reply_decoder
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
LOSS = 0.02
OVERTAKEN = 0.02
CPU_S_AN_HOUR = 6.0
PEAK_BYTES = 150_000_000


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
    kept = 0
    late: list[bytes] = []
    with path.open("wb") as stream:
        stream.write(encode_header({"recording_id": "rec_bench"}))
        stream.write(encode_mark(START_US, {"kind": "bridge"}))
        for number in range(count):
            for leg, sound in enumerate(sounds):
                if chance.random() < LOSS:
                    continue
                kept += 1
                place = number * PACKET % len(sound)
                packet = encode_packet(
                    CapturedPacket(
                        leg,
                        8,
                        number & 0xFFFF,
                        number * PACKET & 0xFFFFFFFF,
                        START_US + number * 20_000 + chance.randrange(15_000),
                        sound[place : place + PACKET],
                    )
                )
                if chance.random() < OVERTAKEN:
                    late.append(packet)
                    continue
                stream.write(packet)
                if late and chance.random() < 0.3:
                    stream.write(late.pop(0))
        stream.write(b"".join(late))
        stream.write(encode_end(START_US + count * 20_000))
    return kept


@dataclass(frozen=True)
class Cost:
    """What a finisher process used."""

    packets: int
    wall_s: float
    cpu_s: float
    peak_bytes: int
    result: FinishedRecording


def measure(minutes: float, listening: ListenFormat) -> Cost:
    """Have a process make one recording; return what it took, start and end included."""
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
        request = encode_line(FinishRequest(str(spool), recording, listening))
        url = f"file://{folder}/store"
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "recordings.finishing.finisher_process", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(request)
        process.stdin.close()
        answer = process.stdout.read()
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
        wall_s = time.perf_counter() - started
        result = reply_decoder.decode(answer).result
    if not isinstance(result, FinishedRecording):
        raise SystemExit(f"not finished: {result}")
    cpu_s = used.ru_utime + used.ru_stime
    return Cost(packets, wall_s, cpu_s, used.ru_maxrss * 1024, result)


def main() -> int:
    """Measure, print, and say whether the targets are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--long-minutes", type=float, default=240.0)
    parser.add_argument("--listen", type=ListenFormat, default=ListenFormat.OPUS)
    arguments = parser.parse_args()
    minutes = arguments.minutes
    print(f"libopus: {'found' if libopus.load() is not None else 'not found, libsndfile is used'}")
    short = measure(minutes, arguments.listen)
    an_hour_s = short.cpu_s * 60 / minutes
    sizes = ", ".join(
        f"{file.kind} {file.size_bytes / minutes / 1024:.0f} KiB a minute"
        for file in short.result.files
    )
    print(
        f"{minutes:g} min, {short.packets} packets, listening copy {arguments.listen}: "
        f"{an_hour_s:.2f} CPU-s an hour (target under {CPU_S_AN_HOUR:g}), "
        f"{minutes * 60 / short.wall_s:.0f} x real time, "
        f"{1e6 * short.cpu_s / short.packets:.1f} us a packet; {sizes}"
    )
    long = measure(arguments.long_minutes, arguments.listen)
    print(
        f"{arguments.long_minutes:g} min: {long.peak_bytes / 1e6:.0f} MB resident at most "
        f"(target under {PEAK_BYTES / 1e6:.0f}), {short.peak_bytes / 1e6:.0f} MB "
        f"for {minutes:g} min"
    )
    met = an_hour_s < CPU_S_AN_HOUR and long.peak_bytes < PEAK_BYTES
    print("targets met" if met else "TARGETS MISSED")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
