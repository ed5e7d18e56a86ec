"""API keys on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.access import Permission
from api.schemas.base import Id, Label, OptionalTime, RequestModel, Time, ViewModel, time_field
from voicegw.model.directory import Grant, Role

DEFAULT_OVERLAP_S = 24 * 3600
MAX_OVERLAP_S = 30 * 24 * 3600
MAX_REQUESTS_PER_S = 100_000
_GRANTS = (
    "What it may do beyond its role: `handover`, `assign` (county_manager), `dial_any` (manager)"
)
_SCOPES = "What it is limited to, of what its role may do; null: all of it"
_RATE = "Requests a second, in place of `[api] requests_per_s`; null: as configured"


class KeySettings(RequestModel):
    """What of a key may be changed. Fields that are not given take their defaults."""

    name: Label = Field("", description="What the key is for", examples=["CRM, production"])
    grants: list[Annotated[Grant, Field(strict=False)]] = Field(
        default_factory=list, max_length=10, description=_GRANTS, examples=[["handover"]]
    )
    scopes: list[Annotated[Permission, Field(strict=False)]] | None = Field(
        None, max_length=100, description=_SCOPES, examples=[["calls.read", "calls.start"]]
    )
    expires_at: Time | None = Field(
        None, description="When it stops working; null: never", examples=["2027-01-01T00:00:00Z"]
    )
    requests_per_s: float | None = Field(
        None, gt=0, le=MAX_REQUESTS_PER_S, description=_RATE, examples=[20]
    )


class KeyBody(KeySettings):
    """A new API key."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"role": "integrator", "name": "CRM, production"}]}
    )

    role: Annotated[Role, Field(strict=False)]
    group_id: Id | None = Field(
        None, description="Sees this group and those below it only; a `county_manager` needs it"
    )
    manager_id: Id | None = Field(
        None, description="Whose customers a `manager`'s key sees; that role needs it"
    )


class RotateBody(RequestModel):
    """How a key gets its new secret."""

    overlap_s: int = Field(
        DEFAULT_OVERLAP_S,
        ge=0,
        le=MAX_OVERLAP_S,
        description="Seconds for which the present secret goes on being valid",
        examples=[3600],
    )


class KeyView(ViewModel):
    """An API key, without its secret."""

    id: str = Field(examples=["key_0jb6"])
    name: str
    prefix: str = Field(description="How the key begins", examples=["vgw_0jb6"])
    role: Role
    group_id: str | None
    manager_id: str | None
    grants: list[Grant] = Field(description=_GRANTS)
    scopes: list[Permission] | None = Field(description=_SCOPES)
    requests_per_s: float | None = Field(description=_RATE)
    created_at: datetime
    expires_at: OptionalTime = time_field("When it stops working")
    revoked_at: OptionalTime = time_field("When it was revoked")
    last_used_at: OptionalTime = time_field("When it was used last, to about a minute")
    previous_until: OptionalTime = time_field(
        "Until when the secret before the last rotation is valid"
    )
    version: int = Field(description="Rises with each change; the `ETag`")


class NewKeyView(KeyView):
    """A key with its secret; `key` is shown this once."""

    key: str = Field(description="The whole key, as it goes into `Authorization`")
