"""Where a message comes from and goes to: the vocabulary shared by core and transport."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TransportName = Literal["udp", "tcp", "tls"]


@dataclass(frozen=True, slots=True)
class Peer:
    """The far end of a transmission.

    `host` is an address literal (IPv6 without brackets) or, for what we send first, a DNS name.
    `flow` tells which of our own ends is meant: for UDP the index of the listening socket, for TCP
    and TLS the id of a connection (0: any connection to `host` and `port`, opened when there is
    none). A reply carries the flow of what it answers. `fallback_port`, for TCP and TLS: where
    `host` can be connected to once the flow's connection has closed; None: nowhere. `tls_name` is
    the domain that the certificate of a TLS connection opened here must be for (RFC 5922 §7.3);
    empty: `host` itself.
    """

    transport: TransportName
    host: str
    port: int
    flow: int = 0
    fallback_port: int | None = None
    tls_name: str = ""
