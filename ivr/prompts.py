"""Spoken sentences and tones by name, prepared in both G.711 laws.

A prompt is a WAV file, `{folder}/{language}/{name}.wav`; `tones` is the language of what is not
speech. The shipped folder is read first, then an operator's own, which replaces and adds. Any rate,
width and number of channels is taken and brought to 8 kHz mono; the encoded form is kept in a cache
named by the hash of its samples, so that an engine may hold it for as long as it likes: a changed
prompt is another file.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from ivr.g711 import encode_alaw, encode_ulaw
from voicegw.errors import NotFoundError, Problem, StartError
from voicegw.media.engine import Prompt

logger = logging.getLogger(__name__)

SHIPPED: Final = Path(__file__).parent / "prompts"
"""The folder of the prompts that come with the gateway."""

TONES: Final = "tones"
DEFAULT_LANGUAGE: Final = "zh"
RATE_HZ: Final = 8000
MAX_DURATION_S: Final = 600
"""A longer file is refused: a prompt is held in memory by every worker that plays it."""

REQUIRED: Final = (
    "recording_notice",
    "connecting_manager",
    "connecting_customer",
    "press_1_to_connect",
    "inbound_whisper",
    "manager_busy",
    "manager_unavailable",
    "call_failed",
    "customer_busy",
    "customer_no_answer",
    "goodbye",
    "time_almost_up",
    "ringback_cn",
    "busy_cn",
    "moh",
    "tone_beep",
)
"""What the call flows play; `check` names those that no folder has."""


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a prompt's sound comes from."""

    language: str
    name: str
    path: Path


class PromptLibrary:
    """All prompts of the node. `load` once before use; look-ups then touch no disk."""

    def __init__(self, cache: Path, *, own: Path | None = None, shipped: Path = SHIPPED) -> None:
        """Take the folder to keep encoded prompts in, and the operator's `own` prompts, if any."""
        self._cache = cache
        self._own = own
        self._shipped = shipped
        self._prompts: dict[tuple[str, str], Prompt] = {}
        self._problems: list[Problem] = []

    def load(self) -> None:
        """Read every prompt and encode what the cache does not hold.

        A file that can't be used is left out and told by `check`; a shipped prompt of the same name
        then stays in force. Raises StartError when the cache can't be written.
        """
        prompts: dict[tuple[str, str], Prompt] = {}
        problems: list[Problem] = []
        if self._own is not None and not self._own.is_dir():
            problems.append(
                Problem(str(self._own), "no such folder of prompts", "create it or unset its key")
            )
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            for source in self._sources():
                samples = _read(source.path, problems)
                if samples is not None:
                    prompts[source.language, source.name] = self._prepare(source.name, samples)
        except OSError as error:
            raise StartError(
                Problem(
                    str(self._cache),
                    f"prompts can't be prepared: {error.strerror or error}",
                    "make the folder writable and free some space",
                )
            ) from error
        self._prompts = prompts
        self._problems = problems
        logger.info("prompts loaded", extra={"prompts": len(prompts), "problems": len(problems)})

    def prompt(self, name: str, language: str = DEFAULT_LANGUAGE) -> Prompt:
        """Return the prompt in `language`, else in `zh`, else the tone of that name.

        Raises NotFoundError when none of them has it.
        """
        for candidate in (language, DEFAULT_LANGUAGE, TONES):
            found = self._prompts.get((candidate, name))
            if found is not None:
                return found
        raise NotFoundError("prompt", name)

    def check(self, required: Iterable[str] = REQUIRED) -> list[Problem]:
        """Return what is wrong: unusable files, and each name of `required` that is missing."""
        missing = [
            Problem(
                f"prompt {name}",
                "missing",
                f"put {DEFAULT_LANGUAGE}/{name}.wav into the folder of own prompts",
            )
            for name in required
            if not any((language, name) in self._prompts for language in (DEFAULT_LANGUAGE, TONES))
        ]
        return [*self._problems, *missing]

    def _sources(self) -> Iterator[_Source]:
        """Every WAV file, those that replace others after them."""
        for folder in (self._shipped, self._own):
            if folder is not None:
                for path in sorted(folder.glob("*/*.wav")):
                    yield _Source(path.parent.name, path.stem, path)

    def _prepare(self, name: str, samples: NDArray[np.int16]) -> Prompt:
        digest = hashlib.sha256(samples.astype("<i2").tobytes()).hexdigest()
        pcma = self._cache / f"{digest}.al"
        pcmu = self._cache / f"{digest}.ul"
        for path, encode in ((pcma, encode_alaw), (pcmu, encode_ulaw)):
            if not path.is_file() or path.stat().st_size != len(samples):
                _write_whole(path, encode(samples))
        return Prompt(name, digest, pcma, pcmu, duration_ms=len(samples) * 1000 // RATE_HZ)


def _read(path: Path, problems: list[Problem]) -> NDArray[np.int16] | None:
    """Return the sound of a file at 8 kHz mono, or note why it can't be used."""
    mend = "replace it with a WAV file, best 8 kHz mono 16 bit"
    try:
        with soundfile.SoundFile(path) as sound:
            if sound.frames > MAX_DURATION_S * sound.samplerate:
                problems.append(
                    Problem(str(path), f"longer than {MAX_DURATION_S} s", "shorten the prompt")
                )
                return None
            rate_hz = int(sound.samplerate)
            frames: NDArray[np.int16] = sound.read(dtype="int16", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        problems.append(Problem(str(path), f"not readable as sound: {error}", mend))
        return None
    samples = _to_mono(frames)
    if rate_hz != RATE_HZ:
        samples = np.asarray(soxr.resample(samples, rate_hz, RATE_HZ), dtype=np.int16)
    if not len(samples):
        problems.append(Problem(str(path), "holds no sound", mend))
        return None
    return samples


def _to_mono(frames: NDArray[np.int16]) -> NDArray[np.int16]:
    if frames.shape[1] == 1:
        return np.ascontiguousarray(frames[:, 0])
    mixed: NDArray[np.int16] = np.rint(frames.mean(axis=1)).astype(np.int16)
    return mixed


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or none, however many nodes write it at once."""
    handle, staged = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(staged).replace(path)
    except BaseException:
        Path(staged).unlink(missing_ok=True)
        raise
