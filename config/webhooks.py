"""The section of webhooks: where events may be posted to, how often it is tried."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.sections import Network, Section


class WebhooksSettings(Section):
    """Events posted to receivers (POST /v1/webhooks)."""

    allow_private: list[Network] = Field(
        default=[],
        description="Networks that are posted to though they are not public, such as "
        "10.20.0.0/16; also by http. Every other private, loopback or link-local address is "
        "refused.",
    )
    retries_s: list[Annotated[float, Field(gt=0, le=604_800)]] = Field(
        default=[5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400],
        max_length=20,
        description="Seconds from each attempt that failed to the next, lengthened by up to a "
        "tenth; after the last one a delivery is given up.",
    )
    keep_days: float = Field(
        default=7, gt=0, le=365, description="Days for which finished deliveries can be listed."
    )
    at_once: int = Field(
        default=10, ge=1, le=100, description="Postings to one webhook that may be under way."
    )
    timeout_s: float = Field(
        default=15,
        ge=1,
        le=60,
        description="Seconds in which a receiver must have answered, connecting included.",
    )
