"""One node, one browser for all tests of the console; a desk for each."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.console.browsing import CHROMIUM, Desk, Sessions, is_built, launch
from tests.parts.county import County, open_county
from tests.parts.needs import missing


# Of the package, not of the session: Playwright leaves its own event loop running, beside which
# tests of other folders could not run theirs.
@pytest.fixture(scope="package")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The county that all tests of the console work in: what one changes, others see."""
    if not is_built():
        missing("the console is not built: make console")
    found = open_county(tmp_path_factory.mktemp("county"))
    yield found
    found.close()


@pytest.fixture(scope="package")
def browser(county: County) -> Iterator[Browser]:
    """Debian's Chromium, started after the county, which needs an event loop of its own."""
    if not Path(CHROMIUM).exists():
        missing("chromium-headless-shell is not here: apt-get install chromium-headless-shell")
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture(scope="package")
def sessions(browser: Browser, county: County) -> Sessions:
    """Who is logged in."""
    return Sessions(browser, county)


@pytest.fixture
def desk(
    request: pytest.FixtureRequest, county: County, browser: Browser, sessions: Sessions
) -> Iterator[Desk]:
    """What opens pages for a test; its calls are ended, and its open tasks called off."""
    found = Desk(county, browser, sessions)
    yield found
    if request.node.stash.get(_FAILED, False):
        found.shots_of_failure(re.sub(r"\W+", "-", request.node.name))
    county.phones.plans.clear()
    county.hang_up_all()
    county.call_off_tasks()
    found.close()


_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether a test failed, for those who clear up after it."""
    report = yield
    if report.when == "call" and report.failed:
        item.stash[_FAILED] = True
    return report
