"""Trunks: ways to the public network, what each may present, and who may send us what. Pure.

A :class:`TrunkBook` answers "over which trunk, and which next?" and counts the calls each carries;
a :class:`SourcePolicy` answers "is this source anybody?" before a request costs anything.
"""

from __future__ import annotations

import ipaddress
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

from voicegw.errors import InvalidError, MalformedMessageError
from voicegw.identity import Presentation
from voicegw.model.numbers import is_e164, national
from voicegw.sip.digest import Credentials
from voicegw.sip.grammar import URI
from voicegw.sip.invite_spec import InviteSpec
from voicegw.sip.wire import Peer, TransportName

_log = logging.getLogger(__name__)

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
NumberFormat = Literal["e164", "national", "00"]
IdentityHeader = Literal["pai", "rpid", "from"]

#: Server failures that another trunk would repeat: the request itself is the problem.
_REQUEST_AT_FAULT: Final = frozenset({501, 505, 513, 555, 580})


@dataclass(frozen=True, slots=True)
class Trunk:
    """One way to the public network.

    `sources` are the networks its calls come from (empty: `host`, where that is an address).
    `max_calls` 0 is no limit; lower `priority` is tried first; `numbers` are the hotlines it may
    present, E.164 or short codes (empty: all); `region` gives `national` its meaning.
    """

    name: str
    host: str
    port: int = 5060
    transport: TransportName = "udp"
    username: str = ""
    password: str = field(default="", repr=False)
    sources: tuple[IpNetwork, ...] = ()
    max_calls: int = 0
    priority: int = 0
    codecs: tuple[str, ...] = ("PCMA", "PCMU")
    number_format: NumberFormat = "e164"
    identity: IdentityHeader = "pai"
    numbers: tuple[str, ...] = ()
    region: str = "CN"

    @property
    def peer(self) -> Peer:
        """Where its INVITEs go."""
        return Peer(self.transport, self.host, self.port)

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


def parse_trunk_uri(text: str) -> tuple[str, int, TransportName]:
    """Return host, port and transport of `sip:host:port;transport=udp`.

    Port 5060 and UDP are the defaults (RFC 3263 §4.1). Raises InvalidError.
    """
    try:
        uri = URI.parse(text.strip())
    except MalformedMessageError as error:
        raise InvalidError("uri", "expected sip:host:port;transport=udp or tcp") from error
    transport = uri.transport or "udp"
    if uri.scheme != "sip" or not uri.host:
        raise InvalidError("uri", "expected a sip: URI with a host")
    if transport == "udp":
        return uri.address, uri.port or 5060, "udp"
    if transport == "tcp":
        return uri.address, uri.port or 5060, "tcp"
    raise InvalidError("uri", "expected ;transport=udp or ;transport=tcp")


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
    """All trunks, and how many calls each carries."""

    def __init__(self, trunks: Iterable[Trunk] = ()) -> None:
        """Take the trunks; their names are unique."""
        self._trunks = {trunk.name: trunk for trunk in sorted(trunks, key=lambda t: t.priority)}
        self._in_use: Counter[str] = Counter()
        # Most specific first, so that a trunk inside another's network is found.
        self._networks: list[tuple[IpNetwork, Trunk]] = sorted(
            ((network, trunk) for trunk in self._trunks.values() for network in _networks(trunk)),
            key=lambda pair: -pair[0].prefixlen,
        )

    def __len__(self) -> int:
        """Return the number of trunks."""
        return len(self._trunks)

    def get(self, name: str) -> Trunk | None:
        """Return the trunk of this name."""
        return self._trunks.get(name)

    def all(self) -> list[Trunk]:
        """Return all trunks, by priority."""
        return list(self._trunks.values())

    def candidates(self, hotline_number: str) -> list[Trunk]:
        """Return the trunks that may present the hotline and have a free slot, best first."""
        return [
            trunk
            for trunk in self._trunks.values()
            if trunk.may_present(hotline_number) and self._has_room(trunk)
        ]

    def room(self, hotline_number: str) -> int | None:
        """Return how many more calls may show the hotline; None when there is no limit."""
        trunks = self.candidates(hotline_number)
        if any(trunk.max_calls <= 0 for trunk in trunks):
            return None
        return sum(trunk.max_calls - self._in_use[trunk.name] for trunk in trunks)

    def acquire(self, trunk: Trunk) -> bool:
        """Take a slot of `trunk`; False when all are taken."""
        if not self._has_room(trunk):
            return False
        self._in_use[trunk.name] += 1
        return True

    def release(self, trunk: Trunk) -> None:
        """Give a slot back. One release too many is logged and leaves the count at zero."""
        if self._in_use[trunk.name] <= 0:
            _log.error("trunk slot released twice", extra={"trunk": trunk.name})
            return
        self._in_use[trunk.name] -= 1

    def in_use(self, trunk: Trunk) -> int:
        """Return how many slots of `trunk` are taken."""
        return self._in_use[trunk.name]

    def by_source(self, ip: str) -> Trunk | None:
        """Return the trunk that this address belongs to: of several, the narrowest network's."""
        address = _address(ip)
        if address is None:
            return None
        for network, trunk in self._networks:
            if address.version == network.version and address in network:
                return trunk
        return None

    def _has_room(self, trunk: Trunk) -> bool:
        return trunk.max_calls <= 0 or self._in_use[trunk.name] < trunk.max_calls


def _networks(trunk: Trunk) -> Sequence[IpNetwork]:
    if trunk.sources:
        return trunk.sources
    address = _address(trunk.host)
    return () if address is None else (ipaddress.ip_network(address),)


def invite_spec(
    trunk: Trunk, number: str, presentation: Presentation, *, sdp: str, display: str | None = None
) -> InviteSpec:
    """Return the INVITE to `number` over `trunk`, showing `presentation` and nothing else.

    Both numbers are E.164 or short codes and are written as the trunk wants them. The trunk is one
    of :meth:`TrunkBook.candidates`, which knows what it may present.
    """
    called = trunk.format_number(number)
    shown = trunk.format_number(presentation.number)
    host = f"[{trunk.host}]" if ":" in trunk.host else trunk.host
    target = str(URI("sip", host, called, port=trunk.port if trunk.port != 5060 else None))
    caller = str(URI("sip", host, shown))
    asserted: list[tuple[str, str]] = []
    if trunk.identity == "pai":
        asserted.append(("P-Asserted-Identity", f"<{caller}>"))
    elif trunk.identity == "rpid":
        asserted.append(("Remote-Party-ID", f"<{caller}>;party=calling;privacy=off;screen=yes"))
    return InviteSpec(
        peer=trunk.peer,
        request_uri=target,
        from_uri=caller,
        from_display=display,
        to_uri=target,
        asserted=asserted,
        credentials=trunk.credentials,
        sdp=sdp,
        contact_user=shown,
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
