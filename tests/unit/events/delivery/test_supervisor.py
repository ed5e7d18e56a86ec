"""The delivery process is started, woken, killed when it hangs, and started again."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from voicegw.clock import SystemClock
from voicegw.errors import StoreUnavailableError
from voicegw.events.alerts import Alerts
from voicegw.events.delivery.protocol import DeliveryOrder
from voicegw.events.delivery.supervisor import ALERT_AWAY, DeliverySupervisor
from voicegw.events.factory import EventFactory

ORDER = DeliveryOrder(store_url="sqlite:///nowhere", node="n")
HEAD = """
import json, sys
def say(**line):
    print(json.dumps(line), flush=True)
def report(alerts=(), value=1):
    figure = {"name": "told", "help": "Told.", "value": value}
    say(type="report", figures=[figure], alerts=list(alerts))
order = json.loads(sys.stdin.readline())
"""


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - there is nothing to wait for but the outcome
            await asyncio.sleep(0.005)


async def yes() -> bool:
    return True


class Made:
    """A supervisor of a process that does what `script` says."""

    def __init__(self, tmp_path: Path, script: str, **more: Any) -> None:
        path = tmp_path / "script.py"
        path.write_text(HEAD + script)
        self.alerts = Alerts(EventFactory(SystemClock()), "n", lambda _event: None)
        options: dict[str, Any] = {"retry_s": 0.01, "away_s": 3600.0, "needed": yes} | more
        needed = options.pop("needed")
        self.supervisor = DeliverySupervisor(
            ORDER, self.alerts, needed, command=[sys.executable, "-S", str(path)], **options
        )

    def value(self, name: str) -> float | None:
        values = {one.name: one.value for one in self.supervisor.figures()}
        return values.get(name)

    async def __aenter__(self) -> Made:
        self.supervisor.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.supervisor.stop()
        assert self.supervisor.pid is None


async def test_a_wake_reaches_the_process(tmp_path: Path) -> None:
    script = """
report()
for count, line in enumerate(sys.stdin, start=2):
    assert line == "wake\\n"
    report(value=count)
"""
    async with Made(tmp_path, script) as made:
        made.supervisor.wake()
        await until(lambda: made.value("told") == 1)
        made.supervisor.wake()
        await until(lambda: made.value("told") == 2)
        assert made.value("delivery_up") == 1
        assert made.supervisor.is_running


async def test_what_it_raises_is_cleared_when_it_is_gone(tmp_path: Path) -> None:
    script = """
report([{"slug": "x", "source": "1", "detail": "one"}, {"slug": "y"}])
sys.stdin.readline()
report([{"slug": "x", "source": "2", "detail": "two"}])
sys.stdin.readline()
"""
    async with Made(tmp_path, script) as made:
        await until(lambda: set(made.alerts.raised) == {"x", "y"})
        assert made.alerts.raised["x"] == "one"
        made.supervisor.wake()
        await until(lambda: made.alerts.raised == {"x": "two"})


async def test_its_log_is_written_among_the_nodes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    script = """
say(type="log", level=20, logger="the.part", message="100 % done", facts={"name": "x", "why": "z"})
report()
sys.stdin.read()
"""
    with caplog.at_level(logging.INFO, "the.part"):
        async with Made(tmp_path, script) as made:
            await until(lambda: made.value("told"))
    record = next(one for one in caplog.records if one.name == "the.part")
    assert record.getMessage() == "100 % done"
    assert record.__dict__["why"] == "z"


async def test_one_that_was_killed_is_started_again(tmp_path: Path) -> None:
    async with Made(tmp_path, "report()\nsys.stdin.read()") as made:
        await until(lambda: made.supervisor.is_running)
        first = made.supervisor.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: made.supervisor.is_running and made.supervisor.pid != first)
        assert made.value("delivery_restarts") == 1
        assert made.alerts.raised == {}, "it was not away for long"


@pytest.mark.parametrize("script", ["sys.stdin.read()", "say(type='other')", "print('x' * 99)"])
async def test_one_that_makes_no_sense_is_killed_and_tells(tmp_path: Path, script: str) -> None:
    async with Made(tmp_path, script, silent_s=0.5, away_s=0.05) as made:
        await until(lambda: made.supervisor.restarts > 1)
        await until(lambda: ALERT_AWAY in made.alerts.raised)


async def test_a_process_that_is_back_clears_the_alert(tmp_path: Path) -> None:
    script = f"""
import pathlib
again = pathlib.Path({str(tmp_path / "again")!r})
if not again.exists():
    again.touch()
    sys.exit(1)
report()
sys.stdin.read()
"""
    async with Made(tmp_path, script, retry_s=0.5, away_s=0.01) as made:
        await until(lambda: ALERT_AWAY in made.alerts.raised)
        await until(lambda: not made.alerts.raised)
        assert made.supervisor.is_running


async def test_no_process_runs_before_one_is_needed(tmp_path: Path) -> None:
    answers: list[bool | Exception] = [False, StoreUnavailableError("away"), True]
    asked: list[int] = []

    async def needed() -> bool:
        asked.append(1)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    script = "report()\nsys.stdin.read()"
    async with Made(tmp_path, script, needed=needed, look_s=3600.0) as made:
        for count in (1, 2):
            await until(lambda count=count: len(asked) == count)  # type: ignore[misc]
            assert made.supervisor.pid is None
            assert made.supervisor.figures() == ()
            made.supervisor.look()
        await until(lambda: made.supervisor.is_running)


async def test_one_that_does_not_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicegw.events.delivery.supervisor._END_S", 0.05)
    async with Made(tmp_path, "report()\nimport time\ntime.sleep(600)") as made:
        await until(lambda: made.supervisor.is_running)


async def test_without_a_program_to_start_there_is_an_alert(tmp_path: Path) -> None:
    made = Made(tmp_path, "", away_s=0.01)
    made.supervisor._command = [str(tmp_path / "nothing")]
    async with made:
        await until(lambda: ALERT_AWAY in made.alerts.raised)
