"""The manager's day: a task, its call, its result; callers; messages; and no number too many."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from playwright.sync_api import Error, Locator, Page, Response, expect

from tests.console.browsing import PHONE, Desk, axe
from tests.parts.county import HOTLINE, County, customer_of, manager_number, number_of
from tests.parts.node import wait_for
from tests.parts.telephones import Plan

ME: Final = manager_number("m-1")
MOST_ACTIONS: Final = 4
"""From a task that is due to its saved result."""


@dataclass
class Hands:
    """What somebody does at a page, counted."""

    page: Page
    actions: int = 0

    def press(self, key: str) -> None:
        self.actions += 1
        self.page.keyboard.press(key)

    def click(self, what: Locator) -> None:
        self.actions += 1
        what.click()

    def tap(self, what: Locator) -> None:
        self.actions += 1
        what.tap()


def a_due_task(county: County, key: str, which: int, **more: Any) -> str:
    """Make a task that is due today, urgent so that it is in sight, and return its id."""
    due_at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    asked: dict[str, Any] = {"due_at": due_at, "priority": "urgent", "subject": f"来电 {key}"}
    return county.task(key, customer_of(1, which), **(asked | more))


def strip(page: Page, phase: str, whose: str = "") -> Locator:
    """Return the part of the dock for a call in this phase: of whom, by name, or the newest.

    Earlier talks of the county, whose results nobody has told, may stand below it.
    """
    found = page.locator(f"[data-phase={phase}]")
    return found.filter(has_text=whose) if whose else found.first


def name_of(county: County, which: int) -> str:
    """Return the name of one of the manager's own customers."""
    return str(county.ask("GET", f"customers/{county.id(customer_of(1, which))}")["name"])


def row_of(page: Page, key: str) -> Locator:
    """Return the row of a task that `a_due_task` has made."""
    return page.get_by_role("row").filter(has_text=f"来电 {key}")


def talk_and_leave(county: County, page: Page, which: int | None = None) -> None:
    """Have the two, who are being called, talk, and the manager hang up."""
    name = "" if which is None else name_of(county, which)
    expect(strip(page, "talking", name)).to_be_visible()
    county.phones.hang_up(ME)
    expect(strip(page, "ended", name)).to_be_visible()


def results_of(county: County, task: str) -> tuple[str, str | None]:
    """Return a task's state and the code of its result."""
    found = county.ask("GET", f"tasks/{task}")
    return found["state"], None if found["result"] is None else found["result"]["code"]


def test_a_due_task_is_called_and_told_by_keyboard_alone(desk: Desk) -> None:
    county = desk.county
    task = a_due_task(county, "t-keyboard", 4)
    county.phones.plans[ME] = Plan(answers_after_s=None)
    page = desk.open_as("manager", "/tasks")
    hands = Hands(page)
    hands.click(row_of(page, "t-keyboard"))
    expect(page.get_by_role("complementary")).to_contain_text("往来记录")
    hands.press("d")
    expect(strip(page, "managerRinging")).to_be_visible()
    county.phones.answer(ME)
    expect(strip(page, "talking")).to_be_visible()
    # The call is the node's, not the page's: it is there after a reload, and in a second tab.
    page.reload()
    expect(strip(page, "talking")).to_be_visible()
    county.phones.hang_up(ME)
    expect(strip(page, "ended", name_of(county, 4))).to_be_visible()
    axe(page)
    desk.shot(page, "manager-result")
    hands.press("1")
    expect(page.get_by_role("radio", name="回访成功")).to_be_checked()
    hands.press("Enter")
    expect(row_of(page, "t-keyboard")).to_have_count(0)
    wait_for("the result", lambda: results_of(county, task) == ("done", "revisit_done"), 10)
    assert hands.actions <= MOST_ACTIONS
    # The keyboard goes on in the list.
    in_list = "document.activeElement.closest('[role=grid]') !== null"
    wait_for("the keyboard in the list", lambda: page.evaluate(in_list), 10)


def test_a_thumb_does_the_same_on_a_phone(desk: Desk) -> None:
    county = desk.county
    task = a_due_task(county, "t-thumb", 2, type="renewal")
    page = desk.open_as("manager", "/tasks", language="en", size=PHONE)
    hands = Hands(page)
    hands.tap(row_of(page, "t-thumb").get_by_role("button", name=re.compile("^Call ")))
    talk_and_leave(county, page, 2)
    axe(page)
    desk.shot(page, "manager-result-phone")
    hands.tap(page.get_by_text("Call again", exact=True))
    # A time is proposed, so that two taps are enough.
    expect(page.get_by_role("radio", name=re.compile("Tomorrow morning"))).to_be_checked()
    hands.tap(page.get_by_role("button", name="Save result"))
    wait_for("the result", lambda: results_of(county, task) == ("call_again", "call_again"), 10)
    assert hands.actions <= MOST_ACTIONS


def test_what_is_typed_outlives_a_refusal_and_the_session(desk: Desk) -> None:
    county = desk.county
    task = a_due_task(county, "t-typed", 8, type="retention")
    page = desk.open_as("manager", "/tasks")
    page.set_default_timeout(20_000)
    row_of(page, "t-typed").get_by_role("button").click()
    talk_and_leave(county, page, 8)
    page.get_by_label("备注").fill("客户要求下周再谈")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert").filter(has_text="请先选择结果")).to_be_visible()
    page.get_by_text("号码错误", exact=True).click()
    user = county.id("user:manager")
    county.ask("DELETE", f"users/{user}/sessions", 204)
    desk.sessions.forget("manager")
    # The page may notice by itself, and lets nothing be pressed below its question.
    with suppress(Error):
        page.get_by_role("button", name="保存结果").click(timeout=2_000)
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_be_visible()
    dialog.get_by_label("密码").fill("a cow in the cellar")
    dialog.get_by_role("button", name="登录").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_label("备注")).to_have_value("客户要求下周再谈")
    page.get_by_role("button", name="保存结果").click()
    wait_for("the result", lambda: results_of(county, task)[0] == "done", 10)
    assert county.ask("GET", f"tasks/{task}")["result"]["note"] == "客户要求下周再谈"


