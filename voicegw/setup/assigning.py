"""Builds what gives many tasks to managers; part of the composition root."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from recordings.work_loop import WorkLoop, WorkRules
from voicegw.clock import Clock
from voicegw.events.alerts import Alerts
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store.assignments import AssignmentRepository
from voicegw.store.work import WorkQueue
from voicegw.tasks.assignment_runner import AssignmentRunner

ALERT_FAILED: Final = "assignment-failed"
"""Raised when an order can't be carried out; cleared when the next one is done."""

#: An order that another node was asked for is begun 5 s later at most.
_RULES: Final = WorkRules(idle_s=5.0, retry_s=2.0)


class AssignmentPart:
    """Carries out the orders to give tasks, whichever node they were asked of."""

    def __init__(
        self,
        repository: AssignmentRepository,
        queue: WorkQueue,
        clock: Clock,
        *,
        alerts: Alerts,
        on_done: Callable[[], None] = lambda: None,
        rules: WorkRules = _RULES,
    ) -> None:
        """Not started. `on_done` is called when tasks have other managers."""
        self._alerts = alerts
        self._on_done = on_done
        self._runner = AssignmentRunner(repository, clock)
        self._loop = WorkLoop(
            queue,
            [WorkKind.ASSIGN],
            self._do,
            clock,
            rules=rules,
            give_up=self._give_up,
        )

    def start(self) -> None:
        """Begin to carry out what there is."""
        self._loop.start()

    async def stop(self) -> None:
        """Stop; what has begun is gone on with by the next one who starts."""
        await self._loop.stop()

    def wake(self) -> None:
        """Look now: something was asked for."""
        self._loop.wake()

    async def _do(self, item: WorkItem) -> None:
        await self._runner.advance(item)
        self._alerts.set(ALERT_FAILED, False)
        self._on_done()

    async def _give_up(self, item: WorkItem, why: str) -> None:
        await self._runner.give_up(item, why)
        self._alerts.set(ALERT_FAILED, True, f"{item.subject}: {why}")
        self._on_done()
