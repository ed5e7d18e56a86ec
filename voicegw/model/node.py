"""Nodes as others see them: who runs on this store, and where to ask about its calls."""

from __future__ import annotations

from datetime import datetime

import msgspec


class RegisteredNode(msgspec.Struct, frozen=True):
    """A node that runs, or did until `lease_until`.

    `url` is the address (scheme, host and port) at which other nodes reach its API; None: none.
    """

    name: str
    url: str | None
    started_at: datetime
    lease_until: datetime
