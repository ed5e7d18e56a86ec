"""What somebody's browser may never hold: numbers that the role does not see, in any spelling."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Error, Page, Response

from tests.console.browsing import Desk
from tests.console.walking import depths, go, walk
from tests.parts.county import (
    CUSTOMERS_EACH,
    MANAGERS,
    County,
    customer_number,
    customer_of,
    manager_number,
    number_of,
)
from voicegw.model.numbers import spellings

#: Everything that a browser keeps of a page beside the page.
_KEPT = """async () => {
    const databases = await indexedDB.databases();
    const caches_ = [];
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
            caches_.push(request.url);
        }
    }
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, databases, caches_,
        document.cookie]);
}"""
#: The page with what is typed into it, which is no part of its HTML.
_SHOWN = """() => [document.documentElement.outerHTML, document.title, location.href,
    ...[...document.querySelectorAll("input, textarea, select")].map((one) => one.value),
].join("\\n")"""


def secrets_of(login: str) -> set[str]:
    """Return the numbers that somebody may not see."""
    managers = {number for _, _, _, number in MANAGERS}
    customers = {
        customer_number(int(owner.removeprefix("m-")) * 100 + which)
        for owner, *_ in MANAGERS
        for which in range(CUSTOMERS_EACH)
        if login != "manager" or owner != "m-1"
    }
    return managers | customers


def found_in(text: str, secrets: Iterable[str]) -> set[str]:
    """Return those that `text` holds, in whatever spelling."""
    return {secret for secret in secrets if any(one in text for one in spellings(secret))}


@dataclass
class Ear:
    """Hears everything that a page is told, by answers and by events."""

    secrets: set[str]
    leaks: list[str] = field(default_factory=list)
    answers: int = 0
    events: int = 0

    def listen(self, page: Page) -> None:
        """Begin."""
        page.on("response", self._on_response)
        network = page.context.new_cdp_session(page)
        network.on("Network.eventSourceMessageReceived", self._on_event)
        network.send("Network.enable")

    def look(self, page: Page, where: str) -> None:
        """Search the page as it is, and all that the browser keeps."""
        for what, script in (("page", _SHOWN), ("storage", _KEPT)):
            self._search(f"{what} of {where}", page.evaluate(script))

    def _on_response(self, response: Response) -> None:
        content_type = response.headers.get("content-type", "")
        if "/v1/" not in response.url or content_type.startswith("text/event-stream"):
            return
        self._search(f"address {response.url}", response.url)
        try:
            body = response.body()
        except Error:
            return  # the page has left before it came
        self.answers += 1
        self._search(response.url, body.decode(errors="replace"))

    def _on_event(self, event: dict[str, Any]) -> None:
        self.events += 1
        self._search("event", json.dumps(event, ensure_ascii=False))

    def _search(self, where: str, text: str) -> None:
        leaked = found_in(text, self.secrets)
        if leaked:
            self.leaks.append(f"{where}: {sorted(leaked)}")


@pytest.mark.parametrize("login", ["manager", "county", "reviewer"])
def test_no_page_holds_a_number_that_its_reader_may_not_see(
    desk: Desk, county: County, login: str
) -> None:
    ear = Ear(secrets_of(login))
    page = desk.open_as(login, watch=ear.listen)
    # Talks of one's own and of a colleague go on meanwhile.
    for manager in ("m-1", "m-2"):
        county.dial(manager, customer_of(int(manager[2:]), 11))
    county.phones.talking(number_of(customer_of(1, 11)))
    county.phones.talking(number_of(customer_of(2, 11)))
    for path in walk(page, *depths(county, login), "/account"):
        ear.look(page, path)
    for manager in ("m-1", "m-2"):
        county.phones.hang_up(manager_number(manager))
    go(page, "/")
    ear.look(page, "the start")
    assert ear.leaks == []
    assert ear.answers > 0


def test_the_search_finds_what_it_is_for(desk: Desk, county: County) -> None:
    """The administrator's page does hold them: so a manager's would be found out."""
    ear = Ear(secrets_of("county"))
    page = desk.open_as("admin", watch=ear.listen)
    with page.expect_response("**/v1/customers*"):
        page.evaluate("() => fetch('/v1/customers').then((answer) => answer.text())")
    page.evaluate("number => { document.title = number; }", number_of("c-201"))
    ear.look(page, "a page")
    assert {leak.partition(":")[0].partition(" ")[0] for leak in ear.leaks} >= {"page"}
    assert any("/v1/customers" in leak for leak in ear.leaks)
