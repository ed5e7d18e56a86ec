"""What the configuration says of webhooks, as the delivery process is told it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from voicegw.events.webhooks.addresses import Network, parse_networks
from voicegw.events.webhooks.schedule import RETRIES_S


class WebhookTerms(msgspec.Struct, frozen=True):
    """How webhooks are served.

    `allow_private` are networks that may be posted to though they are not public, and by http.
    `at_once` is how many postings to one webhook may be under way; each may take `timeout_s`.
    """

    allow_private: list[str] = []
    retries_s: tuple[float, ...] = RETRIES_S
    keep_days: float = 7
    at_once: int = 10
    timeout_s: float = 15

    @property
    def allowed(self) -> Sequence[Network]:
        """`allow_private`, parsed."""
        return parse_networks(self.allow_private)
