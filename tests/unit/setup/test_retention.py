"""Old records are deleted by a process, once a day, and somebody is told when they can't be."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from config.retention import RetentionSettings
from config.settings import Settings
from recordings.work_loop import WorkRules
from tests.parts.empty_store import empty_store, empty_store_for
from voicegw.cli import commands as cli
from voicegw.clock import SystemClock
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.job_process import JobEnd
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, CallOutcome, CallStatus, Direction
from voicegw.model.work import WorkKind
from voicegw.retention.job import RetentionOrder, carry_out, main
from voicegw.retention.run import RetentionRules
from voicegw.setup.background import Background
from voicegw.setup.retention import ALERT_FAILED, RetentionPart, retention_rules
from voicegw.store import schema
from voicegw.store.batch import BatchWriter
from voicegw.store.calls import CallRepository
from voicegw.store.database import Database
from voicegw.store.purge import Purged
from voicegw.store.work import WorkQueue

CLOCK = SystemClock()
_AT_ONCE = WorkRules(attempts=1, idle_s=0.05, retry_s=0.0, retry_max_s=0.0)


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    """A node that keeps calls for 40 days; its store has one of 50 and one of 30 days."""
    url = f"sqlite:///{tmp_path}/voicegw.db"
    empty_store(url)
    database = await Database.open(url)
    calls = [
        Call(
            f"call_{days}",
            Direction.INBOUND,
            CallStatus.COMPLETED,
            "node-1",
            CLOCK.now() - timedelta(days=days),
            outcome=CallOutcome.SELF_SERVICE,
        )
        for days in (50, 30)
    ]
    await BatchWriter(database, "node-1").apply_entries([CallChanged(one) for one in calls], 1)
    # Their figures are final: the months up to now are frozen.
    frozen = {
        "month": CLOCK.now().date().replace(day=1),
        "frozen_at": CLOCK.now(),
        "rows": 0,
        "sha256": "",
        "previous_sha256": "",
    }
    await database.do_write(lambda one: one.execute(schema.report_months.insert(), frozen))
    await database.close()
    return Settings.model_validate(
        {
            "node": {"name": "node-1", "data_dir": str(tmp_path / "data")},
            "store": {"url": url},
            "retention": {"calls_days": 40},
        }
    )


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    opened = await Database.open(settings.store.url)
    yield opened
    await opened.close()


async def is_there(database: Database, call_id: str) -> bool:
    return await CallRepository(database).get(call_id) is not None


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so."""
    while not await holds():  # noqa: ASYNC110 - nothing tells of a row
        await asyncio.sleep(0.02)


async def is_done(queue: WorkQueue) -> bool:
    return (WorkKind.RETENTION, "done") in await queue.counts()


async def is_raised(alerts: Alerts) -> bool:
    return ALERT_FAILED in alerts.raised


async def test_a_node_deletes_what_is_past_its_time(settings: Settings, database: Database) -> None:
    alerts = Alerts(EventFactory(CLOCK), "node-1", lambda _event: None)
    queue = WorkQueue(database, "node-1")
    part = RetentionPart(settings, queue, CLOCK, alerts, rules=_AT_ONCE)
    async with AsyncExitStack() as stack, asyncio.timeout(60):
        part.start(Background(stack))
        stack.push_async_callback(part.stop)
        await until(lambda: is_done(queue))
    assert not await is_there(database, "call_50")
    assert await is_there(database, "call_30")


async def test_a_run_that_fails_for_good_raises_an_alert(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_module: str, _order: RetentionOrder) -> JobEnd:
        return JobEnd(1, b"", "retention not done: store away")

    monkeypatch.setattr("voicegw.setup.retention.run_job", fails)
    alerts = Alerts(EventFactory(CLOCK), "node-1", lambda _event: None)
    queue = WorkQueue(database, "node-1")
    part = RetentionPart(settings, queue, CLOCK, alerts, rules=_AT_ONCE)
    async with AsyncExitStack() as stack, asyncio.timeout(60):
        part.start(Background(stack))
        stack.push_async_callback(part.stop)
        await until(lambda: is_raised(alerts))
    assert await is_there(database, "call_50")


def test_a_store_that_is_away_ends_the_job_with_an_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order = RetentionOrder(f"sqlite:///{tmp_path}/no.db", "node-1", RetentionRules(calls_days=40))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(msgspec.json.encode(order))))
    assert main() == 1
    assert capsys.readouterr().err.startswith("retention not done: ")


async def test_nothing_goes_of_a_month_that_is_not_frozen(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicegw.retention.job.os.nice", lambda _by: 0)
    await database.do_write(lambda one: one.execute(schema.report_months.delete()))
    order = RetentionOrder(settings.store.url, "node-1", retention_rules(settings))
    assert (await carry_out(order))[Purged.CALLS] == 0
    assert await is_there(database, "call_50")


async def test_nothing_runs_without_a_rule(settings: Settings, database: Database) -> None:
    idle = settings.model_copy(update={"retention": RetentionSettings(report_files_days=0)})
    alerts = Alerts(EventFactory(CLOCK), "node-1", lambda _event: None)
    queue = WorkQueue(database, "node-1")
    async with AsyncExitStack() as stack:
        part = RetentionPart(idle, queue, CLOCK, alerts)
        part.start(Background(stack))
        stack.push_async_callback(part.stop)
        await asyncio.sleep(0)
    assert await queue.counts() == {}


def test_the_command_counts_before_it_deletes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "voicegw.toml"
    config.write_text(
        f'[node]\ndata_dir = "{tmp_path}/data"\n[retention]\nsms_days = 31\ncalls_days = 40\n'
    )
    empty_store_for(config)
    capsys.readouterr()
    for arguments in (["--dry-run"], []):
        assert cli.run(["retention", *arguments, "--json", "--config", str(config)]) == 0
        counted = json.loads(capsys.readouterr().out)
        assert counted == {"calls": 0, "sms": 0, "sms-replies": 0, "report-files": 0}
    shutil.rmtree(tmp_path / "data")
