from __future__ import annotations

from pathlib import Path

import pytest

from recordings.network.announcements import AnnouncementBook
from recordings.network.book_file import load_book
from voicegw.errors import ConfigError
from voicegw.model.call import LegReason

BOOK = load_book()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("您好 您拨打的号码是空号 请查证后再拨", "vacant-number"),
        ("对不起，您拨打的电话号码不存在，请核对后再拨", "vacant-number"),
        ("您好,您拨打的电话已关机 请稍后再拨", "powered-off"),
        ("對不起您撥打的用戶已關機", "powered-off"),
        ("您好您拨打的电话已停机", "suspended"),
        ("您拨打的用户已暂停服务", "suspended"),
        ("您好 您拨打的电话正在通话中 请稍后再拨", "busy"),
        ("对不起，您所拨打的用户正忙，请稍后再拨", "busy"),
        ("您拨打的电话暂时无人接听请稍后再拨", "no-answer"),
        ("您拨打的电话暂时无法接通请稍后再拨", "not-reachable"),
        ("您所拨打的用户不在服务区", "not-reachable"),
        ("您呼叫的用户已设置呼入限制", "barred"),
        ("网络忙请稍后再拨", "congestion"),
        ("本次来电信息将以短信形式通知机主", "call-reminder"),
        ("请在提示音后留言", "voicemail"),
        ("Sorry! The number you dialed does not exist, please check it.", "vacant-number"),
        ("sorry the subscriber you dialed is powered off please redial later", "powered-off"),
        ("The number you have dialed is not in service", "vacant-number"),
        ("Please leave a message after the tone.", "voicemail"),
        # What a recogniser makes of a bad line: the same sounds, another sign or a slip.
        ("您播打的电话以关鸡请稍后在拨", "powered-off"),
        ("您拨打的号码四空号", "vacant-number"),
        ("您拨打的电话正在同话终", "busy"),
        ("您拨打的电话展时无法接通", "not-reachable"),
        # The longer phrase tells.
        ("您拨打的电话暂时无法接通 来电信息将以短信形式通知机主", "call-reminder"),
    ],
)
def test_what_networks_say(said: str, reason: str) -> None:
    assert BOOK.meaning(said) == reason


@pytest.mark.parametrize(
    "said",
    [
        "",
        "您好 请问有什么可以帮您",
        "正在为您转接请稍候",
        "关机",
        "welcome to the hotline",
        "is not",
        "。。。",
    ],
)
def test_what_means_nothing(said: str) -> None:
    assert BOOK.meaning(said) is None


def test_two_meanings_that_both_slip_are_not_told_apart() -> None:
    book = AnnouncementBook(
        [(LegReason.POWERED_OFF, "您的电话已关机"), (LegReason.SUSPENDED, "您的电话已停机")]
    )
    assert book.meaning("您的电话已关机") is LegReason.POWERED_OFF
    assert book.meaning("您的电话已等机") is None


def test_own_phrases_are_added(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[[announcement]]\nreason = "busy"\nsaid = ["차단되었습니다", "空号"]\n')
    book = load_book(own)
    assert book.meaning("전화가 차단되었습니다") is LegReason.BUSY
    assert book.meaning("空号") is LegReason.BUSY
    assert book.meaning("您拨打的电话已关机") is LegReason.POWERED_OFF


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (None, "can't be read"),
        ("[[announcement]", "is no list"),
        ('[[announcement]]\nreason = "who-knows"\nsaid = []\n', "is no list"),
        ('[[announcement]]\nreason = "busy"\nsays = []\n', "is no list"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(tmp_path: Path, text: str | None, what: str) -> None:
    own = tmp_path / "own.toml"
    if text is not None:
        own.write_text(text)
    with pytest.raises(ConfigError, match=what):
        load_book(own)
