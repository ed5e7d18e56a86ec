"""Models of webhooks, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from voicegw.client.models.enums import DeliveryError, DeliveryState


class NewWebhook(msgspec.Struct, kw_only=True, frozen=True):
    """A webhook with its newest secret; `secret` is shown this once."""

    #: When it was made; RFC 3339, UTC
    created_at: datetime
    #: Who made it
    created_by: str
    #: When something was delivered last; RFC 3339, UTC
    delivered_at: datetime | None = None
    #: What it is for
    description: str
    #: Whether events are sent; what happens while it is off is not, but can be replayed
    enabled: bool
    #: Since when deliveries are given up without one succeeding; RFC 3339, UTC
    failing_since: datetime | None = None
    #: Events of this group and those below it only; null: all, those without a group too
    group_id: str | None = None
    #: Opaque; unique
    id: str
    #: When it was switched off by itself; RFC 3339, UTC
    off_at: datetime | None = None
    #: Why it was switched off by itself: `gone`, the receiver answered 410
    off_reason: str | None = None
    #: Whether a range of events is being sent once more
    replaying: bool
    #: What signatures are checked with (Standard Webhooks)
    secret: str
    #: The secrets that sign, the newest first, as the key may see them
    secrets: list[WebhookSecret] = msgspec.field(default_factory=list)
    #: Types of events, `call.ended`, `call.*` or `*` for all
    types: list[str] = msgspec.field(default_factory=list)
    #: Where events are posted to: https, a public address (others as `webhooks.allow_private` says)
    url: str
    #: Rises with each change; the `ETag`
    version: int


class ReplayBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Which events are sent once more: those that followed one, or those of a time."""

    #: The last event that was received; exclusive
    after: str | UnsetType | None = UNSET
    #: Events that happened at or after; RFC 3339
    from_: datetime | UnsetType | None = msgspec.field(name="from", default=UNSET)
    #: … and before; RFC 3339, with `from` only; null: now
    until: datetime | UnsetType | None = UNSET


class WebhookBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A webhook. Fields that are not given take their defaults."""

    #: What it is for
    description: str | UnsetType = UNSET
    #: Whether events are sent; what happens while it is off is not, but can be replayed
    enabled: bool | UnsetType = UNSET
    #: Events of this group and those below it only; null: all, those without a group too
    group_id: str | UnsetType | None = UNSET
    #: Types of events, `call.ended`, `call.*` or `*` for all
    types: list[str] | UnsetType = UNSET
    #: Where events are posted to: https, a public address (others as `webhooks.allow_private` says)
    url: str


class WebhookDelivery(msgspec.Struct, kw_only=True, frozen=True):
    """One event for one webhook, and what became of it."""

    #: When the last attempt was made; RFC 3339, UTC
    attempted_at: datetime | None = None
    #: Since it was noted, or replayed
    attempts: int
    #: When it was made; RFC 3339, UTC
    created_at: datetime
    #: What the last attempt took, in milliseconds
    duration_ms: int | None = None
    #: Why the last attempt came to nothing
    error: DeliveryError | None = None
    #: The header `webhook-id`
    event_id: str
    #: The event's type
    event_type: str
    #: When it was delivered or given up; RFC 3339, UTC
    finished_at: datetime | None = None
    #: Opaque; unique
    id: str
    #: When the next one is due, while pending; RFC 3339, UTC
    next_attempt_at: datetime | None = None
    #: How often it was asked to be sent once more
    replays: int
    #: `failed` is given up; a replay sends it again
    state: DeliveryState
    #: The status of the last answer, if one came
    status_code: int | None = None
    #: The webhook
    webhook_id: str


class WebhookSecret(msgspec.Struct, kw_only=True, frozen=True):
    """A secret that events are signed with; the secret itself was shown once."""

    #: When it was made; RFC 3339, UTC
    created_at: datetime
    #: Until when events are signed with it, once rotated; RFC 3339, UTC
    expires_at: datetime | None = None


class Webhook(msgspec.Struct, kw_only=True, frozen=True):
    """A webhook, without its secrets."""

    #: When it was made; RFC 3339, UTC
    created_at: datetime
    #: Who made it
    created_by: str
    #: When something was delivered last; RFC 3339, UTC
    delivered_at: datetime | None = None
    #: What it is for
    description: str
    #: Whether events are sent; what happens while it is off is not, but can be replayed
    enabled: bool
    #: Since when deliveries are given up without one succeeding; RFC 3339, UTC
    failing_since: datetime | None = None
    #: Events of this group and those below it only; null: all, those without a group too
    group_id: str | None = None
    #: Opaque; unique
    id: str
    #: When it was switched off by itself; RFC 3339, UTC
    off_at: datetime | None = None
    #: Why it was switched off by itself: `gone`, the receiver answered 410
    off_reason: str | None = None
    #: Whether a range of events is being sent once more
    replaying: bool
    #: The secrets that sign, the newest first, as the key may see them
    secrets: list[WebhookSecret] = msgspec.field(default_factory=list)
    #: Types of events, `call.ended`, `call.*` or `*` for all
    types: list[str] = msgspec.field(default_factory=list)
    #: Where events are posted to: https, a public address (others as `webhooks.allow_private` says)
    url: str
    #: Rises with each change; the `ETag`
    version: int
