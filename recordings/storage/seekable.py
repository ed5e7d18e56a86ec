"""What all readers of ours share that are read like a file: where they are."""

from __future__ import annotations

import io
import os


class SeekableReader(io.RawIOBase):
    """A stream of a known size that is read from any place; the heir reads from `_place`."""

    def __init__(self, size_bytes: int) -> None:
        """Begin at the first of `size_bytes`."""
        self.size_bytes = size_bytes
        self._place = 0

    def readable(self) -> bool:
        """It is read from."""
        return True

    def seekable(self) -> bool:
        """It can seek."""
        return True

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; past the end nothing is read. Raises ValueError for one before it all."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self.size_bytes}[whence]
        if base + offset < 0:
            raise ValueError("before the begin of the file")
        self._place = base + offset
        return self._place
