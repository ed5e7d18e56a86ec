"""The directory, flows and prompts, as an administrator keeps them by the page alone."""

from __future__ import annotations

import io
import re
import wave
from typing import Any

import numpy as np
from playwright.sync_api import Page, expect

from tests.console.browsing import Desk, axe, row_after, settled
from tests.parts.county import CHONGMING, HOTLINE, County, customer_of, number_of

ADMIN = "admin"


def open_page(desk: Desk, path: str, **more: Any) -> Page:
    page = desk.open_as(ADMIN, path, **more)
    settled(page)
    return page


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a select."""
    page.get_by_role("button", name=label).last.click()
    page.get_by_role("option", name=option).first.click()


def explain(page: Page, caller: str) -> None:
    """Ask what a call of `caller` to the county's hotline would do."""
    page.get_by_label("主叫号码").fill(caller)
    page.get_by_role("button", name="选择热线").click()
    page.get_by_role("option").filter(has_text=HOTLINE).click()
    page.get_by_role("button", name="推演", exact=True).click()


def test_a_new_customer_is_found_and_known_to_calls(desk: Desk, county: County) -> None:
    page = open_page(desk, "/customers")
    page.keyboard.press("n")
    sheet = page.get_by_role("dialog", name="新建客户")
    sheet.get_by_label("姓名").fill("欧阳雪梅")
    sheet.get_by_role("textbox", name="电话号码").fill("138 0013 7777")
    choose(page, "所属组织", "崇明")
    owner = sheet.get_by_role("combobox", name="客户经理")
    owner.fill("沈佳怡")
    page.get_by_role("option", name="沈佳怡").click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("客户已保存")).to_be_visible()

    page.get_by_role("searchbox").fill("oyxm")
    row = page.get_by_role("row").filter(has_text="欧阳雪梅")
    expect(row).to_contain_text("+8613800137777")
    expect(row).to_contain_text("沈佳怡")
    # Neither names nor numbers stand in an address.
    assert "oyxm" not in page.url

    page.goto(f"{county.url}/explain")
    explain(page, "013800137777")
    answer = page.locator("section[aria-live]")
    expect(answer).to_contain_text("欧阳雪梅")
    expect(answer.get_by_role("listitem").filter(has_text="归属经理")).to_contain_text("沈佳怡")
    axe(page)

    # Deleted, the keyboard goes on at the customer who comes into its place.
    made = county.ask("GET", "customers?number=13800137777")["items"][0]
    page.goto(f"{county.url}/customers?owner_id={made['owner_id']}")
    row.click()
    following = row_after(page, made["id"])
    page.get_by_role("dialog").get_by_role("button", name="更多操作").click()
    page.get_by_role("menuitem", name="删除").click()
    page.get_by_role("dialog").last.get_by_role("button", name="删除").click()
    expect(page.get_by_text("客户已删除")).to_be_visible()
    expect(row).to_have_count(0)
    expect(following).to_be_focused()


def test_a_wrong_field_is_told_at_its_field(desk: Desk, county: County) -> None:
    page = open_page(desk, "/customers?edit=new")
    sheet = page.get_by_role("dialog", name="新建客户")
    sheet.get_by_label("姓名").fill("测试")
    sheet.get_by_role("textbox", name="电话号码").fill("not a number")
    choose(page, "所属组织", "崇明")
    sheet.get_by_role("button", name="保存").click()
    number = sheet.get_by_role("textbox", name="电话号码")
    expect(number).to_have_attribute("aria-invalid", "true")
    # Closed and opened again, nothing that was typed is lost.
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(sheet.get_by_label("姓名")).to_have_value("测试")


def test_a_text_of_messages_is_written_checked_and_taken_back(desk: Desk, county: County) -> None:
    page = open_page(desk, "/texts")
    page.get_by_role("row").filter(has_text="外呼未接通告知").click()
    sheet = page.get_by_role("dialog", name="外呼未接通告知")
    expect(sheet).to_contain_text("必须包含 {hotline}")
    text = sheet.get_by_label("中文内容")
    expect(text).to_have_attribute("placeholder", re.compile("请回拨|回拨"))
    text.fill("您好，请回拨{phone}")
    sheet.get_by_role("button", name="保存").click()
    expect(text).to_have_attribute("aria-invalid", "true")
    axe(page)
    text.fill("您好，客户经理{manager}来电未接通，请回拨{hotline}。")
    page.keyboard.press("Control+Enter")
    row = page.get_by_role("row").filter(has_text="外呼未接通告知")
    expect(row).to_contain_text("客户经理{manager}来电未接通")
    expect(row).to_contain_text("已修改")
    assert county.ask("GET", "sms/templates/missed")["own"]["zh"].startswith("您好，客户经理")
    row.click()
    sheet.get_by_role("button", name="删除").click()
    page.get_by_role("dialog", name="恢复为上级").get_by_role("button", name="删除").click()
    expect(row).to_contain_text("内置")


