"""Does the work that waits in the store: leases it, keeps the lease, tries again what failed.

One loop runs some kinds of work, each piece by a handler. The handler concludes the work itself, in
the transaction that writes what came of it (`voicegw.store.work.conclude_work`); what it raises
costs an attempt, except `NotNowError`, which costs none and may last for days.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from voicegw.clock import Clock
from voicegw.errors import StoreUnavailableError, VoicegwError
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store.work import WorkQueue

logger = logging.getLogger(__name__)


class NotNowError(VoicegwError):
    """The work can't be done at present (a storage is away, a model is missing); no attempt lost.

    `why` is a stable slug for the state of the work.
    """

    slug = "not-now"

    def __init__(self, why: str) -> None:
        """Say why."""
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class WorkRules:
    """How patiently work is done. Times in seconds.

    `retry_s` doubles with each failure, up to `retry_max_s`. `idle_s` is how long the loop rests
    when there is nothing to do (`wake` ends the rest).
    """

    attempts: int = 3
    lease_s: float = 60.0
    retry_s: float = 5.0
    retry_max_s: float = 600.0
    idle_s: float = 5.0


class WorkLoop:
    """Runs `handler` for each piece of work of `kinds`, `concurrency` at a time."""

    def __init__(
        self,
        queue: WorkQueue,
        kinds: Sequence[WorkKind],
        handler: Callable[[WorkItem], Awaitable[None]],
        clock: Clock,
        *,
        rules: WorkRules = WorkRules(),
        concurrency: int = 1,
        give_up: Callable[[WorkItem, str], Awaitable[None]] | None = None,
        may_begin: Callable[[], bool] = lambda: True,
    ) -> None:
        """`give_up` concludes work whose attempts are used up; by default it is marked failed.

        While `may_begin` says no, no work is taken; it is asked before each piece.
        """
        self._queue = queue
        self._kinds = tuple(kinds)
        self._handler = handler
        self._clock = clock
        self._rules = rules
        self._concurrency = concurrency
        self._may_begin = may_begin
        self._give_up = give_up or self._conclude_failed
        self._woken = asyncio.Event()
        self._delays_s: dict[str, float] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.in_hand: dict[str, WorkItem] = {}
        """What is being done now, by id."""

    def start(self) -> None:
        """Begin to work."""
        self._tasks = [
            asyncio.create_task(self._work(), name=f"{self._kinds[0]}-{number}")
            for number in range(self._concurrency)
        ]

    async def stop(self) -> None:
        """Stop; what is in hand comes back when its lease has run out."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def wake(self) -> None:
        """Look for work now: some has come."""
        self._woken.set()

    async def _work(self) -> None:
        while True:
            item = await self._next()
            if item is None:
                self._woken.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), self._rules.idle_s)
                continue
            self.in_hand[item.id] = item
            try:
                await self._do(item)
            except StoreUnavailableError:
                logger.info("work interrupted: the store is away", extra={"work": item.id})
            finally:
                del self.in_hand[item.id]

    async def _next(self) -> WorkItem | None:
        if not self._may_begin():
            return None
        try:
            return await self._queue.lease(self._kinds, self._clock.now(), self._rules.lease_s)
        except StoreUnavailableError:
            return None

    async def _do(self, item: WorkItem) -> None:
        keeper = asyncio.create_task(self._keep(item))
        try:
            await self._handler(item)
        except NotNowError as error:
            await self._later(item, error.why, attempt_counts=False)
        except StoreUnavailableError:
            raise
        except Exception as error:
            logger.warning(
                "work failed",
                extra={"work": item.id, "attempt": item.attempts, "why": str(error)},
                exc_info=not isinstance(error, VoicegwError),
            )
            why = error.slug if isinstance(error, VoicegwError) else type(error).__name__
            if item.attempts >= self._rules.attempts:
                self._delays_s.pop(item.id, None)
                await self._give_up(item, why)
            else:
                await self._later(item, why)
        else:
            self._delays_s.pop(item.id, None)
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def _later(self, item: WorkItem, why: str, *, attempt_counts: bool = True) -> None:
        rules = self._rules
        delay_s = min(max(rules.retry_s, self._delays_s.get(item.id, 0.0) * 2), rules.retry_max_s)
        self._delays_s[item.id] = delay_s
        not_before = self._clock.now() + timedelta(seconds=delay_s)
        await self._queue.put_back(item, not_before, why, attempt_counts=attempt_counts)

    async def _keep(self, item: WorkItem) -> None:
        """Keep the lease while the handler works."""
        while True:
            await asyncio.sleep(self._rules.lease_s / 3)
            with contextlib.suppress(StoreUnavailableError):
                await self._queue.extend(item, self._clock.now(), self._rules.lease_s)

    async def _conclude_failed(self, item: WorkItem, why: str) -> None:
        await self._queue.conclude(item, self._clock.now(), failure=why)
