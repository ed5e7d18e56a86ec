"""Several things at once within one call: telephones that ring, music while somebody is rung.

The call's owner task waits for its helpers and does its chores meanwhile; whatever ends the call
ends them all (structured concurrency: no helper outlives what it was started for).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from voicegw.calls.live_call import LiveCall

_T = TypeVar("_T")


async def first_of(call: LiveCall, works: Sequence[Coroutine[Any, Any, _T | None]]) -> _T | None:
    """Do all `works` side by side and return the first result that is not None.

    The others are cancelled and have ended when this returns; of two results at the same moment
    the one named earlier counts. None when all have returned None. Raises what breaks into the
    call, and what a work raises.
    """
    tasks = [call.have_helped(work) for work in works]
    try:
        await call.until(lambda: _is_decided(tasks))
        return _first_result(tasks)
    finally:
        _cancel(tasks)
        # What they raise while they end has been raised here already, or comes too late to matter.
        await asyncio.gather(*tasks, return_exceptions=True)
        # What was raised knows this frame: the tasks must not know what was raised through it.
        tasks.clear()


def _cancel(tasks: Sequence[asyncio.Task[_T | None]]) -> None:
    for task in tasks:
        task.cancel()


def _first_result(tasks: Sequence[asyncio.Task[_T | None]]) -> _T | None:
    for task in tasks:
        if not task.done():
            continue
        try:
            result = task.result()
        finally:
            del task
        if result is not None:
            return result
    return None


def _is_decided(tasks: Sequence[asyncio.Task[_T | None]]) -> bool:
    """Whether one has failed or found something, or none is left."""
    done = [task for task in tasks if task.done()]
    found = any(task.exception() is not None or task.result() is not None for task in done)
    return found or len(done) == len(tasks)
