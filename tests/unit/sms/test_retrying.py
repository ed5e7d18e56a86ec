"""When a message is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from voicegw.model.sms import SmsMessage, SmsPurpose
from voicegw.sms.retrying import next_attempt

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def tried(attempts: int, lives_s: float = 7200) -> SmsMessage:
    """A message that was tried so often."""
    return SmsMessage(
        id="sms_1",
        to="+8613800138000",
        text="x",
        purpose=SmsPurpose.RESULT,
        created_at=NOW,
        expires_at=NOW + timedelta(seconds=lives_s),
        attempts=attempts,
    )


@pytest.mark.parametrize(
    ("attempts", "chance", "wish_s", "expected_s"),
    [
        (1, 0, None, 5),
        (1, 1, None, 5.5),
        (2, 0, None, 15),
        (5, 0, None, 900),
        (99, 0, None, 900),
        (1, 0, 60, 60),
        (5, 0, 60, 900),
        (1, 0, 999_999, 3600),
    ],
)
def test_the_pauses_grow_and_the_wish_counts(
    attempts: int, chance: float, wish_s: float | None, expected_s: float
) -> None:
    at = next_attempt(tried(attempts), NOW, chance, wish_s)
    assert at == NOW + timedelta(seconds=expected_s)


def test_what_would_come_too_late_is_given_up() -> None:
    assert next_attempt(tried(1, lives_s=5), NOW, 0) is None
    assert next_attempt(tried(1, lives_s=5.1), NOW, 0) is not None
