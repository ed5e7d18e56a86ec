"""Builds what carries handovers out; part of the composition root."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from recordings.work_loop import NotNowError, WorkLoop, WorkRules
from voicegw.clock import Clock
from voicegw.directory.handover_runner import HandoverRunner
from voicegw.directory.lookup import CachedDirectory
from voicegw.directory.matters import RecentMatters
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.model.handover import HandoverState
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store.handovers import HandoverRepository
from voicegw.store.work import WorkQueue

ALERT_FAILED: Final = "handover-failed"
"""Raised when a handover can't be carried out; cleared when the next one is done."""

#: How late a handover may be for its time.
_LOOK_S: Final = 2.0


class HandoverPart:
    """Carries out the handovers that are due, whichever node they were asked of."""

    def __init__(
        self,
        repository: HandoverRepository,
        queue: WorkQueue,
        clock: Clock,
        *,
        directory: CachedDirectory,
        matters: RecentMatters,
        events: EventFactory,
        alerts: Alerts,
    ) -> None:
        """Not started. `directory` and `matters` know of new owners as soon as they answer."""
        self._repository = repository
        self._queue = queue
        self._clock = clock
        self._directory = directory
        self._matters = matters
        self._alerts = alerts
        self._runner = HandoverRunner(
            repository, clock, events.assignment, on_switch=self._forget_owners
        )
        self._loop = WorkLoop(
            queue,
            [WorkKind.HANDOVER],
            self._do,
            clock,
            rules=WorkRules(idle_s=_LOOK_S, retry_s=2.0),
            give_up=self._give_up,
        )

    def start(self) -> None:
        """Begin to carry out what is due."""
        self._loop.start()

    async def stop(self) -> None:
        """Stop; what has begun is gone on with by the next one who starts."""
        await self._loop.stop()

    def wake(self) -> None:
        """Look now: something was asked for."""
        self._loop.wake()

    def _forget_owners(self) -> None:
        self._directory.invalidate()
        self._matters.expire()

    async def _do(self, item: WorkItem) -> None:
        waiting = await self._runner.advance(item)
        if waiting is not None:
            raise NotNowError(waiting.why, waiting.again_s)
        handover = await self._repository.get(item.subject)
        if handover is None:
            return
        if handover.state is HandoverState.DONE:
            self._alerts.set(ALERT_FAILED, False)
            # What is known while the store is away must not lead to the old owners.
            await self._directory.remember_owners()
        elif handover.state is HandoverState.FAILED:
            self._alerts.set(ALERT_FAILED, True, f"{handover.id}: {handover.failure}")

    async def _give_up(self, item: WorkItem, why: str) -> None:
        waiting = await self._runner.give_up(item, why)
        self._alerts.set(ALERT_FAILED, True, f"{item.subject}: {why}")
        if waiting is not None:
            later = self._clock.now() + timedelta(seconds=waiting.again_s)
            await self._queue.put_back(item, later, why)
