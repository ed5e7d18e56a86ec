"""What a county manager does beside looking: triggers, sheets, rules of plans, tables of tasks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.browsing import DESKTOP, PHONE, Desk, Language, Size, Theme, axe, settled
from tests.parts.county import HOTLINE, County, customer_of, manager_number, number_of
from tests.parts.node import wait_for

CALLED, WAITING = customer_of(4, 9), customer_of(4, 10)
_TYPE = "low_balance"
"""Nobody else's tasks are of it, so that lists have only those of these tests."""


@pytest.fixture
def leaver(county: County) -> Iterator[str]:
    """A trigger of ten days ago: both of its times have passed."""
    body = {
        "kind": "wants_to_leave",
        "customer_id": county.id(CALLED),
        "requested_at": (datetime.now(UTC) - timedelta(days=10)).isoformat(),
    }
    told = county.ask("POST", "triggers", 201, body)
    yield str(told["id"])
    _call_off(county, told["task_id"])


def _call_off(county: County, task: str) -> None:
    if county.ask("GET", f"tasks/{task}")["closed_at"] is None:
        county.ask("POST", f"tasks/{task}/cancel", 200, {"why": "tried"})


def _rows(page: Page, name: str) -> Locator:
    return page.get_by_role("grid", name=name).get_by_role("row")


def _name(county: County, customer: str) -> str:
    return str(county.ask("GET", f"customers/{county.id(customer)}")["name"])


