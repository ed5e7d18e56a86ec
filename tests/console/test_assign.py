"""A county manager gives tasks to managers, and sees before what that will change."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.browsing import PHONE, Desk, axe
from tests.parts.county import County

_TYPE = "arrears"
"""Nobody else's tasks are of it, so that lists have only those of these tests."""


@pytest.fixture
def tasks(county: County) -> Iterator[list[str]]:
    """Three tasks that are nobody's yet."""
    made = [
        str(
            county.ask(
                "POST",
                "tasks",
                201,
                {"type": _TYPE, "customer_id": county.id(key), "group_id": county.id("g-cm")},
            )["id"]
        )
        for key in ("c-301", "c-302", "c-303")
    ]
    yield made
    for task in made:
        county.ask("POST", f"tasks/{task}/cancel", 200, {})


def _rows(page: Page, name: str) -> Locator:
    return page.get_by_role("grid", name=name).get_by_role("row")


def _owners(county: County, tasks: list[str]) -> list[str | None]:
    return [county.ask("GET", f"tasks/{task}")["manager_id"] for task in tasks]


def test_what_is_dragged_to_a_manager_is_shown_given_and_taken_back(
    desk: Desk, county: County, tasks: list[str]
) -> None:
    page = desk.open_as("county", f"/assign?type={_TYPE}")
    rows = _rows(page, "未办任务")
    expect(rows).to_have_count(3)
    rows.nth(0).locator("label").click()
    rows.nth(1).locator("label").click()
    expect(page.get_by_text("已选 2 件")).to_be_visible()
    axe(page)
    rows.nth(0).drag_to(_rows(page, "客户经理").filter(has_text="黄丽萍"))
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("2 件任务会换人")).to_be_visible()
    assert _owners(county, tasks) == [None, None, None]  # it was only shown
    axe(page)
    desk.shot(page, "assign-preview")
    dialog.get_by_role("button", name="确认分派").click()
    expect(dialog.get_by_text("已分派 2 件任务")).to_be_visible()
    assert sorted(_owners(county, tasks), key=str).count(county.id("m-4")) == 2
    dialog.get_by_role("button", name="撤销").click()
    expect(page.get_by_text("已撤销")).to_be_visible()
    assert _owners(county, tasks) == [None, None, None]


def test_everything_that_is_nobodys_is_shared_by_a_rule_on_a_phone(
    desk: Desk, county: County, tasks: list[str]
) -> None:
    page = desk.open_as("county", f"/assign?type={_TYPE}", language="en", size=PHONE)
    expect(_rows(page, "Open tasks")).to_have_count(3)
    page.get_by_role("button", name="Assign all unassigned").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("By owner", exact=True).click()
    expect(dialog.get_by_text("3 tasks change hands")).to_be_visible()
    desk.shot(page, "assign-by-rule-phone")
    # Somebody else takes one of them meanwhile: what was shown is not done.
    county.ask("PATCH", f"tasks/{tasks[0]}", 200, {"manager_id": county.id("m-1")})
    dialog.get_by_role("button", name="Assign", exact=True).click()
    expect(dialog.get_by_text("changed. It was worked out anew")).to_be_visible()
    expect(dialog.get_by_text("2 tasks change hands")).to_be_visible()
    dialog.get_by_role("button", name="Assign", exact=True).click()
    expect(dialog.get_by_text("2 tasks assigned")).to_be_visible()
    assert _owners(county, tasks) == [county.id("m-1"), county.id("m-3"), county.id("m-3")]


@pytest.fixture
def leaver(county: County) -> tuple[str, list[str]]:
    """A manager who leaves, and the customers that are left."""
    group_id = county.id("g-cm")
    manager = {"name": "施伟", "group_id": group_id, "phones": [{"number": "+8613917200077"}]}
    manager_id = str(county.ask("POST", "managers", 201, manager)["id"])
    customers = [
        {
            "name": f"移交客户{which}",
            "group_id": group_id,
            "numbers": [f"+86138172990{which}"],
            "owner_id": manager_id,
        }
        for which in (11, 12, 13)
    ]
    made = [str(county.ask("POST", "customers", 201, body)["id"]) for body in customers]
    return manager_id, made


def _pick(page: Page, label: str, name: str) -> None:
    box = page.get_by_role("combobox", name=label)
    box.fill(name)
    page.get_by_role("option", name=name).click()


def test_customers_are_handed_over_as_it_was_shown(
    desk: Desk, county: County, leaver: tuple[str, list[str]]
) -> None:
    _, customers = leaver
    page = desk.open_as("county", "/handovers")
    page.get_by_role("button", name="发起移交").first.click()
    wizard = page.get_by_role("dialog", name="发起移交")
    _pick(page, "移交谁的客户", "施伟")
    _pick(page, "一个人", "黄丽萍")
    wizard.get_by_label("原因").fill("离职")
    expect(wizard.get_by_text("3 个客户会换经理")).to_be_visible()
    axe(page)
    desk.shot(page, "handover-preview")
    # At a time: it is written down, and called off before.
    wizard.get_by_text("指定时间", exact=True).click()
    expect(wizard.get_by_role("button", name="确认移交")).to_be_disabled()
    # Each part goes on to the next once it is whole.
    wizard.get_by_role("spinbutton", name=re.compile("^年")).click()
    page.keyboard.type("203001010800")
    wizard.get_by_role("button", name="确认移交").click()
    sheet = page.get_by_role("dialog", name="客户移交")
    expect(sheet.get_by_text("已预约")).to_be_visible()
    sheet.get_by_role("button", name="取消移交").click()
    asked = page.get_by_role("dialog", name="取消这次移交？")
    asked.get_by_role("button", name="取消移交").click()
    expect(page.get_by_role("grid").get_by_text("已取消", exact=True)).to_be_visible()
    expect(sheet).to_be_hidden()
    # At once, evenly among the others of the group.
    page.get_by_role("button", name="发起移交").first.click()
    _pick(page, "移交谁的客户", "施伟")
    wizard.get_by_text("平均分给本组", exact=True).click()
    expect(wizard.get_by_text("3 个客户会换经理")).to_be_visible()
    wizard.get_by_role("button", name="确认移交").click()
    expect(sheet.get_by_text("已完成")).to_be_visible()
    desk.shot(page, "handover-done")
    owners = {county.ask("GET", f"customers/{one}")["owner_id"] for one in customers}
    assert len(owners) == 3
    assert leaver[0] not in owners


def test_who_was_granted_nothing_finds_neither(desk: Desk) -> None:
    for path in ("/assign", "/handovers"):
        page = desk.open_as("county.reads", path)
        expect(page.get_by_text("没有这个页面")).to_be_visible()
        assert page.get_by_role("link", name="分派", exact=True).count() == 0
