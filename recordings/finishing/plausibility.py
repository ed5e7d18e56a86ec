"""Passes over packets whose time of arrival can't be true. Pure.

A spool without a key has no checksums. One flipped bit in a time would stretch a talk by hours, or
make the rest of it come too late to be placed. A worker's clock never goes back and packets come in
its order; so a packet far from the one before it is believed only when the next one is near it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from voicegw.media.spool import CapturedPacket, CaptureRecord

_NEAR_US: Final = 10_000_000
"""Longer silences are common (hold), but two packets in a row don't err alike."""


def plausible(records: Iterable[CaptureRecord]) -> Iterator[CaptureRecord]:
    """Yield all marks and ends, and the packets that are near another one or the only one."""
    last_us = 0
    doubtful: CapturedPacket | None = None
    for record in records:
        if not isinstance(record, CapturedPacket):
            yield record
            continue
        arrival_us = record.arrival_us
        if -_NEAR_US <= arrival_us - last_us <= _NEAR_US:
            doubtful = None
        elif doubtful is not None and -_NEAR_US <= arrival_us - doubtful.arrival_us <= _NEAR_US:
            yield doubtful
            doubtful = None
        else:
            doubtful = record
            continue
        last_us = arrival_us
        yield record
    if doubtful is not None and not last_us:
        # There is nothing to doubt it by.
        yield doubtful
