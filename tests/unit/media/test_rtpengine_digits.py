from __future__ import annotations

import asyncio
import json
import socket

import pytest

from voicegw.media.rtpengine_digits import DigitListener, DigitReport, parse_report

from .phone import until

REPORT = {
    "callid": "c-1",
    "source_tag": "leg-1",
    "tags": ["leg-1", "leg-2"],
    "type": "DTMF",
    "timestamp": 1795304171,
    "source_ip": "127.0.0.1",
    "event": 11,
    "duration": 120,
    "volume": 10,
}


def test_a_report_names_call_party_and_digit() -> None:
    assert parse_report(json.dumps(REPORT).encode()) == DigitReport("c-1", "leg-1", "#")


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{", b"[]", b"7", b"\xff", b"[" * 2000, b"x" * 5000),
        json.dumps(REPORT | {"event": 16}).encode(),
        json.dumps(REPORT | {"event": -1}).encode(),
        json.dumps(REPORT | {"event": "1"}).encode(),
        json.dumps(REPORT | {"type": "other"}).encode(),
        json.dumps(REPORT | {"callid": None}).encode(),
    ],
)
def test_anything_else_is_no_report(data: bytes) -> None:
    assert parse_report(data) is None


async def test_the_listener_passes_on_reports_only() -> None:
    heard: list[DigitReport] = []
    listener = await DigitListener.bind("127.0.0.1", 0, heard.append)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"nonsense", listener.address)
        sender.sendto(json.dumps(REPORT).encode(), listener.address)
    await until(lambda: heard)
    assert heard == [DigitReport("c-1", "leg-1", "#")]
    listener.close()
    listener.close()
    assert listener.address == ("", 0)
    await asyncio.sleep(0)
