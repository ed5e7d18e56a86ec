"""The frame around every page: who gets in, and what it looks like for each role."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.console.browsing import DESKTOP, PHONE, Desk, Language, axe, log_in_by_form


@pytest.mark.parametrize("login", ["admin", "county", "manager", "reviewer"])
def test_each_role_comes_in_and_finds_its_own_navigation(desk: Desk, login: str) -> None:
    page = desk.open_as(login)
    links = page.get_by_role("navigation").first.get_by_role("link")
    expect(links.first).to_be_visible()
    desk.shot(page, f"frame-{login}")


@pytest.mark.parametrize(("language", "size"), [("zh", DESKTOP), ("en", PHONE)])
def test_whoever_is_nobody_gets_the_form_alone(
    desk: Desk, language: Language, size: tuple[int, int]
) -> None:
    page = desk.open(language=language, size=size)
    page.goto(desk.county.url + "/customers")
    log_in_by_form(page, "manager", "not the password", language=language)
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.get_by_role("navigation").count() == 0
    axe(page)
    desk.shot(page, f"login-{language}")
    log_in_by_form(page, "manager", language=language)
    expect(page.get_by_role("navigation").first).to_be_visible()
    # The page that was asked for follows.
    assert page.url == desk.county.url + "/customers"
