"""The request to a provider, and what its answer means."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from voicegw.sms.provider import Accepted, Outcome, Outgoing, Refused
from voicegw.sms.request import outcome_of, request_of
from voicegw.sms.terms import HttpTerms

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
TEXT = '请回复"1"\n成功 {id} 100% & \\'
MESSAGE = Outgoing("sms_1", "+8613800138000", TEXT)
URL = "https://sms.example/send"


def test_the_shipped_request_is_json_with_the_id_as_key() -> None:
    request = request_of(HttpTerms(URL, token="t-1"), MESSAGE, NOW)
    assert (request.method, request.url) == ("POST", URL)
    assert json.loads(request.body) == {"id": "sms_1", "to": "+8613800138000", "text": TEXT}
    assert dict(request.headers) == {
        "content-type": "application/json",
        "authorization": "Bearer t-1",
        "idempotency-key": "sms_1",
    }


def test_a_form_is_escaped_and_its_other_braces_stay() -> None:
    terms = HttpTerms(
        URL,
        content_type="application/x-www-form-urlencoded",
        body="mobile={to_national}&content={text}&tpl={x:1}&hex={text_hex}&d={to_digits}",
    )
    fields = parse_qs(request_of(terms, MESSAGE, NOW).body.decode(), strict_parsing=True)
    assert fields == {
        "mobile": ["13800138000"],
        "content": [TEXT],
        "tpl": ["{x:1}"],
        "hex": [TEXT.encode("utf-16-be").hex()],
        "d": ["8613800138000"],
    }


def test_a_get_has_no_body_and_its_address_is_escaped() -> None:
    terms = HttpTerms(f"{URL}?to={{to}}&t={{text}}", method="GET", headers=(("X-Id", "{id}"),))
    request = request_of(terms, MESSAGE, NOW)
    assert parse_qs(urlsplit(request.url).query) == {"to": ["+8613800138000"], "t": [TEXT]}
    assert (request.body, request.headers) == (b"", (("X-Id", "sms_1"),))


@pytest.mark.parametrize("encoding", ["hex", "base64"])
@pytest.mark.parametrize("name", ["sha256", "sha1", "sha512", "md5"])
def test_a_request_is_signed_over_what_is_configured(name: str, encoding: str) -> None:
    terms = HttpTerms(
        URL,
        headers=(("X-Sign", "{signature}"), ("X-Time", "{timestamp}")),
        secret="k",
        sign=name,
        sign_encoding=encoding,
        sign_text="{timestamp}\n{body}",
    )
    request = request_of(terms, MESSAGE, NOW)
    headers = dict(request.headers)
    signed = f"{int(NOW.timestamp())}\n".encode() + request.body
    digest = hmac.new(b"k", signed, getattr(hashlib, name)).digest()
    expected = digest.hex() if encoding == "hex" else b64encode(digest).decode()
    assert headers["X-Sign"] == expected
    assert headers["X-Time"] == str(int(NOW.timestamp()))


def test_what_a_header_can_not_hold_is_escaped() -> None:
    request = request_of(HttpTerms(URL, headers=(("X-Text", "{text}"),)), MESSAGE, NOW)
    value = dict(request.headers)["X-Text"]
    assert value.isascii()
    assert value.isprintable()


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (200, b'{"id": "p-1"}', Accepted("p-1")),
        (202, b'{"id": 17}', Accepted("17")),
        (200, b"", Accepted()),
        (200, b"<html>", Accepted()),
        (400, b"", Refused("http-400", is_permanent=True)),
        (401, b"", Refused("http-401")),
        (429, b"", Refused("http-429")),
        (500, b"", Refused("http-500")),
        (302, b"", Refused("http-302")),
    ],
)
def test_what_a_status_means(status: int, answer: bytes, expected: Outcome) -> None:
    assert outcome_of(HttpTerms(URL), status, answer) == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"code": 0, "data": [{"id": "p-1"}]}, Accepted("p-1")),
        ({"code": "00"}, Accepted()),
        ({"code": "BUSY"}, Refused("refused-by-provider")),
        ({"code": "BLACK"}, Refused("refused-by-provider", is_permanent=True)),
        ({"code": None}, Refused("answer-not-understood")),
        ([], Refused("answer-not-understood")),
    ],
)
def test_what_a_code_in_the_answer_means(document: object, expected: Outcome) -> None:
    terms = HttpTerms(
        URL,
        answer_code="/code",
        answer_id="/data/0/id",
        accepted_codes=("0", "00"),
        temporary_codes=("BUSY",),
    )
    assert outcome_of(terms, 200, msgspec.json.encode(document)) == expected


def test_when_a_provider_wants_to_be_left_alone_that_is_kept() -> None:
    assert outcome_of(HttpTerms(URL), 503, b"", 30.0) == Refused("http-503", retry_after_s=30.0)
