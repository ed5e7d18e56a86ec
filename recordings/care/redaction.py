"""Redacted copies: spans of a recording covered by a beep, the original untouched.

The copy is as long as the original, so that times mean the same in both. Block by block: four hours
take as little memory as a minute. Everything here blocks on the disk: call it from a thread.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import BinaryIO, Final, Protocol

import numpy as np
import soundfile
from numpy.typing import NDArray

from recordings.finishing.sound_file import CHANNELS, SoundFileWriter
from recordings.finishing.staged_files import file_key
from recordings.storage.staging import StagedFile
from voicegw.errors import RecordingError
from voicegw.model.recording import (
    Channel,
    FileKind,
    Recording,
    RecordingFile,
    RedactedSpan,
)

BEEP_HZ: Final = 1000
BEEP_DBFS: Final = -20.0
"""Peak level of the beep: well heard beside speech, and no fright."""
_BLOCK: Final = 1 << 16
_COLUMNS: Final = {None: slice(0, 2), Channel.CUSTOMER: slice(0, 1), Channel.MANAGER: slice(1, 2)}
MEDIA_TYPE: Final = "audio/flac"


class KeepsFiles(Protocol):
    """Where the files of recordings lie; `recordings.storage.files.RecordingFiles` is one."""

    def open(self, file: RecordingFile) -> BinaryIO:
        """Return the plain bytes of `file`. Raises NotFoundError and what reading may raise."""
        ...

    def stage(self, key: str) -> StagedFile:
        """Return a new file to be written and put at `key`. Raises OSError."""
        ...

    def delete(self, file: RecordingFile) -> None:
        """Delete `file` wherever it lies."""
        ...


def redacted_copy(
    recording: Recording,
    spans: Sequence[RedactedSpan],
    files: KeepsFiles,
    *,
    name: str,
) -> RecordingFile:
    """Write the copy of `recording` with `spans` covered, and return what it is.

    `name` tells this copy from others of the recording. Raises NotFoundError when there is no
    master, RecordingError when it can't be decoded, OSError when the disk refuses.
    """
    master = recording.file(FileKind.MASTER)
    if master is None:
        raise RecordingError("the recording has no master")
    key = file_key(recording, f"redacted-{name}.flac")
    with files.open(master) as stream, files.stage(key) as staged:
        cover(stream, staged.stream, spans)
        return staged.put(FileKind.REDACTED, MEDIA_TYPE)


def cover(master: BinaryIO, copy: BinaryIO, spans: Sequence[RedactedSpan]) -> None:
    """Write `master`, a stereo FLAC, to `copy` with a beep over each of `spans`.

    Raises RecordingError when the master is no such thing, OSError when the disk refuses.
    """
    try:
        with soundfile.SoundFile(master) as sound:
            if sound.channels != CHANNELS:
                raise RecordingError("the recording's file has no two channels")
            _copy(sound, copy, spans)
    except soundfile.LibsndfileError as error:
        raise RecordingError("the recording's file is damaged") from error


def _copy(sound: soundfile.SoundFile, copy: BinaryIO, spans: Sequence[RedactedSpan]) -> None:
    rate_hz = sound.samplerate
    tone = beep(rate_hz)
    with SoundFileWriter(copy, rate_hz) as writer:
        start = 0
        while len(block := sound.read(_BLOCK, dtype="int16", always_2d=True)):
            for span in spans:
                _cover(block, start, span, rate_hz, tone)
            writer.write(block)
            start += len(block)
        if writer.frames != sound.frames:
            raise RecordingError("the recording ended before its stated length")


def _cover(
    block: NDArray[np.int16],
    start: int,
    span: RedactedSpan,
    rate_hz: int,
    tone: NDArray[np.int16],
) -> None:
    """Put the beep over the part of `block`, whose first sample is `start`, that `span` covers."""
    first = max(int(np.floor(span.start_s * rate_hz)) - start, 0)
    last = min(int(np.ceil(span.end_s * rate_hz)) - start, len(block))
    if first < last:
        places = (start + np.arange(first, last)) % len(tone)
        block[first:last, _COLUMNS[span.channel]] = tone[places, np.newaxis]


def beep(rate_hz: int) -> NDArray[np.int16]:
    """Return a second of the beep, which goes on without a break when it is repeated."""
    with warnings.catch_warnings():
        # pydub imports audioop, which Python 3.13 has dropped; audioop-lts brings it back.
        warnings.simplefilter("ignore")
        from pydub.generators import Sine  # noqa: PLC0415 - only who redacts pays for it
    segment = Sine(BEEP_HZ, sample_rate=rate_hz).to_audio_segment(duration=1000, volume=BEEP_DBFS)
    return np.frombuffer(segment.raw_data, np.int16)
