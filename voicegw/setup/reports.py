"""Has what was written summed for reports, by a process beside the node; of the composition root."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Final

import msgspec

from config.settings import Settings
from voicegw.events.alerts import Alerts
from voicegw.identity import mask_within
from voicegw.reports.rollup_job import RollupOrder
from voicegw.setup.background import Background
from voicegw.store.database import Database
from voicegw.store.report_rollups import RollupRepository

_log = logging.getLogger(__name__)

ALERT_FAILED: Final = "reports-behind"
_LOOK_S: Final = 5.0
_MODULE: Final = "voicegw.reports.rollup_job"


class RollupPart:
    """Begins the process when something waits to be summed; it ends by itself when nothing does."""

    def __init__(self, settings: Settings, database: Database, alerts: Alerts) -> None:
        """Not started."""
        self._order = RollupOrder(
            store_url=settings.store.url,
            node=settings.node.name,
            timezone=settings.node.timezone,
        )
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
        await asyncio.sleep(_LOOK_S)
        if not await self._rollups.has_marks():
            return
        try:
            said, code = await self._process()
        except OSError as error:
            said, code = f"no process could be started ({error.strerror})", -1
        self._alerts.set(ALERT_FAILED, code != 0, said)

    async def _process(self) -> tuple[str, int]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _MODULE,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stderr is not None
        try:
            process.stdin.write(msgspec.json.encode(self._order) + b"\n")
            errors = await process.stderr.read()
            code = await process.wait()
        finally:
            # It ends with its input, whatever has ended this.
            process.stdin.close()
            if process.returncode is None:
                process.terminate()
                await process.wait()
        # The last line of a traceback may repeat anything.
        said = mask_within(errors.decode(errors="replace").strip().rpartition("\n")[2])
        _log.info("sums of reports up to date", extra={"exit_code": code})
        return said, code
