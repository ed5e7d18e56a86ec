"""What is done for the manager's day beside calls: many tasks at once, sums, old records, types."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Final

from api.services import Repositories
from config.settings import Settings
from voicegw.clock import Clock
from voicegw.directory.lookup import CachedDirectory
from voicegw.directory.matters import RecentMatters
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.setup.assigning import AssignmentPart
from voicegw.setup.background import Background
from voicegw.setup.dispositions import DispositionWatch
from voicegw.setup.handovers import HandoverPart
from voicegw.setup.plans import PlanPart
from voicegw.setup.reports import RollupPart
from voicegw.setup.retention import RetentionPart
from voicegw.store.database import Database
from voicegw.store.dispositions import OverdueDispositions
from voicegw.tasks.types import RELOAD_S, TaskTypes

_OVERDUE_S: Final = 5.0


class ManagersDay:
    """Starts its parts, and puts their end on the stack.

    What `handovers`, `assigning` and `plans` are asked for is in the store; waking one of them has
    it look at once.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        repositories: Repositories,
        clock: Clock,
        *,
        alerts: Alerts,
        events: EventFactory,
        directory: CachedDirectory,
        matters: RecentMatters,
        task_types: TaskTypes,
    ) -> None:
        """Build everything; nothing runs before :meth:`start`."""
        self._clock = clock
        self._changes = repositories.task_changes
        self._task_types = task_types
        self.handovers = HandoverPart(
            repositories.handovers,
            repositories.work,
            clock,
            directory=directory,
            matters=matters,
            events=events,
            alerts=alerts,
        )
        self.assigning = AssignmentPart(
            repositories.assignments,
            repositories.work,
            clock,
            alerts=alerts,
            on_done=matters.expire,
        )
        self.plans = PlanPart(settings, database, repositories.work, clock, alerts)
        self._sums = RollupPart(settings, database, clock, alerts)
        self._retention = RetentionPart(settings, repositories.work, clock, alerts)
        self._dispositions = DispositionWatch(
            OverdueDispositions(database, settings.node.name),
            clock,
            settings.events.disposition_hours,
        )

    def start(self, background: Background, stack: AsyncExitStack) -> None:
        """Begin."""
        for part in (self.handovers, self.assigning):
            part.start()
            stack.push_async_callback(part.stop)
        for process in (self.plans, self._retention):
            process.start(background)
            stack.push_async_callback(process.stop)
        self._sums.start(background)
        self._dispositions.start(background)
        background.every(_OVERDUE_S, "overdue-tasks", self._tell_overdue)
        background.every(RELOAD_S, "task-types", self._task_types.reload)

    async def _tell_overdue(self) -> None:
        await self._changes.tell_overdue(self._clock.now())
