"""Cuts one side of a recording into what was said between two pauses. Pure, and streaming.

A recogniser that is given silence works for nothing, and one that is given a whole talk runs turns
together. So each side is cut where nobody speaks; whether a frame is speech is asked of a detector
(WebRTC's, mode 2, frames of 30 ms: recall .94 to .97 on telephone speech at 5 ms of CPU a minute).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from recordings.transcription.engine import SAMPLE_RATE_HZ, Samples

FRAME_MS: Final = 30
FRAME_SAMPLES: Final = SAMPLE_RATE_HZ * FRAME_MS // 1000


@dataclass(frozen=True, slots=True)
class CuttingRules:
    """When a segment begins and ends, in frames of 30 ms.

    It ends after `hangover` frames without speech (0.45 s), keeps `padding` frames of silence at
    both ends (0.2 s), and counts only with `least_speech` frames of speech. One that grows to
    `longest` frames (25 s) is cut at the quietest of its last `search` frames (5 s).
    """

    hangover: int = 15
    padding: int = 7
    least_speech: int = 3
    longest: int = 833
    search: int = 166


@dataclass(frozen=True, slots=True)
class Cut:
    """A segment of speech, `start` samples after the beginning."""

    start: int
    samples: Samples


class SpeechCutter:
    """Takes the sound of one side as it comes, gives back segments when they have ended.

    It holds one segment at most, so its memory does not grow with the recording.
    """

    def __init__(
        self, is_speech: Callable[[bytes], bool], rules: CuttingRules = CuttingRules()
    ) -> None:
        """`is_speech` judges 30 ms of 16-bit mono PCM at 16 kHz."""
        self._is_speech = is_speech
        self._rules = rules
        self._rest: Samples = np.zeros(0, np.int16)
        self._frames: list[Samples] = []
        self._first = 0
        """The number of the first frame in `_frames`."""
        self._next = 0
        """The number of the frame that comes next."""
        self._speech = 0
        """How many frames of the running segment are speech; 0: none runs."""
        self._last_speech = 0

    def push(self, samples: Samples) -> list[Cut]:
        """Take the next samples, any number; return the segments that end in them."""
        sound = np.concatenate([self._rest, samples]) if len(self._rest) else samples
        whole = len(sound) - len(sound) % FRAME_SAMPLES
        self._rest = sound[whole:].copy()
        cuts: list[Cut] = []
        for at in range(0, whole, FRAME_SAMPLES):
            cut = self._take(sound[at : at + FRAME_SAMPLES])
            if cut is not None:
                cuts.append(cut)
        return cuts

    def flush(self) -> list[Cut]:
        """Return the segment that the end of the sound ends, if one runs."""
        cuts = []
        if len(self._rest):
            cuts = self.push(np.zeros(FRAME_SAMPLES - len(self._rest), np.int16))
        if self._speech:
            cut = self._end(self._next)
            if cut is not None:
                cuts.append(cut)
        return cuts

    def _take(self, frame: Samples) -> Cut | None:
        number = self._next
        self._next += 1
        self._frames.append(frame)
        if self._is_speech(frame.tobytes()):
            self._speech += 1
            self._last_speech = number
        elif not self._speech:
            self._keep_lead()
            return None
        if number - self._last_speech >= self._rules.hangover:
            return self._end(min(self._last_speech + 1 + self._rules.padding, self._next))
        if len(self._frames) >= self._rules.longest:
            return self._split()
        return None

    def _keep_lead(self) -> None:
        """Forget frames that are too long ago to be the beginning of what comes next."""
        surplus = len(self._frames) - self._rules.padding
        if surplus > 0:
            del self._frames[:surplus]
            self._first += surplus

    def _end(self, stop: int) -> Cut | None:
        """End the segment before frame `stop`."""
        counts = self._speech >= self._rules.least_speech
        self._speech = 0
        cut = self._cut(stop)
        self._keep_lead()
        return cut if counts else None

    def _split(self) -> Cut:
        """End a segment that is too long where it is quietest; what follows is the next one."""
        begin = len(self._frames) - self._rules.search
        energies = [
            float(np.square(frame, dtype=np.float32).sum()) for frame in self._frames[begin:]
        ]
        quietest = begin + int(np.argmin(energies))
        cut = self._cut(self._first + max(quietest, 1))
        if self._last_speech < self._first:
            # Cut in a pause: nothing runs until somebody speaks again.
            self._speech = 0
            self._keep_lead()
        else:
            self._speech = max(self._rules.least_speech, 1)
        return cut

    def _cut(self, stop: int) -> Cut:
        count = stop - self._first
        cut = Cut(self._first * FRAME_SAMPLES, np.concatenate(self._frames[:count]))
        del self._frames[:count]
        self._first = stop
        return cut
