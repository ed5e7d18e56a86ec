"""Webhooks on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.schemas.base import (
    Id,
    Label,
    OptionalTime,
    RequestModel,
    Text,
    Time,
    ViewModel,
    time_field,
)
from voicegw.events.webhooks.target import MAX_URL
from voicegw.model.webhook import DeliveryError, DeliveryState

DEFAULT_OVERLAP_S = 24 * 3600
MAX_OVERLAP_S = 30 * 24 * 3600
_URL = (
    "Where events are posted to: https, a public address (others as `webhooks.allow_private` says)"
)
_TYPES = "Types of events, `call.ended`, `call.*` or `*` for all"
_GROUP = "Events of this group and those below it only; null: all, those without a group too"
_ENABLED = "Whether events are sent; what happens while it is off is not, but can be replayed"

EventPattern = Annotated[Text, Field(min_length=1, max_length=64)]


class WebhookBody(RequestModel):
    """A webhook. Fields that are not given take their defaults."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "url": "https://crm.example.com/voicegw",
                    "types": ["call.ended", "recording.*"],
                    "description": "CRM, production",
                }
            ]
        }
    )

    url: Annotated[Text, Field(min_length=1, max_length=MAX_URL)] = Field(
        description=_URL, examples=["https://crm.example.com/voicegw"]
    )
    types: list[EventPattern] = Field(
        default_factory=lambda: ["*"],
        min_length=1,
        max_length=100,
        description=_TYPES,
        examples=[["call.ended", "recording.*"]],
    )
    group_id: Id | None = Field(None, description=_GROUP)
    description: Label = Field("", description="What it is for", examples=["CRM, production"])
    enabled: bool = Field(True, description=_ENABLED)


class RotateWebhookBody(RequestModel):
    """How a webhook gets its new secret."""

    overlap_s: int = Field(
        DEFAULT_OVERLAP_S,
        ge=0,
        le=MAX_OVERLAP_S,
        description="Seconds for which events are signed with the present secret, too",
        examples=[3600],
    )


class ReplayBody(RequestModel):
    """Which events are sent once more: those that followed one, or those of a time."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"after": "evt_0jb6"},
                {"from": "2026-01-05T02:00:00Z", "until": "2026-01-05T03:00:00Z"},
            ]
        }
    )

    after: Id | None = Field(None, description="The last event that was received; exclusive")
    from_: Time | None = Field(
        None, alias="from", description="Events that happened at or after; RFC 3339"
    )
    until: Time | None = Field(
        None, description="… and before; RFC 3339, with `from` only; null: now"
    )


class WebhookSecretView(ViewModel):
    """A secret that events are signed with; the secret itself was shown once."""

    created_at: datetime
    expires_at: OptionalTime = time_field("Until when events are signed with it, once rotated")


class WebhookView(ViewModel):
    """A webhook, without its secrets."""

    id: str = Field(examples=["whk_0jb6"])
    url: str = Field(description=_URL, examples=["https://crm.example.com/voicegw"])
    types: list[str] = Field(description=_TYPES, examples=[["call.ended", "recording.*"]])
    group_id: str | None = Field(description=_GROUP)
    description: str
    enabled: bool = Field(description=_ENABLED)
    off_reason: str | None = Field(
        description="Why it was switched off by itself: `gone`, the receiver answered 410",
        examples=["gone"],
    )
    off_at: OptionalTime = time_field("When it was switched off by itself")
    failing_since: OptionalTime = time_field(
        "Since when deliveries are given up without one succeeding"
    )
    delivered_at: OptionalTime = time_field("When something was delivered last")
    replaying: bool = Field(description="Whether a range of events is being sent once more")
    secrets: list[WebhookSecretView]
    created_at: datetime
    created_by: str = Field(description="Who made it", examples=["key_0jb6"])
    version: int = Field(description="Rises with each change; the `ETag`")


class NewWebhookView(WebhookView):
    """A webhook with its newest secret; `secret` is shown this once."""

    secret: str = Field(
        description="What signatures are checked with (Standard Webhooks)",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )


class WebhookDeliveryView(ViewModel):
    """One event for one webhook, and what became of it."""

    id: str = Field(examples=["dlv_4711"])
    webhook_id: str = Field(examples=["whk_0jb6"])
    event_id: str = Field(description="The header `webhook-id`", examples=["evt_0jb6"])
    event_type: str = Field(examples=["call.ended"])
    state: DeliveryState = Field(description="`failed` is given up; a replay sends it again")
    attempts: int = Field(description="Since it was noted, or replayed", examples=[1])
    status_code: int | None = Field(
        description="The status of the last answer, if one came", examples=[503]
    )
    error: DeliveryError | None = Field(description="Why the last attempt came to nothing")
    duration_ms: int | None = Field(
        description="What the last attempt took, in milliseconds", examples=[48]
    )
    created_at: datetime
    attempted_at: OptionalTime = time_field("When the last attempt was made")
    next_attempt_at: OptionalTime = time_field("When the next one is due, while pending")
    finished_at: OptionalTime = time_field("When it was delivered or given up")
    replays: int = Field(description="How often it was asked to be sent once more", examples=[0])
