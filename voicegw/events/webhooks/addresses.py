"""Which addresses nothing is posted to. Pure.

A webhook's address is chosen by whoever has a key, and posted to from inside the operator's
network: without this it would reach what only that network may reach (server-side request
forgery). Refused is what IANA's registries of special-purpose addresses (RFC 6890) don't call
globally reachable, besides multicast; for IPv6 addresses that carry an IPv4 address, that one
counts. The metadata services of clouds have link-local and unique-local addresses, so they are
among the refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_REFUSED_4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' own (RFC 6598)
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_REFUSED_6: Final = tuple(
    IPv6Network(text)
    for text in (
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",  # Teredo and the like
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
    )
)
_GLOBAL_6: Final = (IPv6Network("2000::/3"), IPv6Network("64:ff9b::/96"))
_NAT64: Final = IPv6Network("64:ff9b::/96")
_LOW_32: Final = 0xFFFFFFFF


def may_reach(address: Address, allowed: Iterable[Network] = ()) -> bool:
    """Whether something may be posted to `address`: it is public, or within `allowed`."""
    return is_within(address, allowed) or _is_public(address)


def is_within(address: Address, networks: Iterable[Network]) -> bool:
    """Whether `address`, or the IPv4 address that it carries, lies in one of `networks`."""
    inner = _inner(address)
    return any(
        one in network
        for network in networks
        for one in (address, inner)
        if one is not None and one.version == network.version
    )


def parse_address(text: str) -> Address:
    """Return an address as the resolver gives it, without its zone. Raises ValueError."""
    return ip_address(text.partition("%")[0])


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return networks as the configuration has them. Raises ValueError."""
    return tuple(ip_network(text) for text in texts)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_4)
    inner = _inner(address)
    if inner is not None and not _is_public(inner):
        return False
    if address.ipv4_mapped is not None:
        return True
    if not any(address in network for network in _GLOBAL_6):
        return False
    return not any(address in network for network in _REFUSED_6)


def _inner(address: Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to by some gateway, or None."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    return IPv4Address(int(address) & _LOW_32) if address in _NAT64 else None
