"""Keeps the messages of calls that have ended: from memory, through the journal, to the store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from voicegw.calls.parts import CallCounters
from voicegw.journal.entries import CallTraced, Entry
from voicegw.sip.trace import SettledTrace, TraceBook

_log = logging.getLogger(__name__)

#: Traces for one visit to a thread: a visit costs as much as packing, and whoever is there long
#: makes signalling wait for the interpreter's lock.
_PER_VISIT: Final = 8


class TraceKeeper:
    """Writes each trace once, some seconds after its call."""

    def __init__(
        self,
        book: TraceBook,
        append: Callable[[Entry], object],
        clock_monotonic: Callable[[], float],
        counters: CallCounters,
    ) -> None:
        """`append` is the journal's and may raise OSError; calls end by `clock_monotonic`.

        What the journal refuses is counted in `counters`.
        """
        self._book = book
        self._append = append
        self._clock = clock_monotonic
        self._counters = counters

    async def keep_settled(self) -> None:
        """Write what has settled. Compressing takes a thread: signalling does not wait for it.

        Whoever cancels this waits for what is left, because the book gives each trace only once.
        """
        left = list(self._book.take_settled(self._clock()))
        try:
            while left:
                packed = await asyncio.to_thread(_packed, left[:_PER_VISIT])
                for data in packed:
                    self._write(left.pop(0), data)
        finally:
            for settled in left:
                self._write(settled, settled.packed())

    def keep_all(self) -> None:
        """Write the traces of all calls that have ended: the node stops."""
        for settled in self._book.take_settled(self._clock(), everything=True):
            self._write(settled, settled.packed())

    def _write(self, settled: SettledTrace, data: bytes) -> None:
        try:
            self._append(CallTraced(settled.call_id, data))
        except OSError as error:
            self._counters.journal_failures += 1
            _log.error("trace not kept", extra={"call_id": settled.call_id, "why": error.strerror})


def _packed(group: Sequence[SettledTrace]) -> list[bytes]:
    return [settled.packed() for settled in group]
