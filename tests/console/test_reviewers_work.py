"""Reviewers' work walked whole: messages, blind pairs, scorecards, dossiers, wide wave forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from recordings.care.verify_dossier import Archive, Verifier
from tests.console.browsing import PHONE, Desk, axe
from tests.console.test_review import opened, opened_item
from tests.parts.county import CHONGMING, County, Person, customer_of, manager_number, number_of
from tests.parts.node import wait_for
from tests.parts.telephones import Plan
from voicegw.model.directory import Role

pytestmark = pytest.mark.peer

NUMBER = "+862161239999"
SECOND = Person("reviewer.two", Role.QA_REVIEWER, "钱雪", CHONGMING)
CARD = {
    "name": "装维回访质检",
    "pass_share": 0.6,
    "items": [
        {"id": "tone", "text": "语气亲切", "kind": "human", "points": 10},
        {
            "id": "identity",
            "text": "核对机主身份",
            "kind": "human",
            "points": 10,
            "may_not_apply": True,
        },
        {"id": "closing", "text": "结束语规范", "kind": "human", "points": 10},
    ],
}


@pytest.fixture(scope="module")
def hotline_id(county: County) -> Iterator[str]:
    """A hotline of these tests alone, which takes messages."""
    body = {
        "number": NUMBER,
        "group_id": county.id(CHONGMING),
        "name": "装维回访专线",
        "answer": "at_once",
        "announce": "none",
        # Nobody but the owner is rung: other tests have named deputies, or called these customers.
        "routing": {"voicemail": {"min_s": 0.5}, "deputy": False, "recent_days": 0},
    }
    made = county.ask("POST", "hotlines", 201, body)
    yield str(made["id"])
    county.api.delete(f"/v1/hotlines/{made['id']}")


def recorded(county: County, call_id: str) -> str:
    """Wait until a call's recording is made, and return its id."""

    def look() -> str | None:
        call = county.ask("GET", f"calls/{call_id}")
        made = [one["id"] for one in call["recordings"] if one["status"] == "completed"]
        return made[0] if made else None

    return str(wait_for("the recording", look, 60))


def test_a_message_is_heard_and_done_with_by_its_manager(
    desk: Desk, county: County, hotline_id: str
) -> None:
    caller = customer_of(1, 12)
    county.phones.plans[manager_number("m-1")] = Plan(refuses_with=603)
    county.phones.plans[number_of(caller)] = Plan(talks_s=3)
    known = county.node.call_ids()
    county.phones.call(number_of(caller), NUMBER)
    (call_id,) = county.node.new_calls(known, timeout_s=20)
    call = county.node.ended(call_id, 60)
    assert (call["outcome"], call["hotline_id"]) == ("voicemail", hotline_id)
    recording = recorded(county, call_id)
    (listed,) = county.ask("GET", f"recordings?hotline_id={hotline_id}")["items"]
    assert (listed["id"], listed["kind"]) == (recording, "voicemail")

    page = desk.open_as("manager", "/missed", size=PHONE)
    name = county.ask("GET", f"customers/{county.id(caller)}")["name"]
    item = page.get_by_role("list", name="未接与留言").get_by_role("listitem")
    item = item.filter(has_text=name).filter(has_text="留言")
    item.get_by_role("button", name="播放录音").click()
    script = "() => [...document.querySelectorAll('audio')].some((one) => one.currentTime > 0.3)"
    page.wait_for_function(script)
    axe(page)
    desk.shot(page, "message-heard")
    (task,) = county.ask("GET", f"tasks?customer_id={county.id(caller)}&type=voicemail")["items"]
    item.get_by_role("button", name="已处理").click()
    expect(item).to_have_count(0)

    def is_closed() -> bool:
        return bool(county.ask("GET", f"tasks/{task['id']}")["state"] == "done")

    wait_for("the task is done", is_closed, 20)
    heard = county.ask("GET", f"audit?subject={recording}&action=recording.listened")["items"]
    assert [one["principal"] for one in heard] == [county.id("user:manager")]