def test_a_call_that_a_rule_refuses_says_which(desk: Desk) -> None:
    county = desk.county
    task = a_due_task(county, "t-refused", 12)
    page = desk.open_as("manager", "/tasks")
    expect(row_of(page, "t-refused")).to_be_visible()
    # Since the page was read, and it can't be read again, the customer has asked not to be called.
    page.route("**/v1/tasks?*", lambda route: route.abort())
    county.ask("POST", f"tasks/{task}/do-not-call", 204, {"reason": "asked by post"})
    row_of(page, "t-refused").get_by_role("button").click()
    alert = page.get_by_role("alert").filter(has_text="没有拨出")
    expect(alert).to_contain_text("该客户要求免打扰，不能拨打")
    expect(alert.locator("code")).not_to_be_empty()  # the request's id
    county.ask("POST", f"tasks/{task}/cancel", 200, {"why": "not wanted"})


def test_a_customer_who_calls_back_is_named_and_told_of(desk: Desk) -> None:
    county = desk.county
    county.phones.plans[ME] = Plan(answers_after_s=None)
    page = desk.open_as("manager", "/missed")
    caller = customer_of(1, 13)
    name = county.ask("GET", f"customers/{county.id(caller)}")["name"]
    county.phones.call(number_of(caller), HOTLINE)
    expect(strip(page, "incoming")).to_contain_text(name)
    county.phones.answer(ME)
    expect(strip(page, "talking")).to_contain_text(name)
    county.phones.hang_up(number_of(caller))
    expect(strip(page, "ended").filter(has_text=name)).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(strip(page, "ended").filter(has_text=name)).to_have_count(0)
    call = county.ask("GET", f"calls?customer_id={county.id(caller)}&limit=1")["items"][0]
    assert call["disposition"]["code"] == "success"


def test_a_talk_is_heard_and_read_at_its_customer(desk: Desk) -> None:
    county = desk.county
    page = desk.open_as("manager", f"/customers/{county.id(customer_of(1))}")
    page.get_by_role("button", name="播放录音").first.click()
    wait_for(
        "sound",
        lambda: page.evaluate(
            "[...document.querySelectorAll('audio')].some(a => a.currentTime > 0.3)"
        ),
        20,
    )
    page.get_by_role("button", name="文字", exact=True).first.click()
    expect(page.get_by_role("button", name="收起文字")).to_be_visible()
    expect(page.get_by_text("您的套餐月底到期，续约可以保证收益。")).to_be_visible()
    axe(page)


def test_no_number_of_a_colleagues_customer_reaches_the_page(desk: Desk) -> None:
    county = desk.county
    foreign = customer_of(2, 5)
    due_at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    more = {"priority": "urgent", "due_at": due_at, "subject": "代同事回访"}
    county.task("t-foreign", foreign, "m-1", **more)
    digits = number_of(foreign).removeprefix("+86")
    bodies: list[str] = []

    def keep(response: Response) -> None:
        if "/v1/" in response.url and "json" in response.headers.get("content-type", ""):
            bodies.append(response.url + response.text())

    page = desk.open_as("manager", "/tasks", watch=lambda page: page.on("response", keep))
    row = page.get_by_role("row").filter(has_text="代同事回访")
    row.click()
    # Whoever has to call is told the name, and sees that the rest is a colleague's.
    expect(page.get_by_role("complementary")).to_contain_text("该客户属于其他客户经理")
    expect(page.get_by_role("complementary")).to_contain_text(f"{digits[:3]}****{digits[-4:]}")
    assert digits not in page.content()
    assert bodies
    assert not [body[:200] for body in bodies if digits in body]


def test_a_manager_is_away_with_a_deputy_until_back(desk: Desk) -> None:
    county = desk.county
    me, deputy = county.id("m-1"), county.id("m-2")
    name = county.ask("GET", f"managers/{deputy}")["name"]
    asked = {"hotline_id": county.id(HOTLINE), "caller": number_of(customer_of(1, 3))}

    def first_rung() -> tuple[str, str]:
        plan = county.ask("POST", "explain", 200, asked)["plan"]
        step = next(one for one in plan if one["taken"])
        return step["step"], step["target"]

    assert first_rung() == ("owner", me)
    page = desk.open_as("manager", "/tasks")
    page.get_by_role("button", name="离开").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("今天结束", exact=True).click()
    dialog.get_by_role("combobox", name="代理人").fill(name)
    page.get_by_role("option", name=name).click()
    axe(page)
    desk.shot(page, "manager-away-form")
    dialog.get_by_role("button", name="开始离开").click()
    expect(dialog).to_have_count(0)
    back = page.get_by_role("button", name="我回来了")
    expect(back).to_be_focused()
    expect(page.get_by_role("region", name="离开")).to_contain_text(f"来电由 {name} 代接")
    desk.shot(page, "manager-away")
    # The very next caller is put through to the deputy.
    assert first_rung() == ("deputy", deputy)
    states = county.ask("GET", "managers/presence?state=away")["items"]
    assert [one["manager_id"] for one in states] == [me]
    back.click()
    expect(page.get_by_role("button", name="离开")).to_be_visible()
    assert first_rung() == ("owner", me)
