"""An engine for tests of the machinery: what it hears and what befalls it is played to it.

The loudest sample of a segment says what happens (`LOUD_*`): a word, a crash, a hang, a fault, a
leak. No model, no library.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Final

import numpy as np

from recordings.transcription.engine import EngineSpec, EngineUnusableError, Heard, Samples
from voicegw.model.transcript import Alternative, Word

WORD: Final = 8_000
CRASH: Final = 12_000
HANG: Final = 16_000
FAULT: Final = 20_000
LEAK: Final = 24_000
SLOW: Final = 28_000
LEAK_BYTES: Final = 60_000_000

_leaked: list[bytearray] = []


class ScriptedEngine:
    """Engine and recogniser in one."""

    def recogniser(self) -> ScriptedEngine:
        return self

    def hear(self, samples: Samples) -> Heard:
        loudest = int(np.abs(samples.astype(np.int32)).max())
        if _is(loudest, CRASH):
            os.kill(os.getpid(), signal.SIGSEGV)
        elif _is(loudest, HANG):
            time.sleep(600)
        elif _is(loudest, FAULT):
            raise ValueError("scripted")
        elif _is(loudest, LEAK):
            _leaked.append(bytearray(b"\1" * LEAK_BYTES))
        elif _is(loudest, SLOW):
            time.sleep(0.2)
        where = np.flatnonzero(np.abs(samples.astype(np.int32)) > loudest // 2)
        word = Word("好", int(where[0]) / 16_000, int(where[-1]) / 16_000, 1.0)
        return Heard([word], [Alternative("你好", 0.25)])


def _is(loudest: int, what: int) -> bool:
    return abs(loudest - what) < 1_500


def load(spec: EngineSpec) -> ScriptedEngine:
    """Load nothing; a model called `broken` is no good, one called `crash` ends the process."""
    name = Path(spec.model).name
    if name == "broken":
        raise EngineUnusableError("scripted")
    if name == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    return ScriptedEngine()
