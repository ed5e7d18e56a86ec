"""A player under the hands of a reviewer; recordings kept, redacted and handed out."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.console.browsing import Desk
from tests.console.test_review import opened, opened_item, place
from tests.parts.county import County

pytestmark = pytest.mark.peer


def reaches(page: Page, is_there: str) -> None:
    """Wait until a place of the sound (`at`, in seconds) is reached."""
    script = f"() => {{ const at = {_AT}; return {is_there}; }}"
    page.wait_for_function(script)


_AT = "Number(document.querySelector('[role=slider][aria-valuetext]').ariaValueNow)"


def dragger(page: Page) -> Callable[[float, float], None]:
    """Return what drags over the wave form, from one share of its width to another."""
    box = place(page).bounding_box()
    assert box is not None

    def drag(one: float, other: float) -> None:
        middle = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + one * box["width"], middle)
        page.mouse.down()
        page.mouse.move(box["x"] + other * box["width"], middle, steps=4)
        page.mouse.up()

    return drag


def test_a_span_is_heard_over_and_over(desk: Desk, county: County) -> None:
    page = opened(desk.open_as("reviewer", f"/recordings/{county.recordings[0]}"))
    span = page.get_by_test_id("span")
    playing = page.get_by_role("button", name="暂停")

    page.keyboard.press("]")
    page.keyboard.press("l")
    # Of a loop without length nothing would ever be heard.
    expect(page.get_by_text("0.2 s")).to_be_visible()
    expect(playing).to_be_visible()
    drag = dragger(page)
    drag(0.5, 1.1)
    # The end of the sound is the end of the loop, which begins again.
    reaches(page, "at >= 5")
    reaches(page, "at >= 3 && at < 5")
    expect(playing).to_be_visible()
    page.keyboard.press("Escape")
    expect(span).to_have_count(0)
    page.keyboard.press("Space")

    page.keyboard.press("m")
    expect(page.get_by_role("button", name="取消静音")).to_be_visible()
    page.keyboard.press("s")
    expect(page.get_by_role("switch", name="跳过静音段")).to_be_checked()
    page.keyboard.press("v")
    expect(page.get_by_role("button", name=re.compile("收听声道"))).to_contain_text("客户")


def test_a_recording_is_kept_from_deletion_and_redacted(desk: Desk, county: County) -> None:
    recording = county.recordings[-1]
    page = opened(desk.open_as("admin", f"/recordings/{recording}"))
    page.get_by_role("button", name="操作").click()
    page.get_by_role("menuitem", name="保留，禁止删除").click()
    page.get_by_label("原因").fill("客户投诉")
    page.get_by_role("button", name="保留，禁止删除").click()
    expect(page.get_by_text("已保留", exact=True)).to_be_visible()
    assert county.ask("GET", f"recordings/{recording}")["hold"]["why"] == "客户投诉"
    page.get_by_role("button", name="操作").click()
    page.get_by_role("menuitem", name="解除保留").click()
    expect(page.get_by_text("已保留", exact=True)).to_have_count(0)

    page.keyboard.press("[")
    page.get_by_role("button", name="遮蔽此段").click()
    page.get_by_label("原因").fill("含证件号码")
    page.get_by_role("dialog").get_by_role("button", name="遮蔽此段").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    spans = county.ask("GET", f"recordings/{recording}")["redactions"][-1]["spans"]
    assert [(one["start_s"], one["end_s"]) for one in spans] == [(0, 1)]


def test_talks_are_handed_out_as_an_archive(desk: Desk) -> None:
    page = desk.open_as("admin", "/recordings")
    page.get_by_role("row").nth(1).get_by_role("checkbox").click(force=True)
    page.get_by_role("button", name="导出所选 1 条").click()
    page.get_by_label("原因").fill("司法取证")
    page.get_by_role("button", name="开始导出").click()
    link = page.get_by_role("link", name="下载")
    link.wait_for()
    with page.expect_download() as download:
        link.click()
    assert re.fullmatch(r"exp_\w+\.zip", download.value.suggested_filename)


def test_an_answer_that_waits_for_its_reason_is_not_lost_by_submitting(
    desk: Desk, county: County
) -> None:
    rule = {"findings": ["phrase-forbidden"]}
    check = {"id": "words", "text": "没有服务忌语", "kind": "automatic", "points": 50, "rule": rule}
    human = {"id": "tone", "text": "语气亲切", "kind": "human", "points": 50}
    card = county.ask(
        "POST", "scorecards", 201, {"name": "忌语", "pass_share": 0.5, "items": [check, human]}
    )
    body = {"recording_id": county.recordings[-1], "scorecard_id": card["id"]}
    review = county.ask("POST", "reviews", 201, body)
    path = f"reviews/{review['id']}"
    county.ask("POST", f"{path}/assign", 200, {"reviewer": county.id("user:reviewer")})
    page = desk.open_as("reviewer", f"/recordings/{body['recording_id']}?review={review['id']}")
    opened_item(page)
    page.keyboard.press("j")
    page.keyboard.press("1")
    page.keyboard.press("k")
    page.keyboard.press("1")
    reason = page.get_by_label("改判原因（必填）")
    expect(reason).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("还有 1 项改判未写原因")).to_be_visible()
    expect(page.get_by_role("button", name="提交", exact=True)).to_be_disabled()
    assert county.ask("GET", path)["state"] == "in_progress"
    reason.fill("客户先提起")
    page.keyboard.press("Enter")
    expect(reason).to_have_count(0)
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_text("评分已提交")).to_be_visible()
    assert county.ask("GET", path)["total"]["points"] == 100


def test_a_comment_is_about_the_place_where_it_was_begun(desk: Desk, county: County) -> None:
    found = county.ask("GET", "reviews?limit=200")["items"]
    mine = next(one for one in found if one["reviewer"] == county.id("user:reviewer"))
    page = desk.open_as("reviewer", f"/recordings/{mine['recording_id']}?review={mine['id']}")
    page.get_by_role("button", name="信", exact=True).wait_for()
    page.keyboard.press("c")
    box = page.get_by_label(re.compile("^评论 0:00"))
    box.fill("开场")
    page.get_by_role("button", name="前进 5 秒").click()
    reaches(page, "at >= 5")
    expect(box).to_have_value("开场")


def test_findings_that_cannot_be_read_are_not_told_as_none(desk: Desk, county: County) -> None:
    def refuse(page: Page) -> None:
        page.route("**/findings", lambda route: route.fulfill(status=503, body=""))

    page = desk.open_as("reviewer", f"/recordings/{county.recordings[0]}", watch=refuse)
    expect(page.get_by_role("button", name="重试")).to_be_visible()
    expect(page.get_by_text("没有发现问题")).to_have_count(0)
    desk.faults.clear()
