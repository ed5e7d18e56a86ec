"""What comes between a manager and the result: no network, colleagues, a customer's wish."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.console.browsing import Desk
from tests.console.test_manager import a_due_task, row_of, strip, talk_and_leave
from tests.parts.county import County, customer_of, manager_number
from tests.parts.node import wait_for
from tests.parts.telephones import Plan


def calls_of(county: County, customer: str) -> int:
    """Return how many calls there were with a customer."""
    return len(county.ask("GET", f"calls?customer_id={county.id(customer)}")["items"])


def choose(page: Page, label: str, option: str) -> None:
    """Choose from a list that opens."""
    page.get_by_role("button", name=label).click()
    page.get_by_role("option", name=option).click()


def test_nobody_is_called_later_for_what_was_pressed_without_a_network(desk: Desk) -> None:
    county = desk.county
    customer = customer_of(1, 9)
    task = a_due_task(county, "t-lift", 9)
    before = calls_of(county, customer)
    page = desk.open_as("manager", "/tasks")
    expect(row_of(page, "t-lift")).to_be_visible()
    page.context.set_offline(True)
    row_of(page, "t-lift").get_by_role("button").click()
    alert = page.get_by_role("alert").filter(has_text="没有拨出")
    expect(alert).to_contain_text("连不上服务器")
    page.context.set_offline(False)
    # The page is alive again, it has read the list anew, and still nobody rings.
    county.ask("PATCH", f"tasks/{task}", 200, {"subject": "来电 t-lift 再来"})
    expect(row_of(page, "t-lift")).to_contain_text("再来")
    expect(strip(page, "starting").or_(strip(page, "managerRinging"))).to_have_count(0)
    assert calls_of(county, customer) == before
    county.ask("POST", f"tasks/{task}/cancel", 200, {"why": "tried"})


def test_a_task_closed_by_somebody_else_takes_no_typed_text_along(desk: Desk) -> None:
    county = desk.county
    task = a_due_task(county, "t-elsewhere", 10)
    page = desk.open_as("manager", "/tasks")
    row_of(page, "t-elsewhere").get_by_role("button").click()
    expect(strip(page, "talking")).to_be_visible()
    # A colleague joins them, found by a part of the name.
    page.get_by_role("button", name="转接").click()
    page.get_by_role("combobox").fill("丽萍")
    page.get_by_role("option", name="黄丽萍").click()
    desk.shot(page, "manager-hand-on")
    county.phones.plans[manager_number("m-4")] = Plan(answers_after_s=None)
    page.get_by_role("button", name="加入通话").click()
    expect(strip(page, "talking")).to_contain_text("正在呼叫黄丽萍")
    county.phones.answer(manager_number("m-4"))
    county.phones.talking(manager_number("m-4"))
    expect(strip(page, "talking")).to_contain_text("黄丽萍已接入")
    desk.shot(page, "manager-three")
    county.phones.hang_up(manager_number("m-4"))
    talk_and_leave(county, page)
    page.get_by_label("备注").fill("客户想先看合同")
    county.ask("PUT", f"tasks/{task}/result", 200, {"code": "revisit_done", "note": "当面说的"})
    expect(page.get_by_text("这项任务已在别处办结或取消")).to_be_visible()
    expect(page.get_by_label("备注")).to_have_value("客户想先看合同")
    desk.shot(page, "manager-closed-elsewhere")
    page.get_by_role("button", name="稍后再填").click()
    expect(page.get_by_text("这项任务已在别处办结或取消")).to_have_count(0)


def test_only_what_was_played_is_noted_as_heard(desk: Desk) -> None:
    county = desk.county
    customer = county.id(customer_of(2))

    def heard() -> int:
        found = county.ask("GET", "audit?action=recording.listened&limit=200")["items"]
        return len([one for one in found if one["role"] == "manager"])

    before = heard()
    page = desk.open_as("colleague", f"/customers/{customer}")
    play = page.get_by_role("button", name="播放录音").first
    expect(play).to_be_visible()
    # Its length is there without a word of it.
    expect(page.get_by_text("0:00 / 0:0").first).not_to_have_text("0:00 / 0:00")
    assert heard() == before
    play.click()
    wait_for("it is noted", lambda: heard() == before + 1, 20)
    page.get_by_role("button", name="新建任务").click()
    page.get_by_label("事由").fill("送合同")
    page.get_by_role("button", name="创建任务").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("送合同").first).to_be_visible()
    desk.shot(page, "manager-customer")


def test_a_list_goes_on_by_itself_and_asks_about_a_refusal(desk: Desk) -> None:
    county = desk.county
    customer = customer_of(2, 12)
    urgent = {"priority": "urgent", "type": "renewal", "subject": "续约"}
    task = county.task("t-by-itself", customer, "m-2", **urgent)
    page = desk.open_as("colleague", "/dialling")
    choose(page, "方式", "自动接续")
    desk.shot(page, "manager-list-start")
    page.get_by_role("button", name="开始").click()
    expect(strip(page, "talking")).to_be_visible()
    desk.shot(page, "manager-list")
    page.keyboard.press("p")
    expect(page.get_by_text("本次通话后暂停")).to_be_visible()
    county.phones.hang_up(manager_number("m-2"))
    expect(strip(page, "ended")).to_be_visible()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    desk.shot(page, "manager-wish")
    page.get_by_role("button", name="登记免打扰").click()
    wait_for(
        "the wish",
        lambda: county.ask("GET", f"customers/{county.id(customer)}")["do_not_call"] is not None,
        10,
    )
    assert county.ask("GET", f"tasks/{task}")["state"] == "done"
    page.get_by_role("button", name="结束").click()
    expect(page.get_by_role("button", name="开始")).to_be_visible()
