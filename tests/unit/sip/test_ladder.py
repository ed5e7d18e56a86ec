from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from voicegw.model.call import LegRole
from voicegw.model.trace import TraceDirection, TracedMessage
from voicegw.sip.ladder import ladder, summary

BEGIN = datetime(2026, 3, 4, tzinfo=UTC)


def traced(
    after_s: float, role: LegRole, direction: TraceDirection, text: str, peer: str = "carrier"
) -> TracedMessage:
    at = BEGIN + timedelta(seconds=after_s)
    return TracedMessage(at, "leg_1", role, direction, peer, "udp", text)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("INVITE sip:a@b SIP/2.0\r\nCSeq: 1 INVITE\r\n", "INVITE"),
        ("SIP/2.0 200 OK\r\ncseq : 2 BYE\r\n", "200 OK (BYE)"),
        ("SIP/2.0 180 \r\n", "180"),
        ("", ""),
    ],
)
def test_a_message_in_few_words(text: str, short: str) -> None:
    assert summary(text) == short


def test_the_drawing_shows_who_sent_what_to_whom() -> None:
    drawn = ladder(
        [
            traced(0, LegRole.CUSTOMER, TraceDirection.IN, "INVITE sip:a@b SIP/2.0"),
            traced(0.25, LegRole.MANAGER, TraceDirection.OUT, "INVITE sip:a@b SIP/2.0", "phone"),
            traced(1, LegRole.MANAGER, TraceDirection.IN, "SIP/2.0 200 OK\nCSeq: 1 INVITE"),
            traced(2, LegRole.CUSTOMER, TraceDirection.OUT, "SIP/2.0 200 OK\nCSeq: 1 INVITE"),
        ],
        dropped=3,
    ).splitlines()
    assert drawn[0].split() == ["customer", "gateway", "manager"]
    what = ["0.000", "|----------", "INVITE", "--------->|", "|", "carrier/udp"]
    assert drawn[1].split() == what
    assert drawn[2].split()[:2] == ["0.250", "|"]
    assert drawn[2].endswith(">|  phone/udp")
    assert "|<" in drawn[3]
    assert "200 OK (INVITE)" in drawn[4]
    assert drawn[4].index("|<") < 15
    assert "3 messages" in drawn[5]
    assert len({len(line.rsplit("  ", 1)[0]) for line in drawn[1:5]}) == 1


def test_nothing_draws_the_columns_only() -> None:
    assert len(ladder([]).splitlines()) == 1
