"""What providers post: whether it is theirs, and what it says."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook
from starlette.datastructures import Headers

from voicegw.errors import InvalidError
from voicegw.sms.inbound import (
    DeliveryReport,
    InboundTerms,
    SignatureError,
    documents_of,
    reply_of,
    report_of,
    verify,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
STANDARD = InboundTerms(SECRET)
HMAC = InboundTerms("s3cret", scheme="hmac")
BODY = b'{"id": "p-1", "status": "delivered"}'


def standard(at: datetime = NOW, body: bytes = BODY) -> Headers:
    """Headers as Standard Webhooks has them."""
    return Headers(
        {
            "Webhook-Id": "msg_1",
            "Webhook-Timestamp": str(int(at.timestamp())),
            "Webhook-Signature": "v1,x " + Webhook(SECRET).sign("msg_1", at, body.decode()),
        }
    )


def plain(at: datetime = NOW, body: bytes = BODY) -> Headers:
    """Headers with an HMAC over time and body."""
    stamp = str(int(at.timestamp()))
    digest = hmac.new(b"s3cret", stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return Headers({"X-Signature": digest.upper(), "X-Timestamp": stamp})


def test_what_is_signed_now_is_the_providers() -> None:
    verify(STANDARD, standard(), BODY, NOW)
    verify(STANDARD, standard(NOW - timedelta(minutes=5)), BODY, NOW)
    verify(HMAC, plain(), BODY, NOW)


@pytest.mark.parametrize(
    ("terms", "headers", "body"),
    [
        (STANDARD, Headers({}), BODY),
        (STANDARD, standard(), BODY + b" "),
        (STANDARD, standard(NOW - timedelta(minutes=6)), BODY),
        (STANDARD, standard(NOW + timedelta(minutes=6)), BODY),
        (STANDARD, plain(), BODY),
        (STANDARD, standard(), b"\xff"),
        (STANDARD, Headers({"webhook-timestamp": "9" * 40}), BODY),
        (HMAC, Headers({}), BODY),
        (HMAC, plain(), BODY + b" "),
        (HMAC, plain(NOW - timedelta(minutes=6)), BODY),
        (HMAC, Headers({"X-Timestamp": str(int(NOW.timestamp()))}), BODY),
        (HMAC, Headers({"X-Timestamp": str(int(NOW.timestamp())), "X-Signature": "é"}), BODY),
        (HMAC, standard(), BODY),
    ],
)
def test_what_is_not_is_refused(terms: InboundTerms, headers: Headers, body: bytes) -> None:
    with pytest.raises(SignatureError):
        verify(terms, headers, body, NOW)


def test_bodies_are_json_lists_and_forms() -> None:
    assert documents_of("application/json", b'{"a": 1}') == [{"a": 1}]
    assert documents_of("application/json; charset=utf-8", b'[{"a": 1}, 2]') == [{"a": 1}, 2]
    form = documents_of("application/x-www-form-urlencoded", b"text=%E5%A5%BD&from=1")
    assert form == [{"text": "好", "from": "1"}]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"\xff"),
        ("application/json", b"[" + b"1," * 500 + b"1]"),
        ("application/x-www-form-urlencoded", b"\xff=1"),
        ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(501))),
    ],
)
def test_other_bodies_are_refused(kind: str, body: bytes) -> None:
    with pytest.raises(InvalidError):
        documents_of(kind, body)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"id": "p-1", "status": "delivered"}, DeliveryReport(None, "p-1", None)),
        (
            {"id": 7, "message_id": "sms_1", "status": "delivered"},
            DeliveryReport("sms_1", "7", None),
        ),
        ({"id": "p-1", "status": "failed"}, DeliveryReport(None, "p-1", "not-delivered")),
        ({"id": "p-1", "status": "queued"}, None),
        ({"status": "delivered"}, None),
        ({"id": "p-1"}, None),
        ([], None),
        (None, None),
    ],
)
def test_reports(document: object, expected: DeliveryReport | None) -> None:
    assert report_of(STANDARD, document) == expected


def test_a_reply_is_known_by_its_id_else_by_what_it_says_at_once() -> None:
    first = reply_of(STANDARD, {"id": "r-1", "from": "13800138000", "text": "1\x00"}, NOW)
    assert first is not None
    assert (first.from_, first.text, first.provider_id) == ("+8613800138000", "1", "r-1")
    again = reply_of(STANDARD, {"id": "r-1", "from": "8613800138000", "text": "1"}, NOW)
    other = reply_of(STANDARD, {"id": "r-2", "from": "13800138000", "text": "1"}, NOW)
    assert again is not None
    assert other is not None
    assert first.id == again.id != other.id
    without = [
        reply_of(STANDARD, {"from": "13800138000", "text": text}, NOW + timedelta(seconds=late))
        for text, late in (("1", 0), ("1", 2), ("2", 2), ("1", 60))
    ]
    ids = [one.id for one in without if one is not None]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    "document", [{}, {"from": "13800138000"}, {"from": "nobody", "text": "1"}, "1", None]
)
def test_what_is_no_reply(document: object) -> None:
    assert reply_of(STANDARD, document, NOW) is None
