"""The frame around every page: who gets in, what it looks like, what it survives."""

from __future__ import annotations

import re
import time

import httpx
import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.console.browsing import (
    DESKTOP,
    PHONE,
    Desk,
    Language,
    Size,
    axe,
    log_in_by_form,
    settled,
)
from tests.console.walking import entries
from tests.parts.county import PASSWORD, County, Person
from voicegw.model.directory import Role


@pytest.mark.parametrize("login", ["admin", "county", "manager", "reviewer"])
def test_each_role_comes_in_and_finds_its_own_navigation(desk: Desk, login: str) -> None:
    page = desk.open_as(login)
    links = page.get_by_role("navigation").first.get_by_role("link")
    expect(links.first).to_be_visible()
    home = {"manager": "/tasks", "reviewer": "/recordings"}.get(login)
    if home is not None:
        assert page.url == desk.county.url + home


@pytest.mark.parametrize(("language", "size"), [("zh", DESKTOP), ("en", PHONE)])
def test_whoever_is_nobody_gets_the_form_alone(desk: Desk, language: Language, size: Size) -> None:
    page = desk.open(language=language, size=size)
    page.goto(desk.county.url + "/customers?from=mail")
    log_in_by_form(page, "manager", "not the password", language=language)
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.get_by_role("navigation").count() == 0
    axe(page)
    desk.shot(page, f"login-{language}")
    log_in_by_form(page, "manager", language=language)
    settled(page)
    # The page that was asked for follows.
    assert page.url == desk.county.url + "/customers?from=mail"


def test_a_second_factor_is_asked_for_once_it_is_needed(desk: Desk, county: County) -> None:
    county.add(Person("secured", Role.QA_REVIEWER, "卫平", "g-cm"))
    secret = give_second_factor(county, "secured")
    page = desk.open()
    page.goto(county.url)
    assert page.get_by_label("验证码").count() == 0
    log_in_by_form(page, "secured")
    code = page.get_by_label("验证码")
    expect(code).to_be_focused()
    axe(page)
    # The present code has been taken at the confirmation, and each is taken once.
    code.fill(pyotp.TOTP(secret).at(int(time.time()) + 30))
    page.keyboard.press("Enter")
    settled(page)


def test_one_switch_changes_the_language_for_good(desk: Desk) -> None:
    page = desk.open_as("manager")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    choose_in_account_menu(page, "English")
    expect(page.locator("html")).to_have_attribute("lang", "en-GB")
    page.reload()
    settled(page)
    assert page.locator("html").get_attribute("lang") == "en-GB"
    assert not re.search(r"[\u4e00-\u9fff]", page.locator("nav a").first.inner_text())


def test_dark_and_light_follow_the_system_or_the_own_choice(desk: Desk) -> None:
    brightness = {}
    for theme in ("light", "dark"):
        page = desk.open_as("manager", theme="dark" if theme == "dark" else "light")
        colour = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        brightness[theme] = sum(int(float(one)) for one in re.findall(r"[\d.]+", colour)[:3])
    assert brightness["light"] > 600
    assert brightness["dark"] < 150
    page.emulate_media(color_scheme="light")  # the own choice holds
    colour = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert sum(int(float(one)) for one in re.findall(r"[\d.]+", colour)[:3]) == brightness["dark"]


def test_a_session_that_ends_keeps_what_was_typed(desk: Desk, county: County) -> None:
    county.add(Person("forgotten", Role.MANAGER, "沈佳怡", "m-1"))
    page = desk.open_as("forgotten", "/customers")
    field = page.locator("#content").get_by_role("searchbox").first
    field.fill("城桥")
    settled(page)
    county.ask("DELETE", f"users/{county.id('user:forgotten')}/sessions", 204)
    field.press("5")
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_be_visible()
    typed = field.input_value()
    axe(page)
    desk.shot(page, "session-over")
    page.keyboard.press("Escape")  # there is no way around it
    expect(dialog).to_be_visible()
    dialog.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    assert field.input_value() == typed
    assert typed.startswith("城桥")
    assert page.url.startswith(f"{county.url}/customers")
    desk.sessions.forget("forgotten")


