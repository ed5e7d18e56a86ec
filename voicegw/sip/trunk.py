"""Trunks: ways to the public network, what each may present, and who may send us what. Pure.

A :class:`TrunkBook` answers "over which trunk, to which of its servers, and which next?" and counts
the calls each carries; a :class:`SourcePolicy` answers "is this source anybody?" before a request
costs anything.
"""

from __future__ import annotations

import ipaddress
import logging
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from random import SystemRandom
from typing import Final, Literal

from voicegw.identity import Presentation
from voicegw.model.numbers import is_e164, national
from voicegw.sip.digest import Credentials, RandomSource
from voicegw.sip.grammar import URI
from voicegw.sip.invite_spec import InviteSpec
from voicegw.sip.locating import Server, Wanted, draw, literal
from voicegw.sip.rate import RateLimiter
from voicegw.sip.trunk_health import HealthBook
from voicegw.sip.weighted import weighted_order
from voicegw.sip.wire import DEFAULT_PORTS, Peer, TransportName, bracketed

_log = logging.getLogger(__name__)

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
NumberFormat = Literal["e164", "national", "00"]
IdentityHeader = Literal["pai", "rpid", "from"]

#: Server failures that another trunk would repeat: the request itself is the problem.
_REQUEST_AT_FAULT: Final = frozenset({501, 505, 513, 555, 580})
#: Servers that one call is tried at, over all trunks.
MAX_WAYS: Final = 8
#: How long a call may wait for a trunk's rate; beyond it another trunk is better.
MAX_RATE_WAIT_S: Final = 10.0
#: How many refused INVITEs of a trunk are remembered, for operators.
MAX_REFUSED: Final = 5
#: Addresses whose trunk, or that they have none, is remembered; every datagram asks.
_MAX_SOURCES: Final = 4096


@dataclass(frozen=True, slots=True)
class Trunk:
    """One way to the public network.

    `host`, `port` and `transport` are those of its URI, the latter two None where the URI leaves
    them to the DNS. `sources` are the networks its calls come from (empty: the addresses of its
    servers). `max_calls` counts both directions, `calls_per_s` what we begin; 0 is no limit. Lower
    `priority` is tried first, equals share calls by `weight`. `numbers` are the hotlines it may
    present, E.164 or short codes (empty: all); `region` gives `national` its meaning. `options_s`
    is the time between two OPTIONS, 0 for none; with `registers` the trunk wants a registration of
    `expires_s`.
    """

    name: str
    host: str
    port: int | None = None
    transport: TransportName | None = None
    username: str = ""
    password: str = field(default="", repr=False)
    sources: tuple[IpNetwork, ...] = ()
    max_calls: int = 0
    calls_per_s: float = 0.0
    priority: int = 0
    weight: int = 1
    options_s: float = 0.0
    registers: bool = False
    expires_s: int = 300
    codecs: tuple[str, ...] = ("PCMA", "PCMU")
    number_format: NumberFormat = "e164"
    identity: IdentityHeader = "pai"
    numbers: tuple[str, ...] = ()
    region: str = "CN"

    @property
    def wanted(self) -> Wanted:
        """What is to be looked up to find its servers."""
        return Wanted(self.host, self.port, self.transport)

    @property
    def domain(self) -> str:
        """The host as URIs have it: an IPv6 address in brackets."""
        return bracketed(self.host)

    def uri(self, user: str | None = None) -> URI:
        """Return the URI of the trunk, or of `user` there; a usual port is left out."""
        port = None if self.port == DEFAULT_PORTS[self.transport or "udp"] else self.port
        return URI("sip", self.domain, user, port=port)

    @property
    def credentials(self) -> Credentials | None:
        """What answers its challenges, when it has any."""
        return Credentials(self.username, self.password) if self.username else None

    def may_present(self, hotline_number: str) -> bool:
        """Whether a call over this trunk may show `hotline_number`."""
        return not self.numbers or hotline_number in self.numbers

    def format_number(self, number: str) -> str:
        """Return `number` (E.164 or a short code) as this trunk writes it."""
        if not is_e164(number) or self.number_format == "e164":
            return number
        if self.number_format == "00":
            return "00" + number[1:]
        return national(number, self.region)


