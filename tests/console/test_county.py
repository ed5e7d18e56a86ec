"""The county manager's pages: the board that lives, figures and the rows behind them, plans."""

from __future__ import annotations

import csv
import io
import re
import time

from playwright.sync_api import Page, expect

from tests.console.browsing import PHONE, Desk, settled
from tests.parts.county import County, customer_of, manager_number, number_of
from tests.parts.telephones import Plan


def test_the_board_shows_a_call_that_rings_talks_and_ends(desk: Desk, county: County) -> None:
    customer = customer_of(2, 6)
    county.phones.plans[number_of(customer)] = Plan(answers_after_s=None)
    page = desk.open_as("county", "/board")
    call = county.dial("m-2", customer)
    row = page.locator(f"[data-call='{call}']")
    expect(row).to_contain_text("陆建国")
    county.phones.rung(number_of(customer))
    expect(row).to_contain_text("振铃中")
    county.phones.answer(number_of(customer))
    expect(row).to_contain_text("通话中")
    person = page.locator(f"[data-manager='{county.id('m-2')}']")
    expect(person).to_have_attribute("data-state", "talking")
    assert number_of(customer)[3:] not in page.content()
    desk.shot(page, "board-zh")
    county.phones.hang_up(manager_number("m-2"))
    expect(row).to_have_count(0)
    expect(person).to_have_attribute("data-state", "free")


def test_the_focus_stays_in_the_calls_when_one_ends(desk: Desk, county: County) -> None:
    customers = [customer_of(2, 8), customer_of(3, 8)]
    for customer in customers:
        county.phones.plans[number_of(customer)] = Plan(answers_after_s=None)
    page = desk.open_as("county", "/board")
    rows = []
    for manager, customer in zip(("m-2", "m-3"), customers, strict=True):
        rows.append(page.locator(f"[data-call='{county.dial(manager, customer)}']"))
        county.phones.rung(number_of(customer))
    for row in rows:
        row.wait_for()
    rows[0].get_by_role("link").focus()
    county.phones.hang_up(manager_number("m-2"))
    expect(rows[0]).to_have_count(0)
    expect(rows[1].get_by_role("link")).to_be_focused()
    county.phones.hang_up(manager_number("m-3"))
    expect(page.get_by_role("main")).to_be_focused()


def test_a_saved_result_is_on_the_board_within_two_seconds(desk: Desk, county: County) -> None:
    task = county.task("t-board", customer_of(3, 7), "m-3")
    page = desk.open_as("county", "/board")
    page.locator("[data-told]").first.wait_for()
    expect(page.get_by_text("实时更新")).to_be_visible()
    body = {"code": "wrong_number"}
    saved_at = time.monotonic()
    county.ask("PUT", f"tasks/{task}/result", 200, body)
    told = page.locator(f"[data-told='{task}']")
    told.wait_for()
    assert time.monotonic() - saved_at < 2
    expect(told).to_contain_text("顾晓东")
    expect(told).to_contain_text("号码错误")


def test_the_board_tells_of_one_group_only_when_asked(desk: Desk, county: County) -> None:
    own = county.task("t-board-own", customer_of(2, 3), "m-2")
    other = county.task("t-board-other", customer_of(9, 3), "m-9")
    page = desk.open_as("admin", f"/board?group_id={county.id('g-fx')}")
    expect(page.get_by_text("实时更新")).to_be_visible()
    for task in (own, other):
        county.ask("PUT", f"tasks/{task}/result", 200, {"code": "wrong_number"})
    page.locator(f"[data-told='{other}']").wait_for()
    assert page.locator(f"[data-told='{own}']").count() == 0
    # The lists of the whole screen are above it, and lead to the other groups.
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement !== null")
    expect(page.get_by_role("navigation")).to_have_count(0)
    page.get_by_role("button", name="所属组织").click()
    page.get_by_role("option", name="全部组织").click()
    page.locator(f"[data-told='{own}']").wait_for()
    page.keyboard.press("f")
    expect(page.get_by_role("navigation")).to_be_visible()


def test_results_told_while_the_board_was_left_are_on_it_again(desk: Desk, county: County) -> None:
    task = county.task("t-board-left", customer_of(3, 3), "m-3")
    page = desk.open_as("county", "/board")
    page.get_by_role("link", name="报表").click()
    page.wait_for_url("**/reports**")
    county.ask("PUT", f"tasks/{task}/result", 200, {"code": "wrong_number"})
    page.get_by_role("link", name="实时看板").click()
    page.locator(f"[data-told='{task}']").wait_for()
    phone = desk.open_as("county", "/board", size=PHONE)
    figures = phone.locator("ul").first.bounding_box()
    assert figures is not None
    assert figures["width"] > PHONE[0] - 40


def test_a_schedule_is_made_and_changed(desk: Desk) -> None:
    page = desk.open_as("county", "/report-schedules")
    add = page.get_by_role("button", name="新建定期报表")
    add.click()
    page.get_by_label("名称").fill("周报")
    page.get_by_role("button", name="保存").click()
    line = page.get_by_role("listitem").filter(has_text="周报")
    expect(line).to_contain_text("每周一 07:30")
    # The next one begins with nothing of this one.
    add.click()
    expect(page.get_by_label("名称")).to_have_value("")
    page.keyboard.press("Escape")
    line.get_by_role("button", name="修改定期报表").click()
    page.get_by_role("dialog").get_by_role("button", name="生成日").click()
    page.get_by_role("option", name="周五").click()
    page.get_by_role("dialog").get_by_text("按期生成").click()
    page.get_by_role("button", name="保存").click()
    expect(line).to_contain_text("每周五 07:30")
    expect(line).to_contain_text("已停用")


