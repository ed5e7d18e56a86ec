"""Nodes as others see them: who runs on this store, how it is, and where to ask about its calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec


class PartTrouble(msgspec.Struct, frozen=True):
    """A part of a node that is not as it should be, and what mends it.

    Not `ready`: the node takes no calls. Else they are taken, and something else waits.
    """

    name: str
    ready: bool
    detail: str


class NodeReport(msgspec.Struct, frozen=True):
    """What a node said of itself `at` that moment; of `parts` only those that are in trouble."""

    version: str
    at: datetime
    live_calls: int
    media_workers: int
    recording_free_bytes: int
    recording_total_bytes: int
    """0: not known yet."""
    parts: Sequence[PartTrouble]


class RegisteredNode(msgspec.Struct, frozen=True):
    """A node that runs, or did until `lease_until`.

    `url` is the address (scheme, host and port) at which other nodes reach its API; None: none.
    `report` is its last; None: one of an earlier version, which says nothing of itself.
    """

    name: str
    url: str | None
    started_at: datetime
    lease_until: datetime
    report: NodeReport | None = None