def blind_sample(county: County, hotline_id: str) -> str:
    """Draw the one talk of the hotline for two reviewers; return the sample's id."""
    county.phones.plans[manager_number("m-3")] = Plan(talks_s=1)
    call_id = county.dial("m-3", customer_of(3, 9), hotline_id=hotline_id)
    county.node.ended(call_id, 60)
    recorded(county, call_id)
    card = county.ask("POST", "scorecards", 201, CARD)
    now = datetime.now(UTC)
    body = {
        "scorecard_id": card["id"],
        "from": (now - timedelta(hours=1)).isoformat(),
        "until": (now + timedelta(hours=1)).isoformat(),
        "group_id": county.id(CHONGMING),
        "hotline_id": hotline_id,
        "share": 1.0,
        "blind_share": 1.0,
    }
    sample = county.ask("POST", "samples", 201, body)
    assert sample["drawn"] == 1
    return str(sample["id"])


def assign(page: Page, *names: str) -> None:
    """Give the open reviews of the sample on the page to these, by keyboard and ticks."""
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog", name="分配质检员")
    people = dialog.get_by_role("list", name="质检员")
    for name in names:
        people.get_by_text(name, exact=True).click()
    axe(page)
    dialog.get_by_role("button", name=f"分配给 {len(names)} 人").click()
    expect(dialog).to_have_count(0)


def score(page: Page, keys: str) -> Locator:
    """Take the next review of the sample, answer its items by keys and submit it."""
    page.keyboard.press("t")
    page.wait_for_url("**?review=rev_*")
    opened_item(page)
    for key in keys:
        page.keyboard.press(key)
    total = page.get_by_role("status").filter(has_text="%")
    expect(page.get_by_text("还有")).to_have_count(0)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("评分已提交")).to_be_visible()
    return total


def test_a_blind_pair_is_assigned_compared_and_settled(
    desk: Desk, county: County, hotline_id: str
) -> None:
    """One says that an item does not apply, the other gives it no points: a third one settles."""
    county.add(SECOND)
    sample_id = blind_sample(county, hotline_id)
    path = f"/samples/{sample_id}"
    page = desk.open_as("reviewer", path)
    expect(page.get_by_text("还有 2 条未分配")).to_be_visible()
    assign(page, "质检员", "钱雪")
    rows = page.get_by_role("row")
    expect(rows.filter(has_text="钱雪")).to_have_count(1)
    expect(page.get_by_text("未分配")).to_have_count(0)

    total = score(page, "101")
    expect(total).to_contain_text("20 / 20")
    expect(page.get_by_text("1 项不适用，未计入总分")).to_be_visible()
    axe(page)
    desk.shot(page, "review-not-applicable")
    expect(score(desk.open_as("reviewer.two", path), "131")).to_contain_text("20 / 30")

    page = desk.open_as("reviewer", path)
    expect(page.get_by_text("1 对：完全一致 0%，得分率平均相差 33%")).to_be_visible()
    expect(page.get_by_text("是否适用：一致 0%")).to_be_visible()
    page.get_by_role("button", name="送仲裁").click()
    rows = page.get_by_role("row")
    expect(rows.filter(has_text="仲裁")).to_have_count(1)
    assign(page, "系统管理员")
    expect(rows.filter(has_text="系统管理员")).to_have_count(1)
    axe(page)
    expect(score(desk.open_as("admin", path), "121")).to_contain_text("25 / 30")

    page = desk.open_as("reviewer", path)
    # Which half of the pair each of them was given is left to the order of ids.
    shares = re.compile(r"两份得分 (100% / 66\.7%|66\.7% / 100%)")
    expect(page.get_by_text(shares)).to_be_visible()
    expect(page.get_by_text("仲裁 83.3%")).to_be_visible()
    desk.shot(page, "sample-agreement")
    found = county.ask("GET", f"samples/{sample_id}/agreement")
    assert (found["total"]["pairs"], found["waiting"]) == (1, 0)
    assert found["pairs"][0]["arbitration"] == pytest.approx(25 / 30)
    assert found["applicability"]["identity"]["exact"] == 0


