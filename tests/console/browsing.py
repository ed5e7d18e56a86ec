"""A browser that people of the county sit at, and what must never happen in it.

Every page that a :class:`Desk` opens is watched: an error on its console, a request to another
origin, a violation of its policy or an answer of the API of 5xx fails the test that opened it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Playwright,
    Request,
    Response,
    StorageState,
    expect,
)

from api.console.bundle import FOLDER
from tests.parts.county import PASSWORD, County

Language = Literal["zh", "en"]
Theme = Literal["light", "dark"]
Size = tuple[int, int]

DESKTOP: Final[Size] = (1440, 900)
PHONE: Final[Size] = (390, 844)
SHOTS: Final = Path(__file__).with_name("shots")
"""Where screenshots go; git knows nothing of it."""
CHROMIUM: Final = "/usr/bin/chromium-headless-shell"
WITHIN_MS: Final = 20_000
"""How long anything that is waited for may take on a machine that is behind its work."""

_ARGUMENTS: Final = (
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--mute-audio",
)
#: Chromium writes a line for every answer of 4xx and for requests that a page itself gave up.
_HARMLESS: Final = re.compile(r"^Failed to load resource: ")
_LOCALES: Final[Mapping[str, str]] = {"zh": "zh-CN", "en": "en-GB"}
_WORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "zh": ("账号", "密码", "登录"),
    "en": ("Login", "Password", "Log in"),
}
_RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
#: What axe counts as keeping somebody out.
_SERIOUS: Final = frozenset({"serious", "critical"})


def is_built() -> bool:
    """Whether there is a console to look at."""
    return (FOLDER / "index.html").is_file()


def launch(playwright: Playwright) -> Browser:
    """Start Debian's Chromium."""
    expect.set_options(timeout=WITHIN_MS)
    return playwright.chromium.launch(executable_path=CHROMIUM, args=list(_ARGUMENTS))


def log_in_by_form(
    page: Page, login: str, password: str = PASSWORD, *, language: Language = "zh"
) -> None:
    """Type login and password into the page's form and send it."""
    name, secret, button = _WORDS[language]
    page.get_by_label(name, exact=True).fill(login)
    page.get_by_label(secret, exact=True).fill(password)
    page.get_by_role("button", name=button, exact=True).click()


def settled(page: Page) -> None:
    """Wait until the page shows what it is about, and no part of it is being loaded."""
    page.locator("#content").wait_for()
    expect(page.locator("#content [aria-busy=true]")).to_have_count(0)


def row_after(page: Page, key: str) -> Locator:
    """The row of a table that comes into the place of the one of `key` once that is gone."""
    keys = [row.get_attribute("data-key") for row in page.locator("[data-row]").all()]
    at = keys.index(key)
    return page.locator(f'[data-key="{(keys[at + 1 :] or keys[:at][-1:])[0]}"]')


@dataclass
class Sessions:
    """Who is logged in: each person once, as the page's form would; tests share the cookie."""

    browser: Browser
    county: County
    _cookies: dict[str, StorageState] = field(default_factory=dict)

    def of(self, login: str, entries: Mapping[str, str]) -> StorageState:
        """Return what the browser of `login` keeps, with `entries` in its local storage."""
        if login not in self._cookies:
            self._cookies[login] = self._log_in(login)
        stored = [{"name": name, "value": value} for name, value in entries.items()]
        origins = [{"origin": self.county.url, "localStorage": stored}]
        state: Any = {"cookies": self._cookies[login].get("cookies", []), "origins": origins}
        found: StorageState = state
        return found

    def forget(self, login: str) -> None:
        """Have the next page of `login` log in anew: a test has ended the session."""
        self._cookies.pop(login, None)

    def _log_in(self, login: str) -> StorageState:
        context = self.browser.new_context()
        try:
            answer = context.request.post(
                f"{self.county.url}/v1/session", data={"login": login, "password": PASSWORD}
            )
            assert answer.ok, (login, answer.status)
            return context.storage_state()
        finally:
            context.close()


