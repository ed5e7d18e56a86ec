"""Outlets are kept running, each by itself, and what they tell is reported."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from voicegw.errors import StoreUnavailableError
from voicegw.events.delivery.protocol import DeliveryAlert, DeliveryFigure, Report
from voicegw.events.delivery.runner import ALERT_FAILING, OutletRunner


class FakeOutlet:
    """Ends by `errors`, one after the other, and then goes on for ever."""

    def __init__(self, name: str, *errors: Exception) -> None:
        self.name = name
        self.errors = [*errors]
        self.runs = 0
        self.ended = False
        self.raised: list[DeliveryAlert] = []

    async def run(self) -> None:
        self.runs += 1
        if self.errors:
            raise self.errors.pop(0)
        try:
            await asyncio.Event().wait()
        finally:
            self.ended = True

    def figures(self) -> Iterable[DeliveryFigure]:
        return [DeliveryFigure(f"{self.name}_runs", self.runs)]

    def alerts(self) -> Iterable[DeliveryAlert]:
        return self.raised


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - there is nothing to wait for but the outcome
            await asyncio.sleep(0.002)


async def test_outlets_run_again_and_tell_of_faults_only() -> None:
    faulty = FakeOutlet("faulty", RuntimeError("x"), RuntimeError("y"))
    put_off = FakeOutlet("put-off", StoreUnavailableError("away"))
    reports: list[Report] = []
    runner = OutletRunner(
        [faulty, put_off], reports.append, retry_s=0.001, report_every_s=0.01, look_s=0.001
    )
    task = asyncio.create_task(runner.run())
    await until(lambda: faulty.runs == 3 and put_off.runs == 2)
    seen = len(reports)
    await until(lambda: len(reports) > seen)
    assert reports[-1].alerts == [DeliveryAlert(ALERT_FAILING, "faulty", "faulty: RuntimeError")]
    figures = {(one.name, *one.labels.values()): one.value for one in reports[-1].figures}
    assert figures == {
        ("delivery_faults", "faulty"): 2,
        ("faulty_runs",): 3,
        ("put-off_runs",): 2,
    }
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert faulty.ended
    assert put_off.ended


async def test_a_change_of_alerts_is_reported_at_once() -> None:
    outlet = FakeOutlet("one")
    reports: list[Report] = []
    runner = OutletRunner([outlet], reports.append, report_every_s=3600, look_s=0.001)
    task = asyncio.create_task(runner.run())
    await until(lambda: reports)
    outlet.raised = [DeliveryAlert("broker-away", detail="why")]
    await until(lambda: len(reports) == 2)
    outlet.raised = []
    await until(lambda: len(reports) == 3)
    assert [report.alerts for report in reports] == [
        [],
        [DeliveryAlert("broker-away", "", "why")],
        [],
    ]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