def test_two_editors_lose_nothing(desk: Desk, county: County) -> None:
    body = {"name": "周正华", "group_id": county.id(CHONGMING), "tier": "高", "class": "核心"}
    made = county.ask("POST", "customers", 201, body)
    path = f"customers/{made['id']}"
    page = open_page(desk, f"/customers?edit={made['id']}")
    sheet = page.get_by_role("dialog", name="编辑客户")
    sheet.get_by_label("姓名").fill("周正花")
    sheet.get_by_label("等级").fill("中")
    county.ask("PUT", path, 200, {**body, "name": "周振华", "class": "潜力"})
    sheet.get_by_role("button", name="保存").click()

    note = sheet.get_by_role("alert", name="有人刚刚保存了不同的内容")
    expect(note).to_contain_text("已采用对方的修改：类别")
    choice = note.get_by_role("group", name="姓名")
    expect(choice).to_contain_text("周振华")
    expect(choice).to_contain_text("周正花")
    axe(page)
    choice.get_by_role("button", name="用对方的").click()
    sheet.get_by_role("button", name="保存").click()
    expect(page.get_by_text("客户已保存")).to_be_visible()
    saved = county.ask("GET", path)
    assert (saved["name"], saved["class"], saved["tier"]) == ("周振华", "潜力", "中")


def test_leave_that_another_planned_meanwhile_stays(desk: Desk, county: County) -> None:
    body: dict[str, Any] = {"name": "休假的人", "group_id": county.id(CHONGMING), "phones": []}
    made = county.ask("POST", "managers", 201, body)
    path = f"managers/{made['id']}"
    page = open_page(desk, f"/managers?edit={made['id']}")
    sheet = page.get_by_role("dialog", name="编辑客户经理")
    sheet.get_by_label("工号").fill("A-17")
    leave = [{"from": "2027-02-01T00:00:00Z", "until": "2027-02-08T00:00:00Z"}]
    county.ask("PUT", path, 200, {**body, "leave": leave})
    sheet.get_by_role("button", name="保存").click()
    expect(sheet.get_by_role("alert")).to_be_visible()
    sheet.get_by_role("button", name="保存").click()
    expect(page.get_by_text("客户经理已保存")).to_be_visible()
    saved = county.ask("GET", path)
    assert (saved["staff_no"], len(saved["leave"])) == ("A-17", 1)

    # Enter sets the PIN that is typed, and neither saves nor closes what is above it.
    page.goto(f"{county.url}/managers?edit={made['id']}")
    pin = sheet.locator("input[type=password]")
    pin.fill("4711")
    pin.press("Enter")
    expect(pin).to_have_value("")
    assert county.ask("GET", path)["has_pin"]
    county.ask("DELETE", path, 204)


def test_a_table_in_gbk_is_imported_but_for_its_bad_rows(desk: Desk, county: County) -> None:
    lines = ["客户编号,称呼,联系电话,所属组,备注"]
    lines += [f"imp-{i},导入客户{i},1380022{i:04},{CHONGMING},第{i}位" for i in range(8)]
    lines += ["imp-x,无此组,13800229998,nowhere,", f"imp-y,坏号码,12x,{CHONGMING},"]
    table = "\r\n".join(lines).encode("gbk")
    page = open_page(desk, "/import?kind=customers")
    page.locator("input[type=file]").set_input_files(
        {"name": "客户.csv", "mimeType": "text/csv", "buffer": table}
    )
    part = page.get_by_role("region", name="列对应关系")
    expect(part.get_by_role("row").filter(has_text="备注")).to_contain_text("第0位")
    check = part.get_by_role("button", name="检查文件")
    expect(check).to_be_disabled()
    expect(part).to_contain_text("还缺必需的列：名称")
    choose(page, "“称呼”对应的字段", "名称")
    axe(page)
    check.click()

    would = page.get_by_role("region", name="检查结果（尚未写入）")
    bad = would.get_by_role("region", name="有误的行")
    for line in (10, 11):
        expect(bad.get_by_role("row").filter(has_text=str(line))).to_be_visible()
    assert county.ask("GET", "customers?external_id=imp-1")["items"] == []
    with page.expect_download() as download:
        bad.get_by_role("button", name="下载有误的行").click()
    assert download.value.suggested_filename == "bad-rows.csv"
    assert download.value.path().read_text("utf-8-sig").count("\n") >= 3
    would.get_by_role("button", name="导入 8 行").click()
    expect(page.get_by_role("region", name="导入完成")).to_be_visible()
    found = county.ask("GET", "customers?external_id=imp-7")["items"][0]
    assert (found["name"], found["attributes"]) == ("导入客户7", {"备注": "第7位"})


