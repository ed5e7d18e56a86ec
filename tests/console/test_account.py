"""One's own account, what everybody finds by a key, and the console as an installed application."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp
from playwright.sync_api import Page, expect

from tests.console.browsing import PHONE, Desk, axe, log_in_by_form, settled
from tests.parts.county import PASSWORD, County, Person
from voicegw.model.directory import Role

_OTHER_PASSWORD = "two cows in the cellar"


def _newcomer(county: County, login: str) -> None:
    county.add(Person(login, Role.QA_REVIEWER, "方可", "g-cm"))


def _log_in(desk: Desk, login: str) -> Page:
    page = desk.open()
    page.goto(desk.county.url + "/account")
    log_in_by_form(page, login)
    settled(page)
    return page


def test_another_password_ends_the_other_sessions(desk: Desk, county: County) -> None:
    _newcomer(county, "changes")
    elsewhere = _log_in(desk, "changes")
    page = _log_in(desk, "changes")
    page.get_by_label("当前密码").fill("not this one")
    page.get_by_label("新密码", exact=True).fill("short")
    page.get_by_label("再输入一次新密码").fill("other")
    page.keyboard.press("Enter")
    expect(page.get_by_text("至少 10 个字符。", exact=True)).to_be_visible()
    expect(page.get_by_text("两次输入的新密码不一致")).to_be_visible()
    page.get_by_label("新密码", exact=True).fill(_OTHER_PASSWORD)
    page.get_by_label("再输入一次新密码").fill(_OTHER_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("密码不正确")).to_be_visible()
    page.get_by_label("当前密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("密码已修改")).to_be_visible()
    assert page.get_by_label("新密码", exact=True).input_value() == ""
    elsewhere.reload()
    log_in_by_form(elsewhere, "changes", _OTHER_PASSWORD)
    settled(elsewhere)
    # Seen from the first, the second is another device; ended, it has to log in anew.
    page.reload()
    page.get_by_role("button", name=re.compile("^退出 .* 的登录$")).click()
    expect(page.get_by_role("button", name=re.compile("^退出 .* 的登录$"))).to_have_count(0)
    elsewhere.reload()
    expect(elsewhere.get_by_role("button", name="登录", exact=True)).to_be_visible()


def _log_in_with_code(desk: Desk, login: str, secret: str) -> None:
    """Log in elsewhere: the password alone is not enough any more, a wrong code neither."""
    page = desk.open()
    page.goto(desk.county.url + "/account")
    log_in_by_form(page, login)
    code = page.get_by_label("验证码")
    code.fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("账号、密码或验证码不正确")).to_be_visible()
    # A code is taken once; the next one may be half a minute early.
    code.fill(pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30)))
    page.keyboard.press("Enter")
    settled(page)


def test_a_second_factor_is_set_up_and_taken_away(desk: Desk, county: County) -> None:
    _newcomer(county, "careful")
    page = _log_in(desk, "careful")
    page.get_by_role("button", name="开启两步验证").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("当前密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("img", name="验证器用的二维码")).to_be_visible()
    axe(page)
    desk.shot(page, "account-second-factor")
    secret = dialog.locator("[translate=no] span").first.inner_text().replace(" ", "")
    # A code that was refused can be typed anew and sent once more.
    dialog.get_by_label("验证码").fill("000000")
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("验证码")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("验证码").fill(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("listitem")).to_have_count(10)
    recovery = dialog.get_by_role("listitem").first.inner_text()
    dialog.get_by_role("button", name="复制全部").click()
    expect(dialog.get_by_role("button", name="已复制")).to_be_visible()
    assert recovery in page.evaluate("() => navigator.clipboard.readText()")
    dialog.get_by_role("button", name="我已保存").click()
    expect(page.get_by_text("还剩 10 个恢复码")).to_be_visible()
    _log_in_with_code(desk, "careful", secret)
    page.get_by_role("button", name="关闭两步验证").click()
    dialog.get_by_label("密码").fill(PASSWORD)
    dialog.get_by_label("验证码或恢复码").fill(recovery)
    page.keyboard.press("Enter")
    expect(page.get_by_text("未开启")).to_be_visible()


def test_a_password_for_once_is_changed_before_anything_else(desk: Desk, county: County) -> None:
    newcomer = {"login": "brand-new", "name": "新人", "role": "qa_reviewer"}
    made = county.ask("POST", "users", 201, newcomer)
    page = desk.open(size=PHONE, language="en")
    page.goto(county.url + "/recordings")
    log_in_by_form(page, "brand-new", made["password"], language="en")
    expect(page.get_by_role("heading", name="Choose a password first")).to_be_visible()
    assert page.get_by_role("navigation").count() == 0
    axe(page)
    desk.shot(page, "duty")
    page.get_by_label("Present password").fill(made["password"])
    page.get_by_label("New password", exact=True).fill(_OTHER_PASSWORD)
    page.get_by_label("New password, once more").fill(_OTHER_PASSWORD)
    page.keyboard.press("Enter")
    settled(page)  # and the page that was asked for follows
    assert page.url == county.url + "/recordings"


def test_everything_is_found_by_its_name_from_everywhere(desk: Desk) -> None:
    page = desk.open_as("admin", "/account")
    page.keyboard.press("Control+k")
    box = page.get_by_role("searchbox", name="搜索页面、客户、客户经理")
    expect(box).to_be_focused()
    axe(page)
    page.keyboard.type("客户")
    expect(page.get_by_role("menuitem", name=re.compile("^客户")).first).to_be_visible()
    desk.shot(page, "palette")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers*")
    page.keyboard.press("Control+k")
    expect(page.get_by_text("最近打开")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="键盘快捷键")).to_be_visible()
    # Nothing of what was searched for is kept by the browser.
    kept = page.evaluate("() => Object.keys(localStorage)")
    assert set(kept) <= {"voicegw.language", "voicegw.theme"}


def test_the_console_opens_without_a_network_and_keeps_nothing_of_the_api(desk: Desk) -> None:
    page = desk.open_as("manager", "/account", service_workers="allow")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.reload()
    settled(page)
    kept = page.evaluate(
        """async () => {
            const paths = [];
            for (const name of await caches.keys())
                for (const request of await (await caches.open(name)).keys())
                    paths.push(new URL(request.url).pathname);
            return paths;
        }"""
    )
    assert "/index.html" in kept
    assert all(
        path.startswith(("/assets/", "/icon")) or path in {"/index.html", "/manifest.webmanifest"}
        for path in kept
    )
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_text("连不上服务器")).to_be_visible()
    desk.shot(page, "opened-offline")
    page.context.set_offline(False)
    page.get_by_role("button", name="重试").click()
    settled(page)
    # A page whose script is none of the current version says so, and does nothing by itself.
    page.evaluate(
        """() => navigator.serviceWorker.dispatchEvent(
            new MessageEvent("message", { data: { files: ["/assets/index-other.js"] } }))"""
    )
    expect(page.get_by_text("有新版本")).to_be_visible()
    desk.faults[:] = [fault for fault in desk.faults if "ERR_INTERNET" not in fault]


def test_the_console_can_be_installed(desk: Desk) -> None:
    page = desk.open()
    page.goto(desk.county.url)
    manifest = page.evaluate("async () => (await fetch('/manifest.webmanifest')).json()")
    assert {"name", "short_name", "start_url", "display", "icons"} <= manifest.keys()
    sizes = page.evaluate(
        """icons => Promise.all(icons.map(async ({src}) => {
            const picture = new Image();
            picture.src = src;
            await picture.decode();
            return [picture.naturalWidth, picture.naturalHeight];
        }))""",
        [icon for icon in manifest["icons"] if icon["type"] == "image/png"],
    )
    assert sizes == [[192, 192], [512, 512], [512, 512]]
    assert [icon["purpose"] for icon in manifest["icons"]].count("maskable") == 1
