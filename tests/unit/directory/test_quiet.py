"""Quiet hours by region: whose hold, on which clock, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from voicegw.directory.calendar import Calendars
from voicegw.directory.quiet import QuietTime, QuietTimes
from voicegw.model import hours
from voicegw.model.directory import Group
from voicegw.model.quiet_hours import QuietHours, parse_quiet_holidays

_CITY = Group("grp_city", "City", quiet_hours="20:00-09:00")
_COUNTY = Group("grp_county", "County", parent_id="grp_city")
_FAR = Group("grp_far", "Far", timezone="Asia/Kathmandu")
_CONFIGURED = QuietHours(hours.parse("21:00-08:00"), parse_quiet_holidays("00:00-24:00"))


class _Tree:
    async def groups_above(self, group_id: str) -> Sequence[Group]:
        known = {"grp_city": [_CITY], "grp_county": [_COUNTY, _CITY], "grp_far": [_FAR]}
        return known.get(group_id, [])


def _quiet(timezone: str = "UTC") -> QuietTimes:
    return QuietTimes(_Tree(), Calendars([date(2026, 3, 9)]), _CONFIGURED, timezone=timezone)


@pytest.mark.parametrize(
    ("group_id", "at", "ends_in_s"),
    [
        # 20:30 in Shanghai: the county has the hours of the city above it.
        ("grp_city", "2026-03-02 12:30", 12.5 * 3600),
        ("grp_county", "2026-03-02 12:30", 12.5 * 3600),
        ("grp_county", "2026-03-02 11:59:59", None),
        # 5:45 ahead of UTC, and the configured hours.
        ("grp_far", "2026-03-02 15:14:59", None),
        ("grp_far", "2026-03-02 15:15", 11 * 3600),
        # No group is known: the node's zone.
        (None, "2026-03-02 20:59", None),
        ("grp_gone", "2026-03-02 21:00", 11 * 3600),
        # A holiday of the operator's own: all day, and the night that follows it.
        (None, "2026-03-09 12:00", 20 * 3600),
        ("grp_city", "2026-03-09 04:00", 21 * 3600),
    ],
)
async def test_when_it_is_quiet_for_whom(
    group_id: str | None, at: str, ends_in_s: float | None
) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    expected = None if ends_in_s is None else QuietTime(int(ends_in_s))
    assert await _quiet().now(group_id, moment) == expected


async def test_seconds_are_those_that_pass_though_clocks_are_put_forward() -> None:
    night = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)  # 01:00 in Berlin; at 02:00 it is 03:00
    assert await _quiet("Europe/Berlin").now(None, night) == QuietTime(6 * 3600)


async def test_quiet_without_an_end() -> None:
    always = QuietTimes(_Tree(), Calendars(), QuietHours(hours.parse("24/7")), timezone="UTC")
    assert await always.now(None, datetime(2026, 3, 2, tzinfo=UTC)) == QuietTime(None)
    assert await always.begins(None, datetime(2026, 3, 2, tzinfo=UTC)) == datetime(
        2026, 3, 2, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("group_id", "at", "begins"),
    [
        (None, "2026-03-02 12:00", "2026-03-02 21:00"),
        (None, "2026-03-02 22:00", "2026-03-02 22:00"),
        ("grp_county", "2026-03-02 02:00", "2026-03-02 12:00"),
        ("grp_far", "2026-03-02 10:00", "2026-03-02 15:15"),
    ],
)
async def test_when_it_is_quiet_next(group_id: str | None, at: str, begins: str) -> None:
    moment, expected = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (at, begins))
    assert await _quiet().begins(group_id, moment) == expected


async def test_when_quiet_ends_it_is_not_quiet_any_more() -> None:
    night = datetime(2026, 3, 2, 23, 0, 0, 600_000, tzinfo=UTC)
    quiet = await _quiet().now(None, night)
    assert quiet is not None
    assert quiet.ends_in_s is not None
    assert await _quiet().now(None, night + timedelta(seconds=quiet.ends_in_s)) is None
