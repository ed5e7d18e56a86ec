"""Has months planned, asked for or when their day has come; part of the composition root."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from config.settings import Settings
from recordings.work_loop import WorkLoop, WorkRules
from voicegw.clock import Clock
from voicegw.events.alerts import Alerts
from voicegw.model.ids import IdKind, new_id
from voicegw.model.plan import PlanRun, PlanRunState
from voicegw.model.work import WorkItem, WorkKind
from voicegw.setup.background import Background
from voicegw.store.database import Database
from voicegw.store.plans import PlanRepository, PlanRunRepository
from voicegw.store.work import WorkQueue
from voicegw.tasks.plan_runner import PlanProcesses
from voicegw.tasks.plan_tasks import BY_PLAN

ALERT_FAILED: Final = "plan-failed"
"""Raised when a month could not be planned; cleared when the next run is done."""

_LOOK_S: Final = 5.0
_DAY_S: Final = 600.0


class PlanPart:
    """Carries out the runs that are asked for, whichever node they were asked of."""

    def __init__(
        self, settings: Settings, database: Database, queue: WorkQueue, clock: Clock, alerts: Alerts
    ) -> None:
        """Not started. A run is carried out by one node, in a process of its own."""
        self._plans = PlanRepository(database)
        self._runs = PlanRunRepository(database)
        self._queue = queue
        self._clock = clock
        self._alerts = alerts
        self._plan_day = settings.tasks.plan_day
        self._zone = ZoneInfo(settings.node.timezone)
        self._processes = PlanProcesses(
            settings.store.url,
            settings.node.timezone,
            settings.calendar.holiday_days,
            settings.calendar.worked_days,
        )
        self._loop = WorkLoop(
            queue,
            [WorkKind.PLAN],
            self._do,
            clock,
            rules=WorkRules(idle_s=_LOOK_S, retry_s=2.0),
            give_up=self._give_up,
        )

    def start(self, background: Background) -> None:
        """Begin to carry out what is asked for, and to look whether the day has come."""
        self._loop.start()
        if self._plan_day:
            background.every(_DAY_S, "plan-day", self.look)

    async def stop(self) -> None:
        """Stop; a run that is under way is gone on with by the next one who starts."""
        await self._loop.stop()

    def wake(self) -> None:
        """Look now: a run was asked for."""
        self._loop.wake()

    async def look(self) -> None:
        """Have every active plan plan the next month, once its day has come.

        Raises StoreUnavailableError.
        """
        now = self._clock.now()
        month = month_to_plan(now.astimezone(self._zone).date(), self._plan_day)
        if month is None:
            return
        for plan in await self._plans.active():
            run = PlanRun(
                id=new_id(IdKind.PLAN_RUN),
                plan_id=plan.id,
                month=month,
                created_at=now,
                created_by=BY_PLAN,
                group_id=plan.group_id,
            )
            await self._runs.begin(run, by_day=True)
        self._loop.wake()

    async def _do(self, item: WorkItem) -> None:
        await self._processes.carry_out(item.subject)
        run = await self._runs.get(item.subject)
        await self._queue.conclude(item, self._clock.now())
        if run is not None:
            is_failed = run.state is PlanRunState.FAILED
            self._alerts.set(ALERT_FAILED, is_failed, f"{run.id}: {run.failure}")

    async def _give_up(self, item: WorkItem, why: str) -> None:
        now = self._clock.now()

        def failed(run: PlanRun) -> PlanRun:
            return msgspec.structs.replace(
                run, state=PlanRunState.FAILED, failure=why, finished_at=now
            )

        await self._runs.finish(item.subject, failed, ())
        await self._queue.conclude(item, now, failure=why)
        self._alerts.set(ALERT_FAILED, True, f"{item.subject}: {why}")


def month_to_plan(today: date, plan_day: int) -> str | None:
    """Return the next month from `plan_day` of this one on; before it, None.

    In a month that is shorter its last day is the day.
    """
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    last = (following - timedelta(days=1)).day
    if not plan_day or today.day < min(plan_day, last):
        return None
    return following.isoformat()[:7]
