"""What a node says of itself at its retained topic. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class NodeState(StrEnum):
    """Whether a node is there, and takes calls."""

    ONLINE = "online"
    DRAINING = "draining"
    """It takes no new calls; those that run go on."""
    OFFLINE = "offline"


class NodeStatus(msgspec.Struct, frozen=True):
    """The payload of a node's status topic.

    `since` is the moment of the last change; None in a last will, whose moment nobody can tell.
    """

    node: str
    state: NodeState
    version: str
    since: datetime | None

    def payload(self) -> bytes:
        """Return the status as JSON."""
        return msgspec.json.encode(self)
