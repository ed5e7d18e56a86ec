"""Byte ranges of HTTP (RFC 9110 §14). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_SINGLE: Final = re.compile(
    r"^bytes\s*=\s*(\d{0,20})\s*-\s*(\d{0,20})\s*$", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `start` up to and without `stop` of something `total` bytes long."""

    start: int
    stop: int
    total: int

    @property
    def content_range(self) -> str:
        """The value of Content-Range (§14.4)."""
        return f"bytes {self.start}-{self.stop - 1}/{self.total}"


class RangeNotSatisfiableError(ValueError):
    """The range asked for has no byte in common with what there is (§15.5.17)."""


def requested_range(
    header: str | None, total: int, *, if_range: str | None = None, etag: str = ""
) -> ByteRange | None:
    """Return the one range that `header` asks for; None to send everything.

    A header that is broken, of another unit, or asks for several ranges is ignored, as §14.2
    allows. With `if_range` (§13.1.5) the range only counts while `etag` is still the same.
    Raises RangeNotSatisfiableError.
    """
    if header is None or (if_range is not None and if_range.strip() != etag):
        return None
    found = _SINGLE.match(header.strip())
    if found is None:
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:
        start, stop = max(total - int(last), 0), total
    else:
        start = int(first)
        stop = min(int(last) + 1, total) if last else total
        if last and int(last) < start:
            return None
    if start >= total or stop <= start:
        raise RangeNotSatisfiableError
    return ByteRange(start, stop, total)
