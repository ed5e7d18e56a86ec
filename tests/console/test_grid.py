"""The keyboard and the pointer in a table, as the ARIA Authoring Practices ask of a grid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.browsing import PHONE, Desk, axe
from tests.parts.county import County

_TYPE = "introduction"
"""Nobody else's tasks are of it, so that lists have only those of these tests."""
_COUNT = 40


@pytest.fixture(scope="module")
def tasks(county: County) -> Iterator[list[str]]:
    """More tasks than are in sight at once."""
    made = [str(county.ask("POST", "tasks", 201, _task(county))["id"]) for _ in range(_COUNT)]
    yield made
    for task in made:
        county.ask("POST", f"tasks/{task}/cancel", 200, {})


def _task(county: County) -> dict[str, str]:
    return {
        "type": _TYPE,
        "customer_id": county.id("c-301"),
        "group_id": county.id("g-cm"),
    }


def _open(desk: Desk, **more: Any) -> Page:
    page = desk.open_as("county", f"/group-tasks?type={_TYPE}&state=new", language="en", **more)
    expect(page.locator("[data-row]").first).to_be_visible()
    return page


def _at(page: Page, row: int) -> None:
    """Wait until this row has the focus, and is in sight, whole, below the titles."""
    expect(page.locator(f'[data-row="{row}"]')).to_be_focused()
    expect(page.locator(f'[data-row="{row}"]')).to_be_in_viewport(ratio=0.95)


def _chosen(page: Page, *rows: int) -> None:
    """Wait until these rows are chosen, and no others."""
    name = f"Assign {len(rows)}" if rows else "Assign"
    expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    found = page.locator("[data-row][data-selected]")
    expect(found).to_have_count(len(rows))
    assert [int(row.get_attribute("data-row") or "") for row in found.all()] == list(rows)


def _row(page: Page, row: int) -> Locator:
    return page.locator(f'[data-row="{row}"]')


def test_rows_are_gone_through_and_chosen_by_keys(desk: Desk, tasks: list[str]) -> None:
    page = _open(desk)
    press = page.keyboard.press
    _row(page, 0).focus()
    press("ArrowDown")
    _at(page, 1)
    press("End")
    _at(page, _COUNT - 1)
    press("PageUp")
    press("Home")
    _at(page, 0)
    press("Shift+ArrowDown")
    press("Shift+ArrowDown")
    _at(page, 2)
    _chosen(page, 0, 1, 2)
    press("Shift+ArrowUp")  # what was reached too far is given up
    _chosen(page, 0, 1)
    press("Escape")
    _chosen(page)
    press("Space")
    _chosen(page, 1)
    press("Control+a")
    expect(page.get_by_role("button", name=f"Assign {_COUNT}")).to_be_visible()
    axe(page)
    press("Escape")
    # What the row holds, and on from there.
    press("ArrowRight")
    expect(_row(page, 1).get_by_role("checkbox")).to_be_focused()
    press("Space")
    _chosen(page, 1)
    press("ArrowDown")
    _at(page, 2)
    # Scrolled away it keeps the focus, and the next key comes back to it.
    page.get_by_role("grid").evaluate("grid => grid.scrollTo(0, grid.scrollHeight)")
    expect(_row(page, _COUNT - 1)).to_be_in_viewport()
    press("ArrowUp")
    _at(page, 1)
    press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    press("Escape")
    _at(page, 1)


def test_a_span_of_rows_is_chosen_by_shift_from_where_one_was_last(
    desk: Desk, tasks: list[str]
) -> None:
    page = _open(desk)
    _row(page, 3).locator("label").click()
    page.keyboard.press("Shift+ArrowDown")
    _chosen(page, 3, 4)
    _row(page, 7).locator("label").click(modifiers=["Shift"])
    _chosen(page, 3, 4, 5, 6, 7)
    _row(page, 5).click(modifiers=["Shift"])
    _chosen(page, 3, 4, 5)
    _at(page, 5)


def test_a_row_that_goes_leaves_the_focus_to_the_next(
    desk: Desk, county: County, tasks: list[str]
) -> None:
    page = _open(desk, watch=lambda page: page.clock.install())
    _row(page, 2).focus()
    gone = _row(page, 2).get_attribute("data-key")
    county.ask("POST", f"tasks/{gone}/cancel", 200, {})
    page.clock.fast_forward(30_000)  # it is asked for anew once somebody looks again
    page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")
    expect(page.locator(f'[data-key="{gone}"]')).to_have_count(0)
    _at(page, 2)
    page.keyboard.press("ArrowDown")
    _at(page, 3)


def test_a_thumb_chooses_cards_and_opens_them(desk: Desk, tasks: list[str]) -> None:
    page = _open(desk, size=PHONE)
    _row(page, 0).locator("label").tap()
    _chosen(page, 0)
    _row(page, 2).tap()  # while some are chosen a tap chooses
    axe(page)
