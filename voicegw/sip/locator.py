"""Keeps the trunks' servers looked up, ahead of the calls that need them.

No call ever waits for a name server: each trunk has a task that looks its name up, puts what it
finds into the book and does so again when that has expired. While no name server answers, what was
found before stays; a name server's word that there is nothing empties the trunk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from typing import Final

from voicegw.sip.locating import Located, LookupFailedError, Wanted, Zone, literal, locate
from voicegw.sip.trunk import TrunkBook
from voicegw.sip.wire import TransportName

_log = logging.getLogger(__name__)

#: What is found is kept at least and at most so long, whatever its time to live.
MIN_TTL_S: Final = 15.0
MAX_TTL_S: Final = 3600.0
#: How long until name servers that did not answer are asked again.
RETRY_S: Final = 15.0


class TrunkLocator:
    """Looks up the trunks of one book, each in a task of its own."""

    def __init__(self, book: TrunkBook, zone: Zone, transports: Collection[TransportName]) -> None:
        """Find servers that can be reached over `transports`."""
        self._book = book
        self._zone = zone
        self._transports = transports
        self._tasks: dict[str, tuple[Wanted, asyncio.Task[None]]] = {}

    async def start(self, patience_s: float = 3.0) -> None:
        """Follow the book's trunks; wait at most `patience_s` for the first answers."""
        asked = self.follow()
        if asked:
            await asyncio.wait(
                [asyncio.ensure_future(one.wait()) for one in asked], timeout=patience_s
            )

    def follow(self) -> list[asyncio.Event]:
        """Follow the trunks that are in the book now, and no others.

        Return an event for each that is looked up for the first time, set when that is done.
        """
        wanted = {
            trunk.name: trunk.wanted for trunk in self._book.all() if literal(trunk.wanted) is None
        }
        for name, (known, task) in list(self._tasks.items()):
            if wanted.get(name) != known:
                task.cancel()
                del self._tasks[name]
        asked = []
        for name, one in wanted.items():
            if name not in self._tasks:
                event = asyncio.Event()
                asked.append(event)
                task = asyncio.create_task(self._follow(name, one, event), name=f"dns {name}")
                self._tasks[name] = one, task
        return asked

    async def stop(self) -> None:
        """Follow nothing any more."""
        tasks = [task for _, task in self._tasks.values()]
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def locate(self, wanted: Wanted) -> Located:
        """Look a trunk up, now and once. Raises LookupFailedError."""
        return await locate(wanted, self._zone, self._transports)

    async def _follow(self, name: str, wanted: Wanted, asked: asyncio.Event) -> None:
        while True:
            located: Located | None = None
            try:
                located = await self._locate(name, wanted)
                known = self._tasks.get(name)
                if known is None or known[1] is not asyncio.current_task():
                    # Python 3.11's wait_for may swallow a cancellation that comes with an answer.
                    return
                if located is not None:
                    self._book.place(name, located.servers)
            except Exception:  # noqa: BLE001 - logged whole; nobody would miss the task
                _log.exception("looking a trunk up failed", extra={"trunk": name})
                located = None
            finally:
                asked.set()
            if located is None:
                await asyncio.sleep(RETRY_S)
            else:
                await asyncio.sleep(min(max(located.ttl_s, MIN_TTL_S), MAX_TTL_S))

    async def _locate(self, name: str, wanted: Wanted) -> Located | None:
        """Return what the zone says; None when no name server answered."""
        try:
            located = await self.locate(wanted)
        except LookupFailedError as error:
            _log.warning("trunk not looked up", extra={"trunk": name, "why": str(error)})
            return None
        if not located.servers:
            _log.warning("trunk has no server", extra={"trunk": name})
        return located
