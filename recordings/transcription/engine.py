"""The port between this program and a recogniser of speech.

An engine is named by its factory (`module:function`), a function that takes an
:class:`EngineSpec` and returns an :class:`Engine`. It is called in a loader process only
(`recordings.transcription.loader_process`): nothing of an engine, no library and no model, is ever
loaded into the node.

A recogniser hears one side of one file, segment by segment: 16-bit PCM, mono, 16 kHz
(`SAMPLE_RATE_HZ`). What it returns is timed from the beginning of the segment.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from voicegw.errors import VoicegwError
from voicegw.model.transcript import Alternative, Word

SAMPLE_RATE_HZ: Final = 16_000
Samples: TypeAlias = NDArray[np.int16]


class EngineSpec(msgspec.Struct, frozen=True):
    """Which engine with which model.

    `model` is the model's folder. `vocabulary` are the only words to listen for, where the engine
    can do that; empty: all it knows. `prompt` tells an engine that reads one what talks are about.
    With `shares_model` the model is loaded once and the workers are forked from it; without, each
    worker loads its own (engines that start threads don't survive a fork).
    """

    name: str
    factory: str
    model: str
    language: str
    vocabulary: tuple[str, ...] = ()
    prompt: str = ""
    shares_model: bool = True

    @property
    def model_name(self) -> str:
        """The model's name: its folder's, wherever that lies."""
        return self.model.rstrip("/").rpartition("/")[2]


class Heard(NamedTuple):
    """What was recognised of one segment.

    `words` are timed in seconds from the segment's first sample. `alternatives` are other texts
    that the engine weighed for the segment, the likeliest first; none where it tells none. Times
    beyond the segment are cut to it, and a figure that is not finite counts as not told.
    """

    words: Sequence[Word]
    alternatives: Sequence[Alternative] = ()


class Recogniser(Protocol):
    """Hears one side of one file."""

    def hear(self, samples: Samples) -> Heard:
        """Return what is said in the next segment."""
        ...


class Engine(Protocol):
    """A loaded model."""

    def recogniser(self) -> Recogniser:
        """Return a recogniser with nothing heard yet."""
        ...


class EngineUnusableError(VoicegwError):
    """Library or model can't be used. `why` says what is wrong; it names no person and no number.

    A state and no failure: recordings wait until it is mended.
    """

    slug = "model-unusable"

    def __init__(self, why: str) -> None:
        """Say why, in words for the operator."""
        super().__init__(why)
        self.why = why


class SoundUnusableError(VoicegwError):
    """The file is damaged, or is no sound this can be done with; trying again changes nothing."""

    slug = "recording-damaged"


def load_engine(spec: EngineSpec) -> Engine:
    """Call the factory of `spec`. Raises EngineUnusableError when library or model are no good."""
    module_name, _, function = spec.factory.partition(":")
    try:
        factory: Callable[[EngineSpec], Engine] = getattr(
            importlib.import_module(module_name), function
        )
    except ImportError as error:
        raise EngineUnusableError(f"the library of {spec.name} can't be loaded") from error
    return factory(spec)
