"""Asks the store whether it is there when nobody else does; part of the composition root."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from voicegw.errors import StoreUnavailableError


class StoreWatch:
    """Tells whether the store answers.

    One that hangs keeps whoever asks for long before it counts as gone (a look-up is given 15 s);
    a node that is asked whether it is ready must know sooner.
    """

    def __init__(
        self,
        ping: Callable[[], Awaitable[None]],
        tell: Callable[[bool], None],
        *,
        patience_s: float = 3.0,
    ) -> None:
        """`ping` raises StoreUnavailableError; `tell` takes what came of it."""
        self._ping = ping
        self._tell = tell
        self._patience_s = patience_s

    async def look(self) -> None:
        """Ask once, and return when there is an answer, or none any more to come."""
        asked = asyncio.ensure_future(self._ping())
        try:
            done, _ = await asyncio.wait({asked}, timeout=self._patience_s)
            if not done:
                self._tell(False)
            await asked
        except StoreUnavailableError:
            self._tell(False)
        else:
            self._tell(True)
        finally:
            asked.cancel()
