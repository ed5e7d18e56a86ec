from __future__ import annotations

import pytest

from recordings.network.answerer import answerer
from recordings.network.book_file import load_book
from voicegw.model.recording import Channel
from voicegw.model.transcript import Segment

BOOK = load_book()


def said(*parts: tuple[str, float, float, str]) -> list[Segment]:
    """Return segments from ("c" or "m", start, end, text)."""
    channels = {"c": Channel.CUSTOMER, "m": Channel.MANAGER}
    return [Segment(channels[who], start, end, text) for who, start, end, text in parts]


TALKS = {
    "a mailbox": (
        said(
            ("c", 0.5, 4, "您好 我现在不方便接听电话"),
            ("c", 4.5, 7, "请在提示音后留言"),
            ("m", 9, 12, "您好 我是您的客户经理"),
        ),
        ("machine", "voicemail"),
    ),
    "a mailbox in English": (
        said(("c", 1, 6, "please leave a message after the tone"), ("m", 8, 9, "hello")),
        ("machine", "voicemail"),
    ),
    "a mailbox that says goodbye": (
        said(
            ("c", 0.5, 5, "请在提示音后留言"),
            ("m", 6, 9, "您好"),
            ("c", 30, 31.5, "再见"),
        ),
        ("machine", "voicemail"),
    ),
    "a network that answers": (
        said(("c", 0.2, 4, "您好 您拨打的电话已关机"), ("c", 5, 8, "the number is powered off")),
        ("machine", "powered-off"),
    ),
    "a person": (
        said(
            ("c", 0.5, 1, "喂"),
            ("m", 1.5, 4, "您好 我是电信的"),
            ("c", 4.5, 6, "你好"),
            ("m", 6.5, 9, "请问您现在方便吗"),
            ("c", 9.5, 10, "方便"),
        ),
        ("person", None),
    ),
    "a person who speaks of a mailbox": (
        said(
            ("c", 0.5, 3, "我刚才在开会 请在提示音后留言 我没听到"),
            ("m", 4, 6, "好的"),
            ("c", 7, 12, "你有什么事情请说吧 我现在有时间"),
        ),
        None,
    ),
    "who speaks late": (
        said(("m", 1, 20, "您好"), ("c", 25, 30, "请在提示音后留言")),
        None,
    ),
    "who says one thing": (said(("m", 1, 3, "您好"), ("c", 4, 5, "不需要")), None),
    "nobody": ([], None),
}


@pytest.mark.parametrize("talk", TALKS)
def test_who_answered(talk: str) -> None:
    segments, expected = TALKS[talk]
    found = answerer(segments, BOOK)
    assert (None if found is None else (found.by, found.reason)) == expected
