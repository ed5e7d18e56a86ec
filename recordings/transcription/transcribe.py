"""A whole sound file, both its sides, to segments of words: what a worker process does.

Streaming: one second of sound is read at a time and one segment a side is held, so four hours take
no more memory than a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
import soundfile
import soxr
import webrtcvad

from recordings.transcription.cutting import Cut, SpeechCutter
from recordings.transcription.engine import (
    SAMPLE_RATE_HZ,
    Engine,
    Recogniser,
    Samples,
    SoundUnusableError,
)
from recordings.transcription.spans import Span, sample_ranges
from recordings.transcription.text import segment_of
from voicegw.model.recording import Channel
from voicegw.model.transcript import Segment

_VAD_MODE: Final = 2
_SIDES: Final = (Channel.CUSTOMER, Channel.MANAGER)


@dataclass(frozen=True, slots=True)
class SoundLength:
    """What is known of a file once it is open."""

    duration_s: float
    channels: int


class _Side:
    """One side: brought to 16 kHz, cut at pauses, recognised."""

    def __init__(self, channel: Channel, rate_hz: int, recogniser: Recogniser) -> None:
        self._channel = channel
        self._recogniser = recogniser
        self._resampler = (
            soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="int16")
            if rate_hz != SAMPLE_RATE_HZ
            else None
        )
        vad = webrtcvad.Vad(_VAD_MODE)
        self._cutter = SpeechCutter(lambda frame: bool(vad.is_speech(frame, SAMPLE_RATE_HZ)))

    def hear(self, samples: Samples, *, is_last: bool) -> Iterator[Segment]:
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples, last=is_last)
        yield from self._recognise(self._cutter.push(samples))
        if is_last:
            yield from self._recognise(self._cutter.flush())

    def _recognise(self, cuts: Sequence[Cut]) -> Iterator[Segment]:
        for cut in cuts:
            heard = self._recogniser.hear(cut.samples)
            segment = segment_of(
                self._channel,
                cut.start / SAMPLE_RATE_HZ,
                len(cut.samples) / SAMPLE_RATE_HZ,
                heard.words,
                heard.alternatives,
            )
            if segment is not None:
                yield segment


def transcribe(
    stream: BinaryIO,
    engine: Engine,
    *,
    left_out: Sequence[Span] = (),
    on_open: Callable[[SoundLength], None] = lambda _length: None,
    on_progress: Callable[[float], None] = lambda _position_s: None,
) -> Iterator[Segment]:
    """Yield what was said in the sound file `stream` (any format soundfile reads).

    One channel is the customer's; of two, the left is the customer's and the right the manager's.
    Spans of `left_out` are silent to the recogniser. `on_progress` gets the seconds worked through
    after each second of sound. Raises SoundUnusableError, and what the engine raises.
    """
    try:
        sound = soundfile.SoundFile(stream)
    except soundfile.LibsndfileError as error:
        raise SoundUnusableError("no sound file that can be read") from error
    with sound:
        if sound.channels not in (1, 2):
            raise SoundUnusableError("the sound file has more than two channels")
        on_open(SoundLength(sound.frames / sound.samplerate, sound.channels))
        sides = [
            _Side(channel, sound.samplerate, engine.recogniser())
            for channel in _SIDES[: sound.channels]
        ]
        silent = sample_ranges(left_out, sound.samplerate, sound.frames)
        for position, block in _blocks(sound):
            _silence(block, position, silent)
            end = position + len(block)
            for number, side in enumerate(sides):
                yield from side.hear(block[:, number], is_last=end == sound.frames)
            on_progress(end / sound.samplerate)


def _blocks(sound: soundfile.SoundFile) -> Iterator[tuple[int, Samples]]:
    """Yield a second of sound at a time, with the number of its first sample."""
    position = 0
    while position < sound.frames:
        try:
            block: Samples = sound.read(sound.samplerate, dtype="int16", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise SoundUnusableError("the sound file can't be read to its end") from error
        if not len(block):
            raise SoundUnusableError("the sound file ends before its stated length")
        yield position, block
        position += len(block)


def _silence(block: Samples, position: int, ranges: Sequence[tuple[int, int]]) -> None:
    for start, stop in ranges:
        block[np.clip(start - position, 0, None) : np.clip(stop - position, 0, None)] = 0
