"""Who decides how long a recording is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recordings.integrity.retention import RetentionPolicy
from tests.unit.recordings.integrity.records import NOW
from voicegw.model.directory import Group, Hotline

GROUPS = [
    Group("city", "City", retention_days=100),
    Group("county", "County", parent_id="city"),
    Group("team", "Team", parent_id="county", retention_days=50),
    Group("other", "Other"),
    Group("round", "Round", parent_id="about"),
    Group("about", "About", parent_id="round"),
]
HOTLINES = [
    Hotline("short", "1", "city", retention_days=7),
    Hotline("long", "2", "city", retention_days=1000),
    Hotline("plain", "3", "city"),
]
POLICY = RetentionPolicy(365, GROUPS, HOTLINES)


@pytest.mark.parametrize(
    ("group_id", "hotline_id", "days"),
    [
        ("team", "short", 7),
        ("team", "long", 1000),
        ("team", "plain", 50),
        ("team", None, 50),
        ("county", None, 100),
        ("city", "gone", 100),
        ("other", None, 365),
        ("gone", None, 365),
        (None, None, 365),
        (None, "short", 7),
        ("round", None, 365),
    ],
)
def test_the_nearest_decides(group_id: str | None, hotline_id: str | None, days: int) -> None:
    assert POLICY.days(group_id, hotline_id) == days


def test_it_is_due_from_the_moment_on() -> None:
    made = NOW - timedelta(days=50)
    assert POLICY.is_due(made, "team", None, NOW)
    assert not POLICY.is_due(made + timedelta(microseconds=1), "team", None, NOW)


def test_the_fewest_days_that_anybody_says() -> None:
    assert POLICY.shortest_days() == 7
    assert RetentionPolicy(365, GROUPS, []).shortest_days() == 50
    assert RetentionPolicy(30, [], []).shortest_days() == 30
