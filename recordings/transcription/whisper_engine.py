"""Whisper by CTranslate2 (faster-whisper): the second engine, of the extra `whisper`.

Slower than Vosk and better at Mandarin over the telephone, above all when `prompt` tells it what
the talks are about. It starts threads when it loads, so each worker loads a model of its own.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel

from recordings.transcription.engine import EngineSpec, EngineUnusableError, Samples
from voicegw.model.transcript import Word


class WhisperEngine:
    """A model, which is its own recogniser: it keeps nothing from one segment to the next."""

    def __init__(self, model: Any, language: str, prompt: str) -> None:
        """Take what :func:`load` made."""
        self._model = model
        self._language = language
        self._prompt = prompt or None

    def recogniser(self) -> WhisperEngine:
        """Return a recogniser with nothing heard yet."""
        return self

    def words(self, samples: Samples) -> list[Word]:
        """Return the words of the next segment, timed in seconds from its first sample."""
        segments, _ = self._model.transcribe(
            samples.astype(np.float32) / 32768.0,
            language=self._language,
            initial_prompt=self._prompt,
            word_timestamps=True,
            # What was said before, repeated into silence, is how Whisper makes things up.
            condition_on_previous_text=False,
            beam_size=5,
            temperature=0.0,
        )
        return [
            Word(word.word.strip(), float(word.start), float(word.end), _probability(word))
            for segment in segments
            for word in segment.words or ()
            if word.word.strip()
        ]


def _probability(word: Any) -> float | None:
    value = float(word.probability)
    return value if math.isfinite(value) else None


def load(spec: EngineSpec) -> WhisperEngine:
    """Load the model of `spec`. Raises EngineUnusableError."""
    if not (Path(spec.model) / "model.bin").is_file():
        raise EngineUnusableError("the model's folder has no model.bin")
    try:
        # One thread: a node has as many workers as the operator gave it cores for.
        model = WhisperModel(
            spec.model, device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
        )
    except (RuntimeError, ValueError, OSError) as error:
        raise EngineUnusableError("Whisper can't read the model") from error
    return WhisperEngine(model, spec.language, spec.prompt)
