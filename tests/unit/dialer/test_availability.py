"""When a manager may be rung for the next customer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from voicegw.dialer.availability import AWAY_AGAIN, BUSY_AGAIN, NotNow, not_now
from voicegw.model.dialling import DiallingWait
from voicegw.model.directory import Manager, ManagerStatus, Phone
from voicegw.model.hours import PlainCalendar

NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)  # a Wednesday, 13:00 in Shanghai
AWAY: dict[str, Any] = {"status": ManagerStatus.AWAY}


def stands(*, is_busy: bool = False, **more: Any) -> NotNow | None:
    fields: dict[str, Any] = {"phones": [Phone(number="+8613900139000")]} | more
    manager = Manager(id="mgr_1", name="M", group_id="grp_1", **fields)
    return not_now(manager, NOW, ZoneInfo("Asia/Shanghai"), PlainCalendar(), is_busy=is_busy)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, None),
        (AWAY, DiallingWait.MANAGER_AWAY),
        (AWAY | {"away_until": NOW + BUSY_AGAIN}, DiallingWait.MANAGER_AWAY),
        (AWAY | {"away_until": NOW - timedelta(hours=1)}, None),
        ({"phones": []}, DiallingWait.MANAGER_AWAY),
        ({"status": ManagerStatus.DEPARTED}, DiallingWait.MANAGER_GONE),
        ({"hours": "Mo-Fr 08:30-12:00,14:00-18:00"}, DiallingWait.OUTSIDE_HOURS),
        ({"hours": "Mo-Fr 08:30-18:00"}, None),
        ({"is_busy": True}, DiallingWait.MANAGER_BUSY),
    ],
)
def test_nobody_is_rung_who_is_in_a_call_away_or_off_duty(
    more: dict[str, Any], why: DiallingWait | None
) -> None:
    found = stands(**more)
    assert (None if found is None else found.why) == why


def test_it_is_looked_again_soon() -> None:
    assert stands(is_busy=True) == NotNow(DiallingWait.MANAGER_BUSY, BUSY_AGAIN)
    assert stands(**AWAY) == NotNow(DiallingWait.MANAGER_AWAY, AWAY_AGAIN)
