"""Holidays and quiet hours of a node, and who hears of a year whose holidays nobody knows."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from config.settings import Settings
from voicegw.directory.calendar import Calendars
from voicegw.directory.quiet import GroupTree, QuietTimes
from voicegw.events.alerts import Alerts

ALERT_UNKNOWN: Final = "holidays-unknown"


def calendars_of(settings: Settings) -> Calendars:
    """Return the calendars of all groups, with the operator's own days."""
    return Calendars(settings.calendar.holiday_days, settings.calendar.worked_days)


def quiet_times(settings: Settings, directory: GroupTree, calendars: Calendars) -> QuietTimes:
    """Return what knows when customers are not called."""
    return QuietTimes(directory, calendars, settings.policy.quiet, timezone=settings.node.timezone)


def unknown_holidays(settings: Settings, now: datetime) -> str | None:
    """Return what is missing and its mend when no holidays of this year are known, else None."""
    timezone = settings.node.timezone
    today = now.astimezone(ZoneInfo(timezone)).date()
    year = calendars_of(settings).unknown_year(timezone, today)
    if year is None:
        return None
    return (
        f"the public holidays of {year} are not known, only its weekends: install a newer "
        "chinesecalendar, or name them in calendar.holidays and calendar.worked"
    )


def watch_holidays(settings: Settings, alerts: Alerts, now: datetime) -> None:
    """Raise or clear the alert that no holidays of this year are known; call now and then."""
    missing = unknown_holidays(settings, now)
    alerts.set(ALERT_UNKNOWN, missing is not None, missing or "")
