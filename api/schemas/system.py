"""The node's state on the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.node_status import NodeState, ServerState
from api.schemas.base import ViewModel
from api.services import PartState


class HealthView(ViewModel):
    """The process runs and answers."""

    status: str = Field(examples=["ok"])


class PartView(ViewModel):
    """One part of the node."""

    name: str = Field(examples=["store"])
    ready: bool = Field(description="Whether it lets the node take calls")
    state: PartState = Field(
        description="`degraded`: calls are taken, but what `detail` tells waits or is missing"
    )
    detail: str = Field(
        description="What is wrong or waits, and what mends it; empty when nothing is"
    )


class ReadinessView(ViewModel):
    """Whether the node takes calls; 503 while a part isn't ready."""

    ready: bool
    not_ready: list[str] = Field(description="Names of the parts that aren't ready")
    degraded: list[str] = Field(description="Names of the parts that are ready, but degraded")
    parts: list[PartView]


class TrunkView(ViewModel):
    """A trunk of this node at this moment."""

    name: str
    up: bool = Field(description="Whether a server of it is alive")
    registered: bool | None = Field(
        description="Whether the carrier has our contact; null where none is to be registered"
    )
    calls: int = Field(description="Calls on it, both directions, reserved places included")
    max_calls: int = Field(description="How many it takes; 0 for no limit")


class ServerView(ViewModel):
    """A server of a trunk."""

    transport: str = Field(description="How it is spoken to", examples=["udp"])
    host: str = Field(description="Its address", examples=["10.1.2.3"])
    port: int = Field(description="Its port")
    state: ServerState = Field(
        description="`aside`: it asked to be left alone for a while, and is tried late"
    )
    rtt_ms: float | None = Field(
        description="What its last answer to OPTIONS took, in milliseconds; null: none came yet"
    )
    heard_at: datetime | None = Field(
        description="When anything was heard of it last; null: nothing yet; RFC 3339, UTC"
    )


class InviteResultView(ViewModel):
    """How many INVITEs have ended so."""

    status: int = Field(description="The final status; 408 is silence as well", examples=[486])
    count: int = Field(description="How many, since the node began")


class RefusedInviteView(ViewModel):
    """An INVITE that was refused."""

    status: int = Field(description="The final status; 408 is silence as well", examples=[503])
    at: datetime


class TrunkDetailView(ViewModel):
    """A trunk of this node at this moment, as operators need it."""

    name: str
    up: bool = Field(description="Whether a server of it is alive")
    registered: bool | None = Field(
        description="Whether the carrier has our contact; null where none is to be registered"
    )
    trouble: str = Field(description="Why it is not registered; empty when nothing is wrong")
    calls: int = Field(description="Calls on it, both directions, reserved places included")
    max_calls: int = Field(description="How many it takes; 0 for no limit")
    calls_per_s: float = Field(description="How many may begin a second; 0 for no limit")
    wait_s: float = Field(description="How long a call that begins now waits for that rate")
    priority: int = Field(description="Lower is tried first")
    weight: int = Field(description="Its share of the calls among those of the same priority")
    presents: int = Field(description="How many hotlines it may present; 0: all")
    options_s: float = Field(description="Seconds between two OPTIONS; 0: it is not asked")
    servers: list[ServerView] = Field(description="Where its name leads to")
    results: list[InviteResultView] = Field(
        description="How INVITEs over it have ended since the node began, by status"
    )
    refused: list[RefusedInviteView] = Field(description="The last that were refused, newest first")


class RegistrationView(ViewModel):
    """A telephone that is registered with this node. Neither its address nor a number is told."""

    account: str = Field(
        description="The account of `registrar.user`; one that reads as a number is masked"
    )
    transport: str = Field(description="How it is spoken to", examples=["udp"])
    registered_until: datetime = Field(
        description="When its registration ends unless it is renewed; RFC 3339, UTC"
    )


class KeptForView(ViewModel):
    """For how long one kind of record is kept."""

    what: str = Field(
        description="`recordings`, `calls`, `tasks`, `sms`, `report_files`, `events`,"
        " `deliveries`; `anonymise`: when calls and tasks lose names and numbers",
        examples=["recordings"],
    )
    days: float = Field(
        description="Days; 0: for ever. Of recordings where neither hotline nor group says more"
    )


class QueueDepthView(ViewModel):
    """How much of one kind of work waits."""

    name: str = Field(
        description="`transcribe`, `check`, `seal`, `upload` …; `deliveries` of webhooks,"
        " short `messages`",
        examples=["transcribe"],
    )
    waiting: int = Field(description="How much waits or is in hand, of all nodes")


class OutletView(ViewModel):
    """A way by which events leave."""

    name: str = Field(examples=["webhooks", "mqtt"])
    behind_events: int = Field(description="Events it has not brought out, when last looked")


class SystemView(ViewModel):
    """What runs here."""

    node: str
    version: str
    python: str = Field(description="Version of Python", examples=["3.11.2"])
    started_at: datetime
    now: datetime
    live_calls: int
    ready: bool
    parts: list[PartView]
    trunks: list[TrunkView] = Field(description="All of this node")
    outlets: list[OutletView] = Field(description="Those that have begun, of all nodes")
    alerts: list[str] = Field(
        description="Alerts that this node has raised", examples=[["store-away"]]
    )
    media_workers: int = Field(description="Processes that move sound")
    recordings_backlog: int = Field(description="Recordings not finished yet")
    recording_free_bytes: int = Field(
        description="Room left for recordings or their spool, whichever has less"
    )
    recording_total_bytes: int = Field(description="How large that file system is; 0: not told yet")
    queues: list[QueueDepthView] = Field(
        description="What waits in the store, when last looked; empty until then"
    )
    kept_for: list[KeptForView] = Field(description="For how long records are kept, as configured")
    speaks: list[str] = Field(
        description="Languages in which prompts are made from text; empty: `speech.command` names"
        " no program",
        examples=[["en", "zh"]],
    )
    store: str = Field(description="The database and its version", examples=["SQLite 3.40.1"])
    journal_backlog_bytes: int = Field(description="Journal that the store does not have yet")
    journal_behind_s: float = Field(
        description="For how long the oldest entry of it has waited, at least"
    )


class NodeView(ViewModel):
    """A node on this store, as it said of itself last: every ten seconds."""

    name: str = Field(description="`node.name` of its configuration", examples=["node-1"])
    is_own: bool = Field(description="Whether it is the one that answers")
    state: NodeState = Field(
        description="`silent`: nothing was heard of it for half a minute; what follows is how it"
        " was"
    )
    started_at: datetime
    version: str | None = Field(
        description="Its version; null, as is what follows: an earlier one, which tells nothing",
        examples=["0.1.0"],
    )
    heard_at: datetime | None = Field(description="When it was heard of last; RFC 3339, UTC")
    live_calls: int | None = Field(description="How many calls it carried then")
    media_workers: int | None = Field(description="Processes that move sound")
    recording_free_bytes: int | None = Field(
        description="Room left for recordings or their spool, whichever has less"
    )
    recording_total_bytes: int | None = Field(
        description="How large that file system is; 0: not told yet"
    )
    parts: list[PartView] = Field(
        description="Parts that are not wholly as they should be, with what mends them"
    )
