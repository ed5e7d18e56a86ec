"""Where a message comes from and goes to: the vocabulary shared by core and transport."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

TransportName = Literal["udp", "tcp", "tls"]

DEFAULT_PORTS: Final[Mapping[str, int]] = MappingProxyType({"udp": 5060, "tcp": 5060, "tls": 5061})
"""Where each transport is listened on when nothing else is said (RFC 3261 §19.1.2)."""


@dataclass(frozen=True, slots=True)
class Peer:
    """The far end of a transmission.

    `host` is an address literal (IPv6 without brackets) or, for what we send first, a DNS name.
    `flow` tells which of our own ends is meant: for UDP the number of the listening socket, from 1
    (0: the one that the route suggests), for TCP and TLS the id of a connection (0: any connection
    to `host` and `port`, opened when there is none). A reply carries the flow of what it answers.
    `fallback_port`, for TCP and TLS: where `host` can be connected to once the flow's connection
    has closed; None: nowhere. `tls_name` is the domain that the certificate of a TLS connection
    opened here must be for (RFC 5922 §7.3); empty: `host` itself.
    """

    transport: TransportName
    host: str
    port: int
    flow: int = 0
    fallback_port: int | None = None
    tls_name: str = ""

    @property
    def can_be_connected_to(self) -> bool:
        """Whether another connection may be opened once this one has closed."""
        return self.flow % 2 == 0 or self.fallback_port is not None


@lru_cache(maxsize=4096)
def is_literal(host: str) -> bool:
    """Whether `host` is an address already (IPv6 without brackets), not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def bracketed(host: str) -> str:
    """Return a host as URIs and Via write it: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


@lru_cache(maxsize=4096)
def plain_address(host: str) -> str:
    """Return a host in its one spelling: no IPv4 in IPv6 clothes, IPv6 as RFC 5952 writes it."""
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        return host
    return str(address if address.ipv4_mapped is None else address.ipv4_mapped)
