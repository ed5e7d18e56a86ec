"""Webhooks: which events are posted where, and what became of it.

Whoever receives them verifies each with `voicegw.client.verify_webhook`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Unpack

from voicegw.client.aio.transport import Transport
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

    async def create(self, body: WebhookBody) -> NewWebhook:
        """Set a webhook up. Its `secret` is shown this once."""
        return await self._transport.get(request("POST", "/v1/webhooks", body=body), NewWebhook)

    async def get(self, webhook_id: str) -> Webhook:
        """Return a webhook. Raise NotFoundError."""
        return await self._transport.get(request("GET", _path(webhook_id)), Webhook)

    def list(self, **filters: Unpack[WebhookFilters]) -> AsyncGenerator[Webhook, None]:
        """Yield all webhooks that fit."""
        return self._transport.pages("/v1/webhooks", Page[Webhook], query(filters))

    async def delete(self, webhook_id: str) -> None:
        """Send nothing there any more."""
        await self._transport.send(request("DELETE", _path(webhook_id)))

    async def ping(self, webhook_id: str) -> WebhookDelivery:
        """Post `webhook.ping` there, once; `delivery` tells what became of it."""
        asked = request("POST", f"{_path(webhook_id)}/ping")
        return await self._transport.get(asked, WebhookDelivery)

    async def delivery(self, webhook_id: str, delivery_id: str) -> WebhookDelivery:
        """Return one delivery as it stands."""
        path = f"{_path(webhook_id)}/deliveries/{segment(delivery_id)}"
        return await self._transport.get(request("GET", path), WebhookDelivery)

    def deliveries(
        self, webhook_id: str, **filters: Unpack[WebhookDeliveryFilters]
    ) -> AsyncGenerator[WebhookDelivery, None]:
        """Yield what was sent there and what waits, the newest first."""
        path = f"{_path(webhook_id)}/deliveries"
        return self._transport.pages(path, Page[WebhookDelivery], query(filters))

    async def replay(self, webhook_id: str, body: ReplayBody) -> Webhook:
        """Send events once more: all after one, or all of a time.

        Raise a ConflictError `replay-running` while a replay goes on.
        """
        asked = request("POST", f"{_path(webhook_id)}/replay", body=body)
        return await self._transport.get(asked, Webhook)

    async def rotate(self, webhook_id: str, *, overlap_s: int = 86400) -> NewWebhook:
        """Change the secret; for `overlap_s` seconds requests are signed with both."""
        asked = request("POST", f"{_path(webhook_id)}/rotate", body={"overlap_s": overlap_s})
        return await self._transport.get(asked, NewWebhook)


def _path(webhook_id: str) -> str:
    return f"/v1/webhooks/{segment(webhook_id)}"
