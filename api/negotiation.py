"""Which of the forms a resource has is the one that a client would rather have (RFC 9110 §12.5.1).

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence


def preferred(accept: str | None, offers: Sequence[str]) -> str | None:
    """Return the media type of `offers` (best first) that `accept` likes best; None: none of them.

    Without a header everything is acceptable. The most exact range that matches a type gives its
    weight; what can't be read in the header is passed over.
    """
    if accept is None or not accept.strip():
        return offers[0]
    ranges = [found for part in accept.split(",") if (found := _range(part)) is not None]
    weights = [(_weight(offer, ranges), -place) for place, offer in enumerate(offers)]
    weight, place = max(weights)
    return offers[-place] if weight > 0 else None


def _range(part: str) -> tuple[str, float] | None:
    media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                return None
    return media_range, weight


def _weight(offer: str, ranges: Sequence[tuple[str, float]]) -> float:
    for pattern in (offer, offer.partition("/")[0] + "/*", "*/*"):
        weights = [weight for media_range, weight in ranges if media_range == pattern]
        if weights:
            return max(weights)
    return 0.0
