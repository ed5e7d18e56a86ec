"""Every page of every role, looked at as it is: nobody is kept out, nothing is cut off."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.console.browsing import DESKTOP, PHONE, Desk, Language, Size, Theme, axe
from tests.console.walking import depths, entries, walk

SEEN: dict[Size, set[str]] = {DESKTOP: set(), PHONE: set()}
"""What a role before has shown at that size: the administrator sees every page there is."""
LINKS: dict[str, list[str]] = {}
"""What a role's navigation leads to at a desk; on a phone much of it is behind a button."""
#: Both languages, sizes and themes; each page twice is enough to see what is wrong with it.
VIEWS: list[tuple[Language, Size, Theme]] = [("zh", DESKTOP, "light"), ("en", PHONE, "dark")]


@pytest.mark.parametrize(("language", "size", "theme"), VIEWS)
@pytest.mark.parametrize("login", ["manager", "county", "reviewer", "admin"])
def test_no_page_keeps_anybody_out(
    desk: Desk, login: str, language: Language, size: Size, theme: Theme
) -> None:
    page = desk.open_as(login, language=language, size=size, theme=theme)
    wrong: list[str] = []
    links = LINKS.setdefault(login, entries(page))
    more = [*links, *depths(desk.county, login), "/account", "/no/such/page"]
    for path in walk(page, *more, leaves_out=SEEN[size]):
        SEEN[size].add(path)
        name = re.sub(r"_[0-9a-z]{20,}", "", path.strip("/")).replace("/", "-")
        desk.shot(page, f"{login}-{name}-{language}-{'phone' if size == PHONE else 'desktop'}")
        try:
            axe(page)
        except AssertionError as error:
            wrong.append(f"{path}: {error}")
        wrong += [f"{path}: {fault}" for fault in cut_off(page)]
        wrong += [f"{path}: {fault}" for fault in unnamed(page, language)]
    assert not wrong, "\n".join(wrong)


def cut_off(page: Page) -> list[str]:
    """Return what is wider than the window: a page is never scrolled sideways."""
    width, window = page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    return [f"it is {width} px wide in a window of {window}"] if width > window else []


def unnamed(page: Page, language: Language) -> list[str]:
    """Return what the page does not say: its title, its heading, its language, a text."""
    wrong = []
    if not re.search(r"\S.* · voicegw$|^voicegw$", page.title()):
        wrong.append(f"its title is {page.title()!r}")
    try:
        expect(page.locator("h1:visible")).to_have_count(1)  # a busy machine draws it late
    except AssertionError:
        wrong.append(f"it has {page.locator('h1:visible').count()} main headings")
    if page.locator("html").get_attribute("lang", timeout=1000) not in {"zh-CN", "en-GB"}:
        wrong.append("it does not say its language")
    if "{{" in page.locator("body").inner_text():
        wrong.append("a text lacks a value")
    links = page.locator("nav a:visible").all_inner_texts()
    # Names of people and things are Chinese in English, too; the console's own words are not.
    if language == "en" and re.search(r"[\u4e00-\u9fff]", " ".join(links)):
        wrong.append(f"not English: {links}")
    return wrong
