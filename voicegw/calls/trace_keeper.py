"""Keeps the messages of calls that have ended: from memory, through the journal, to the store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from voicegw.journal.entries import CallTraced, Entry
from voicegw.sip.trace import SettledTrace, TraceBook

_log = logging.getLogger(__name__)


class TraceKeeper:
    """Writes each trace once, some seconds after its call. `failures` counts what was not kept."""

    def __init__(
        self,
        book: TraceBook,
        append: Callable[[Entry], object],
        clock_monotonic: Callable[[], float],
    ) -> None:
        """`append` is the journal's and may raise OSError; calls end by `clock_monotonic`."""
        self._book = book
        self._append = append
        self._clock = clock_monotonic
        self.failures = 0

    async def keep_settled(self) -> None:
        """Write what has settled. Compressing takes a thread: signalling does not wait for it."""
        for settled in self._book.take_settled(self._clock()):
            self._write(settled, await asyncio.to_thread(settled.packed))

    def keep_all(self) -> None:
        """Write the traces of all calls that have ended: the node stops."""
        for settled in self._book.take_settled(self._clock(), everything=True):
            self._write(settled, settled.packed())

    def _write(self, settled: SettledTrace, data: bytes) -> None:
        try:
            self._append(CallTraced(settled.call_id, data))
        except OSError as error:
            self.failures += 1
            _log.error("trace not kept", extra={"call_id": settled.call_id, "why": error.strerror})
