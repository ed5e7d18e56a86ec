"""Which form a client would rather have."""

from __future__ import annotations

import pytest

from api.negotiation import preferred

OFFERS = ("application/json", "text/vtt", "text/plain")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/vtt", "text/vtt"),
        ("text/*", "text/vtt"),
        ("Text/Plain", "text/plain"),
        ("text/*;q=0.5, text/plain", "text/plain"),
        ("text/vtt;q=0.1, application/json;q=0.2", "application/json"),
        ("application/json;q=0, */*", "text/vtt"),
        ("text/vtt;q=much, text/plain;q=0.1", "text/plain"),
        ("image/png", None),
        ("application/json;q=0", None),
    ],
)
def test_the_best_liked_offer_wins(accept: str | None, expected: str | None) -> None:
    assert preferred(accept, OFFERS) == expected
