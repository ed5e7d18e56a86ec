"""Webhooks: which events are posted where, and what became of it.

Whoever receives them verifies each with `voicegw.client.verify_webhook`.


Written from `aio/webhooks.py` by `make client`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Unpack

from voicegw.client.blocking.transport import Transport
from voicegw.client.models import (
    NewWebhook,
    ReplayBody,
    Webhook,
    WebhookBody,
    WebhookDelivery,
)
from voicegw.client.models.filters import WebhookDeliveryFilters, WebhookFilters
from voicegw.client.page import Page
from voicegw.client.request import query, request, segment


class Webhooks:
    """Receivers of events."""

    def __init__(self, transport: Transport) -> None:
        """All requests go by `transport`."""
        self._transport = transport

    def create(self, body: WebhookBody) -> NewWebhook:
        """Set a webhook up. Its `secret` is shown this once."""
        return self._transport.get(request("POST", "/v1/webhooks", body=body), NewWebhook)

    def get(self, webhook_id: str) -> Webhook:
        """Return a webhook. Raise NotFoundError."""
        return self._transport.get(request("GET", _path(webhook_id)), Webhook)

    def list(self, **filters: Unpack[WebhookFilters]) -> Generator[Webhook, None, None]:
        """Yield all webhooks that fit."""
        return self._transport.pages("/v1/webhooks", Page[Webhook], query(filters))

    def delete(self, webhook_id: str) -> None:
        """Send nothing there any more."""
        self._transport.send(request("DELETE", _path(webhook_id)))

    def ping(self, webhook_id: str) -> WebhookDelivery:
        """Post `webhook.ping` there, once; `delivery` tells what became of it."""
        asked = request("POST", f"{_path(webhook_id)}/ping")
        return self._transport.get(asked, WebhookDelivery)

    def delivery(self, webhook_id: str, delivery_id: str) -> WebhookDelivery:
        """Return one delivery as it stands."""
        path = f"{_path(webhook_id)}/deliveries/{segment(delivery_id)}"
        return self._transport.get(request("GET", path), WebhookDelivery)

    def deliveries(
        self, webhook_id: str, **filters: Unpack[WebhookDeliveryFilters]
    ) -> Generator[WebhookDelivery, None, None]:
        """Yield what was sent there and what waits, the newest first."""
        path = f"{_path(webhook_id)}/deliveries"
        return self._transport.pages(path, Page[WebhookDelivery], query(filters))

    def replay(self, webhook_id: str, body: ReplayBody) -> Webhook:
        """Send events once more: all after one, or all of a time.

        Raise a ConflictError `replay-running` while a replay goes on.
        """
        asked = request("POST", f"{_path(webhook_id)}/replay", body=body)
        return self._transport.get(asked, Webhook)

    def rotate(self, webhook_id: str, *, overlap_s: int = 86400) -> NewWebhook:
        """Change the secret; for `overlap_s` seconds requests are signed with both."""
        asked = request("POST", f"{_path(webhook_id)}/rotate", body={"overlap_s": overlap_s})
        return self._transport.get(asked, NewWebhook)


def _path(webhook_id: str) -> str:
    return f"/v1/webhooks/{segment(webhook_id)}"
