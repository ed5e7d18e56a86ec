"""Where a domain's SIP servers are: NAPTR, SRV and addresses, in order (RFC 3263 §4). Pure.

:func:`locate` asks a :class:`Zone` and awaits nothing else, so that a test can be the zone. What it
finds is kept as :class:`Server` entries, because the draw among equals is made anew for each call.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from voicegw.errors import SipError
from voicegw.sip.digest import RandomSource
from voicegw.sip.weighted import weighted_order
from voicegw.sip.wire import DEFAULT_PORTS, Peer, TransportName

T_co = TypeVar("T_co", covariant=True)

#: Servers of one domain that are kept; more only lengthen the search of a call that fails.
MAX_SERVERS: Final = 16
#: Addresses of one name that are kept.
MAX_ADDRESSES: Final = 8

_BY_SERVICE: Final[dict[str, TransportName]] = {
    "SIP+D2U": "udp",
    "SIP+D2T": "tcp",
    "SIPS+D2T": "tls",
}
_SRV_PREFIX: Final[dict[TransportName, str]] = {
    "udp": "_sip._udp.",
    "tcp": "_sip._tcp.",
    "tls": "_sips._tcp.",
}


class LookupFailedError(SipError):
    """No name server answered: nothing is known, which is not the same as that there is nothing."""

    slug = "dns-unavailable"


@dataclass(frozen=True, slots=True)
class Naptr:
    """One NAPTR record (RFC 3403 §4.1), as far as SIP uses it."""

    order: int
    preference: int
    flags: str
    service: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Srv:
    """One SRV record (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: str


@dataclass(frozen=True, slots=True)
class Answer(Generic[T_co]):
    """What a zone says; no records: the name server has said that there are none.

    It holds for `ttl_s` seconds.
    """

    records: tuple[T_co, ...]
    ttl_s: float


class Zone(Protocol):
    """Answers questions of the domain name system. Each raises LookupFailedError."""

    async def naptr(self, name: str) -> Answer[Naptr]:
        """Return the NAPTR records of `name`."""
        ...

    async def srv(self, name: str) -> Answer[Srv]:
        """Return the SRV records of `name`."""
        ...

    async def addresses(self, name: str) -> Answer[str]:
        """Return the addresses of `name` that this node can reach, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A SIP URI's part that leads to its servers; `port` and `transport` None: not in the URI."""

    host: str
    port: int | None = None
    transport: TransportName | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """One server and its addresses. The lowest `tier` is tried first; `weight` draws within it."""

    peers: tuple[Peer, ...]
    tier: int = 0
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Located:
    """What :func:`locate` found, and for how many seconds that holds."""

    servers: tuple[Server, ...]
    ttl_s: float


def literal(wanted: Wanted) -> Peer | None:
    """Return the peer of a URI whose host is an address; None where a name has to be looked up."""
    try:
        ipaddress.ip_address(wanted.host)
    except ValueError:
        return None
    transport = wanted.transport or "udp"
    return Peer(transport, wanted.host, wanted.port or DEFAULT_PORTS[transport])


def draw(servers: Iterable[Server], rng: RandomSource) -> list[Peer]:
    """Return all peers in the order to try: by tier, within it by a draw of the weights."""
    tiers: dict[int, list[Server]] = {}
    for server in servers:
        tiers.setdefault(server.tier, []).append(server)
    ordered = [
        server
        for tier in sorted(tiers)
        for server in weighted_order(tiers[tier], lambda one: one.weight, rng)
    ]
    return list(dict.fromkeys(peer for server in ordered for peer in server.peers))


async def locate(wanted: Wanted, zone: Zone, transports: Collection[TransportName]) -> Located:
    """Find the servers of `wanted` that can be reached over `transports`.

    A port in the URI excludes SRV, a transport excludes NAPTR. Raises LookupFailedError when a
    question was not answered and nothing was found without it.
    """
    search = _Search(wanted, zone)
    peer = literal(wanted)
    if peer is not None:
        return Located((Server((peer,)),), search.ttl_s)
    if wanted.port is None:
        services = await _services(search, transports)
        servers = await _by_srv(search, services)
        if servers is not None:
            return Located(servers, search.ttl_s)
    transport = wanted.transport or "udp"
    port = wanted.port or DEFAULT_PORTS[transport]
    peers = await search.peers(wanted.host, port, transport)
    return Located((Server(peers),) if peers else (), search.ttl_s)


class _Search:
    """One search: asks the zone and keeps the shortest life of what it was told."""

    def __init__(self, wanted: Wanted, zone: Zone) -> None:
        self.wanted = wanted
        self.zone = zone
        self.ttl_s = float("inf")

    def take(self, answer: Answer[T_co]) -> tuple[T_co, ...]:
        """Return the records of `answer`."""
        self.ttl_s = min(self.ttl_s, answer.ttl_s)
        return answer.records

    async def peers(self, name: str, port: int, transport: TransportName) -> tuple[Peer, ...]:
        """Return a peer for each address of `name`.

        A certificate must be for the domain that was asked for, whatever host the DNS names
        (RFC 5922 §4): the answers of the DNS prove nothing.
        """
        tls_name = self.wanted.host if transport == "tls" else ""
        addresses = self.take(await self.zone.addresses(name))[:MAX_ADDRESSES]
        return tuple(Peer(transport, one, port, tls_name=tls_name) for one in addresses)


async def _services(
    search: _Search, transports: Collection[TransportName]
) -> list[tuple[TransportName, str]]:
    """Return the names to ask for SRV records, best first, with their transports."""
    host, transport = search.wanted.host, search.wanted.transport
    if transport is not None:
        return [(transport, _SRV_PREFIX[transport] + host)]
    records = search.take(await search.zone.naptr(host))
    found = [
        (_BY_SERVICE[record.service.upper()], record.replacement)
        for record in sorted(records, key=lambda one: (one.order, one.preference))
        if record.flags.lower() == "s" and record.service.upper() in _BY_SERVICE
    ]
    found = [(name, replacement) for name, replacement in found if name in transports]
    if found:
        return found
    # A plain sip: URI is not moved to TLS by a mere SRV record (RFC 3263 §4.1).
    plain: Sequence[TransportName] = ("udp", "tcp")
    return [(name, _SRV_PREFIX[name] + host) for name in plain if name in transports]


async def _by_srv(
    search: _Search, services: Sequence[tuple[TransportName, str]]
) -> tuple[Server, ...] | None:
    """Return the servers that SRV records name; None when there are no such records.

    A record whose target is the root says that the service is not offered there (RFC 2782). Where
    a question is not answered, what the others have found serves until it is asked again, soon.
    Raises LookupFailedError when nothing was found then.
    """
    servers: list[Server] = []
    any_record = False
    unanswered: LookupFailedError | None = None
    tier = -1
    for transport, name in services:
        try:
            records = search.take(await search.zone.srv(name))
        except LookupFailedError as error:
            unanswered = error
            continue
        last_priority: int | None = None
        for record in sorted(records, key=lambda one: one.priority):
            any_record = True
            if record.priority != last_priority:
                tier, last_priority = tier + 1, record.priority
            if not record.target.strip(".") or len(servers) >= MAX_SERVERS:
                continue
            try:
                peers = await search.peers(record.target, record.port, transport)
            except LookupFailedError as error:
                unanswered = error
                continue
            if peers:
                servers.append(Server(peers, tier, record.weight))
    if unanswered is not None:
        if not servers:
            raise unanswered
        search.ttl_s = 0.0
    return tuple(servers) if any_record else None