def may_fail_over(status: int) -> bool:
    """Whether another trunk may be tried after `status`.

    So after 408 and 5xx (a trunk's trouble, transport failure being 503), unless the request
    itself is at fault; never after an answer of the called party or its network (3xx, 4xx, 6xx).
    """
    return status == 408 or (500 <= status < 600 and status not in _REQUEST_AT_FAULT)


@lru_cache(maxsize=4096)
def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


class TrunkBook:
    """All trunks, their servers, and how many calls each trunk carries.

    Times are monotonic seconds. `health` is what is known of the servers.
    """

    def __init__(self, trunks: Iterable[Trunk] = (), *, rng: RandomSource | None = None) -> None:
        """Take the trunks; their names are unique. `rng` draws among equals."""
        self.health = HealthBook()
        self._rng: RandomSource = rng or SystemRandom()
        self._trunks: dict[str, Trunk] = {}
        self._servers: dict[str, tuple[Server, ...]] = {}
        self._service_routes: dict[str, tuple[str, ...]] = {}
        self._rates: dict[str, RateLimiter] = {}
        self._in_use: Counter[str] = Counter()
        self.results: Counter[tuple[str, int]] = Counter()
        """How INVITEs over each trunk have ended, by status; time-outs count as 408."""
        self._refused: dict[str, deque[tuple[int, float]]] = {}
        self._networks: list[tuple[IpNetwork, Trunk]] = []
        self._by_source: dict[str, Trunk | None] = {}
        self.replace(trunks)

    def __len__(self) -> int:
        """Return the number of trunks."""
        return len(self._trunks)

    def replace(self, trunks: Iterable[Trunk]) -> None:
        """Make these the trunks from now on.

        Running calls keep their places, also on a trunk that is gone; servers already found, and
        what is known of them, stay as long as the trunk's URI stays.
        """
        old = self._trunks
        self._trunks = {trunk.name: trunk for trunk in sorted(trunks, key=lambda t: t.priority)}
        for name in [name for name in old if name not in self._trunks]:
            self.health.keep(name, (), watched=False)
            for kept in (self._servers, self._service_routes, self._rates, self._refused):
                kept.pop(name, None)
        for name, trunk in self._trunks.items():
            before = old.get(name)
            if before is None or before.wanted != trunk.wanted:
                peer = literal(trunk.wanted)
                self._servers[name] = () if peer is None else (Server((peer,)),)
                self._service_routes.pop(name, None)
            if before is None or before.calls_per_s != trunk.calls_per_s:
                self._rates[name] = RateLimiter(trunk.calls_per_s)
            self._watch(trunk)
        self._sort_networks()

    def place(self, name: str, servers: Iterable[Server]) -> None:
        """Make `servers` those of the trunk of this name; harmless when there is none any more."""
        trunk = self._trunks.get(name)
        if trunk is not None:
            self._servers[name] = tuple(servers)
            self._watch(trunk)
            self._sort_networks()

    def get(self, name: str) -> Trunk | None:
        """Return the trunk of this name."""
        return self._trunks.get(name)

    def all(self) -> list[Trunk]:
        """Return all trunks, by priority."""
        return list(self._trunks.values())

    def peers(self, trunk: Trunk) -> list[Peer]:
        """Return the addresses of the trunk's servers, in the order to try them now."""
        return draw(self._servers.get(trunk.name, ()), self._rng)

    def set_service_route(self, name: str, route: tuple[str, ...]) -> None:
        """Have INVITEs over this trunk take `route`, as its registrar asked (RFC 3608)."""
        self._service_routes[name] = route

    def service_route(self, trunk: Trunk) -> tuple[str, ...]:
        """Return the Route values that begin each INVITE over `trunk`."""
        return self._service_routes.get(trunk.name, ())

    # Choice.

    def candidates(self, hotline_number: str) -> list[Trunk]:
        """Return the trunks that may present the hotline and have a free slot.

        In the order to try them: by priority, equals by a draw of their weights.
        """
        return [trunk for trunk in self._presenting(hotline_number) if self.has_room(trunk)]

    def ways(
        self,
        hotline_number: str,
        now: float,
        *,
        holding: str | None = None,
        any_trunk: bool = False,
    ) -> list[tuple[Trunk, Peer]]:
        """Return trunks and their servers in the order to try for a call that shows the hotline.

        Servers that are down or aside come after all others. Trunks without a free slot are left
        out, but for the one named `holding`, where the call holds a slot: it comes before its
        equals. With `any_trunk` none is left out: full ones, and those that may not present it.
        """
        ways = [
            (trunk, peer)
            for trunk in (self.all() if any_trunk else self._presenting(hotline_number))
            if any_trunk or trunk.name == holding or self.has_room(trunk)
            for peer in self.peers(trunk)
        ]
        ways.sort(
            key=lambda way: (
                self.health.rank(way[0].name, way[1], now),
                not way[0].may_present(hotline_number),
                way[0].priority,
                way[0].name != holding,
            )
        )
        return ways[:MAX_WAYS]

    def ended(self, name: str, status: int, now: float) -> None:
        """Note how an INVITE over the trunk of this name has ended."""
        self.results[name, status] += 1
        if status >= 300 and name in self._trunks:
            self._refused.setdefault(name, deque(maxlen=MAX_REFUSED)).append((status, now))

    def refused_of(self, name: str) -> Sequence[tuple[int, float]]:
        """Return the last INVITEs over a trunk that were refused: status, when; newest last."""
        return tuple(self._refused.get(name, ()))

    def wait_s(self, trunk: Trunk, now: float) -> float:
        """Return how long a call that begins now waits for the rate of `trunk`."""
        limiter = self._rates.get(trunk.name)
        return 0.0 if limiter is None else limiter.wait_s(now)

    def _presenting(self, hotline_number: str) -> list[Trunk]:
        by_priority: dict[int, list[Trunk]] = {}
        for trunk in self._trunks.values():
            if trunk.may_present(hotline_number):
                by_priority.setdefault(trunk.priority, []).append(trunk)
        return [
            trunk
            for equals in by_priority.values()
            for trunk in weighted_order(equals, lambda one: one.weight, self._rng)
        ]

    # Places and rates.

    def acquire(self, trunk: Trunk) -> bool:
        """Take a slot of `trunk`; False when all are taken."""
        if not self.has_room(trunk):
            return False
        self._in_use[trunk.name] += 1
        return True

    def exceed(self, trunk: Trunk) -> None:
        """Take a slot of `trunk`, even one more than there are: emergency calls wait for none."""
        self._in_use[trunk.name] += 1

    def release(self, trunk: Trunk) -> None:
        """Give a slot back. One release too many is logged and leaves the count at zero."""
        if self._in_use[trunk.name] <= 0:
            _log.error("trunk slot released twice", extra={"trunk": trunk.name})
            return
        self._in_use[trunk.name] -= 1

    def in_use(self, trunk: Trunk) -> int:
        """Return how many slots of `trunk` are taken."""
        return self._in_use[trunk.name]

    def calls(self) -> int:
        """Return how many slots are taken in all, on trunks that are gone too."""
        return self._in_use.total()

    def has_room(self, trunk: Trunk) -> bool:
        """Whether `trunk` has a free slot."""
        present = self._trunks.get(trunk.name, trunk)
        return present.max_calls <= 0 or self._in_use[trunk.name] < present.max_calls

    def take_turn(self, trunk: Trunk, now: float) -> float | None:
        """Take the next moment at which a call may begin over `trunk` and return it.

        None, with nothing taken, when that is too far ahead.
        """
        limiter = self._rates.get(trunk.name)
        if limiter is None:
            return now
        return None if limiter.wait_s(now) > MAX_RATE_WAIT_S else limiter.take(now)

    def give_turn_back(self, trunk: Trunk, moment: float) -> None:
        """Give back a moment that was taken and not used."""
        limiter = self._rates.get(trunk.name)
        if limiter is not None:
            limiter.give_back(moment)

    # Sources.

    def by_source(self, ip: str) -> Trunk | None:
        """Return the trunk that this address belongs to: of several, the narrowest network's."""
        try:
            return self._by_source[ip]
        except KeyError:
            if len(self._by_source) >= _MAX_SOURCES:
                self._by_source.clear()
            return self._by_source.setdefault(ip, self._within(ip))

    def _within(self, ip: str) -> Trunk | None:
        address = _address(ip)
        if address is None:
            return None
        for network, trunk in self._networks:
            if address.version == network.version and address in network:
                return trunk
        return None

    def _watch(self, trunk: Trunk) -> None:
        peers = [peer for server in self._servers[trunk.name] for peer in server.peers]
        self.health.keep(trunk.name, peers, watched=trunk.options_s > 0)

    def _sort_networks(self) -> None:
        """Put the most specific first, so that a trunk inside another's network is found."""
        self._by_source.clear()
        self._networks = sorted(
            (
                (network, trunk)
                for trunk in self._trunks.values()
                for network in trunk.sources or self._own_networks(trunk)
            ),
            key=lambda pair: -pair[0].prefixlen,
        )

    def _own_networks(self, trunk: Trunk) -> list[IpNetwork]:
        """Return the addresses of the trunk's servers as networks."""
        found = {
            _address(peer.host) for server in self._servers[trunk.name] for peer in server.peers
        }
        return [ipaddress.ip_network(address) for address in found if address is not None]


