"""Keeps outlets running, and tells how they are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from voicegw.errors import StoreError
from voicegw.events.delivery.outlet import Outlet
from voicegw.events.delivery.protocol import REPORT_EVERY_S, DeliveryAlert, DeliveryFigure, Report

_log = logging.getLogger(__name__)

ALERT_FAILING: Final = "delivery-failing"
"""Raised while an outlet ends by faults of the program; cleared when it has run for a minute."""
_FIRST_RETRY_S: Final = 0.5
_LAST_RETRY_S: Final = 30.0
_STEADY_S: Final = 60.0
_LOOK_AT_ALERTS_S: Final = 1.0
_END_S: Final = 3.0
"""How long outlets may take to end when they are told to."""


class OutletRunner:
    """Runs each outlet in a task of its own; one that ends does not end the others."""

    def __init__(
        self,
        outlets: Sequence[Outlet],
        report: Callable[[Report], None],
        *,
        retry_s: float = _FIRST_RETRY_S,
        report_every_s: float = REPORT_EVERY_S,
        look_s: float = _LOOK_AT_ALERTS_S,
    ) -> None:
        """Tell of all outlets by `report`; begun by :meth:`run`."""
        self._outlets = outlets
        self._report = report
        self._retry_s = retry_s
        self._report_every_s = report_every_s
        self._look_s = look_s
        self._failing: dict[str, str] = {}
        self._faults: dict[str, int] = {}

    async def run(self) -> None:
        """Run until cancelled; then the outlets are ended, too."""
        tasks = [
            asyncio.create_task(self._keep(outlet), name=f"outlet-{outlet.name}")
            for outlet in self._outlets
        ]
        try:
            await self._tell()
        finally:
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks, timeout=_END_S)

    async def _keep(self, outlet: Outlet) -> None:
        loop = asyncio.get_running_loop()
        retry_s = self._retry_s
        while True:
            began = loop.time()
            steady = loop.call_later(_STEADY_S, self._failing.pop, outlet.name, None)
            try:
                await outlet.run()
                _log.error("outlet ended by itself", extra={"outlet": outlet.name})
            except StoreError as error:
                _log.info("outlet put off", extra={"outlet": outlet.name, "why": error.slug})
            except Exception as error:  # noqa: BLE001 - logged whole, counted, and alerted
                _log.exception("outlet failed", extra={"outlet": outlet.name})
                self._failing[outlet.name] = f"{outlet.name}: {type(error).__name__}"
                self._faults[outlet.name] = self._faults.get(outlet.name, 0) + 1
            finally:
                steady.cancel()
            if loop.time() - began > _STEADY_S:
                retry_s = self._retry_s
            await asyncio.sleep(retry_s)
            retry_s = min(retry_s * 2, _LAST_RETRY_S)

    async def _tell(self) -> None:
        loop = asyncio.get_running_loop()
        told: list[DeliveryAlert] | None = None
        due = loop.time()
        while True:
            alerts = self._alerts()
            if alerts != told or loop.time() >= due:
                self._report(Report(self._figures(), alerts))
                told, due = alerts, loop.time() + self._report_every_s
            await asyncio.sleep(self._look_s)

    def _alerts(self) -> list[DeliveryAlert]:
        own = [DeliveryAlert(ALERT_FAILING, name, why) for name, why in self._failing.items()]
        return own + [alert for outlet in self._outlets for alert in outlet.alerts()]

    def _figures(self) -> list[DeliveryFigure]:
        own = [
            DeliveryFigure("delivery_faults", count, {"outlet": name})
            for name, count in sorted(self._faults.items())
        ]
        return own + [figure for outlet in self._outlets for figure in outlet.figures()]
