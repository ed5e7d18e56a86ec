"""When a certificate should have been renewed."""

from __future__ import annotations

import pytest

from config.settings import Settings
from voicegw.setup.tls import ending, tls_contexts

NOW_S = 1_800_000_000.0


@pytest.mark.parametrize(
    ("left_days", "told"),
    [
        (31, None),
        (30, None),
        (29.6, "ends in 30 day(s)"),
        (1, "ends in 1 day(s)"),
        (-1, "has ended"),
    ],
)
def test_an_ending_certificate_is_told(left_days: float, told: str | None) -> None:
    assert ending(NOW_S + left_days * 86400, NOW_S, 30) == told


def test_without_a_certificate_none_ends() -> None:
    assert ending(None, NOW_S, 30) is None


def test_certificates_are_read_only_where_something_asks_for_tls() -> None:
    assert tls_contexts(Settings()) is None
    trunk = {"name": "s", "uri": "sip:s.example;transport=tls"}
    contexts = tls_contexts(Settings.model_validate({"trunk": [trunk]}))
    assert contexts is not None
    assert contexts.server is None
