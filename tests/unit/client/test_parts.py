"""Small parts of the client: signatures, batches, times to wait."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from tests.unit.client.scripted import event
from voicegw.client import InvalidSignatureError, Retries, verify_webhook
from voicegw.client.models import CustomerRecord, Sync
from voicegw.client.problems import problem_of
from voicegw.client.retrying import Reconnecting
from voicegw.client.sync_batches import MOST_BYTES, batches, together

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = json.dumps(event(1)).encode()


def signed(body: bytes = BODY, *, age_s: float = 0) -> dict[str, str]:
    at = datetime.now(UTC) - timedelta(seconds=age_s)
    signature = Webhook(SECRET).sign("evt_1", at, body.decode("latin-1"))
    return {
        "Webhook-Id": "evt_1",
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": signature,
    }


def test_a_signed_request_is_an_event() -> None:
    assert verify_webhook(signed(), BODY, SECRET).id == "evt_1"


@pytest.mark.parametrize(
    ("changed", "age_s", "body"),
    [
        ({}, 0, BODY + b" "),
        ({}, 301, BODY),
        ({}, -400, BODY),
        ({"Webhook-Id": ""}, 0, BODY),
        ({"Webhook-Id": "evt_2"}, 0, BODY),
        ({"Webhook-Signature": "v1"}, 0, BODY),
        ({"Webhook-Signature": "v1,***"}, 0, BODY),
        ({"Webhook-Timestamp": "nan"}, 0, BODY),
        ({}, 0, b"\xff"),
    ],
    ids=["changed", "old", "ahead", "no id", "other", "cut", "no base64", "no time", "no utf-8"],
)
def test_what_is_not_signed_so_is_refused(
    changed: dict[str, str], age_s: float, body: bytes
) -> None:
    with pytest.raises(InvalidSignatureError):
        verify_webhook(signed(age_s=age_s) | changed, body, SECRET)


def test_what_is_signed_but_no_event_is_refused() -> None:
    for body in (b"{", b"{}", b"[]"):
        with pytest.raises(InvalidSignatureError):
            verify_webhook(signed(body), body, SECRET)


def test_records_go_in_requests_that_the_gateway_takes() -> None:
    small = [CustomerRecord(external_id=f"C-{number}", name="n") for number in range(2001)]
    assert [len(batch) for batch in batches(small)] == [1000, 1000, 1]
    large = [CustomerRecord(external_id="C", name="n", attributes={"a": "x" * 16000})] * 100
    parts = list(batches(large))
    assert sum(len(batch) for batch in parts) == 100
    assert all(sum(map(len, map(bytes, batch))) <= MOST_BYTES for batch in parts)
    assert len(parts) == 2
    assert list(batches([])) == []


def test_answers_to_all_batches_are_one() -> None:
    one = Sync(items=[], created=1, replaced=2, unchanged=3, refused=4)
    assert together([one, one]) == Sync(items=[], created=2, replaced=4, unchanged=6, refused=8)


def test_pauses_double_and_honour_the_gateway() -> None:
    retries = Retries(attempts=9, first_pause_s=0.5, longest_pause_s=3)
    pauses = [retries.after_failure(n, repeatable=True, was_sent=True) for n in range(1, 10)]
    assert pauses == [0.5, 1, 2, 3, 3, 3, 3, 3, None]
    asked = problem_of(503, {"retry-after": "2"}, b"")
    assert retries.after_problem(1, asked, repeatable=True) == 2


def test_a_stream_that_worked_begins_counting_anew() -> None:
    again = Reconnecting(Retries(first_pause_s=1, stream_attempts=3))
    assert [again.pause_s(None), again.pause_s(None)] == [1, 2]
    again.worked()
    assert [again.pause_s(None) for _ in range(3)] == [1, 2, None]


@pytest.mark.parametrize(
    ("header", "expected_s"),
    [
        ("7", 7),
        ("Mon, 05 Jan 2026 02:04:04 GMT", 60),
        ("Mon, 05 Jan 2026 02:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("-1", None),
        ("9" * 400, 999999999),
    ],
)
def test_how_long_to_wait_is_a_number_or_a_date(header: str, expected_s: float | None) -> None:
    now = datetime(2026, 1, 5, 2, 3, 4, tzinfo=UTC)
    assert problem_of(503, {"retry-after": header}, b"{", now).retry_after_s == expected_s