def invite_spec(
    trunk: Trunk,
    peer: Peer,
    number: str,
    presentation: Presentation,
    *,
    sdp: str,
    display: str | None = None,
    route: tuple[str, ...] = (),
    max_forwards: int = 70,
) -> InviteSpec:
    """Return the INVITE to `number` at the server `peer` of `trunk`, showing `presentation` only.

    Both numbers are E.164 or short codes and are written as the trunk wants them. The trunk is one
    of :meth:`TrunkBook.candidates`, which knows what it may present.
    """
    called = trunk.format_number(number)
    shown = trunk.format_number(presentation.number)
    target = str(trunk.uri(called))
    caller = str(URI("sip", trunk.domain, shown))
    asserted: list[tuple[str, str]] = []
    if trunk.identity == "pai":
        asserted.append(("P-Asserted-Identity", f"<{caller}>"))
    elif trunk.identity == "rpid":
        asserted.append(("Remote-Party-ID", f"<{caller}>;party=calling;privacy=off;screen=yes"))
    return InviteSpec(
        peer=peer,
        request_uri=target,
        from_uri=caller,
        from_display=display,
        to_uri=target,
        asserted=asserted,
        credentials=trunk.credentials,
        sdp=sdp,
        contact_user=shown,
        max_forwards=max_forwards,
        route=route,
    )


