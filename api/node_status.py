"""What a node tells of its trunks, the telephones registered with it, and what waits on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NodeState(StrEnum):
    """Whether a node has been heard of lately."""

    RUNNING = "running"
    SILENT = "silent"
    """It has ended without taking its leave, or can't reach the store."""


class ServerState(StrEnum):
    """How a server of a trunk is."""

    UP = "up"
    ASIDE = "aside"
    """It asked to be left alone for a while (503 with Retry-After)."""
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """A server of a trunk; `rtt_ms` is what its last answer to OPTIONS took."""

    transport: str
    host: str
    port: int
    state: ServerState
    rtt_ms: float | None
    heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefusedInvite:
    """An INVITE over a trunk that was refused by its network; 408 is silence."""

    status: int
    at: datetime


@dataclass(frozen=True, slots=True)
class TrunkDetail:
    """A trunk at this moment, for operators.

    `calls_per_s` and `max_calls` are 0 where there is no limit; `wait_s` is how long a call that
    begins now waits for the rate. `registered` is None where no contact is to be registered, and
    `trouble` says why there is none. `presents` is how many hotlines it may present, 0: all.
    `results` counts INVITEs by final status since the node began; `refused` holds the last ones.
    """

    name: str
    up: bool
    registered: bool | None
    trouble: str
    calls: int
    max_calls: int
    calls_per_s: float
    wait_s: float
    priority: int
    weight: int
    presents: int
    options_s: float
    servers: Sequence[ServerStatus]
    results: Sequence[tuple[int, int]]
    refused: Sequence[RefusedInvite]


@dataclass(frozen=True, slots=True)
class RegisteredPhone:
    """A telephone's place: which account, over what, until when. Its address stays out."""

    username: str
    transport: str
    registered_until: datetime


@dataclass(frozen=True, slots=True)
class KeptFor:
    """For how many days one kind of record is kept, as configured; 0: for ever."""

    what: str
    days: float


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """How much of one kind of work waits or is in hand, of all nodes, when last looked."""

    name: str
    waiting: int