def _choose(page: Page, within: Locator, label: str, option: str) -> None:
    within.get_by_role("button", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_trigger_is_told_by_hand_and_called_off_and_what_is_late_comes_first(
    desk: Desk, county: County, leaver: str
) -> None:
    page = desk.open_as("county", "/triggers")
    page.get_by_role("button", name="登记触发").click()
    form = page.get_by_role("dialog", name="登记触发")
    form.get_by_role("button", name="登记", exact=True).click()
    expect(form.get_by_text("请选择客户")).to_be_visible()
    form.get_by_role("combobox", name="客户").fill(WAITING)
    # As the number may be seen: customers share names.
    page.get_by_role("option").filter(has_text=number_of(WAITING)[-4:]).click()
    _choose(page, form, "触发类型", "消费下降")
    form.get_by_label("上期消费（元）").fill("129")
    form.get_by_label("本期消费（元）").fill("少了一半")
    form.get_by_role("button", name="登记", exact=True).click()
    expect(form.get_by_text("请填写数字")).to_be_visible()
    form.get_by_label("本期消费（元）").fill("59.5")
    axe(page)
    desk.shot(page, "trigger-new")
    form.get_by_role("button", name="登记", exact=True).click()
    sheet = page.get_by_role("dialog", name="触发事项")
    expect(sheet).to_contain_text("53.9%（门槛 30%）")
    expect(sheet).to_contain_text("黄丽萍")
    expect(sheet).to_contain_text("联系时限")
    axe(page)
    desk.shot(page, "trigger-sheet")
    trigger = page.url.partition("/triggers/")[2].partition("?")[0]
    task = county.ask("GET", f"triggers/{trigger}")["task_id"]
    sheet.get_by_role("button", name="关闭").click()
    # Ten days ago is more pressing than a moment ago.
    rows = _rows(page, "触发事项")
    expect(rows.nth(1)).to_contain_text(_name(county, CALLED))
    expect(rows.nth(1)).to_contain_text("已超时")
    expect(rows.nth(2)).to_contain_text("消费下降")
    desk.shot(page, "triggers-zh")
    rows.nth(2).click()
    sheet.get_by_role("button", name="撤销").click()
    asked = page.get_by_role("dialog", name="撤销这件事项？")
    asked.get_by_role("button", name="撤销").click()
    expect(asked.get_by_text("请填写撤销原因")).to_be_visible()
    asked.get_by_label("撤销原因").fill("客户已到厅办理")
    asked.get_by_role("button", name="撤销").click()
    expect(sheet.get_by_text("已取消").first).to_be_visible()
    expect(sheet).to_contain_text("客户已到厅办理")
    called_off = county.ask("GET", f"tasks/{task}")
    assert (called_off["state"], called_off["result"]["note"]) == ("cancelled", "客户已到厅办理")
    # It is no open matter any more.
    sheet.get_by_role("button", name="关闭").click()
    expect(rows).to_have_count(2)


def test_a_matter_is_closed_after_a_talk_only_with_its_true_reason_and_why_it_is_late(
    desk: Desk, county: County, leaver: str
) -> None:
    page = desk.open_as("admin", f"/triggers/{leaver}")
    sheet = page.get_by_role("dialog", name="触发事项")
    sheet.get_by_role("button", name="办结", exact=True).click()
    form = page.get_by_role("dialog", name="办结这件事项")
    close = form.get_by_role("button", name="办结", exact=True)
    close.click()
    for missing in ("请选择结果", "请填写客户的真实原因"):
        expect(form.get_by_text(missing)).to_be_visible()
    _choose(page, form, "处理结果", "挽留成功")
    form.get_by_label("真实原因（客户原话）").fill("觉得套餐太贵，换了档位")
    form.get_by_label("超时办结说明").fill("客户出国十天")
    close.click()
    expect(form.get_by_text("尚未与客户通话，不能办结。")).to_be_visible()
    axe(page)
    desk.shot(page, "trigger-close")
    task = county.ask("GET", f"triggers/{leaver}")["task_id"]
    # Who calls is a person, however short the talk is.
    known = county.node.call_ids()
    county.phones.call(number_of(CALLED), HOTLINE)
    (call,) = county.node.new_calls(known)
    county.node.bridged(call)
    county.phones.hang_up(manager_number("m-4"))
    wait_for("the talk is noted", lambda: county.ask("GET", f"tasks/{task}")["contacted_at"], 30)
    # What was typed is still there.
    close.click()
    expect(form).to_be_hidden()
    expect(sheet.locator("[data-closed]")).to_contain_text("客户出国十天")
    closed = county.ask("GET", f"tasks/{task}")
    assert (closed["state"], closed["result"]["reason"], closed["result"]["exception"]) == (
        "done",
        "觉得套餐太贵，换了档位",
        "客户出国十天",
    )


def test_a_matter_is_given_to_another(desk: Desk, county: County, leaver: str) -> None:
    page = desk.open_as("county", f"/triggers/{leaver}")
    page.get_by_role("dialog", name="触发事项").get_by_role("button", name="转派").click()
    page.wait_for_url("**/assign?**")
    order = page.get_by_role("dialog")
    box = order.get_by_role("combobox")
    box.fill("顾晓东")
    page.get_by_role("option", name="顾晓东").click()
    expect(order.get_by_text("1 件任务会换人")).to_be_visible()
    order.get_by_role("button", name="确认分派").click()
    expect(order.get_by_text("已分派 1 件任务")).to_be_visible()
    assert county.ask("GET", f"triggers/{leaver}")["manager_id"] == county.id("m-3")


def test_whoever_has_it_is_told_by_when_to_talk_with_the_customer(
    desk: Desk, county: County
) -> None:
    body = {"kind": "wants_to_leave", "customer_id": county.id(customer_of(1, 12))}
    task = str(county.ask("POST", "triggers", 201, body)["task_id"])
    page = desk.open_as("manager", "/tasks")
    row = page.get_by_role("row").filter(has_text="挽留").filter(has_text="联系时限")
    expect(row.first).to_be_visible()
    _call_off(county, task)


def test_who_was_granted_nothing_reads_triggers_and_plans(
    desk: Desk, county: County, leaver: str
) -> None:
    page = desk.open_as("county.reads", f"/triggers/{leaver}")
    sheet = page.get_by_role("dialog", name="触发事项")
    expect(sheet).to_contain_text("要求离网")
    assert sheet.get_by_role("button", name="撤销").count() == 0
    sheet.get_by_role("button", name="关闭").click()
    assert page.get_by_role("button", name="登记触发").count() == 0
    assert number_of(CALLED)[3:] not in page.content()
    page = desk.open_as("county.reads", "/import?kind=tasks")
    expect(page.get_by_text("没有这个页面")).to_be_visible()


def test_a_managers_sheet_tells_the_figures_of_the_report_and_prints_alone(
    desk: Desk, county: County
) -> None:
    page = desk.open_as("county", "/reports/managers")
    page.get_by_role("link", name="沈佳怡").click()
    page.wait_for_url("**/manager-sheets/**")
    settled(page)
    expect(page.get_by_role("heading", name="沈佳怡")).to_be_visible()
    days = re.search(r"days=([\d-]+)\.\.([\d-]+)", page.url)
    assert days is not None
    until = datetime.fromisoformat(days[2]) + timedelta(days=1)
    report = county.ask(
        "GET",
        f"reports/managers?manager_id={county.id('m-1')}&from={days[1]}&until={until:%Y-%m-%d}",
    )
    for key in ("given", "done", "dialled", "talks"):
        cell = page.locator(f"tr[data-figure='{key}'] td").first
        expect(cell).to_have_text(f"{report['totals'][key]:,}")
    axe(page)
    desk.shot(page, "manager-sheet-zh")
    page.get_by_role("button", name="导出").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Excel").click()
    assert re.fullmatch(r"managers_[\d-]+_[\d-]+\.xlsx", download.value.suggested_filename)
    page.emulate_media(media="print")
    for gone in (page.get_by_role("navigation"), page.get_by_role("button", name="打印")):
        expect(gone).to_be_hidden()
    expect(page.get_by_role("heading", name="沈佳怡")).to_be_visible()
    # Nothing of it lies in a part that scrolls: paper does not.
    assert page.evaluate(
        "document.querySelector('#content').scrollHeight"
        " <= document.querySelector('#content').clientHeight + 1"
    )
    desk.shot(page, "manager-sheet-print")
    page.emulate_media(media="screen")
    board = desk.open_as("county", "/board")
    board.locator(f"[data-manager='{county.id('m-4')}'] a").click()
    board.wait_for_url("**/manager-sheets/**")


def test_nobody_reads_the_sheet_of_another_county(desk: Desk, county: County) -> None:
    page = desk.open_as("county", f"/manager-sheets/{county.id('m-9')}")
    expect(page.get_by_text("没有这项内容，或您无权查看。")).to_be_visible()


@pytest.fixture
def plan(county: County) -> Iterator[str]:
    """A plan with the shipped rules."""
    body = {"name": "规则测试", "group_id": county.id("g-cm")}
    made = str(county.ask("POST", "plans", 201, body)["id"])
    yield made
    county.ask("DELETE", f"plans/{made}", 204)


def test_the_rules_of_a_plan_are_changed_as_it_was_tried(
    desk: Desk, county: County, plan: str
) -> None:
    page = desk.open_as("county", f"/plans/{plan}")
    page.get_by_role("button", name="编辑计划").click()
    form = page.get_by_role("dialog", name="编辑计划")
    changes = form.get_by_role("region", name="改动")
    expect(changes).to_contain_text("没有改动")
    first = form.get_by_role("group", name="规则 1")
    first.get_by_label("每隔").fill("1")
    _choose(page, first, "短信预告", "不预告")
    last = form.get_by_role("group", name="规则 5")
    last.get_by_role("button", name="删除规则 5").click()
    form.get_by_role("button", name="新增规则").click()
    added = form.get_by_role("group", name="规则 5")
    added.get_by_label("客户类别").fill("新入网")
    _choose(page, added, "联系方式", "电话")
    form.get_by_text("周五", exact=True).click()
    form.get_by_label("每人每日至少（件）").fill("5")
    expect(changes).to_contain_text("每 1 周联系")
    expect(changes).to_contain_text("新入网")
    expect(changes).to_contain_text("周一、周三、周四、周五")
    axe(page)
    desk.shot(page, "plan-edit")
    form.get_by_role("button", name="试算").click()
    tried = form.locator("[data-tried]")
    expect(tried).to_contain_text(re.compile(r"将新增 \d+ 件"))
    assert county.ask("GET", f"plans/{plan}")["version"] == 1
    desk.shot(page, "plan-tried")
    form.get_by_role("button", name="保存").click()
    expect(form).to_be_hidden()
    saved = county.ask("GET", f"plans/{plan}")
    assert saved["version"] == 2
    assert saved["visiting_weekdays"] == ["mo", "we", "th", "fr"]
    assert saved["target_per_day"] == 5
    core, *_, new = saved["rules"]
    assert (core["cadences"][0]["every"], core["cadences"][0]["notice_days"]) == (
        {"count": 1, "unit": "weeks"},
        None,
    )
    assert core["cadences"][0]["name"] == "core"  # its tasks are known by it
    assert (new["who"]["classes"], new["cadences"][0]["channel"]) == (["新入网"], "call")
    # A rule that can't be is told at its field.
    page.get_by_role("button", name="编辑计划").click()
    first.get_by_label("每隔").fill("99")
    form.get_by_role("button", name="保存").click()
    expect(first.get_by_label("每隔")).to_have_attribute("aria-invalid", "true")
    assert county.ask("GET", f"plans/{plan}")["version"] == 2


def test_tasks_are_imported_of_the_own_county_only(desk: Desk, county: County) -> None:
    table = "\r\n".join(
        [
            "任务编号,类型,客户编号,客户经理,主题",
            f"imp-t1,回访,{customer_of(2, 5)},m-2,县区导入",
            f"imp-t2,回访,{customer_of(9, 5)},m-9,别的县区",
        ]
    ).encode()
    page = desk.open_as("county", "/group-tasks")
    page.get_by_role("button", name="导入", exact=True).click()
    page.wait_for_url("**/import?kind=tasks")
    expect(page.get_by_role("heading", level=1)).to_have_text("导入任务")
    axe(page)
    page.locator("input[type=file]").set_input_files(
        {"name": "t.csv", "mimeType": "text/csv", "buffer": table}
    )
    page.get_by_role("button", name="检查文件").click()
    would = page.get_by_role("region", name="检查结果（尚未写入）")
    bad = would.get_by_role("region", name="有误的行")
    expect(bad.get_by_role("row").filter(has_text="3")).to_be_visible()
    desk.shot(page, "import-tasks")
    would.get_by_role("button", name="导入 1 行").click()
    expect(page.get_by_role("region", name="导入完成")).to_be_visible()
    (task,) = county.ask("GET", "tasks?external_id=imp-t1")["items"]
    assert (task["manager_id"], task["subject"]) == (county.id("m-2"), "县区导入")
    assert county.ask("GET", "tasks?external_id=imp-t2")["items"] == []
    county.ask("POST", f"tasks/{task['id']}/cancel", 200, {})


def test_what_was_chosen_in_the_list_arrives_and_is_dragged_onto_a_manager(
    desk: Desk, county: County
) -> None:
    tasks = [
        county.task(f"t-chosen-{which}", customer_of(2, which), "m-2", type=_TYPE)
        for which in (4, 5)
    ]
    page = desk.open_as("county", f"/group-tasks?type={_TYPE}&state=assigned")
    rows = _rows(page, "任务管理")
    expect(rows).to_have_count(3)
    for which in (1, 2):
        rows.nth(which).get_by_role("checkbox").locator("xpath=ancestor::label").click()
    page.get_by_role("button", name="分派所选 2 件").click()
    page.wait_for_url("**/assign?**")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("combobox")).to_be_visible()
    for _ in ("the list of managers", "the dialog"):
        page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("已选 2 件")).to_be_visible()
    mine = _rows(page, "未办任务").filter(has_text="余额").first
    mine.drag_to(_rows(page, "客户经理").filter(has_text="黄丽萍"))
    expect(dialog.get_by_text("2 件任务会换人")).to_be_visible()
    dialog.get_by_role("button", name="确认分派").click()
    expect(dialog.get_by_text("已分派 2 件任务")).to_be_visible()
    owners = [county.ask("GET", f"tasks/{task}")["manager_id"] for task in tasks]
    assert owners == [county.id("m-4")] * 2


@pytest.mark.parametrize(
    ("language", "size", "theme"),
    [("en", DESKTOP, "dark"), ("zh", PHONE, "light"), ("en", PHONE, "dark")],
)
def test_the_pages_hold_on_each_screen(
    desk: Desk,
    county: County,
    leaver: str,
    plan: str,
    language: Language,
    size: Size,
    theme: Theme,
) -> None:
    shape = "phone" if size == PHONE else "desk"
    for name, path in (
        ("triggers", "/triggers"),
        ("trigger", f"/triggers/{leaver}"),
        ("sheet", f"/manager-sheets/{county.id('m-1')}"),
        ("plan", f"/plans/{plan}"),
        ("import", "/import?kind=tasks"),
    ):
        page = desk.open_as(
            "county",
            path,
            language=language,
            size=size,
            theme="dark" if theme == "dark" else "light",
        )
        if name == "plan":
            page.get_by_role(
                "button", name="编辑计划" if language == "zh" else "Edit the plan"
            ).click()
            page.get_by_role("dialog").wait_for()
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        desk.shot(page, f"county-{name}-{shape}-{language}")
        page.close()
