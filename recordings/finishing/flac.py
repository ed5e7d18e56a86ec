"""Writing of FLAC files that tells when the disk refuses.

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


class _Sink:
    """A file that never raises into C code, and remembers why it should have."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        if self.error is not None:
            return 0
        written = 0
        try:
            # A disk that fills up takes a part first; only the next write tells.
            while written < len(data):
                written += self.stream.write(data[written:])
        except OSError as error:
            self.error = error
        return written

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return self.stream.seek(offset, whence)
        except OSError as error:
            self.error = self.error or error
            return self.tell()

    def tell(self) -> int:
        return self.stream.tell()


class FlacWriter:
    """Writes 16-bit stereo to `stream`, which must be unbuffered and seekable."""

    def __init__(self, stream: BinaryIO, rate_hz: int) -> None:
        """Begin the file. Raises OSError when the disk refuses."""
        self._sink = _Sink(stream)
        self.frames = 0
        try:
            self._sound = soundfile.SoundFile(
                self._sink, "w", rate_hz, CHANNELS, subtype="PCM_16", format="FLAC"
            )
        except soundfile.LibsndfileError as error:
            raise self._sink.error or OSError(str(error)) from error

    def write(self, block: NDArray[np.int16]) -> None:
        """Append a block of shape (samples, 2). Raises OSError when the disk refuses."""
        try:
            self._sound.write(block)
        except (soundfile.LibsndfileError, AssertionError) as error:
            # soundfile asserts that everything was written.
            raise self._sink.error or OSError(str(error)) from error
        if self._sink.error is not None:
            raise self._sink.error
        self.frames += len(block)

    def close(self) -> None:
        """Complete the file. Raises OSError when the disk refuses."""
        try:
            self._sound.close()
        except soundfile.LibsndfileError as error:
            raise self._sink.error or OSError(str(error)) from error
        if self._sink.error is not None:
            raise self._sink.error

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
            # The file is thrown away; what went wrong first is what the caller must see.
            self._sink.error = self._sink.error or OSError("abandoned")
            self._sound.close()