def test_a_figure_leads_to_exactly_the_rows_that_it_counts(desk: Desk, county: County) -> None:
    page = desk.open_as("county", "/reports/activity?by=week")
    figure = page.get_by_role("row").nth(1).get_by_role("link").nth(1)
    counted = int(figure.inner_text())
    figure.click()
    page.wait_for_url("**/calls?**")
    expect(page.locator("[data-count]")).to_have_text(f"共 {counted} 通")
    page.get_by_role("row").nth(1).click()
    expect(page.get_by_role("heading", name="时间线")).to_be_visible()
    # Days are in the address: the way back has the same rows.
    page.go_back()
    expect(page.locator("[data-count]")).to_have_text(f"共 {counted} 通")


def test_an_export_is_a_file_whose_rows_come_to_the_totals(desk: Desk, county: County) -> None:
    page = desk.open_as("county", "/reports/tasks?by=manager")
    given = page.locator("[data-figure='given'] button").first.inner_text()
    total = int(re.findall(r"\d+", given)[0])
    page.get_by_role("button", name="导出").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="CSV").click()
    file = download.value
    assert re.fullmatch(r"tasks_\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d\.csv", file.suggested_filename)
    rows = list(csv.reader(io.StringIO(file.path().read_text(encoding="utf-8-sig"))))
    column = next(place for place, name in enumerate(rows[0]) if name == "派发任务")
    assert sum(int(row[column]) for row in rows[1:]) == total


def test_the_report_of_quality_is_a_file_too(desk: Desk) -> None:
    page = desk.open_as("county", "/reports/quality")
    talks = page.get_by_role("row").filter(has_text="沈佳怡").get_by_role("gridcell").nth(0)
    counted = talks.inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="导出 CSV").click()
    assert download.value.suggested_filename.startswith("quality_")
    text = download.value.path().read_text(encoding="utf-8-sig")
    (row,) = (row for row in csv.DictReader(io.StringIO(text)) if "沈佳怡" in row.values())
    assert row["talks"] == counted


def test_a_chart_is_read_by_arrow_keys_and_follows_the_theme(desk: Desk) -> None:
    page = desk.open_as("county", "/reports/activity")
    chart = page.locator("[aria-roledescription=chart]")
    chart.focus()
    page.keyboard.press("Home")
    readout = page.get_by_role("status").filter(has_text="通话总数")
    expect(readout).to_contain_text(re.compile(r"11月|\d+月"))
    first = readout.inner_text()
    page.keyboard.press("ArrowRight")
    expect(readout).not_to_have_text(first)
    help_ = page.locator("[data-figure='connect_rate']").get_by_role("button").nth(1)
    help_.click()
    expect(page.get_by_role("dialog")).to_contain_text("本人接听 ÷ 外呼数")


def test_of_other_counties_nothing_is_seen(desk: Desk, county: County) -> None:
    texts: list[str] = []

    def watch(page: Page) -> None:
        page.on(
            "response",
            lambda answer: (
                texts.append(answer.text())
                if "/v1/" in answer.url
                and "json" in (answer.headers.get("content-type") or "")
                and answer.request.method == "GET"
                else None
            ),
        )

    page = desk.open_as("county", "/board", watch=watch)
    elsewhere = county.dial("m-9", customer_of(9, 4))
    own = county.dial("m-1", customer_of(1, 12))
    page.locator(f"[data-call='{own}']").wait_for()
    assert page.locator(f"[data-call='{elsewhere}']").count() == 0
    for path in ("/reports/managers", "/calls", "/group-tasks", "/plans"):
        page.goto(county.url + path)
        settled(page)
        page.get_by_role("main").wait_for()
        assert "金海峰" not in page.content()
    page.goto(f"{county.url}/calls/{elsewhere}")
    expect(page.get_by_role("alert")).to_contain_text("没有这项内容")
    assert texts
    for hidden in (county.id("m-9"), county.id("g-fx"), elsewhere, "金海峰"):
        assert not [text for text in texts if hidden in text and '"status":404' not in text]


def test_a_month_is_planned_after_it_was_seen(desk: Desk, county: County) -> None:
    page = desk.open_as("county", "/plans")
    page.get_by_role("button", name="新建计划").first.click()
    page.get_by_label("计划名称").fill("核心客户走访")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("每 2 周联系").first).to_be_visible()
    expect(page.get_by_role("rowheader", name="核心", exact=True)).to_be_visible()
    page.get_by_role("button", name="安排月份").click()
    page.get_by_role("dialog").get_by_role("button", name="预览").click()
    expect(page.get_by_text("尚未生效")).to_be_visible()
    heat = page.get_by_role("region", name="每日安排").get_by_role("table")
    expect(heat).to_contain_text("沈佳怡")
    desk.shot(page, "plans-zh")
    made = re.findall(r"\d+", page.get_by_text("将新增").inner_text())[0]
    assert int(made) > 0
    # It is said what will be done; the plan of the other tests' customers stays a preview.
    page.get_by_role("button", name="正式执行").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text(f"约新增 {made} 件任务")
    asked.get_by_role("button", name="取消").click()
    expect(asked).to_have_count(0)


def test_a_task_says_whom_it_is_for(desk: Desk, county: County) -> None:
    task = county.id("t-over-1")
    page = desk.open_as("county", f"/group-tasks/{task}")
    customer = county.ask("GET", f"tasks/{task}")["customer_id"]
    link = page.get_by_role("dialog").locator(f"a[href='/customers/{customer}']")
    expect(link).to_have_text(county.ask("GET", f"customers/{customer}")["name"])
