"""Vosk (Kaldi, https://alphacephei.com/vosk): the default engine. Loaded in worker processes only.

What its library does, and what follows here:

- Its clock counts all samples a recogniser was ever given, through `FinalResult` and `Reset`; word
  times are set back by what was given before the segment.
- It ends a result by itself at a pause it notices (`AcceptWaveform` returns 1); that part is
  fetched there and then, or it would be lost.
- A malformed grammar ends the process with a segmentation fault. The grammar is made here, by a
  JSON encoder, from words that were checked.
- A word of the grammar that the model does not know is dropped with a warning: it would never be
  heard and nobody would know. Here it makes the model unusable for this vocabulary.
- Who asks for alternatives gets no confidence of words: none are asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import vosk

from recordings.transcription.engine import (
    SAMPLE_RATE_HZ,
    EngineSpec,
    EngineUnusableError,
    Heard,
    Samples,
)
from voicegw.model.transcript import Word

_UNKNOWN: Final = "[unk]"
_CHUNK_SAMPLES: Final = SAMPLE_RATE_HZ // 4
_SILENT: Final = -1


class VoskEngine:
    """A model and, if only some words are listened for, its grammar."""

    def __init__(self, model: Any, grammar: str | None) -> None:
        """Take what :func:`load` made."""
        self._model = model
        self._grammar = grammar

    def recogniser(self) -> VoskRecogniser:
        """Return a recogniser with nothing heard yet; costs some 20 to 45 MB while it lives."""
        if self._grammar is None:
            native = vosk.KaldiRecognizer(self._model, SAMPLE_RATE_HZ)
        else:
            native = vosk.KaldiRecognizer(self._model, SAMPLE_RATE_HZ, self._grammar)
        native.SetWords(True)
        return VoskRecogniser(native)


class VoskRecogniser:
    """One native recogniser and how far its clock is."""

    def __init__(self, native: Any) -> None:
        """Take a new recogniser that gives words."""
        self._native = native
        self._given = 0

    def hear(self, samples: Samples) -> Heard:
        """Return what is said in the next segment."""
        offset_s = self._given / SAMPLE_RATE_HZ
        results = []
        for start in range(0, len(samples), _CHUNK_SAMPLES):
            chunk = samples[start : start + _CHUNK_SAMPLES]
            if self._native.AcceptWaveform(chunk.tobytes()):
                results.append(self._native.Result())
            self._given += len(chunk)
        results.append(self._native.FinalResult())
        return Heard([word for result in results for word in _words(result, offset_s)])


def _words(result: str, offset_s: float) -> list[Word]:
    return [
        Word(
            text=found["word"],
            start_s=max(found["start"] - offset_s, 0.0),
            end_s=max(found["end"] - offset_s, 0.0),
            confidence=found.get("conf"),
        )
        for found in json.loads(result).get("result", ())
        if found["word"] != _UNKNOWN
    ]


def grammar_of(vocabulary: tuple[str, ...], knows: Callable[[str], bool]) -> str | None:
    """Return the grammar that listens for `vocabulary` only; None for all words.

    `knows` tells whether the model has a word. Raises EngineUnusableError for words that the
    library would trip over, and for those that it would drop.
    """
    if not vocabulary:
        return None
    for phrase in vocabulary:
        if not phrase.strip() or not phrase.isprintable() or set(phrase) & set('"\\[]'):
            raise EngineUnusableError("the vocabulary has a word that is none")
    unknown = [word for phrase in vocabulary for word in phrase.split() if not knows(word)]
    if unknown:
        raise EngineUnusableError(f"the model does not know {', '.join(unknown)}")
    silence = [_UNKNOWN] if knows(_UNKNOWN) else []
    return json.dumps([*vocabulary, *silence], ensure_ascii=False)


def load(spec: EngineSpec) -> VoskEngine:
    """Load the model of `spec`. Raises EngineUnusableError."""
    if not Path(spec.model).is_dir():
        raise EngineUnusableError("the model's folder is not there")
    vosk.SetLogLevel(_SILENT)
    try:
        model = vosk.Model(spec.model)
    except Exception as error:  # the library raises a plain Exception, and says no more
        raise EngineUnusableError("Vosk can't read the model") from error
    grammar = grammar_of(spec.vocabulary, lambda word: model.vosk_model_find_word(word) >= 0)
    return VoskEngine(model, grammar)
