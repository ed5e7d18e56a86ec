"""Carries plans' runs out from a node: each in a process of its own, whose end is waited for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import date

import msgspec

from voicegw.errors import VoicegwError
from voicegw.job_process import job_command
from voicegw.tasks.plan_job import PlanOrder

_log = logging.getLogger(__name__)


class PlanInterruptedError(VoicegwError):
    """The process of a run ended before the run did. The same run goes on where it was."""

    slug = "plan-interrupted"


class PlanProcesses:
    """Starts the processes. `holidays` and `worked` are the operator's own days."""

    def __init__(
        self, store_url: str, timezone: str, holidays: Sequence[date], worked: Sequence[date]
    ) -> None:
        """Plan in the store at `store_url`; `timezone` is the node's."""
        self._store_url = store_url
        self._timezone = timezone
        self._holidays = tuple(holidays)
        self._worked = tuple(worked)

    async def carry_out(self, run_id: str) -> None:
        """Carry a run out. Raises PlanInterruptedError when it is not over afterwards.

        Whoever cancels this ends the process, too.
        """
        order = PlanOrder(self._store_url, run_id, self._timezone, self._holidays, self._worked)
        try:
            process = await asyncio.create_subprocess_exec(
                *job_command("voicegw.tasks.plan_job"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise PlanInterruptedError(f"no process: {error.strerror}") from error
        _log.info("plan's run started", extra={"run_id": run_id, "pid": process.pid})
        try:
            _, said = await process.communicate(msgspec.json.encode(order))
        except asyncio.CancelledError:
            if process.returncode is None:
                process.terminate()
                await process.wait()
            raise
        _log.info("plan's run ended", extra={"run_id": run_id, "exit_code": process.returncode})
        if process.returncode:
            last_line = said.decode(errors="replace").strip().rpartition("\n")[2]
            raise PlanInterruptedError(last_line or f"exit code {process.returncode}")
