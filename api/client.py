"""From where a request comes, behind proxies too. Pure.

A proxy adds the address that it was asked from to the end of `X-Forwarded-For`. Whoever asks may
have sent that field before, so it is read from its end, and only as long as the one who added an
address is a trusted proxy. What nobody trusted has vouched for is never believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

Networks = Sequence[IPv4Network | IPv6Network]

_SCOPE_KEY: Final = "voicegw.client"
_SITE_BITS: Final = 64
"""An IPv6 client chooses the lower half of its address itself: all of them are one."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks. `address` is empty where none is known; `is_https`: TLS up to us or our proxy."""

    address: str
    is_https: bool

    @property
    def source(self) -> str:
        """What attempts and rates are counted by: the address, of IPv6 its /64."""
        found = _parsed(self.address)
        if isinstance(found, IPv6Address):
            return str(IPv6Network((found, _SITE_BITS), strict=False))
        return self.address


def client_of(
    peer: str, scheme: str, forwarded_for: str, forwarded_proto: str, trusted: Networks
) -> Client:
    """Return who asks over a connection from `peer`.

    `scheme` is that connection's, `forwarded_for` and `forwarded_proto` the values of
    `X-Forwarded-For` and `X-Forwarded-Proto`, lists joined by commas.
    """
    current = _parsed(peer)
    if not _is_among(current, trusted):
        return Client(str(current) if current is not None else peer, scheme == "https")
    for text in reversed(forwarded_for.split(",")):
        before = _parsed(text)
        if before is None:
            break
        current = before
        if not _is_among(before, trusted):
            break
    proto = forwarded_proto.rpartition(",")[2].strip().lower()
    return Client(str(current), (proto or scheme) == "https")


def note_client(scope: Scope, trusted: Networks) -> None:
    """Keep in an ASGI `scope` who asks, for :func:`client_in`."""
    headers = Headers(scope=scope)
    scope[_SCOPE_KEY] = client_of(
        (scope.get("client") or ("",))[0],
        scope.get("scheme", "http"),
        ",".join(headers.getlist("x-forwarded-for")),
        ",".join(headers.getlist("x-forwarded-proto")),
        trusted,
    )


def client_in(scope: Scope) -> Client:
    """Return who asks, as the envelope of requests has found out."""
    found = scope.get(_SCOPE_KEY)
    return found if isinstance(found, Client) else Client("", is_https=False)


def is_trusted(address: str, trusted: Networks) -> bool:
    """Whether a connection from `address` is a trusted proxy's."""
    return _is_among(_parsed(address), trusted)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address, with or without a port as some proxies write it; None for anything else.

    An IPv4 address within IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


def _is_among(address: IPv4Address | IPv6Address | None, networks: Networks) -> bool:
    return address is not None and any(address in network for network in networks)
