"""The files of one recording while they are made: master, listening copy and wave form.

All are written at once, block by block, in the storage's staging folder, and moved to their places
when they are complete; the master last, for where it lies the recording exists.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC
from types import TracebackType
from typing import BinaryIO, Final, Self, TypeVar

import numpy as np
import soundfile
from numpy.typing import NDArray

from recordings.finishing import peaks
from recordings.finishing.listening import ListenFormat, SoundWriter, listening_writer, media_type
from recordings.finishing.sound_file import SoundFileWriter, write_all
from recordings.storage.local import LocalStorage
from recordings.storage.staging import StagedFile
from voicegw.errors import RecordingError
from voicegw.model.recording import FileKind, Recording, RecordingFile

logger = logging.getLogger(__name__)

MASTER_MEDIA_TYPE: Final = "audio/flac"
_MASTER_SUFFIX: Final = "flac"
_PEAKS_SUFFIX: Final = "dat"
_FILES: Final = (
    (_PEAKS_SUFFIX, FileKind.PEAKS, peaks.MEDIA_TYPE),
    *(
        (str(form), FileKind.LISTENING, media_type(form))
        for form in (ListenFormat.OPUS, ListenFormat.MP3)
    ),
    (_MASTER_SUFFIX, FileKind.MASTER, MASTER_MEDIA_TYPE),
)


class _PeakWriter:
    """Writes the wave form; its head, which counts the points, comes last."""

    def __init__(self, stream: BinaryIO, rate_hz: int) -> None:
        self._stream = stream
        self._rate_hz = rate_hz
        self._meter = peaks.PeakMeter(rate_hz)
        self._count = 0
        write_all(self._stream, peaks.head(rate_hz, self._meter.samples_per_point, 0))

    def write(self, block: NDArray[np.int16]) -> None:
        self._add(self._meter.feed(block))

    def close(self) -> None:
        self._add(self._meter.finish())
        self._stream.seek(0)
        write_all(
            self._stream, peaks.head(self._rate_hz, self._meter.samples_per_point, self._count)
        )

    def abandon(self) -> None:
        """Nothing is held."""

    def _add(self, points: NDArray[np.int8]) -> None:
        self._count += len(points)
        write_all(self._stream, points.tobytes())


_W = TypeVar("_W", bound=SoundWriter)


@dataclass(slots=True, eq=False)
class _Making:
    kind: FileKind
    media_type: str
    staged: StagedFile
    writer: SoundWriter


def file_key(recording: Recording, suffix: str) -> str:
    """Return where a file of a recording lies: by day (UTC) and id, nothing else."""
    day = recording.created_at.astimezone(UTC)
    return f"{day:%Y/%m/%d}/{recording.id}.{suffix}"


def master_key(recording: Recording) -> str:
    """Return where the master of a recording lies."""
    return file_key(recording, _MASTER_SUFFIX)


def files_in_place(recording: Recording, storage: LocalStorage) -> list[RecordingFile]:
    """Return what lies in the places of a recording's files, the master last.

    Raises what `LocalStorage.describe` raises.
    """
    return [
        storage.describe(key, kind, media_type)
        for suffix, kind, media_type in _FILES
        if storage.exists(key := file_key(recording, suffix))
    ]


class RecordingInStaging:
    """A recording's files in the making: `write` the sound, `complete`, `put`; then leave.

    Leaving without `put` throws away what was written.
    """

    def __init__(
        self, recording: Recording, storage: LocalStorage, rate_hz: int, listening: ListenFormat
    ) -> None:
        """Begin all files. Raises OSError when the disk refuses."""
        self._recording = recording
        self._storage = storage
        self._rate_hz = rate_hz
        self._files: list[_Making] = []
        self._stack = ExitStack()
        with ExitStack() as begun:
            begun.callback(self._abandon)
            self._begin(
                FileKind.PEAKS,
                _PEAKS_SUFFIX,
                peaks.MEDIA_TYPE,
                lambda stream: _PeakWriter(stream, rate_hz),
            )
            if listening is not ListenFormat.FLAC:
                self._begin_listening(listening)
            self._master = self._begin(
                FileKind.MASTER,
                _MASTER_SUFFIX,
                MASTER_MEDIA_TYPE,
                lambda stream: SoundFileWriter(stream, rate_hz),
            )
            begun.pop_all()

    @property
    def frames(self) -> int:
        """How many samples of each channel the master has."""
        return self._master.frames

    def write(self, block: NDArray[np.int16]) -> None:
        """Append a block of shape (samples, 2) to every file. Raises OSError."""
        for file in list(self._files):
            try:
                file.writer.write(block)
            except OSError as error:
                self._refused(file.kind, error)
                self._files.remove(file)
                file.writer.abandon()

    def complete(self) -> None:
        """Complete every file and check the master.

        Raises OSError when the disk refuses, RecordingError when the master does not hold all that
        was written.
        """
        for file in list(self._files):
            try:
                file.writer.close()
            except OSError as error:
                self._refused(file.kind, error)
                self._files.remove(file)
        with self._files[-1].staged.open() as written:
            if soundfile.info(written).frames != self.frames:
                raise RecordingError("the written file is shorter than the talk")

    def put(self) -> list[RecordingFile]:
        """Move every file to its place, the master last. Raises OSError."""
        return [file.staged.put(file.kind, file.media_type) for file in self._files]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._abandon()

    def _begin_listening(self, wanted: ListenFormat) -> None:
        try:
            self._begin(
                FileKind.LISTENING,
                str(wanted),
                media_type(wanted),
                lambda stream: listening_writer(stream, self._rate_hz, wanted),
            )
        except OSError as error:
            self._refused(FileKind.LISTENING, error)

    def _begin(
        self, kind: FileKind, suffix: str, media_type: str, open_writer: Callable[[BinaryIO], _W]
    ) -> _W:
        staged = self._storage.stage(file_key(self._recording, suffix))
        self._stack.enter_context(staged)
        writer = open_writer(staged.stream)
        self._files.append(_Making(kind, media_type, staged, writer))
        return writer

    def _refused(self, kind: FileKind, error: OSError) -> None:
        """Go on without a listening copy that its encoder refuses; else raise."""
        if kind is not FileKind.LISTENING or error.errno is not None:
            raise error
        logger.warning(
            "no listening copy", extra={"recording_id": self._recording.id, "why": str(error)}
        )

    def _abandon(self) -> None:
        for file in self._files:
            file.writer.abandon()
        self._files = []
        self._stack.close()
