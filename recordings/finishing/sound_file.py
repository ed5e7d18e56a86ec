"""Writing of sound files that tells when the disk refuses.

libsndfile swallows what goes wrong below it; so it is given a file object of ours that keeps the
first error and raises it where the caller can see it.
"""

from __future__ import annotations

from types import TracebackType
from typing import BinaryIO, Final, Self

import numpy as np
import soundfile
from numpy.typing import NDArray

CHANNELS: Final = 2


def write_all(stream: BinaryIO, data: bytes) -> None:
    """Write all of `data` to an unbuffered stream. Raises OSError."""
    while data:
        # A disk that fills up takes a part first; only the next write tells.
        data = data[stream.write(data) :]


class _Sink:
    """A file that never raises into C code, and remembers why it should have."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        if self.error is not None:
            return 0
        try:
            write_all(self.stream, data)
        except OSError as error:
            self.error = error
            return 0
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return self.stream.seek(offset, whence)
        except OSError as error:
            self.error = self.error or error
            return self.tell()

    def tell(self) -> int:
        return self.stream.tell()


class SoundFileWriter:
    """Writes 16-bit stereo to `stream`, which must be unbuffered and seekable.

    Every method raises OSError when the disk refuses, with its `errno`; one without it tells that
    the library itself refused.
    """

    def __init__(
        self, stream: BinaryIO, rate_hz: int, *, container: str = "FLAC", coding: str = "PCM_16"
    ) -> None:
        """Begin a file of libsndfile's major format `container` and subtype `coding`."""
        self._sink = _Sink(stream)
        self.frames = 0
        # libsndfile 1.2 makes noise of 16-bit samples for MP3; the same in 32 bits it encodes well.
        self._widened = container == "MP3"
        try:
            self._sound = soundfile.SoundFile(
                self._sink, "w", rate_hz, CHANNELS, subtype=coding, format=container
            )
        except soundfile.LibsndfileError as error:
            raise self._sink.error or OSError(str(error)) from error

    def write(self, block: NDArray[np.int16]) -> None:
        """Append a block of shape (samples, 2)."""
        try:
            self._sound.write(block.astype(np.int32) << 16 if self._widened else block)
        except (soundfile.LibsndfileError, AssertionError) as error:
            # soundfile asserts that everything was written.
            raise self._sink.error or OSError(str(error)) from error
        if self._sink.error is not None:
            raise self._sink.error
        self.frames += len(block)

    def close(self) -> None:
        """Complete the file."""
        try:
            self._sound.close()
        except soundfile.LibsndfileError as error:
            raise self._sink.error or OSError(str(error)) from error
        if self._sink.error is not None:
            raise self._sink.error

    def abandon(self) -> None:
        """Let go of a file that is thrown away; nothing more is written to it."""
        self._sink.error = self._sink.error or OSError("abandoned")
        self._sound.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            # What went wrong first is what the caller must see.
            self.abandon()
