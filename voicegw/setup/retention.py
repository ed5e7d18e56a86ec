"""Builds what deletes old records; part of the composition root."""

from __future__ import annotations

import logging
from typing import Final
from zoneinfo import ZoneInfo

from config.settings import Settings
from recordings.work_loop import WorkLoop, WorkRules
from voicegw.clock import Clock
from voicegw.errors import Problem, StartError
from voicegw.events.alerts import Alerts
from voicegw.job_process import run_job
from voicegw.model.work import WorkItem, WorkKind
from voicegw.retention.job import RetentionOrder
from voicegw.retention.run import RetentionRules
from voicegw.setup.background import Background
from voicegw.store.work import WorkQueue

_log = logging.getLogger(__name__)

ALERT_FAILED: Final = "retention-failed"
"""Raised when old records could not be deleted; cleared by the next day's run that can."""

_LOOK_S: Final = 600.0
_RULES: Final = WorkRules(attempts=5, retry_s=300.0, retry_max_s=3600.0)


def retention_rules(settings: Settings) -> RetentionRules:
    """Return how long records are kept."""
    retention = settings.retention
    return RetentionRules(
        calls_days=retention.calls_days,
        tasks_days=retention.tasks_days,
        sms_days=retention.sms_days,
        report_files_days=retention.report_files_days,
        anonymise_days=retention.anonymise_days,
    )


class RetentionPart:
    """Has old records deleted once a day, by one node, in a process of its own."""

    def __init__(
        self,
        settings: Settings,
        queue: WorkQueue,
        clock: Clock,
        alerts: Alerts,
        *,
        rules: WorkRules = _RULES,
    ) -> None:
        """Not started. A run that has failed as often as `rules` say waits for the next day."""
        self._order = RetentionOrder(
            settings.store.url, settings.node.name, retention_rules(settings)
        )
        self._zone = ZoneInfo(settings.node.timezone)
        self._queue = queue
        self._clock = clock
        self._alerts = alerts
        self._loop = WorkLoop(
            queue,
            [WorkKind.RETENTION],
            self._do,
            clock,
            rules=rules,
            give_up=self._give_up,
        )

    def start(self, background: Background) -> None:
        """Begin; without a rule there is nothing to do."""
        if not self._order.rules.days():
            return
        self._loop.start()
        background.every(_LOOK_S, "retention", self._look)

    async def stop(self) -> None:
        """Stop; what has begun is gone on with by the next run."""
        await self._loop.stop()

    async def _look(self) -> None:
        """Have today's run made, unless it is or was. Raises StoreUnavailableError."""
        now = self._clock.now()
        await self._queue.put(WorkKind.RETENTION, f"{now.astimezone(self._zone):%Y-%m-%d}", now)

    async def _do(self, item: WorkItem) -> None:
        end = await run_job("voicegw.retention.job", self._order)
        _log.info("old records", extra={"said": end.said, "exit_code": end.code})
        if end.code != 0:
            raise StartError(Problem("retention", end.said, "see the log"))
        await self._queue.conclude(item, self._clock.now())
        self._alerts.set(ALERT_FAILED, False)

    async def _give_up(self, item: WorkItem, why: str) -> None:
        await self._queue.conclude(item, self._clock.now(), failure=why)
        self._alerts.set(ALERT_FAILED, True, "old records are still there; tomorrow's run retries")