def test_an_organisations_login_is_offered_where_there_is_one(desk: Desk, county: County) -> None:
    county.add(Person("vouched", Role.MANAGER, "沈佳怡", "m-1"))
    page = desk.open()
    asked = "**/v1/session/methods"
    page.goto(county.url)
    link = page.get_by_role("link", name="单位账号登录")
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    assert link.count() == 0
    page.context.route(asked, lambda route: route.fulfill(json={"methods": ["password", "oidc"]}))
    page.reload()
    expect(link).to_have_attribute("href", "/v1/session/oidc")
    axe(page)
    desk.shot(page, "login-organisation")
    log_in_by_form(page, "vouched")
    settled(page)
    page.goto(f"{county.url}/customers")
    field = page.locator("#content").get_by_role("searchbox").first
    field.fill("城桥")
    county.ask("DELETE", f"users/{county.id('user:vouched')}/sessions", 204)
    field.press("5")
    dialog = page.get_by_role("alertdialog")
    # Not in this tab: what was typed would be gone.
    expect(dialog.get_by_role("link", name="单位账号登录")).to_have_attribute("target", "_blank")
    axe(page)
    desk.shot(page, "session-over-organisation")
    typed = field.input_value()
    beside = page.context.new_page()
    beside.goto(county.url)
    log_in_by_form(beside, "vouched")
    settled(beside)
    page.evaluate("() => window.dispatchEvent(new Event('focus'))")
    expect(dialog).to_be_hidden()
    assert field.input_value() == typed
    assert typed.startswith("城桥")


def test_a_page_without_a_network_says_so_and_goes_on_by_itself(desk: Desk) -> None:
    page = desk.open_as("county", "/board")
    told = page.get_by_text("连接已断开")
    expect(told).to_be_hidden()
    page.context.set_offline(True)
    expect(told).to_be_visible()
    desk.shot(page, "offline")
    page.context.set_offline(False)
    expect(told).to_be_hidden()
    # Chromium tells of each request that found no network.
    desk.faults[:] = [fault for fault in desk.faults if "ERR_INTERNET" not in fault]


def test_the_browser_itself_refuses_what_the_console_never_does(desk: Desk) -> None:
    page = desk.open_as("manager")
    refused = page.evaluate(
        """async () => {
            const refused = [];
            document.addEventListener("securitypolicyviolation", (event) =>
                refused.push(event.effectiveDirective));
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            document.body.insertAdjacentHTML("beforeend", "<p style='color: red'></p>");
            const style = document.createElement("style");
            style.textContent = "p { color: red }";
            document.head.append(style);
            await fetch("http://127.0.0.1:9/").catch(() => null);
            const image = new Image();
            image.src = "http://127.0.0.1:9/x.png";
            const frame = document.createElement("iframe");
            frame.src = "http://127.0.0.1:9/";
            document.body.append(frame);
            await new Promise((done) => setTimeout(done, 200));
            return [...new Set(refused), window.ran ?? "nothing ran"];
        }"""
    )
    assert set(refused) >= {
        "script-src-elem",
        "style-src-attr",
        "style-src-elem",
        "connect-src",
        "img-src",
        "frame-src",
        "nothing ran",
    }
    # The browser has told of each, as it must.
    assert desk.faults
    assert all("violates" in fault or "127.0.0.1:9" in fault for fault in desk.faults)
    desk.faults.clear()


def test_back_and_forward_lead_where_one_was(desk: Desk) -> None:
    page = desk.open_as("admin")
    first, second = entries(page)[:2]
    for path in (second, first):
        page.locator(f'nav a[href="{path}"]').first.click()
        page.wait_for_url(f"**{path}")
        settled(page)
    page.go_back()
    page.wait_for_url(f"**{second}")
    expect(page.locator(f'nav a[href="{second}"]').first).to_have_attribute("aria-current", "page")
    page.go_forward()
    page.wait_for_url(f"**{first}")
    settled(page)


def test_a_page_of_another_role_is_none(desk: Desk) -> None:
    page = desk.open_as("manager", "/users")
    expect(page.get_by_text("没有这个页面")).to_be_visible()
    axe(page)


def choose_in_account_menu(page: Page, text: str) -> None:
    """Choose an entry of the menu behind the own name."""
    page.get_by_role("navigation").first.get_by_role("button").last.click()
    page.get_by_role("menuitem", name=text).click()


def give_second_factor(county: County, login: str) -> str:
    """Set one up as an authenticator would, and return its secret."""
    with httpx.Client(base_url=county.url, timeout=30) as session:
        answer = session.post("/v1/session", json={"login": login, "password": PASSWORD})
        session.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        secret = str(session.post("/v1/session/totp", json={"password": PASSWORD}).json()["secret"])
        confirmed = session.post(
            "/v1/session/totp/confirm", json={"totp": pyotp.TOTP(secret).now()}
        )
        assert confirmed.status_code == 200, confirmed.text
    return secret


def test_a_menu_is_opened_gone_through_and_left_by_keys(desk: Desk) -> None:
    page = desk.open_as("manager", "/tasks")
    button = page.get_by_role("button", name="沈佳怡")
    button.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "true")
    axe(page)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem").nth(1)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="我的账号").click()
    page.wait_for_url("**/account")
    # Dialogs, too, give the focus back to where it was.
    expect(page.get_by_role("menu")).to_have_count(0)
