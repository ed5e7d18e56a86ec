"""Whether a manager may be rung for the next customer of a list. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from voicegw.model import hours
from voicegw.model.dialling import DiallingWait
from voicegw.model.directory import Manager, ManagerStatus
from voicegw.model.hours import Calendar

BUSY_AGAIN: Final = timedelta(seconds=2)
AWAY_AGAIN: Final = timedelta(seconds=20)
"""How soon it is looked again; nobody tells this node when a manager comes back."""


@dataclass(frozen=True, slots=True)
class NotNow:
    """Why a manager is not rung now, and after how long to look again."""

    why: DiallingWait
    again: timedelta


def not_now(
    manager: Manager, at: datetime, zone: ZoneInfo, calendar: Calendar, *, is_busy: bool
) -> NotNow | None:
    """Return why `manager` is not rung at `at`; None: he or she may be.

    `zone` and `calendar` are those of the manager's group; `is_busy` is whether the manager is in a
    call anywhere.
    """
    if manager.status is ManagerStatus.DEPARTED:
        return NotNow(DiallingWait.MANAGER_GONE, timedelta())
    if manager.is_away(at) or not manager.phones:
        return NotNow(DiallingWait.MANAGER_AWAY, AWAY_AGAIN)
    opening = hours.read(manager.hours)
    if opening is not None and not opening.is_open(at.astimezone(zone), calendar):
        return NotNow(DiallingWait.OUTSIDE_HOURS, AWAY_AGAIN)
    if is_busy:
        return NotNow(DiallingWait.MANAGER_BUSY, BUSY_AGAIN)
    return None