def test_a_scorecard_is_saved_beside_somebody_elses_changes(desk: Desk, county: County) -> None:
    page = desk.open_as("reviewer", "/scorecards")
    page.get_by_role("button", name="新建评分表").click()
    page.wait_for_url("**/scorecards/new")
    name = page.get_by_label("名称", exact=True)
    name.fill("装机质检")
    page.get_by_label("评分内容").fill("核对机主身份")
    page.get_by_text("可评“不适用”（不计入总分）").click()
    page.keyboard.press("Control+s")
    expect(page.get_by_text("版本 1", exact=True)).to_be_visible()
    page.wait_for_url("**/scorecards/crd_*")
    path = f"scorecards/{page.url.rpartition('/')[2]}"
    before = county.ask("GET", path)
    assert before["items"][0]["may_not_apply"] is True

    name.fill("装机质检（一线）")
    changes = {"name": "装机质检（全市）", "pass_share": 0.7}
    body = {key: value for key, value in before.items() if key not in {"id", "version"}}
    county.ask("PUT", path, 200, body | changes)
    # What was typed is kept over the version that it was typed over, also while that is read anew.
    page.get_by_role("link", name="评分表").first.click()
    page.get_by_role("row").filter(has_text="装机质检（全市）").click()
    expect(name).to_have_value("装机质检（一线）")
    page.keyboard.press("Control+s")
    conflict = page.get_by_role("alert", name="有人刚刚保存了不同的内容")
    expect(conflict).to_contain_text("已采用对方的修改：合格线（%）")
    expect(conflict).to_contain_text("装机质检（全市）")
    axe(page)
    desk.shot(page, "scorecard-conflict")
    conflict.get_by_role("button", name="保留我的").click()
    page.keyboard.press("Control+s")
    expect(page.get_by_text("版本 3", exact=True)).to_be_visible()
    saved = county.ask("GET", path)
    assert (saved["name"], saved["pass_share"]) == ("装机质检（一线）", 0.7)
    county.ask("DELETE", path, 204)


def test_a_dossier_is_made_fetched_and_verified(desk: Desk, county: County, tmp_path: Path) -> None:
    recording = county.ask("GET", f"recordings/{county.recordings[0]}")
    page = opened(desk.open_as("reviewer", f"/recordings/{recording['id']}"))
    page.get_by_role("button", name="操作").click()
    page.get_by_role("menuitem", name="制作证据包").click()
    dialog = page.get_by_role("dialog", name="制作证据包")
    dialog.get_by_label("原因").fill("客户投诉")
    axe(page)
    dialog.get_by_role("button", name="开始制作").click()
    link = dialog.get_by_role("link", name="下载")
    link.wait_for()
    desk.shot(page, "dossier-made")
    with page.expect_download() as download:
        link.click()
    assert re.fullmatch(r"exp_\w+\.zip", download.value.suggested_filename)
    path = tmp_path / "dossier.zip"
    download.value.save_as(path)
    verifier = Verifier(Archive(path), [])
    verifier.run()
    assert verifier.faults == []
    call = county.ask("GET", f"calls/{recording['call_id']}")
    found: dict[str, Any] = {one["id"]: one for one in verifier.tasks}
    assert call["task_id"] in found


def test_a_wide_wave_form_follows_the_sound_until_it_is_scrolled(
    desk: Desk, county: County
) -> None:
    page = opened(desk.open_as("reviewer", f"/recordings/{county.recordings[0]}"))
    wave = page.get_by_test_id("wave")
    button = page.get_by_role("button", name="波形跟随播放")
    for _ in range(3):
        page.keyboard.press("+")
    expect(wave).to_have_js_property("scrollLeft", 0)
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('[data-testid=wave]').scrollLeft > 0")
    wave.hover()
    page.mouse.wheel(-4000, 0)
    expect(button).to_be_visible()
    page.keyboard.press("Space")
    expect(wave).to_have_js_property("scrollLeft", 0)
    page.keyboard.press("f")
    expect(button).to_have_count(0)
    page.wait_for_function(_IS_IN_SIGHT)
    wave.hover()
    page.mouse.wheel(-4000, 0)
    expect(button).to_be_visible()
    expect(wave).to_have_js_property("scrollLeft", 0)
    # Whoever goes to another place wants to see it.
    page.keyboard.press("Home")
    expect(button).to_have_count(0)
    page.keyboard.press("-")
    page.keyboard.press("-")
    page.keyboard.press("-")
    expect(wave).to_have_js_property("scrollLeft", 0)


#: Whether the place of the sound lies in the part of the wave form that is shown.
_IS_IN_SIGHT = """() => {
  const wave = document.querySelector('[data-testid=wave]');
  const place = document.querySelector('[role=slider][aria-valuetext]');
  const at = place.ariaValueNow / place.ariaValueMax * wave.scrollWidth;
  return wave.scrollLeft > 0 && at >= wave.scrollLeft - 900
    && at <= wave.scrollLeft + wave.clientWidth;
}"""
