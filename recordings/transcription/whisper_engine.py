"""Whisper by CTranslate2 (faster-whisper): the second engine, of the extra `whisper`.

Slower than Vosk and better at Mandarin over the telephone, above all when `prompt` tells it what
the talks are about. It starts threads when it loads, so each worker loads a model of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from faster_whisper import WhisperModel

from recordings.transcription.engine import EngineSpec, EngineUnusableError, Heard, Samples
from recordings.transcription.hypotheses import Hypothesis, alternatives
from voicegw.model.transcript import Word

BEAMS: Final = 10
"""How many texts are followed at a time; the others than the best are its alternatives."""


class WhisperEngine:
    """A model, which is its own recogniser: it keeps nothing from one segment to the next."""

    def __init__(self, model: Any, language: str, prompt: str) -> None:
        """Take what :func:`load` made."""
        self._model = model
        model.model = self._beams = _Beams(model.model, model.hf_tokenizer)
        self._language = language
        self._prompt = prompt or None

    def recogniser(self) -> WhisperEngine:
        """Return a recogniser with nothing heard yet."""
        return self

    def hear(self, samples: Samples) -> Heard:
        """Return what is said in the next segment."""
        self._beams.weighed.clear()
        segments, _ = self._model.transcribe(
            samples.astype(np.float32) / 32768.0,
            language=self._language,
            initial_prompt=self._prompt,
            word_timestamps=True,
            # One stretch of sound, one text: with times of its own the model may end early.
            without_timestamps=True,
            # What was said before, repeated into silence, is how Whisper makes things up.
            condition_on_previous_text=False,
            beam_size=BEAMS,
            temperature=0.0,
        )
        # A segment is shorter than Whisper's window of 30 s, and one window is all there is. The
        # library would go on behind the last word: for a moment of silence the model makes words
        # up, and each try takes as long as the first one did.
        found = next(iter(segments), None)
        words = [
            Word(word.word.strip(), float(word.start), float(word.end), float(word.probability))
            for word in (found.words or () if found is not None else ())
            if word.word.strip()
        ]
        taken = "".join(word.text for word in words)
        return Heard(words, alternatives(taken, self._beams.weighed))


class _Beams:
    """CTranslate2's model, which is asked for all its beams and not the best one alone.

    faster-whisper takes the first and lets go of the others; they cost nothing more.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._end = tokenizer.token_to_id("<|endoftext|>")
        self.weighed: list[Hypothesis] = []
        """The texts that were weighed since the list was cleared."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def generate(self, *given: Any, **options: Any) -> Any:
        results = self._model.generate(*given, **options, num_hypotheses=options["beam_size"])
        for result in results:
            found = zip(result.sequences_ids, result.scores, strict=True)
            self.weighed += (self._hypothesis(tokens, score) for tokens, score in found)
        return results

    def _hypothesis(self, tokens: list[int], score: float) -> Hypothesis:
        text = self._tokenizer.decode([token for token in tokens if token < self._end])
        # The score is the mean of the tokens' (length_penalty 1).
        return Hypothesis(text.strip(), score * len(tokens))


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
