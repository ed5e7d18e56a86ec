"""What a node knows of holidays, and who hears when it knows none."""

from __future__ import annotations

from datetime import UTC, datetime

from config.settings import Settings
from tests.unit.directory.conftest import FakeClock
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.model.event import Event
from voicegw.model.hours import DayKind
from voicegw.setup.calendar import calendars_of, unknown_holidays, watch_holidays

_LATER = datetime(2098, 12, 31, 17, tzinfo=UTC)


def _settings(**calendar: list[str]) -> Settings:
    return Settings.model_validate({"calendar": calendar})


def test_own_days_are_in_every_calendar() -> None:
    calendars = calendars_of(_settings(holidays=["2099-01-01..2099-01-03"], worked=["2099-01-04"]))
    kinds = [calendars.of("UTC").kind(datetime(2099, 1, day).date()) for day in (1, 3, 4, 5)]  # noqa: DTZ001
    assert kinds == [DayKind.HOLIDAY, DayKind.HOLIDAY, DayKind.WORKED, DayKind.ORDINARY]


def test_a_year_without_known_holidays_is_told_once_and_mended_by_naming_them() -> None:
    told: list[Event] = []
    alerts = Alerts(EventFactory(FakeClock()), "node-1", told.append)
    for _ in range(2):
        watch_holidays(_settings(), alerts, _LATER)
    assert "2099" in alerts.raised["holidays-unknown"]
    assert len(told) == 1
    watch_holidays(_settings(holidays=["2099-01-01"]), alerts, _LATER)
    assert not alerts.raised
    assert unknown_holidays(_settings(), datetime(2026, 1, 1, tzinfo=UTC)) is None
