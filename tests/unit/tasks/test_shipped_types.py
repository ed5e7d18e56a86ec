"""The shipped types: complete, in both languages, and as the sources say."""

from __future__ import annotations

import pytest

from voicegw.model.task import Priority, TaskType
from voicegw.model.task_type import ResultKind, TaskTypeRule, TimeRule
from voicegw.tasks.shipped_types import SHIPPED_TYPES


def test_there_is_one_for_every_type() -> None:
    assert set(SHIPPED_TYPES) == {one.value for one in TaskType}
    assert all(rule.name == name and rule.is_built_in for name, rule in SHIPPED_TYPES.items())


@pytest.mark.parametrize("rule", SHIPPED_TYPES.values(), ids=lambda rule: rule.name)
def test_names_are_in_both_languages_and_keys_and_codes_are_unique(rule: TaskTypeRule) -> None:
    named = [rule.names]
    named += [one.names for one in rule.fields]
    named += [one.names for one in rule.results]
    for names in named:
        assert set(names) == {"zh", "en"}
        assert all(names.values())
    for codes in (
        [one.code for one in rule.results],
        [one.key for one in rule.results],
        [one.name for one in rule.fields],
    ):
        assert len(codes) == len(set(codes))
    assert all(one.key in "123456789" for one in rule.results)


@pytest.mark.parametrize(
    "rule",
    [rule for rule in SHIPPED_TYPES.values() if rule.name != TaskType.OWN],
    ids=lambda rule: rule.name,
)
def test_every_call_can_be_told_by_the_same_keys(rule: TaskTypeRule) -> None:
    by_key = {one.key: one for one in rule.results}
    assert by_key["1"].kind is ResultKind.SUCCESS
    assert (by_key["2"].kind, by_key["2"].names["zh"]) == (ResultKind.REFUSED, "完全拒绝")
    assert by_key["2"].proposes_do_not_call
    assert (by_key["3"].kind, by_key["3"].names["zh"]) == (ResultKind.CALL_AGAIN, "预约再拨")
    assert (by_key["4"].kind, by_key["4"].names["zh"]) == (ResultKind.UNREACHABLE, "号码错误")


@pytest.mark.parametrize(
    ("name", "done"),
    [("revisit", "回访成功"), ("marketing", "营销成功"), ("survey", "调查成功")],
)
def test_success_is_called_as_managers_call_it(name: str, done: str) -> None:
    assert SHIPPED_TYPES[name].results[0].names["zh"] == done


def test_a_customer_is_told_of_a_new_owner_within_a_week() -> None:
    assert SHIPPED_TYPES["introduction"].times == TimeRule(due_s=7 * 86_400)


def test_a_wish_to_leave_is_contacted_in_four_hours_and_closed_in_two_working_days() -> None:
    rule = SHIPPED_TYPES["retention"]
    assert (rule.times.contact_s, rule.times.close_working_days) == (4 * 3600, 2)
    assert rule.needs_contact
    assert rule.escalates
    assert rule.follow_up_type == "win_back"
    assert rule.priority is Priority.URGENT
    told = {ResultKind.SUCCESS, ResultKind.REFUSED}
    assert all(one.needs_reason for one in rule.results if one.kind in told)
