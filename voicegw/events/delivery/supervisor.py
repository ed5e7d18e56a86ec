"""The node's end of a process of outlets: starts it, wakes it, starts it again.

Nothing here waits for it: a process that hangs is killed after a while, one that dies is started
again with back-off, and its alerts and figures are taken over as its reports come. It is started
when there is something to deliver for the first time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from voicegw.errors import StoreError
from voicegw.events.alerts import Alerts
from voicegw.events.delivery.protocol import (
    REPORT_EVERY_S,
    WAKE,
    DeliveryAlert,
    DeliveryFigure,
    LogLine,
    Report,
    encode_line,
    line_decoder,
)

_log = logging.getLogger(__name__)

_COMMAND: Final = (sys.executable, "-m", "voicegw.events.delivery")
_FIRST_RETRY_S: Final = 0.5
_LAST_RETRY_S: Final = 30.0
_STEADY_S: Final = 60.0
_AWAY_S: Final = 5.0
_SILENT_S: Final = 6 * REPORT_EVERY_S
_END_S: Final = 5.0
_LOOK_S: Final = 5.0
_MAX_LINE_BYTES: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class ProcessNames:
    """What a process is called in logs, by which figures and which alert it is known.

    `alert_away` is raised, with `waiting` as its detail, when no process has reported for some
    seconds.
    """

    name: str
    up: str
    restarts: str
    alert_away: str
    waiting: str


ALERT_AWAY: Final = "delivery-away"
DELIVERY: Final = ProcessNames(
    "delivery",
    up="delivery_up",
    restarts="delivery_restarts",
    alert_away=ALERT_AWAY,
    waiting="events wait in the store until its process runs again",
)


class DeliverySupervisor:
    """Keeps one process of outlets running while the node runs."""

    def __init__(
        self,
        order: msgspec.Struct,
        alerts: Alerts,
        needed: Callable[[], Awaitable[bool]],
        *,
        names: ProcessNames = DELIVERY,
        command: Sequence[str] = _COMMAND,
        retry_s: float = _FIRST_RETRY_S,
        away_s: float = _AWAY_S,
        silent_s: float = _SILENT_S,
        look_s: float = _LOOK_S,
    ) -> None:
        """Not started. `needed` tells, by the store, whether there is anything to deliver to; it
        is asked every `look_s` and at each `look` until it says so.

        A process that reports nothing for `silent_s` hangs; one that is away for `away_s` raises
        an alert.
        """
        self._order = order
        self._alerts = alerts
        self._needed = needed
        self._names = names
        self._command = command
        self._retry_s = retry_s
        self._away_s = away_s
        self._silent_s = silent_s
        self._look_s = look_s
        self._look = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._away_timer: asyncio.TimerHandle | None = None
        self._raised: dict[tuple[str, str], DeliveryAlert] = {}
        self._figures: Sequence[DeliveryFigure] = ()
        self._reported = False
        self.restarts = 0
        """How often the process has died and was started again."""

    def start(self) -> None:
        """Begin; the process itself starts when there is something to deliver."""
        self._task = asyncio.create_task(self._run(), name=self._names.name)

    async def stop(self) -> None:
        """End the process and wait for it; what it has not delivered is delivered later."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._stop_away_timer()

    def wake(self) -> None:
        """Tell the process that something was committed; never waits, and may be called often."""
        process = self._process
        if process is None or process.stdin is None or process.returncode is not None:
            return
        # A wake that it has not read yet is as good as another.
        if not process.stdin.is_closing() and not process.stdin.transport.get_write_buffer_size():
            process.stdin.write(WAKE)

    def look(self) -> None:
        """Something to deliver to was changed: ask now whether a process is needed, and wake it."""
        self._look.set()
        self.wake()

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    @property
    def is_running(self) -> bool:
        """Whether a process runs and has reported."""
        return self.pid is not None and self._reported

    @property
    def is_away(self) -> bool:
        """Whether a process is needed, but none has reported for too long."""
        return self._names.alert_away in self._alerts.raised

    def figures(self) -> Sequence[DeliveryFigure]:
        """Return the figures of the last report; none before a process was needed."""
        if self._task is None or not self._figures:
            return ()
        own = DeliveryFigure(self._names.restarts, self.restarts)
        up = DeliveryFigure(self._names.up, self.is_running)
        return [own, up, *self._figures]

    async def _run(self) -> None:
        await self._until_needed()
        loop = asyncio.get_running_loop()
        retry_s = self._retry_s
        while True:
            began = loop.time()
            self._start_away_timer()
            try:
                code = await self._live()
                _log.warning("%s process ended", self._names.name, extra={"exit_code": code})
            except OSError as error:
                _log.warning("no %s process", self._names.name, extra={"why": error.strerror})
            self._reported = False
            if loop.time() - began > _STEADY_S:
                retry_s = self._retry_s
            self._start_away_timer()
            await asyncio.sleep(retry_s)
            retry_s = min(retry_s * 2, _LAST_RETRY_S)
            self.restarts += 1

    async def _until_needed(self) -> None:
        while True:
            self._look.clear()
            try:
                if await self._needed():
                    return
            except StoreError as error:
                _log.info("not known what to deliver", extra={"why": error.slug})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._look_s):
                    await self._look.wait()

    async def _live(self) -> int | None:
        """Run one process to its end; return its exit code. Raises OSError."""
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_MAX_LINE_BYTES,
        )
        self._process = process
        try:
            await self._follow(process)
        except (TimeoutError, ValueError, msgspec.DecodeError, ConnectionError) as error:
            _log.error(
                "%s process makes no sense",
                self._names.name,
                extra={"why": type(error).__name__},
            )
            await self._end(process, 0.0)
        except asyncio.CancelledError:
            await self._end(process, _END_S)
            raise
        return await process.wait()

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        """Take its lines until it ends.

        Raises TimeoutError when none comes, ValueError and DecodeError for what is none.
        """
        if process.stdin is None or process.stdout is None:
            raise ConnectionError
        process.stdin.write(encode_line(self._order))
        while True:
            async with asyncio.timeout(self._silent_s):
                line = await process.stdout.readline()
            if not line:
                return
            message = line_decoder.decode(line)
            if isinstance(message, LogLine):
                _relay(message)
            else:
                self._take(message)

    async def _end(self, process: asyncio.subprocess.Process, patience_s: float) -> None:
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(patience_s):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _take(self, report: Report) -> None:
        self._stop_away_timer()
        self._alerts.set(self._names.alert_away, False)
        self._reported = True
        self._figures = report.figures
        now = {(alert.slug, alert.source): alert for alert in report.alerts}
        for (slug, source), alert in now.items():
            self._alerts.set(slug, True, alert.detail, source=source)
        for slug, source in self._raised.keys() - now.keys():
            self._alerts.set(slug, False, source=source)
        self._raised = now

    def _start_away_timer(self) -> None:
        if self._away_timer is None:
            loop = asyncio.get_running_loop()
            self._away_timer = loop.call_later(self._away_s, self._tell_away)

    def _stop_away_timer(self) -> None:
        if self._away_timer is not None:
            self._away_timer.cancel()
            self._away_timer = None

    def _tell_away(self) -> None:
        self._away_timer = None
        self._alerts.set(self._names.alert_away, True, self._names.waiting)


def _relay(line: LogLine) -> None:
    """Write a record of the process's log among the node's own."""
    logger = logging.getLogger(line.logger)
    if not logger.isEnabledFor(line.level):
        return
    facts = {key: value for key, value in line.facts.items() if key not in _TAKEN}
    logger.log(line.level, "%s", line.message, extra=facts)


_TAKEN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
