"""What is refused is told in the reader's language, and what is sent twice is made once."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, Route, expect

from tests.console.browsing import PHONE, Desk, axe
from tests.parts.county import County

_NEVER_SAID = "这句话不该出现"


def test_whom_the_organisations_login_lets_not_in_is_told_why(desk: Desk, county: County) -> None:
    page = desk.open(size=PHONE)
    told = page.get_by_role("alert")
    log_in = page.get_by_role("button", name="登录", exact=True)
    for code, words in {
        "oidc-expired": "登录已超时或在别处发起",
        "oidc-unavailable": "单位账号登录暂不可用",
        "oidc-refused": "此账号不能登录本系统",
    }.items():
        page.goto(f"{county.url}/?refused={code}")
        expect(told).to_contain_text(words)
        assert "refused" not in page.url  # whoever reloads, or gets the address, is not told again
    axe(page)
    desk.shot(page, "login-refused")
    page.reload()
    expect(log_in).to_be_visible()
    expect(told).to_have_count(0)
    page.goto(f"{county.url}/?refused={_NEVER_SAID}")
    expect(log_in).to_be_visible()
    expect(told).to_have_count(0)
    expect(page.get_by_text(_NEVER_SAID)).to_have_count(0)


def test_what_is_wrong_is_said_at_its_field_in_the_pages_language(desk: Desk) -> None:
    page = desk.open_as("admin", "/webhooks")
    page.get_by_role("button", name="新建 Webhook").first.click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("接收地址").fill("http://8.8.8.8/hook")
    sheet.get_by_role("button", name="新建 Webhook").click()
    expect(sheet.get_by_text("网址必须以 https:// 开头", exact=True)).to_be_visible()
    axe(page)
    desk.shot(page, "refused-field")


def test_what_no_field_shows_is_named_below_the_form(desk: Desk) -> None:
    """A limit of something that the form has no field for."""
    page = desk.open_as("admin", "/groups", size=PHONE)
    fault = {"message": "English", "kind": "too-long", "params": {"max": 20}}
    errors = [
        {"field": "customer_number", **fault},
        {"field": "of_a_later_version", **fault, "kind": "of-a-later-version"},
    ]
    problem = {"code": "invalid", "detail": "x", "errors": errors, "request_id": "r-1"}

    def refuse(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=422, json=problem)
        else:
            route.fallback()

    page.route("**/v1/groups", refuse)
    sheet = _new_group(page, "北区")
    told = sheet.get_by_role("alert")
    expect(told).to_contain_text("请检查填写的内容。")
    expect(told).to_be_in_viewport(ratio=0.9)
    buttons = sheet.get_by_role("button", name="保存").bounding_box()
    note = told.bounding_box()
    assert note is not None
    assert buttons is not None
    assert note["y"] + note["height"] <= buttons["y"]  # not behind them
    expect(told.get_by_role("listitem")).to_have_text(
        ["客户号码：最多 20 个字符", "of_a_later_version：English"]
    )
    expect(told).to_contain_text("r-1")
    axe(page)
    desk.shot(page, "refused-elsewhere")


def _new_group(page: Page, name: str) -> Locator:
    page.get_by_role("button", name="新建组织").first.click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("名称", exact=True).fill(name)
    sheet.get_by_role("button", name="保存").click()
    return sheet


class LostAnswers:
    """Lets requests reach the node, and loses the answer of the first."""

    def __init__(self, page: Page, path: str) -> None:
        self.keys: list[str] = []
        page.route(f"**{path}", self._on_request)

    def _on_request(self, route: Route) -> None:
        if route.request.method != "POST" or (route.request.post_data_json or {}).get("preview"):
            route.fallback()
            return
        self.keys.append(route.request.headers.get("idempotency-key", ""))
        answer = route.fetch()
        if len(self.keys) == 1:
            route.abort("connectionreset")
        else:
            route.fulfill(response=answer)


def test_what_is_sent_again_after_a_lost_answer_is_made_once(desk: Desk, county: County) -> None:
    page = desk.open_as("admin", "/groups")
    lost = LostAnswers(page, "/v1/groups")
    sheet = _new_group(page, "只建一次")
    expect(sheet.get_by_role("alert")).to_contain_text("连不上服务器")
    sheet.get_by_role("button", name="保存").click()
    expect(sheet).to_be_hidden()
    made = [one for one in county.ask("GET", "groups?limit=200")["items"] if _is_once(one)]
    assert len(made) == 1
    assert len(lost.keys) == 2
    assert lost.keys[0] == lost.keys[1] != ""
    county.ask("DELETE", f"groups/{made[0]['id']}", 204)
    desk.faults.clear()  # the browser tells of the connection that was broken


def test_an_order_whose_answer_is_lost_is_given_once(desk: Desk, county: County) -> None:
    of = {"type": "win_back", "customer_id": county.id("c-301"), "group_id": county.id("g-cm")}
    task = county.ask("POST", "tasks", 201, of)["id"]
    page = desk.open_as("county", "/assign?type=win_back")
    lost = LostAnswers(page, "/v1/tasks/assign")
    rows = page.get_by_role("grid", name="未办任务").get_by_role("row")
    rows.first.drag_to(
        page.get_by_role("grid", name="客户经理").get_by_role("row").filter(has_text="黄丽萍")
    )
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="确认分派").click()
    expect(dialog.get_by_role("alert")).to_contain_text("连不上服务器")
    dialog.get_by_role("button", name="确认分派").click()
    expect(dialog.get_by_text("已分派 1 件任务")).to_be_visible()
    assert len(lost.keys) == 2
    assert lost.keys[0] == lost.keys[1] != ""
    county.ask("POST", f"tasks/{task}/cancel", 200, {})
    desk.faults.clear()  # the browser tells of the connection that was broken


def _is_once(group: dict[str, Any]) -> bool:
    return bool(group["name"] == "只建一次")


def test_a_key_whose_answer_is_lost_is_made_once_and_its_secret_is_not_told_later(
    desk: Desk, county: County
) -> None:
    page = desk.open_as("admin", "/keys")
    lost = LostAnswers(page, "/v1/keys")
    page.get_by_role("button", name="新建密钥").first.click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("名称", exact=True).fill("只建一次")
    for words in ("连不上服务器", "密钥或密码只显示一次"):
        sheet.get_by_role("button", name="新建密钥").click()
        expect(sheet.get_by_role("alert")).to_contain_text(words)
    desk.shot(page, "secret-shown")
    assert len(set(lost.keys)) == 1
    made = [one for one in county.ask("GET", "keys?limit=200")["items"] if _is_once(one)]
    assert len(made) == 1
    county.ask("DELETE", f"keys/{made[0]['id']}", 204)
    desk.faults.clear()


def test_done_today_is_what_was_closed_today(desk: Desk, county: County) -> None:
    asked: list[str] = []

    def note(page: Page) -> None:
        page.on("request", lambda request: asked.append(request.url))

    page = desk.open_as("manager", "/tasks", watch=note)
    figure = page.locator("dt", has_text="今日办结").locator("xpath=following-sibling::dd")
    expect(figure).to_have_text(re.compile(r"^\d+$"))
    (query,) = [parse_qs(urlsplit(url).query) for url in asked if "closed_from" in url]
    midnight = datetime.now(ZoneInfo("Asia/Shanghai")).replace(hour=0, minute=0, second=0)
    told = datetime.fromisoformat(query["closed_from"][0])
    assert told == midnight.astimezone(UTC).replace(microsecond=0)
    assert query["state"] == ["done"]
    done = county.ask("GET", "tasks", params={name: values[0] for name, values in query.items()})[
        "items"
    ]
    expect(figure).to_have_text(str(len(done)))


def test_corrections_name_what_they_correct(desk: Desk) -> None:
    page = desk.open_as("county", "/board")
    sums = {"talks": (3, 4), "talk_ms": (60_000, 3_665_000), "outcome_missed": (1, 0)}
    shared = {"at": "2026-11-02T02:00:00Z", "day": "2026-10-05", "counts": "calls"}
    whose = {"group_id": None, "manager_id": None, "hotline_id": None, "type": None}
    items: list[dict[str, Any]] = [
        {**shared, **whose, "figure": name, "before": before, "after": after, "caused_by": []}
        for name, (before, after) in {**sums, "talk_class_03": (1, 2), "of_later": (1, 2)}.items()
    ]
    body = json.dumps({"items": items, "next_cursor": None})
    page.route("**/v1/reports/months/2026-10/corrections*", lambda route: route.fulfill(body=body))
    page.goto(page.url.replace("/board", "/report-months/2026-10"))
    table = page.get_by_role("grid")
    for words in ("接通", "通话时长", "结果：未接来电", "通话时长（第 4 档）", "of_later"):
        expect(table.get_by_text(words, exact=True)).to_be_visible()
    expect(table.get_by_text("talk_ms")).to_have_count(0)
    axe(page)
    desk.shot(page, "corrections")