@dataclass
class Desk:
    """Opens pages for one test, and tells at its end what was wrong with any of them."""

    county: County
    browser: Browser
    sessions: Sessions
    faults: list[str] = field(default_factory=list)
    """What has gone wrong so far; a test takes out what it wanted to happen."""
    _contexts: list[BrowserContext] = field(default_factory=list)

    def open_as(
        self,
        login: str,
        path: str = "/",
        *,
        language: Language = "zh",
        size: Size = DESKTOP,
        theme: Theme = "light",
        service_workers: Literal["allow", "block"] = "block",
        watch: Callable[[Page], object] = lambda _: None,
    ) -> Page:
        """Return a page at `path`, as whoever has this login sees it.

        `watch` gets it before anything is loaded.
        """
        entries = {"voicegw.language": language, "voicegw.theme": theme}
        state = self.sessions.of(login, entries)
        page = self.open(
            language=language,
            size=size,
            theme=theme,
            state=state,
            service_workers=service_workers,
        )
        watch(page)
        page.goto(self.county.url + path)
        settled(page)
        return page

    def open(
        self,
        *,
        language: Language = "zh",
        size: Size = DESKTOP,
        theme: Theme = "light",
        state: StorageState | None = None,
        service_workers: Literal["allow", "block"] = "block",
    ) -> Page:
        """Return a blank page of a browser of its own, where nobody is logged in."""
        is_phone = size[0] < 600
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=_LOCALES[language],
            timezone_id="Asia/Shanghai",
            color_scheme=theme,
            # Nothing here is about how things move, and screenshots need them where they end.
            reduced_motion="reduce",
            has_touch=is_phone,
            is_mobile=is_phone,
            device_scale_factor=2 if is_phone else 1,
            storage_state=state,
            service_workers=service_workers,
            permissions=["clipboard-read", "clipboard-write"],
        )
        self._contexts.append(context)
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.faults.append(f"thrown: {error.error}"))
        page = context.new_page()
        page.set_default_timeout(WITHIN_MS)
        return page

    def close(self) -> None:
        """Close every page. AssertionError when something was wrong with one."""
        for context in self._contexts:
            context.close()
        assert self.faults == []

    def shot(self, page: Page, name: str) -> Path:
        """Keep how the page looks, and return the file."""
        SHOTS.mkdir(exist_ok=True)
        path = SHOTS / f"{name}.png"
        page.screenshot(path=path, animations="disabled")
        return path

    def shots_of_failure(self, name: str) -> None:
        """Keep how every open page looks."""
        pages = [page for context in self._contexts for page in context.pages]
        for number, page in enumerate(pages):
            try:
                self.shot(page, f"failed-{name}-{number}")
            except Error:
                continue  # it was closed by the test

    def _on_request(self, request: Request) -> None:
        scheme = urlsplit(request.url).scheme
        own = request.url == self.county.url or request.url.startswith(f"{self.county.url}/")
        if scheme not in {"data", "blob"} and not own:
            self.faults.append(f"another origin was asked: {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status} from {urlsplit(response.url).path}")

    def _on_console(self, message: ConsoleMessage) -> None:
        wrong = message.type == "error" or "Permissions-Policy" in message.text
        if wrong and not _HARMLESS.match(message.text):
            self.faults.append(f"console: {message.text[:500]}")


def axe(page: Page) -> None:
    """Assert that the page, as it is now, keeps nobody out (WCAG 2.2 AA, what axe finds of it)."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_axe_script())
    options = {"runOnly": list(_RULES), "resultTypes": ["violations"]}
    # React Aria's announcer names what it told of by ids, of which some are gone a moment later.
    where = {"exclude": ["[data-live-announcer]"]}
    run = "([where, options]) => axe.run(where, options)"
    found = page.evaluate(run, [where, options])["violations"]
    serious = [
        f"{rule['id']} ({rule['impact']}): {node['html'][:200]} — {node['failureSummary'][:300]}"
        for rule in found
        if rule["impact"] in _SERIOUS
        for node in rule["nodes"]
    ]
    assert not serious, "\n".join(serious)


@cache
def _axe_script() -> str:
    # The package's own Python is not needed: one call of the script is all that it does.
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
