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
from typing import Final

from voicegw.clock import Clock
from voicegw.errors import StoreUnavailableError, VoicegwError
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store.work import WorkQueue

logger = logging.getLogger(__name__)

_GIVE_BACK_S: Final = 2.0


class NotNowError(VoicegwError):
    """The work can't be done at present (a storage is away, a model is missing); no attempt lost.

    `why` is a stable slug for the state of the work. It is tried again after `again_s` seconds;
    None: after a time that grows with each refusal.
    """

    slug = "not-now"

    def __init__(self, why: str, again_s: float | None = None) -> None:
        """Say why, and when it may be different."""
        super().__init__(why)
        self.why = why
        self.again_s = again_s


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
        """Stop. What is in hand is given back and loses no attempt; without a store it comes back
        when its lease has run out.
        """
        interrupted = list(self.in_hand.values())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        with contextlib.suppress(StoreUnavailableError, TimeoutError):
            async with asyncio.timeout(_GIVE_BACK_S):
                for item in interrupted:
                    now = self._clock.now()
                    await self._queue.put_back(item, now, "node-stopped", attempt_counts=False)

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
            except Exception:
                logger.exception("work could not be ended", extra={"work": item.id})
            finally:
                # When its lease ran out, another task here may have it by now.
                if self.in_hand.get(item.id) is item:
                    del self.in_hand[item.id]

    async def _next(self) -> WorkItem | None:
        if not self._may_begin():
            return None
        try:
            return await self._queue.lease(self._kinds, self._clock.now(), self._rules.lease_s)
        except StoreUnavailableError:
            return None
        except Exception:
            logger.exception("no work could be leased", extra={"kinds": list(self._kinds)})
            return None

    async def _do(self, item: WorkItem) -> None:
        keeper = asyncio.create_task(self._keep(item))
        try:
            await self._handler(item)
        except NotNowError as error:
            await self._later(item, error.why, attempt_counts=False, again_s=error.again_s)
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

    async def _later(
        self,
        item: WorkItem,
        why: str,
        *,
        attempt_counts: bool = True,
        again_s: float | None = None,
    ) -> None:
        rules = self._rules
        delay_s = again_s
        if delay_s is None:
            grown_s = self._delays_s.get(item.id, 0.0) * 2
            delay_s = min(max(rules.retry_s, grown_s), rules.retry_max_s)
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
