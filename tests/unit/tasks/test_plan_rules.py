"""Whether plans are sound, whom they are for, what customers are told and when."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from voicegw.errors import InvalidError
from voicegw.model.directory import Group
from voicegw.model.plan import SHIPPED_RULES, Cadence, Every, EveryUnit, Plan, PlanRule, Who
from voicegw.sms.templates import ShippedWording
from voicegw.tasks.notice_text import Notice, announced_now, notice_text
from voicegw.tasks.plan_check import check_plan
from voicegw.tasks.plan_tasks import above, cadence_and_number, groups_of_plan, rule_of

ZONE = ZoneInfo("Asia/Shanghai")
PLAN = Plan("pln_1", "拜访", rules=tuple(SHIPPED_RULES))
WEEKLY = Cadence("weekly", Every(1, EveryUnit.WEEKS))


def test_the_shipped_rules_are_sound() -> None:
    check_plan(PLAN)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"visiting_weekdays": ("someday",)}, "visiting_weekdays"),
        ({"visiting_weekdays": ()}, "visiting_weekdays"),
        ({"day_from": "nine"}, "day_from"),
        ({"day_until": "08:00"}, "day_until"),
        ({"language": "fr"}, "language"),
        ({"target_per_day": 31}, "target_per_day"),
        ({"notice_call": "{number}"}, "notice_call"),
        ({"notice_call": "{customer.__class__}"}, "notice_call"),
        ({"notice_visit": "{customer!r}"}, "notice_visit"),
        ({"notice_visit": "{"}, "notice_visit"),
        ({"notice_visit": "{date}拜访您，请拨13800138000"}, "notice_visit"),
        ({"notice_call": "{date}\n致电您"}, "notice_call"),
        ({"notice_call": "近日致电您"}, "notice_call"),
        ({"rules": (PlanRule(Who(), (WEEKLY, WEEKLY)),)}, "rules.0.cadences.1.name"),
        (
            {"rules": (PlanRule(Who(), (msgspec.structs.replace(WEEKLY, name="a:b"),)),)},
            "rules.0.cadences.0.name",
        ),
        (
            {"rules": (PlanRule(Who(), (Cadence("x", Every(7, EveryUnit.MONTHS)),)),)},
            "rules.0.cadences.0.every.count",
        ),
    ],
)
def test_what_is_not_sound_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as raised:
        check_plan(msgspec.structs.replace(PLAN, **changes))
    assert raised.value.field == field


@pytest.mark.parametrize(
    ("class_", "tier", "place"),
    [
        ("核心", None, 0),
        ("Core", "≥60", 0),
        (None, "≥60", 4),
        ("other", "<30", None),
        (None, None, None),
    ],
)  # fmt: skip
def test_the_first_rule_that_fits_holds(
    class_: str | None, tier: str | None, place: int | None
) -> None:
    assert rule_of(SHIPPED_RULES, class_, tier, frozenset()) == place


def test_rules_may_be_for_groups_and_plans_for_those_below() -> None:
    groups = [Group("a", "A"), Group("b", "B", parent_id="a"), Group("c", "C", parent_id="b")]
    lines = above(groups)
    assert lines["c"] == {"a", "b", "c"}
    rules = (PlanRule(Who(group_ids=("b",)), (WEEKLY,)),)
    assert [rule_of(rules, None, None, lines[name]) for name in "abc"] == [None, 0, 0]
    everybody, near = Plan("p1", "P"), Plan("p2", "P", group_id="b")
    assert groups_of_plan(everybody, [everybody, near], groups) == ["a"]
    assert groups_of_plan(near, [everybody, near], groups) == ["b", "c"]
    resting = Plan("p2", "P", group_id="b", active=False)
    assert groups_of_plan(everybody, [everybody, resting], groups) == ["a", "b", "c"]


def test_a_key_tells_cadence_and_number() -> None:
    assert cadence_and_number("pln_1:2026-12:cus_1:core:2") == ("core", 2)
    assert cadence_and_number("crm-7") is None
    assert cadence_and_number(None) is None


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-12-01 08:00", []),
        ("2026-12-01 08:30", [(date(2026, 12, 1), ["potential"])]),
        (
            "2026-12-01 17:00",
            [(date(2026, 12, 1), ["potential"]), (date(2026, 12, 2), ["core"])],
        ),
    ],
)
def test_customers_are_told_from_their_time_on(at: str, expected: list[object]) -> None:
    local = datetime.fromisoformat(at).replace(tzinfo=ZONE)
    assert announced_now(PLAN, local) == expected


def test_texts_name_manager_and_time() -> None:
    begins = datetime(2026, 12, 3, 9, tzinfo=ZONE)
    visit = Notice("any", "王女士", "李明", begins, begins.replace(hour=18), "grp_1")
    call = dataclasses.replace(visit, channel="call")
    shipped = ShippedWording()
    chinese = notice_text(PLAN, visit, shipped)
    assert "客户经理李明计划于12月3日09:00-18:00拜访您" in chinese
    english = msgspec.structs.replace(PLAN, language="en")
    assert "would like to call you on 03 Dec between 09:00 and 18:00" in notice_text(
        english, call, shipped
    )
    own = msgspec.structs.replace(PLAN, notice_call="{manager} {date} {from}")
    assert notice_text(own, call, shipped) == "李明 12月3日 09:00"
