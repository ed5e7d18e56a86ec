"""Running the gateway by its pages: trunks, keys, webhooks, users, and what is told of all that."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.console.browsing import Desk, axe, log_in_by_form, settled
from tests.parts.county import County
from tests.parts.node import wait_for
from tests.parts.receiver import ReceiverServer, answers, takes

_STANDBY = """
[[trunk]]
name = "standby"
uri = "sip:127.0.0.1:{port};transport=tcp"
sources = ["127.0.0.44"]
numbers = ["+862169990000"]
options_s = 5
priority = 9
"""
#: Three misses, each within five seconds of the one before, and a machine that is behind its work.
_DOWN_WITHIN_S = 40
_OWN_PASSWORD = "seven geese on the pond"


@pytest.fixture(scope="module")
def standby(county: County) -> Iterator[datetime]:
    """When a trunk was added of which no server answers; it is tried for no call, and goes again.

    Its port is held, so that nobody else is there.
    """
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        before = county.node.config.read_text()
        head, tail = before.split("[media]", 1)
        trunk = _STANDBY.format(port=held.getsockname()[1])
        began = datetime.now(UTC)
        _reload(county, f"{head}{trunk}[media]{tail}")
        yield began
        _reload(county, before)


def _reload(county: County, text: str) -> None:
    node = county.node
    read = len(node.log.read_text())
    node.config.write_text(text)
    assert node.process is not None
    node.process.send_signal(signal.SIGHUP)
    wait_for(
        "the configuration was read", lambda: "configuration re" in node.log.read_text()[read:], 30
    )


def _card(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def _choose(page: Page, field: str, option: str) -> None:
    page.get_by_role("button", name=re.compile(field)).click()
    page.get_by_role("option", name=option, exact=True).click()


#: What the page's queries and mutations keep, read from the client that React hands down.
_KEPT_BY_QUERIES = """() => {
  const root = document.getElementById("root");
  const key = Object.keys(root).find((name) => name.startsWith("__reactContainer$"));
  let fiber = root[key];
  while (fiber && !fiber.memoizedProps?.client?.getMutationCache) fiber = fiber.child;
  const client = fiber.memoizedProps.client;
  const all = [...client.getMutationCache().getAll(), ...client.getQueryCache().getAll()];
  return JSON.stringify(all.map((one) => one.state));
}"""


def _secret(page: Page, button: str = "已保存") -> str:
    secret = page.get_by_test_id("secret").text_content() or ""
    page.get_by_role("button", name=button).click()
    expect(page.get_by_test_id("secret")).to_have_count(0)
    assert secret not in page.content(), "shown this once"
    assert secret not in page.evaluate(_KEPT_BY_QUERIES), "nothing keeps it in memory"
    return secret


def _status(county: County, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{county.url}/v1/system", headers=headers).status_code


def test_a_new_trunk_is_taken_to_be_up_until_it_is_silent(desk: Desk, standby: datetime) -> None:
    page = desk.open_as("admin", "/trunks")
    expect(_card(page, "carrier").get_by_text("正常").first).to_be_visible()
    expect(_card(page, "standby")).to_contain_text("tcp:127.0.0.1")
    assert standby.tzinfo is not None


def test_a_key_is_made_used_rotated_and_the_old_one_refused(desk: Desk, county: County) -> None:
    page = desk.open_as("admin", "/keys")
    page.keyboard.press("n")
    page.get_by_label("名称", exact=True).fill("任务系统")
    page.get_by_role("dialog").get_by_role("button", name="新建密钥").click()
    key = _secret(page)
    assert key.startswith("vgw_")
    assert _status(county, key) == 200
    page.get_by_role("row", name="任务系统").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name="更换密钥").click()
    _choose(page, "旧密钥保留", "立即失效")
    page.get_by_role("dialog").last.get_by_role("button", name="更换密钥").click()
    other = _secret(page)
    assert other != key
    assert [_status(county, one) for one in (other, key)] == [200, 401]
    _edited_key(page, sheet)
    kept = county.ask("GET", f"keys/{page.url.rsplit('/', 1)[1].partition('?')[0]}")
    assert (kept["name"], kept["scopes"], kept["requests_per_s"]) == (
        "任务系统（生产）",
        ["calls.read"],
        50,
    )
    # It may do less from now on: what it may not, is not there.
    assert _status(county, other) == 404
    axe(page)
    desk.shot(page, "key")
    sheet.get_by_role("button", name="吊销").click()
    page.get_by_role("dialog").last.get_by_role("button", name="吊销").click()
    expect(sheet.get_by_text("已吊销")).to_be_visible()
    assert _status(county, other) == 401


def _edited_key(page: Page, sheet: Locator) -> None:
    """Change what a key is for and what it may ask; a wrong rate is told at its field."""
    sheet.get_by_label("名称", exact=True).fill("任务系统（生产）")
    sheet.get_by_label("每秒请求上限").fill("很多")
    sheet.get_by_role("switch", name="角色的全部权限").press("Space")
    sheet.get_by_role("checkbox", name="查看通话", exact=True).press("Space")
    sheet.get_by_role("button", name="保存", exact=True).click()
    expect(sheet.get_by_label("每秒请求上限")).to_have_attribute("aria-invalid", "true")
    sheet.get_by_label("每秒请求上限").fill("50")
    sheet.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("已保存", exact=True)).to_be_visible()
    expect(sheet.get_by_role("button", name="放弃修改")).to_have_count(0)


def test_a_webhook_gets_a_signed_ping_and_what_failed_is_replayed(
    desk: Desk, county: County
) -> None:
    page = desk.open_as("admin", "/webhooks")
    with ReceiverServer() as receiver:
        page.keyboard.press("n")
        sheet = page.get_by_role("dialog")
        sheet.get_by_label("接收地址").fill("http://10.9.8.7/hook")
        sheet.get_by_label("说明").fill("营销系统")
        sheet.get_by_role("button", name="新建 Webhook").click()
        # What is wrong stands at its field, and what was typed stays.
        expect(sheet.get_by_label("接收地址")).to_have_attribute("aria-invalid", "true")
        sheet.get_by_label("接收地址").fill(receiver.url)
        sheet.get_by_role("button", name="新建 Webhook").click()
        secret = _secret(page)
        page.get_by_role("button", name="发送测试").click()
        [ping] = receiver.wait_for("a ping", _pings, 20)
        ping.verify(secret)
        rows = page.get_by_role("grid", name="推送记录").get_by_role("row")
        pings = rows.filter(has_text="webhook.ping")
        delivered = pings.filter(has_text="已送达")
        expect(delivered.first).to_be_visible()
        receiver.behaviour = answers(500)
        county.ask("POST", f"webhooks/{page.url.rsplit('/', 1)[1]}/ping", 202)
        failed = pings.filter(has_text="失败").filter(has_text="500")
        expect(failed).to_have_count(1)
        receiver.behaviour = takes
        failed.click()
        page.get_by_role("dialog").get_by_role("button", name="补发").click()
        expect(delivered).to_have_count(2)
        assert len({one.id for one in _pings(receiver.posted)}) == 2
        axe(page)
        desk.shot(page, "webhook")
    page.get_by_role("button", name="更多操作").click()
    page.get_by_role("menuitem", name="删除").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page.get_by_text("没有 Webhook")).to_be_visible()


def _pings(posted: list[Any]) -> list[Any]:
    return [one for one in posted if one.event["type"] == "webhook.ping"]


def test_a_new_user_comes_in_once_and_has_to_choose_a_password(desk: Desk) -> None:
    page = desk.open_as("admin", "/users")
    page.keyboard.press("n")
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("账号").fill("Not A Login")
    sheet.get_by_label("姓名").fill("新来的县区经理")
    sheet.get_by_role("button", name=re.compile("所属组织")).first.click()
    page.get_by_role("option", name="崇明区分公司", exact=True).click()
    sheet.get_by_role("button", name="新建用户").click()
    expect(sheet.get_by_label("账号")).to_have_attribute("aria-invalid", "true")
    sheet.get_by_label("账号").fill("xin.lai")
    sheet.get_by_role("button", name="新建用户").click()
    password = _secret(page)
    newcomer = desk.open()
    newcomer.goto(desk.county.url)
    log_in_by_form(newcomer, "xin.lai", password)
    expect(newcomer.get_by_text("请先设置新密码")).to_be_visible()
    newcomer.get_by_label("当前密码").fill(password)
    newcomer.get_by_label("新密码", exact=True).fill(_OWN_PASSWORD)
    newcomer.get_by_label("再输入一次新密码").fill(_OWN_PASSWORD)
    newcomer.keyboard.press("Enter")
    settled(newcomer)
    # From now on the own one lets them in, and the one for once does not.
    again = desk.open()
    again.goto(desk.county.url)
    log_in_by_form(again, "xin.lai", password)
    expect(again.get_by_text("账号、密码或验证码不正确")).to_be_visible()
    log_in_by_form(again, "xin.lai", _OWN_PASSWORD)
    settled(again)
    row = page.get_by_role("row", name="新来的县区经理")
    row.click()
    sheet.get_by_role("button", name="结束全部会话").click()
    expect(sheet.get_by_text("没有会话")).to_be_visible()
    sheet.get_by_role("button", name="停用").click()
    page.get_by_role("dialog").last.get_by_role("button", name="停用").click()
    expect(sheet.get_by_role("button", name="启用")).to_be_visible()


_CHANGES = {
    "user.changed": "修改用户",
    "webhook.changed": "修改 Webhook",
    "key.changed": "修改密钥",
}


def test_the_audit_log_tells_of_all_that(desk: Desk) -> None:
    page = desk.open_as("admin", "/audit")
    rows = page.get_by_role("grid", name="操作日志").get_by_role("row")
    for name, action in _CHANGES.items():
        page.goto(f"{desk.county.url}/audit?action={name}")
        expect(rows.filter(has_text=action).first).to_contain_text("系统管理员")
        others = [rows.filter(has_text=other) for other in _CHANGES.values() if other != action]
        assert [other.count() for other in others] == [0, 0]
    rows.filter(has_text="修改密钥").first.click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_text("请求编号")).to_be_visible()
    axe(page)
    sheet.get_by_role("button", name="此对象的全部操作").click()
    expect(page).to_have_url(re.compile(r"subject=vgw_|subject=key_"))
    # Made, rotated, edited and revoked.
    expect(rows.filter(has_text="修改密钥")).to_have_count(4)


def _look_again(page: Page, part: str) -> None:
    """Come back to the tab, as from another one: what may be out of date is read again."""
    with page.expect_response(lambda one: part in one.url and one.request.method == "GET"):
        page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")


def test_two_who_edit_a_webhook_lose_nothing(desk: Desk, county: County) -> None:
    body = {"url": "http://127.0.0.1:9/a", "description": "甲", "types": ["call.ended"]}
    made = county.ask("POST", "webhooks", 201, {**body, "enabled": False})
    path = f"webhooks/{made['id']}"
    page = desk.open_as("admin", f"/{path}")
    page.get_by_role("button", name="更多操作").click()
    page.get_by_role("menuitem", name="编辑").click()
    sheet = page.get_by_role("dialog", name="编辑")
    sheet.get_by_label("说明").fill("乙")
    theirs = {**body, "url": "http://127.0.0.1:9/b", "description": "丙", "enabled": False}
    county.ask("PUT", path, 200, theirs)
    # The page has read theirs by now; the form still knows what it began with.
    _look_again(page, path)
    sheet.get_by_role("button", name="保存").click()
    choice = sheet.get_by_role("group", name="说明")
    expect(choice).to_contain_text("丙")
    choice.get_by_role("button", name="保留我的").click()
    sheet.get_by_role("button", name="保存").click()
    expect(sheet).to_have_count(0)
    saved = county.ask("GET", path)
    assert (saved["url"], saved["description"]) == (theirs["url"], "乙")
    county.ask("DELETE", path, 204)


def test_what_is_typed_of_a_user_survives_what_others_save(desk: Desk, county: County) -> None:
    body = {"login": "two.editors", "name": "张三", "role": "qa_reviewer", "with_password": False}
    made = county.ask("POST", "users", 201, body)
    page = desk.open_as("admin", f"/users/{made['id']}")
    sheet = page.get_by_role("dialog")
    name = sheet.get_by_label("姓名")
    name.fill("张珊")
    theirs = {"login": "two.editors", "name": "章三", "role": "qa_reviewer", "phone": "13900001111"}
    county.ask("PUT", f"users/{made['id']}", 200, {**theirs, "status": "active"})
    page.clock.install()
    page.clock.fast_forward(20_000)  # what was read then is out of date
    _look_again(page, made["id"])
    expect(name).to_have_value("张珊")
    sheet.get_by_role("button", name="保存").click()
    choice = sheet.get_by_role("group", name="姓名")
    expect(choice).to_contain_text("章三")
    axe(page)
    choice.get_by_role("button", name="保留我的").click()
    sheet.get_by_role("button", name="保存").click()
    expect(choice).to_have_count(0)
    expect(sheet.get_by_role("button", name="放弃修改")).to_have_count(0)
    saved = county.ask("GET", f"users/{made['id']}")
    assert (saved["name"], saved["phone"]["number"]) == ("张珊", "+8613900001111")
    county.ask("DELETE", f"users/{made['id']}", 204)


def test_the_messages_of_a_call_are_drawn_as_a_ladder(desk: Desk, county: County) -> None:
    call = county.ask("GET", "calls?limit=1&status=completed")["items"][0]["id"]
    page = desk.open_as("county", f"/calls/{call}/sip")
    rows = page.get_by_role("grid", name="信令流程").get_by_role("row")
    expect(rows.filter(has_text="INVITE").first).to_be_visible()
    axe(page)
    desk.shot(page, "ladder")
    rows.filter(has_text=re.compile(r"\dINVITE$")).first.focus()
    page.keyboard.press("Enter")
    text = page.get_by_role("dialog").locator("pre")
    expect(text).to_contain_text("INVITE sip:")
    assert "****" in (text.text_content() or ""), "a county manager sees numbers masked"


def test_the_silent_trunk_is_red_and_an_alert_says_what_to_do(
    desk: Desk, county: County, standby: datetime
) -> None:
    def raised() -> dict[str, Any] | None:
        alerts = county.ask("GET", "alerts")["items"]
        return next((one for one in alerts if one["slug"] == "trunk-down/standby"), None)

    alert = wait_for("the alert", raised, _DOWN_WITHIN_S)
    took = datetime.fromisoformat(alert["raised_at"]) - standby
    assert took.total_seconds() < _DOWN_WITHIN_S
    page = desk.open_as("admin", "/system")
    expect(page.get_by_text("有 1 项需要处理")).to_be_visible()
    expect(_card(page, "告警")).to_contain_text("线路中断 · standby")
    expect(_card(page, "告警")).to_contain_text("联系运营商")
    axe(page)
    desk.shot(page, "system")
    page.get_by_role("tab", name="告警历史").click()
    history = page.get_by_role("grid", name="告警历史").get_by_role("row")
    expect(history.filter(has_text="线路中断 · standby").first).to_contain_text("发生")
    page.goto(f"{desk.county.url}/trunks")
    expect(_card(page, "standby").get_by_text("中断").first).to_be_visible()
    axe(page)
    desk.shot(page, "trunks")


def test_each_node_tells_how_it_is_and_a_silent_one_is_red(desk: Desk) -> None:
    gone = {
        "name": "node-b",
        "is_own": False,
        "state": "silent",
        "started_at": "2026-01-01T00:00:00Z",
        "version": "0.1.0",
        "heard_at": "2026-01-02T00:00:00Z",
        "live_calls": 4,
        "media_workers": 2,
        "recording_free_bytes": 5_000_000_000,
        "recording_total_bytes": 100_000_000_000,
        "parts": [
            {"name": "store", "ready": False, "state": "not-ready", "detail": "it is locked"}
        ],
    }

    def with_another(route: Route) -> None:
        answer = route.fetch()
        listed = answer.json()
        route.fulfill(response=answer, json={**listed, "items": [*listed["items"], gone]})

    page = desk.open_as(
        "admin", "/nodes", watch=lambda page: page.route("**/v1/nodes", with_another)
    )
    own, other = _card(page, "console-test"), _card(page, "node-b")
    expect(own.get_by_text("本节点")).to_be_visible()
    expect(own).to_contain_text("0.1.0")
    expect(own.get_by_role("link", name="查看系统状态")).to_be_visible()
    expect(other.get_by_text("失联", exact=True)).to_be_visible()
    expect(other.get_by_role("listitem")).to_contain_text("it is locked")
    expect(page.get_by_text("1 / 2 个节点失联")).to_be_visible()
    axe(page)
    desk.shot(page, "nodes")


@pytest.mark.parametrize("path", ["/system", "/keys", "/users", "/audit"])
def test_others_find_no_such_page(desk: Desk, path: str) -> None:
    page = desk.open_as("county", path)
    expect(page.get_by_text("没有这个页面")).to_be_visible()
