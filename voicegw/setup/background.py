"""What a node does again and again beside its calls; part of the composition root."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from voicegw.errors import StoreError

_log = logging.getLogger(__name__)


class Background:
    """Runs work at intervals until the stack it was given ends."""

    def __init__(self, stack: AsyncExitStack) -> None:
        """Each work's end is put on `stack`, so that it ends before what it was built upon."""
        self._stack = stack

    def every(self, seconds: float, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` now, and again `seconds` after each end. What it raises is logged."""

        async def repeat() -> None:
            while True:
                try:
                    await work()
                except StoreError as error:
                    _log.info("put off", extra={"work": name, "why": error.slug})
                except Exception:  # noqa: BLE001 - logged whole; nobody would miss the task
                    _log.exception("background work failed", extra={"work": name})
                await asyncio.sleep(seconds)

        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        task = asyncio.create_task(repeat(), name=name)
        self._stack.push_async_callback(end)
