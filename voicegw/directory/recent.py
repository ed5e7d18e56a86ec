"""Answers kept for a moment, and for longer while the one who gave them is away."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from voicegw.clock import Clock
from voicegw.errors import StoreUnavailableError

T = TypeVar("T")


@dataclass(slots=True)
class _Answer(Generic[T]):
    value: T
    fresh_until: float


class RecentAnswers(Generic[T]):
    """The latest answers to one kind of question, at most `size`, each fresh for `ttl_s`.

    Many who ask the same at once share one question to the store. Whoever has a stale answer waits
    `patience_s` at most for a fresh one; an answer that comes later is kept for the next.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        size: int,
        ttl_s: float,
        patience_s: float = 0.2,
        limit_s: float = 2.0,
        retry_s: float = 1.0,
    ) -> None:
        """Wait `limit_s` where nothing is known; ask a store that is away each `retry_s`."""
        self._clock = clock
        self._size = size
        self._ttl_s = ttl_s
        self._patience_s = patience_s
        self._limit_s = limit_s
        self._retry_s = retry_s
        self._kept: OrderedDict[str, _Answer[T]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[T]] = {}
        self._generation = 0

    def __len__(self) -> int:
        """Return how many answers are kept."""
        return len(self._kept)

    async def get(self, key: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Return a fresh answer, by `ask` if need be, or a stale one when the store is away.

        Raises StoreUnavailableError when the store is away and nothing is known.
        """
        kept = self._kept.get(key)
        if kept is not None and self._clock.monotonic() < kept.fresh_until:
            self._kept.move_to_end(key)
            return kept.value
        task = self._asking.get(key)
        if task is None:
            task = asyncio.create_task(self._ask(key, ask))
            task.add_done_callback(_retrieve)
            self._asking[key] = task
        done, _ = await asyncio.wait(
            [task], timeout=self._limit_s if kept is None else self._patience_s
        )
        if done and task.exception() is None:
            return task.result()
        if kept is not None and not (done and not _is_away(task)):
            kept.fresh_until = max(kept.fresh_until, self._clock.monotonic() + self._retry_s)
            return kept.value
        if not done:
            raise StoreUnavailableError("the store did not answer in time")
        return task.result()

    def put(self, key: str, value: T) -> None:
        """Keep an answer that came along with another one, as fresh as if it had been asked for."""
        self._keep(key, value)

    def expire(self) -> None:
        """Make every answer stale; it still serves while the store is away."""
        self._generation += 1
        self._asking.clear()
        for answer in self._kept.values():
            answer.fresh_until = float("-inf")

    async def _ask(self, key: str, ask: Callable[[], Awaitable[T]]) -> T:
        generation = self._generation
        try:
            value = await ask()
        finally:
            if generation == self._generation:
                self._asking.pop(key, None)
        if generation == self._generation:
            self._keep(key, value)
        return value

    def _keep(self, key: str, value: T) -> None:
        self._kept[key] = _Answer(value, self._clock.monotonic() + self._ttl_s)
        self._kept.move_to_end(key)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)


def _is_away(task: asyncio.Task[T]) -> bool:
    return isinstance(task.exception(), StoreUnavailableError)


def _retrieve(task: asyncio.Task[T]) -> None:
    """Look at the outcome: the one who asked may have stopped waiting for it."""
    if not task.cancelled():
        task.exception()
