"""Has a voice read the labelled cases, as a telephone carries them, for bench/hear_cases.py.

    python bench/speak_cases.py CASES.jsonl SOUNDS MODEL.onnx CONFIG.json VOICES

Needs `pip install onnxruntime misaki[zh] pypinyin jieba scipy soundfile`, Kokoro-82M as ONNX with
its `config.json`, and its Mandarin voices (`*.bin`, npm's `kokoro-js`). Each thing that a manager
says becomes a file of `SOUNDS`, called as `bench/hear_cases.py` wants it: 300 to 3400 Hz, 8 kHz,
A-law and back, 16 kHz, with the 0.2 s of silence at both ends that a node leaves there. Whose voice
reads what follows from the text, so that it is the same each time. What is there is left as it is.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
import scipy.signal
import soundfile
from hear_cases import sound_name
from misaki.zh import ZHG2P
from numpy.typing import NDArray

VOICES: Final = (
    "zf_xiaobei", "zf_xiaoxiao", "zm_yunjian", "zm_yunxi", "zm_yunxia", "zm_yunyang",
)  # fmt: skip
_MODEL_HZ: Final = 24_000
_LOUDEST: Final = 0.5
_A: Final = 87.6
"""Of the A-law (ITU-T G.711)."""
_SILENCE: Final = 3_200
_LONGEST: Final = 508
"""Phonemes that the model takes at a time."""


def over_the_telephone(sound: NDArray[np.float64]) -> NDArray[np.int16]:
    """Return what is left of `sound` at 24 kHz behind a telephone line, at 16 kHz."""
    band = scipy.signal.butter(4, [300, 3400], "bandpass", fs=_MODEL_HZ, output="sos")
    narrow = scipy.signal.resample_poly(scipy.signal.sosfilt(band, sound), 1, 3)
    narrow *= _LOUDEST / max(float(np.abs(narrow).max()), 1e-6)
    wide = scipy.signal.resample_poly(_through_a_law(narrow), 2, 1)
    return np.pad((np.clip(wide, -1, 1) * 32_767).astype(np.int16), _SILENCE)


def _through_a_law(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `sound`, from -1 to 1, in the 256 steps of the A-law."""
    whole = 1 + np.log(_A)
    loud = np.abs(sound)
    curved = np.where(loud < 1 / _A, _A * loud, 1 + np.log(np.maximum(_A * loud, 1))) / whole
    stepped = np.abs(np.round((np.copysign(curved, sound) + 1) * 127.5) / 127.5 - 1)
    straight = np.where(stepped < 1 / whole, stepped * whole / _A, np.exp(stepped * whole - 1) / _A)
    return np.copysign(straight, sound)


def voice_of(spoken: str) -> str:
    """Return whose voice reads `spoken`."""
    lot = hashlib.sha1(f"manager|{spoken}".encode(), usedforsecurity=False).hexdigest()
    return VOICES[int(lot, 16) % len(VOICES)]


class Speaker:
    """Kokoro with its voices."""

    def __init__(self, model: Path, config: Path, voices: Path) -> None:
        """Load all of it."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(model), options)
        self._tokens: dict[str, int] = json.loads(config.read_text("utf-8"))["vocab"]
        self._phonemes = ZHG2P()
        self._styles = {
            name: np.fromfile(voices / f"{name}.bin", dtype=np.float32).reshape(-1, 1, 256)
            for name in VOICES
        }

    def say(self, text: str, voice: str) -> NDArray[np.float64]:
        """Return `text` in a voice, at 24 kHz."""
        phonemes, _ = self._phonemes(text)
        tokens = [self._tokens[one] for one in phonemes if one in self._tokens][:_LONGEST]
        given: dict[str, Any] = {
            "tokens": [[0, *tokens, 0]],
            "style": self._styles[voice][len(tokens)],
            "speed": np.ones(1, np.float32),
        }
        sound: NDArray[np.float64] = self._session.run(None, given)[0].astype(np.float64)
        return sound


def main() -> int:
    """Speak all cases; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    for name in ("cases", "sounds", "model", "config", "voices"):
        parser.add_argument(name, type=Path)
    given = parser.parse_args()
    speaker = Speaker(given.model, given.config, given.voices)
    given.sounds.mkdir(parents=True, exist_ok=True)
    sound_s, started = 0.0, time.process_time()
    for line in given.cases.read_text("utf-8").splitlines():
        for one in json.loads(line)["segments"]:
            file = given.sounds / sound_name(spoken := one.get("spoken", one["text"]))
            if one["channel"] != "manager" or file.exists():
                continue
            sound = over_the_telephone(speaker.say(spoken, voice_of(spoken)))
            soundfile.write(file, sound, 16_000, subtype="PCM_16")
            sound_s += len(sound) / 16_000
    print(f"{sound_s:.0f} s of sound in {time.process_time() - started:.0f} CPU-seconds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