@dataclass(frozen=True, slots=True)
class TrunkSource:
    """A message came from the network of `trunk`."""

    trunk: Trunk


@dataclass(frozen=True, slots=True)
class PhoneSource:
    """A message came from a registered telephone: `username` proved itself, or its binding did."""

    username: str


Source = TrunkSource | PhoneSource


class SourcePolicy:
    """Which source may send what. `counters` counts what was dropped, by method."""

    def __init__(self, trunks: TrunkBook, *, registrar_enabled: bool = False) -> None:
        """With the registrar enabled, strangers may REGISTER and INVITE: they are challenged."""
        self._trunks = trunks
        self._registrar_enabled = registrar_enabled
        self.counters: Counter[str] = Counter()

    def trunk_of(self, peer: Peer) -> TrunkSource | None:
        """Return the trunk `peer` belongs to."""
        trunk = self._trunks.by_source(peer.host)
        return None if trunk is None else TrunkSource(trunk)

    def may_challenge(self, method: str) -> bool:
        """Whether a stranger's `method` is answered with a challenge, not with silence."""
        return self._registrar_enabled and method in {"REGISTER", "INVITE", "ACK", "CANCEL"}

    def drop(self, method: str) -> None:
        """Count a message of a stranger that gets no answer."""
        self.counters[method if method in _KNOWN_METHODS else "other"] += 1


_KNOWN_METHODS: Final = frozenset(
    {"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "INFO", "UPDATE", "PRACK"}
    | {"SUBSCRIBE", "NOTIFY", "REFER", "MESSAGE", "PUBLISH", "response"}
)
