"""What an administrator defines by forms: types of tasks, triggers, prompts, flows that go."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.browsing import (
    DESKTOP,
    PHONE,
    Desk,
    Language,
    Size,
    axe,
    row_after,
    settled,
)
from tests.parts.county import HOTLINE, County

_FLOW = """flow: {name}
languages: [zh]
start: bye
steps:
  bye: {{do: hang_up, prompts: [goodbye]}}
"""


def _open(desk: Desk, path: str, **more: Any) -> Page:
    page = desk.open_as("admin", path, **more)
    settled(page)
    return page


def _choose(page: Page, part: Locator, field: str, option: str) -> None:
    part.get_by_role("button", name=field).click()
    page.get_by_role("option", name=option, exact=True).click()


def _result(page: Page, sheet: Locator, place: int, code: str, zh: str, kind: str) -> None:
    """Add a result; the keyboard is in its name already."""
    sheet.get_by_role("button", name="添加结果").click()
    row = sheet.get_by_role("group", name=f"结果 {place}")
    expect(row.get_by_label("中文名称")).to_be_focused()
    page.keyboard.type(zh)
    row.get_by_label("代号").fill(code)
    _choose(page, row, "含义", kind)


def test_a_type_of_task_is_made_and_seen_as_managers_will(desk: Desk, county: County) -> None:
    page = _open(desk, "/kinds")
    page.keyboard.press("n")
    sheet = page.get_by_role("dialog", name="新建任务类型")
    sheet.get_by_label("中文名称").first.fill("光纤升级")
    sheet.get_by_label("代号").first.fill("光纤")
    _result(page, sheet, 1, "upgraded", "升级成功", "成功")
    _result(page, sheet, 2, "later", "改天再说", "再次联系")
    _result(page, sheet, 3, "refuses", "不需要", "拒绝")
    third = sheet.get_by_role("group", name="结果 3")
    third.get_by_role("checkbox", name="须填原因").press("Space")
    # What a manager will see follows what is typed.
    preview = sheet.get_by_role("region", name="经理看到的填写界面")
    preview.get_by_text("改天再说").click()
    expect(preview.get_by_role("radiogroup", name="什么时候再联系")).to_be_visible()
    preview.get_by_text("不需要").click()
    expect(preview.get_by_role("radiogroup", name="什么时候再联系")).to_have_count(0)
    expect(preview.get_by_label("真实原因（客户原话）")).to_be_visible()
    axe(page)
    desk.shot(page, "task-type")
    sheet.get_by_role("textbox", name="联系期限").fill("4")
    # What is wrong stands at its field, and nothing is lost.
    sheet.get_by_role("button", name="保存").click()
    expect(sheet.get_by_label("代号").first).to_have_attribute("aria-invalid", "true")
    sheet.get_by_label("代号").first.fill("fibre_upgrade")
    _choose(page, third, "按键", "1")
    expect(third.get_by_text("重复")).to_be_visible()
    _choose(page, third, "按键", "6")
    third.get_by_label("代号").fill("upgraded")
    sheet.get_by_role("button", name="保存").click()
    expect(third.get_by_label("代号")).to_have_attribute("aria-invalid", "true")
    third.get_by_label("代号").fill("refuses")
    # It saves wherever the keyboard is, and opens nothing: here, on a choice of options.
    third.get_by_role("button", name="按键").press("Control+Enter")
    expect(page.get_by_text("已保存；新任务按新定义执行")).to_be_visible()
    kept = county.ask("GET", "task-types/fibre_upgrade")
    assert [(one["key"], one["code"], one["kind"]) for one in kept["results"]] == [
        ("1", "upgraded", "success"),
        ("2", "later", "call_again"),
        ("6", "refuses", "refused"),
    ]
    assert (kept["names"], kept["times"]["contact_s"]) == ({"zh": "光纤升级"}, 14_400)
    following = row_after(page, "fibre_upgrade")
    page.get_by_role("row").filter(has_text="fibre_upgrade").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    page.get_by_role("dialog").last.get_by_role("button", name="删除").click()
    expect(page.get_by_text("已恢复")).to_be_visible()
    expect(following).to_be_focused()
    county.ask("GET", "task-types/fibre_upgrade", 404)


def test_a_shipped_trigger_is_changed_and_brought_back(desk: Desk, county: County) -> None:
    page = _open(desk, "/kinds?of=triggers&edit=low_balance")
    sheet = page.get_by_role("dialog", name="余额不足")
    expect(sheet.get_by_label("不超过")).to_have_value("10")
    sheet.get_by_label("不超过").fill("20")
    sheet.get_by_text("自定期限").click()
    sheet.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存；新任务按新定义执行")).to_be_visible()
    kept = county.ask("GET", "trigger-kinds/low_balance")
    assert kept["threshold"]["at_most"] == 20
    assert kept["times"] == {"contact_s": 14_400, "close_working_days": 2, "due_s": None}
    row = page.get_by_role("row").filter(has_text="low_balance")
    expect(row).to_contain_text("≤ 20")
    row.click()
    axe(page)
    sheet.get_by_role("button", name="恢复内置").click()
    page.get_by_role("dialog").last.get_by_role("button", name="恢复内置").click()
    expect(row).to_contain_text("≤ 10")
    assert not county.ask("GET", "trigger-kinds/low_balance")["is_edited"]


def test_a_text_is_spoken_heard_and_taken_back(desk: Desk, county: County) -> None:
    page = _open(desk, "/prompts")
    row = page.get_by_role("listitem").filter(has=page.get_by_text("after_hours", exact=True))
    row.get_by_role("button", name="替换").click()
    sheet = page.get_by_role("dialog", name="after_hours")
    present = sheet.get_by_role("region", name="现在播放的")
    before = present.inner_text()
    sheet.get_by_text("由文字合成").click()
    sheet.get_by_label("要说的内容").fill("今天下午不办公。")
    sheet.get_by_role("button", name="合成并生效").click()
    # It stays open: what was spoken is listened to.
    expect(present).to_contain_text("今天下午不办公。")
    expect(present).to_contain_text("自制")
    with page.expect_response(lambda answer: "/after_hours/audio" in answer.url) as heard:
        present.get_by_role("button", name="播放 after_hours").click()
    assert heard.value.status in (200, 206)
    axe(page)
    desk.shot(page, "prompt-spoken")
    assert county.ask("GET", "prompts/zh/after_hours")["text"] == "今天下午不办公。"
    sheet.get_by_role("button", name="恢复原来的").click()
    page.get_by_role("dialog").last.get_by_role("button", name="恢复原来的").click()
    expect(page.get_by_text("已恢复", exact=True)).to_be_visible()
    row.get_by_role("button", name="替换").click()
    assert present.inner_text() == before
    # Where there is no voice, it says what is to be configured.
    page.goto(f"{county.url}/prompts?language=en")
    row.get_by_role("button", name="替换").click()
    sheet.get_by_text("由文字合成").click()
    expect(sheet.get_by_role("region", name="这个节点没有英文的声音")).to_contain_text("[speech]")
    expect(sheet.get_by_role("button", name="合成并生效")).to_be_disabled()


def test_a_flow_goes_once_no_hotline_has_it(desk: Desk, county: County) -> None:
    text = _FLOW.format(name="farewell").encode()
    yaml = {"Content-Type": "application/yaml"}
    answer = county.api.put("/v1/flows/farewell", content=text, headers=yaml)
    assert answer.status_code == 201, answer.text
    hotline = county.ask("GET", f"hotlines?number=%2B{HOTLINE[1:]}")["items"][0]
    body = {key: value for key, value in hotline.items() if key != "id"}
    path = f"hotlines/{hotline['id']}"
    county.ask("PUT", path, 200, {**body, "flow": "farewell"})
    try:
        page = _open(desk, "/flows/farewell")
        page.get_by_role("button", name="删除流程").click()
        dialog = page.get_by_role("dialog", name="删除流程")
        expect(dialog.get_by_role("link", name="崇明服务热线")).to_be_visible()
        axe(page)
    finally:
        county.ask("PUT", path, 200, {**body, "flow": None})
    page.reload()
    settled(page)
    page.get_by_role("button", name="删除流程").click()
    page.get_by_role("dialog").get_by_role("button", name="删除流程").click()
    expect(page.get_by_text("流程已删除")).to_be_visible()
    expect(page).to_have_url(f"{county.url}/flows")
    county.ask("GET", "flows/farewell", 404)
    # Under the same name its versions are there again.
    page.goto(f"{county.url}/flows/farewell")
    page.get_by_role("tab", name="历史版本").click()
    page.get_by_role("button", name="版本 1").click()
    page.get_by_role("button", name="载入此版本").click()
    expect(page.get_by_role("textbox", name="流程文本")).to_contain_text("goodbye")


@pytest.mark.parametrize(
    ("language", "size", "path"),
    [
        ("en", PHONE, "/kinds?edit=retention"),
        ("zh", PHONE, "/kinds?of=triggers&edit=spend_fell"),
        ("en", DESKTOP, "/kinds?of=triggers"),
    ],
)
def test_the_forms_keep_nobody_out(desk: Desk, language: Language, size: Size, path: str) -> None:
    page = _open(desk, path, language=language, size=size, theme="dark")
    if "edit" in path:
        page.get_by_role("dialog").get_by_role("textbox").first.wait_for()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
