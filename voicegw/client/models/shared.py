"""What several areas have, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

import msgspec


class TaskCustomer(msgspec.Struct, kw_only=True, frozen=True):
    """Who a task is for, for those who work on it: whoever sees the task is told."""

    #: The customer's class, in the user's own words
    class_: str | None = msgspec.field(name="class", default=None)
    #: Opaque; unique
    id: str
    #: The masked form of the number that is dialled first; null: there is none
    masked: str | None = None
    #: Its name
    name: str
    #: The customer's tier, in the user's own words
    tier: str | None = None
    #: Whether the customer asked not to be called
    wishes_no_calls: bool
