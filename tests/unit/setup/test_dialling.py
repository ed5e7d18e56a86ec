"""Who is told of a locked PIN, and until when; what the configuration says of dialling."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from config.settings import Settings
from tests.parts.empty_store import empty_store
from tests.unit.calls.rig import Rig
from tests.unit.calls.virtual_time import run
from voicegw.errors import StoreUnavailableError
from voicegw.model.audit import AuditAction
from voicegw.model.directory import Manager
from voicegw.setup.dialling import PinWatch, dial_desk
from voicegw.store.audit import AuditFilter, AuditLog
from voicegw.store.database import Database
from voicegw.store.dialling import DiallingRepository

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
LOCK = timedelta(minutes=15)


class Clock:
    """A wall clock that stands."""

    at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path}/voicegw.db"
    empty_store(url)
    opened = await Database.open(url)
    yield opened
    await opened.close()


async def test_a_lock_raises_an_alert_and_is_in_the_audit_log(database: Database) -> None:
    told: list[bool] = []
    clock, ledger, audit = Clock(), DiallingRepository(database), AuditLog(database)
    watch = PinWatch(ledger, audit, clock, told.append, LOCK)
    manager = Manager("mgr_1", "Manager", "grp_1")
    for _ in range(5):
        await ledger.begin_attempt(["manager:mgr_1"], NOW, most=5, lock=LOCK)
    await watch.locked(manager)
    await watch.look()
    assert told == [True, True]
    clock.at = NOW + LOCK + timedelta(seconds=1)
    await watch.look()
    assert told[-1] is False
    [entry] = (await audit.list(AuditFilter(action=AuditAction.PIN_LOCKED))).items
    assert (entry.subject, entry.group_id, entry.detail) == ("mgr_1", "grp_1", {})
    await watch.locked(None)
    entries = (await audit.list(AuditFilter(action=AuditAction.PIN_LOCKED))).items
    assert {one.subject for one in entries} == {"", "mgr_1"}


async def test_a_store_that_is_away_stops_nobody_from_being_told() -> None:
    class Away:
        async def note(self, *entries: object) -> None:
            raise StoreUnavailableError("away")

        async def forget_failures_before(self, moment: datetime) -> None:
            raise StoreUnavailableError("away")

    told: list[bool] = []
    away = cast(Any, Away())
    watch = PinWatch(away, away, Clock(), told.append, LOCK)
    await watch.locked(None)
    await watch.look()
    assert told == [True]


def test_the_desk_has_the_rules_of_the_configuration(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {
            "dial_through": {
                "numbers": ["021 6234 0000"],
                "calls_per_day": 7,
                "minutes_per_day": 30,
                "pin_failures": 3,
                "pin_lock_s": 60,
                "always_ask_pin": True,
            }
        }
    )

    async def check() -> None:
        rig = Rig(tmp_path)
        told: list[bool] = []
        watch = PinWatch(cast(Any, rig.ledger), cast(Any, None), rig.clock, told.append, LOCK)
        desk = dial_desk(settings, rig.parts, watch)
        assert desk.rules.numbers == {"+862162340000"}
        assert (desk.rules.calls_per_day, desk.rules.minutes_per_day) == (7, 30)
        assert desk.rules.always_ask_pin
        assert (desk.pins.rules.failures, desk.pins.rules.lock) == (3, timedelta(minutes=1))

    run(check)
