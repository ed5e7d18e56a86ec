"""Work that blocks, in a few threads of low priority and with a row of bounded length before them.

Whoever would wait too long is sent away, so that a flood of such work delays no call.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from api.problems import ApiProblem

_NICENESS: Final = 10
_RETRY_AFTER_S: Final = 5

T = TypeVar("T")


class BoundedThreads:
    """Up to `at_once` threads for one kind of work; `close` ends them."""

    def __init__(self, name: str, at_once: int, most_waiting: int) -> None:
        """Start no thread before the first work comes."""
        self._threads = ThreadPoolExecutor(at_once, name, initializer=_step_back)
        self._most = at_once + most_waiting
        self._under_way = 0

    async def do(self, work: Callable[[], T]) -> T:
        """Return what `work` returns. Raises what it raises, and ApiProblem `overloaded`."""
        if self._under_way >= self._most:
            raise ApiProblem(
                "overloaded",
                "Too many logins at the same time.",
                headers={"Retry-After": str(_RETRY_AFTER_S)},
            )
        self._under_way += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        # Whoever goes away meanwhile frees no thread: the place is taken until the work is done.
        future.add_done_callback(self._done)
        return await asyncio.shield(future)

    def close(self) -> None:
        """Begin nothing more; whoever waits is told that it was called off."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _done(self, future: asyncio.Future[T]) -> None:
        self._under_way -= 1
        if not future.cancelled():
            future.exception()  # told to whoever waits; nobody may wait any more


def _step_back() -> None:
    """Let signalling and sound go first (Linux gives each thread a niceness of its own)."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
