"""Reviewers at work: they hear, read, score by keyboard; managers appeal; others decide."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.console.browsing import PHONE, Desk, axe
from tests.parts.county import County

pytestmark = pytest.mark.peer


def place(page: Page) -> Locator:
    """Return what tells where the sound is."""
    return page.get_by_role("slider", name="播放位置")


def opened(page: Page) -> Page:
    """Wait until sound, words and findings of a recording are there."""
    expect(place(page)).to_have_attribute("aria-valuemax", re.compile(r"^[1-9]"))
    page.get_by_role("button", name="信", exact=True).wait_for()
    page.get_by_role("button", name=re.compile("漏说")).first.wait_for()
    return page


def test_a_recording_is_found_heard_and_followed(desk: Desk, county: County) -> None:
    # Talks of other tests are newer, and nobody has checked them.
    page = desk.open_as("reviewer", "/recordings?finding=statement-missing")
    ranges: list[str] = []

    def note(request: Request) -> None:
        if "/audio?" in request.url:
            ranges.append(request.headers.get("range", ""))

    page.on("request", note)
    row = page.get_by_role("row").nth(1)
    expect(row).to_contain_text("漏说")
    axe(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/recordings/rec_*")
    opened(page)
    axe(page)

    page.keyboard.press("Space")
    expect(place(page)).not_to_have_attribute("aria-valuenow", "0")
    page.keyboard.press("Space")
    page.wait_for_url("**?t=*")
    assert ranges
    assert all(one.startswith("bytes=") for one in ranges), ranges

    word = page.get_by_role("button", name="信", exact=True)
    word.click()
    expect(word).to_have_attribute("data-heard", "true")
    page.keyboard.press("Home")
    expect(place(page)).to_have_attribute("aria-valuenow", "0")
    page.get_by_role("button", name=re.compile("^服务忌语")).first.click()
    expect(place(page)).not_to_have_attribute("aria-valuenow", "0")
    page.keyboard.press("Home")
    page.keyboard.press("n")
    expect(place(page)).not_to_have_attribute("aria-valuenow", "0")
    page.keyboard.press(".")
    expect(page.get_by_role("button", name=re.compile("播放速度"))).to_contain_text("1.25×")
    desk.shot(page, "review-recording")


def test_what_was_said_is_searched_and_never_stands_in_the_address(desk: Desk) -> None:
    page = desk.open_as("reviewer", "/recordings")
    page.keyboard.press("/")
    page.keyboard.type("保证收益")
    expect(page.get_by_role("row").nth(1)).to_contain_text("续约可以保证收益")
    assert "保证" not in page.url
    page.get_by_role("row").nth(1).click()
    opened(page)
    page.keyboard.press("/")
    page.keyboard.type("保证")
    expect(page.get_by_text("1 处")).to_be_visible()


def test_what_a_finding_rests_on_is_seen_where_it_is_not_in_the_text(
    desk: Desk, county: County
) -> None:
    page = opened(desk.open_as("reviewer", f"/recordings/{county.recordings[0]}"))
    first, answer, offer = (page.locator(f'[data-index="{line}"]') for line in range(3))
    expect(first.get_by_role("button", name="其他可能")).to_have_count(0)
    # Found there only, it is open from the start; in the line itself only what stands there is
    # underlined.
    readings = offer.get_by_role("list", name="其他可能")
    expect(readings.get_by_role("listitem")).to_have_text(
        ["32.5%您的套餐月底到期，续约送您一年会员。", "8%您的套餐月底到期，续约可以保住收益。"]
    )
    expect(offer.locator("[data-severity]")).to_have_text(
        [*"保证收益", "您的套餐月底到期，续约送您一年会员。"]
    )
    row = page.get_by_role("button", name=re.compile("续约送您一年会员.*已说"))
    expect(row).to_contain_text("可能性 31%")

    other = answer.get_by_role("button", name="其他可能")
    expect(other).to_have_attribute("aria-expanded", "false")
    first.locator("[data-start]").focus()
    # The way to the button lies in the line that has the focus: where each key leads is waited for.
    page.keyboard.press("ArrowDown")
    expect(answer.locator("[data-start]")).to_be_focused()
    page.keyboard.press("Tab")
    expect(other).to_be_focused()
    page.keyboard.press("Space")
    expect(other).to_be_focused()
    expect(answer.get_by_role("listitem")).to_have_text("12%好的，你说吧。")
    expect(page.get_by_role("button", name="播放", exact=True)).to_be_visible()
    axe(page)
    desk.shot(page, "review-readings")
    offer.get_by_role("button", name="其他可能").click()
    expect(readings).to_have_count(0)


def test_a_score_by_keyboard_its_appeal_and_the_decision(desk: Desk, county: County) -> None:
    """From the queue to a decided review; each by whom it is for."""
    page = desk.open_as("reviewer", "/reviews")
    expect(page.get_by_role("row").nth(1)).to_contain_text("待评")
    page.keyboard.press("t")
    page.wait_for_url("**?review=rev_*")
    review_id = page.url.partition("review=")[2].partition("&")[0]
    opened_item(page)
    for key in ("1", "2", "1"):
        page.keyboard.press(key)
    expect(page.get_by_text("还有")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("c")
    page.get_by_label(re.compile("^评论 0:0")).fill("报价前没有说明宽限期")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="评论")).to_contain_text("报价前没有说明宽限期")
    axe(page)
    desk.shot(page, "review-scored")
    page.keyboard.press("Control+Enter")
    expect(page).not_to_have_url(re.compile(review_id))
    page.wait_for_url("**?review=rev_*")
    scored = county.ask("GET", f"reviews/{review_id}")
    assert (scored["state"], scored["total"]["points"]) == ("scored", 80)
    assert scored["comments"][0]["at_s"] > 0

    who = {county.id("m-1"): "manager", county.id("m-2"): "colleague"}[scored["manager_id"]]
    page = desk.open_as(who, "/reviews", size=PHONE)
    page.get_by_text("80%").first.click()
    page.get_by_role("tab", name="评分").click()
    page.get_by_role("button", name="申诉").click()
    page.get_by_label("申诉理由").fill("客户说过不需要")
    page.get_by_role("button", name="提交申诉").click()
    expect(page.get_by_role("heading", name=re.compile("^客户经理申诉"))).to_be_visible()
    axe(page)

    page = desk.open_as("admin", f"/recordings/{scored['recording_id']}?review={review_id}")
    page.get_by_role("tab", name="评分").click()
    opened_item(page)
    page.keyboard.press("j")
    page.keyboard.press("1")
    expect(page.get_by_text("改动 1 项分数")).to_be_visible()
    page.get_by_label("裁定说明").fill("同意")
    page.get_by_role("button", name="裁定申诉").click()
    expect(page.get_by_role("heading", name=re.compile("^裁定：改分"))).to_be_visible()
    decided = county.ask("GET", f"reviews/{review_id}")
    assert (decided["state"], decided["total"]["points"]) == ("decided", 100)
    page.get_by_role("button", name="归档").click()
    expect(page.get_by_text("已归档，不再改动。")).to_be_visible()
    assert county.ask("GET", f"reviews/{review_id}")["state"] == "final"


def opened_item(page: Page) -> None:
    """Wait until points can be given by keyboard."""
    page.locator("li[aria-current=true] kbd").first.wait_for()