def test_a_mistake_in_a_flow_is_marked_at_its_line(desk: Desk, county: County) -> None:
    page = open_page(desk, "/flows")
    page.get_by_role("button", name="新建流程").click()
    page.get_by_label("流程名称").fill("evening")
    page.get_by_role("button", name="创建").click()
    editor = page.get_by_role("textbox", name="流程文本")
    editor.click()
    page.keyboard.press("Control+Home")
    for _ in range(9):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.type("e")  # `otherwise: bye` has become `byee`
    problem = page.get_by_role("listitem").filter(has_text="第 10 行")
    expect(problem).to_contain_text("main: 没有步骤 byee，是否应为 bye？")
    box = page.get_by_role("button", name="main menu: main_menu")
    expect(box).to_have_attribute("data-wrong", "true")
    save = page.get_by_role("button", name="保存并生效")
    expect(save).to_be_disabled()
    axe(page)
    desk.shot(page, "flow-mistake")

    page.keyboard.press("Backspace")
    expect(save).to_be_enabled()
    save.click()
    expect(page.get_by_text("版本 1 已生效")).to_be_visible()
    assert county.ask("GET", "flows/evening")["problems"] == []
    # By keys alone: from the first step to one below it, and to its line.
    box.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("g[role=button]:focus")).to_have_count(1)
    expect(box).not_to_be_focused()


def test_hours_of_a_hotline_are_set_and_calls_keep_to_them(desk: Desk, county: County) -> None:
    hotline = county.ask("GET", f"hotlines?number=%2B{HOTLINE[1:]}")["items"][0]
    try:
        page = open_page(desk, f"/hotlines?edit={hotline['id']}")
        sheet = page.get_by_role("dialog", name="编辑热线")
        sheet.get_by_role("button", name="服务时间").click()
        page.get_by_role("option", name="自定义").click()
        for day in ("周一", "周二", "周三", "周四", "周五"):
            sheet.get_by_role("switch", name=f"{day}营业").press("Space")
        saturday = sheet.get_by_role("group", name="周六")
        saturday.get_by_role("switch").press("Space")
        saturday.get_by_label("周六第1段开始").fill("3")
        saturday.get_by_label("周六第1段结束").fill("3:01")
        axe(page)
        sheet.get_by_role("button", name="保存").click()
        expect(page.get_by_text("热线已保存")).to_be_visible()
        kept = county.ask("GET", f"hotlines/{hotline['id']}")
        assert kept["hours"] == "Sa 03:00-03:01; PH off"

        page.goto(f"{county.url}/explain")
        choose(page, "时间", "指定时间")
        moment = page.get_by_role("group", name="指定时间")
        for segment, value in zip(
            moment.get_by_role("spinbutton").all(), ("2026", "11", "18", "10", "00"), strict=True
        ):
            segment.click()
            page.keyboard.type(value)
        explain(page, number_of(customer_of(1)))
        answer = page.locator("section[aria-live]")
        expect(answer).to_contain_text("非营业时间")
        expect(answer).to_contain_text("热线不在营业时间")
    finally:
        changed = county.ask("GET", f"hotlines/{hotline['id']}")
        county.ask(
            "PUT",
            f"hotlines/{hotline['id']}",
            200,
            {key: value for key, value in changed.items() if key != "id"} | {"hours": None},
        )


def test_a_prompt_is_uploaded_and_heard(desk: Desk, county: County) -> None:
    page = open_page(desk, "/prompts")
    page.keyboard.press("n")
    sheet = page.get_by_role("dialog", name="新提示音")
    sheet.get_by_label("名称").fill("new_year")
    sheet.get_by_label("文字内容").fill("新年快乐")
    sheet.locator("input[type=file]").set_input_files(
        {"name": "新年.wav", "mimeType": "audio/wav", "buffer": tone(1.5)}
    )
    axe(page)
    sheet.get_by_role("button", name="上传提示音").click()
    expect(page.get_by_text("提示音已更新")).to_be_visible()
    row = page.get_by_role("listitem").filter(has_text="new_year")
    expect(row).to_contain_text("新年快乐")
    with page.expect_response(lambda answer: "/new_year/audio" in answer.url) as heard:
        row.get_by_role("button", name="播放 new_year").click()
    assert heard.value.status in (200, 206)
    expect(row.get_by_role("button", name="停止 new_year")).to_be_visible()
    # It ends by itself.
    expect(row.get_by_role("button", name="播放 new_year")).to_be_visible()
    county.ask("DELETE", "prompts/zh/new_year", 204)


def tone(seconds: float) -> bytes:
    """Return a WAV file of something to hear."""
    at = np.arange(int(16_000 * seconds)) / 16_000
    samples = (np.sin(2 * np.pi * 440 * at) * 9_000).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(samples.tobytes())
    return file.getvalue()
