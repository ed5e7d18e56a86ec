"""Every page that the navigation leads somebody to, one after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from playwright.sync_api import Page

from tests.console.browsing import settled
from tests.parts.county import County

#: Goes to an address of the console without loading it anew, as a link does.
_GO = """path => {
    history.pushState(null, "", path);
    dispatchEvent(new PopStateEvent("popstate", { state: null }));
}"""


def entries(page: Page) -> list[str]:
    """Return the addresses that the navigation has, hidden on phones or not, in its order.

    Without the start, which leads on to one of them.
    """
    found: list[str] = page.eval_on_selector_all(
        "nav a[href]", "links => links.map((link) => new URL(link.href).pathname)"
    )
    return [path for path in dict.fromkeys(found) if path != "/"]


def go(page: Page, path: str) -> None:
    """Go to a page of the console as a link does, and wait until it has loaded."""
    page.evaluate(_GO, path)
    settled(page)


def walk(page: Page, *more: str, leaves_out: Collection[str] = ()) -> Iterator[str]:
    """Yield the address of each page of the navigation, and of `more`, once it is open."""
    for path in dict.fromkeys((*entries(page), *more)):
        if path not in leaves_out:
            go(page, path)
            yield path


def depths(county: County, login: str) -> list[str]:
    """Return addresses that no entry of the navigation has: a customer's, a call's, a talk's."""
    recording = f"/recordings/{county.recordings[0]}"
    call = f"/calls/{county.ask('GET', recording[1:])['call_id']}"
    return {
        "manager": [f"/customers/{county.id('c-100')}", recording],
        "county": [
            call,
            f"/group-tasks/{county.id('t-due-1')}",
            "/reports/managers?compare=previous",
        ],
        "reviewer": [recording],
        "admin": [f"{call}/sip", f"/users/{county.id('user:county')}"],
    }[login]
