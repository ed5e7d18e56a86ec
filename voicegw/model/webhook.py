"""Webhooks: where events are posted to, and what became of each posting."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec


class DeliveryState(StrEnum):
    """How far a delivery is."""

    PENDING = "pending"
    """Not sent yet, or to be sent again."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up; a replay sends it again."""


class DeliveryError(StrEnum):
    """Why an attempt came to nothing. The names are stable."""

    DNS_FAILED = "dns-failed"
    """The host name leads to no address."""
    ADDRESS_REFUSED = "address-refused"
    """It leads to addresses that nothing is sent to (`webhooks.allow_private`)."""
    CONNECT_FAILED = "connect-failed"
    TLS_FAILED = "tls-failed"
    """The certificate, or TLS itself, was not right."""
    TIMEOUT = "timeout"
    CONNECTION_LOST = "connection-lost"
    """It broke off, or what came was no HTTP."""
    REDIRECT = "redirect"
    """The answer was 3xx, which is never followed."""
    REFUSED = "refused"
    """The answer was another one than 2xx."""
    GONE = "gone"
    """The answer was 410: the webhook was switched off."""
    EXPIRED = "expired"
    """It could not be sent within the time of all retries."""
    EVENT_GONE = "event-gone"
    """The event is no longer in the store."""
    INTERNAL_ERROR = "internal-error"
    """A fault of the gateway; its log has the traceback."""
    SECRET_UNREADABLE = "secret-unreadable"  # noqa: S105 - the name of an error
    """The webhook's secret is encrypted with a key that is not here."""


class WebhookSecret(msgspec.Struct, frozen=True):
    """One secret that deliveries are signed with, sealed; `expires_at` once it has been rotated."""

    sealed: str
    created_at: datetime
    expires_at: datetime | None = None


class Replay(msgspec.Struct, frozen=True):
    """Events that are being noted for a webhook once more, and up to where that has come.

    Those between two places of the outbox, `position` (exclusive) and `until_position`, of these
    the ones that happened from `from_` to `until` (exclusive), if these are given.
    """

    position: int
    until_position: int
    from_: datetime | None = None
    until: datetime | None = None


class Webhook(msgspec.Struct):
    """Where events are posted to. `types` are patterns such as `call.*`.

    `group_id` narrows the events to those of the group and the groups below it. `version` rises
    with every change that somebody makes, and when it is switched off.
    """

    id: str
    url: str
    types: list[str]
    secrets: list[WebhookSecret]
    """The one in force, and the one before for as long as both are."""
    created_at: datetime
    created_by: str
    group_id: str | None = None
    description: str = ""
    enabled: bool = True
    version: int = 1
    position: int = 0
    """Up to where in the outbox its deliveries have been noted."""
    replay: Replay | None = None
    off_reason: str | None = None
    """Why it was switched off by itself: `gone`."""
    off_at: datetime | None = None
    failing_since: datetime | None = None
    """When the first of deliveries was given up, since which none has succeeded."""
    delivered_at: datetime | None = None
    """When something was delivered last."""

    def secrets_at(self, now: datetime) -> list[WebhookSecret]:
        """Return the secrets that are in force, the newest first."""
        return [one for one in self.secrets if one.expires_at is None or now < one.expires_at]


class EventHead(msgspec.Struct, frozen=True):
    """What of an event in the outbox decides to whom it goes."""

    position: int
    id: str
    type: str
    group_id: str | None
    time: datetime


class NewDelivery(msgspec.Struct, frozen=True):
    """An event that is to go to a webhook."""

    webhook_id: str
    event: EventHead


class WebhookDelivery(msgspec.Struct):
    """One event for one webhook. `attempts` counts since it was noted, or replayed."""

    number: int
    webhook_id: str
    event_id: str
    event_type: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    begun_at: datetime
    """When it was noted, or replayed last."""
    next_attempt_at: datetime | None = None
    attempted_at: datetime | None = None
    status_code: int | None = None
    error: DeliveryError | None = None
    duration_ms: int | None = None
    finished_at: datetime | None = None
    replays: int = 0

    @property
    def id(self) -> str:
        """What the outside world calls it."""
        return f"{DELIVERY_PREFIX}{self.number}"


DELIVERY_PREFIX: Final = "dlv_"
_MAX_DIGITS: Final = 18


def delivery_number(delivery_id: str) -> int | None:
    """Return the number of the delivery that is called `delivery_id`; None for what is no id."""
    digits = delivery_id.removeprefix(DELIVERY_PREFIX)
    if digits == delivery_id or len(digits) > _MAX_DIGITS:
        return None
    return int(digits) if digits.isascii() and digits.isdecimal() else None
