"""What must survive a killed node to end its sessions: kept in the journal."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class SnapshotRole(StrEnum):
    """Which side of the INVITE we are."""

    UAC = "uac"
    UAS = "uas"


class SessionSnapshot(msgspec.Struct):
    """Enough of an INVITE session to end it from nothing.

    UAC, before a final answer: `request` is re-used to build the CANCEL (same branch), and a later
    2xx is acknowledged and ended. UAC or UAS, confirmed: a BYE is built from the dialog's values.
    UAS, before our final answer: `request` is answered with 503.
    """

    role: SnapshotRole
    confirmed: bool
    request: str
    """The INVITE as it was on the wire, headers only (no body)."""
    transport: str
    """`udp`, `tcp` or `tls`."""
    peer_host: str
    peer_port: int
    local_uri: str = ""
    local_tag: str = ""
    remote_uri: str = ""
    remote_tag: str = ""
    remote_target: str = ""
    route_set: list[str] = msgspec.field(default_factory=list)
    local_cseq: int = 0
    flow: int = 0
    """Number of our own UDP socket towards the peer; 0: the one that the route suggests."""
    tls_name: str = ""
    """The domain that the peer's certificate is for; empty: `peer_host`."""
    same_flow: bool = False
    """Requests go to the peer whatever its Contact says, as long as there is no route."""
