"""Has what was written summed for reports, in a process; part of the composition root."""

from __future__ import annotations

import asyncio
import logging
from typing import Final
from zoneinfo import ZoneInfo

from config.settings import Settings
from voicegw.clock import Clock
from voicegw.events.alerts import Alerts
from voicegw.job_process import run_job
from voicegw.reports.freezing import months_due
from voicegw.reports.rollup_job import RollupOrder
from voicegw.setup.background import Background
from voicegw.store.database import Database
from voicegw.store.report_months import MonthRepository
from voicegw.store.report_rollups import RollupRepository

_log = logging.getLogger(__name__)

ALERT_FAILED: Final = "reports-behind"
_LOOK_S: Final = 5.0
_MODULE: Final = "voicegw.reports.rollup_job"


class RollupPart:
    """Begins the process when something waits to be summed; it ends by itself when nothing does."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        alerts: Alerts,
        *,
        wait_s: float = _LOOK_S,
        idle_s: float = 60.0,
    ) -> None:
        """Not started. `wait_s` goes before each look, `idle_s` before the process ends."""
        self._order = RollupOrder(
            store_url=settings.store.url,
            node=settings.node.name,
            timezone=settings.node.timezone,
            idle_s=idle_s,
            freeze_day=settings.reports.freeze_day,
        )
        self._wait_s = wait_s
        self._months = MonthRepository(database)
        self._clock = clock
        self._rollups = RollupRepository(database)
        self._alerts = alerts

    def start(self, background: Background) -> None:
        """Look now and then whether something was written since."""
        background.every(_LOOK_S, "reports", self.look)

    async def look(self) -> None:
        """Have what waits summed, and return when the process has ended.

        Raises StoreUnavailableError.
        """
        # A node that has just begun has other things to do than to start a process.
        await asyncio.sleep(self._wait_s)
        if not await self._rollups.has_marks() and not await self._is_month_due():
            return
        end = await run_job(_MODULE, self._order)
        self._alerts.set(ALERT_FAILED, end.code != 0, end.said)
        _log.info("sums of reports up to date", extra={"exit_code": end.code})

    async def _is_month_due(self) -> bool:
        frozen = {one.month for one in await self._months.months()}
        today = self._clock.now().astimezone(ZoneInfo(self._order.timezone)).date()
        first = await self._months.first_summed()
        return bool(months_due(first, frozen, today, self._order.freeze_day))
