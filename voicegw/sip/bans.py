"""Which sources are shut out for a while: those that guess passwords, and those that scan. Pure.

The address of a datagram can be forged, so that two kinds of offence are told apart:

* *Proven* ones came from where answers reach: over a connection, or with a nonce that was given to
  that very address. They are answered with bans that double each time.
* *Unproven* ones may have been sent by anybody in anybody's name. They shut out for `ban_s` only,
  and never an address from which a telephone has proved itself; so a forger can't keep anybody out
  for long, and what he writes evicts nothing but other unproven entries.

Telephones share addresses: an office is one source. So wrong passwords for one name shut out that
name from that source, and only those for several names the source itself.

No ban is kept over a restart. Every table is bounded, the entry unused longest goes first.
"""

from __future__ import annotations

import ipaddress
import logging
from collections import Counter, OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Generic, TypeVar

from voicegw.sip.wire import Peer

_log = logging.getLogger(__name__)

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_SITE_PREFIX: Final = 64
"""What one subscriber has of IPv6: a single address there costs him nothing."""

_KNOWN_FOR_S: Final = 86_400.0
_MAX_NAME_CHARS: Final = 64
_QUIET_LOG_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class BanRules:
    """What leads to a ban, and for how long. Times in seconds.

    `failures` wrong proofs for one name within `window_s` ban that name from the source, wrong ones
    for so many names the source itself, and so do `scans` other unwelcome messages: first for
    `ban_s`, each further time twice as long, at most `ban_max_s`, which is also how long a ban is
    remembered. Networks in `allow` are never banned. Each table holds `max_sources`.
    """

    enabled: bool = True
    failures: int = 5
    scans: int = 500
    window_s: float = 60.0
    ban_s: float = 60.0
    ban_max_s: float = 86_400.0
    allow: tuple[IpNetwork, ...] = ()
    max_sources: int = 10_000


@lru_cache(maxsize=4096)
def source_of(host: str) -> str:
    """Return what a ban is about: an IPv4 address, or the /64 that an IPv6 address belongs to."""
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, _SITE_PREFIX), strict=False))


_Key = TypeVar("_Key", bound=Hashable)


@dataclass(slots=True)
class _Record:
    """What is held against one source: its offences since `since`, its bans so far."""

    since: float
    failures: int = 0
    scans: int = 0
    banned_until: float = float("-inf")
    bans: int = 0


class _Table(Generic[_Key]):
    """Records of as many sources as there may be; the one without an offence longest goes first."""

    def __init__(self, rules: BanRules) -> None:
        self._rules = rules
        self._records: OrderedDict[_Key, _Record] = OrderedDict()

    def __len__(self) -> int:
        return len(self._records)

    def touch(self, source: _Key, now: float) -> _Record:
        """Return the record of `source`, what is too old being forgotten."""
        record = self._records.get(source)
        if record is None:
            record = self._records[source] = _Record(now)
            if len(self._records) > self._rules.max_sources:
                self._records.popitem(last=False)
        self._records.move_to_end(source)
        if now - record.since > self._rules.window_s:
            record.since, record.failures, record.scans = now, 0, 0
        if now - record.banned_until > self._rules.ban_max_s:
            record.bans = 0
        return record

    def pop(self, source: _Key) -> None:
        self._records.pop(source, None)

    def forgive_scans(self, source: _Key) -> None:
        """Forget what has led to no ban yet, but for wrong proofs."""
        if (record := self._records.get(source)) is not None:
            record.scans = 0

    def is_banned(self, source: _Key, now: float) -> bool:
        record = self._records.get(source)
        return record is not None and now < record.banned_until

    def banned(self, now: float) -> int:
        return sum(now < record.banned_until for record in self._records.values())


class Bans:
    """Who is shut out. `counters` holds running totals: `bans`, `failures`, `scans`."""

    def __init__(self, rules: BanRules) -> None:
        """Begin without any."""
        self.counters: Counter[str] = Counter()
        self._rules = rules
        self._proven: _Table[str] = _Table(rules)
        self._unproven: _Table[str] = _Table(rules)
        self._names: _Table[tuple[str, str]] = _Table(rules)
        self._known: OrderedDict[str, float] = OrderedDict()
        self._tolerated: dict[str, _Record] = {}
        self._last_end = float("-inf")
        self._last_logged = float("-inf")

    def __len__(self) -> int:
        """Return how many sources something is remembered of."""
        return len(self._proven) + len(self._unproven) + len(self._names) + len(self._known)

    def banned(self, now: float) -> int:
        """Return how many sources are banned, those included that are so for one name."""
        return self._proven.banned(now) + self._unproven.banned(now) + self._names.banned(now)

    def refuses(self, peer: Peer, now: float) -> bool:
        """Whether `peer` is banned; cheap enough to be asked for every datagram."""
        if now >= self._last_end:
            return False
        source = source_of(peer.host)
        return self._proven.is_banned(source, now) or self._unproven.is_banned(source, now)

    def refuses_name(self, peer: Peer, name: str, now: float) -> bool:
        """Whether `peer` has guessed at this user's password too often."""
        return now < self._last_end and self._names.is_banned(_name_at(peer, name), now)

    def failed(self, peer: Peer, name: str, now: float) -> None:
        """Take note of a wrong proof for `name` that only somebody at `peer` can have sent.

        A telephone whose password is wrong is one name, however often it tries; who tries several
        names is no telephone.
        """
        if (source := self._offender(peer)) is None:
            return
        self.counters["failures"] += 1
        guesses = self._names.touch(_name_at(peer, name), now)
        guesses.failures += 1
        is_new = guesses.failures == 1
        if guesses.failures >= self._rules.failures:
            self._ban(source, guesses, now, "wrong passwords for one name")
        if is_new:
            record = self._proven.touch(source, now)
            record.failures += 1
            if record.failures >= self._rules.failures:
                self._ban(source, record, now, "wrong passwords")

    def challenged(self, peer: Peer, now: float) -> None:
        """Take note that `peer` has had to be asked for a proof.

        Every telephone has to at first. So it is an offence only where none ever gives it.
        """
        if now - self._known.get(source_of(peer.host), float("-inf")) >= _KNOWN_FOR_S:
            self.scanned(peer, now)

    def scanned(self, peer: Peer, now: float, *, weight: int = 1) -> None:
        """Take note of a message nobody here waits for; `weight` of them for a hint of malice."""
        self._scanned(peer, now, weight=weight, is_proven=peer.transport != "udp")

    def came_for_nothing(self, peer: Peer, now: float) -> None:
        """Take note of a connection without a message.

        Telephones do that too, all of an office at once, when our certificate has expired: so it
        is held against a source no longer than what may be forged is.
        """
        self._scanned(peer, now, weight=1, is_proven=False)

    def _scanned(self, peer: Peer, now: float, *, weight: int, is_proven: bool) -> None:
        if (source := self._offender(peer)) is None:
            return
        self.counters["scans"] += 1
        if not is_proven:
            if now - self._known.get(source, float("-inf")) < _KNOWN_FOR_S:
                return
            record = self._unproven.touch(source, now)
        else:
            record = self._proven.touch(source, now)
        record.scans += weight
        if record.scans >= self._rules.scans:
            self._ban(source, record, now, "scanning", doubling=is_proven)

    def proved(self, peer: Peer, now: float) -> None:
        """Take note of a right proof: what anybody may have sent in this name is forgiven.

        Wrong proofs are not: who has one account must not use it to guess at others.
        """
        source = source_of(peer.host)
        self._unproven.pop(source)
        self._proven.forgive_scans(source)
        self._known[source] = now
        self._known.move_to_end(source)
        if len(self._known) > self._rules.max_sources:
            self._known.popitem(last=False)

    def tolerated(self, trunk: str, now: float) -> None:
        """Take note of nonsense from a trunk, which is never banned; see :meth:`noisy_trunks`."""
        record = self._tolerated.setdefault(trunk, _Record(now))
        if now - record.since > self._rules.window_s:
            record.since, record.scans = now, 0
        record.scans += 1

    def noisy_trunks(self, now: float) -> list[str]:
        """Return the trunks that a stranger would be banned in the place of."""
        return sorted(
            name
            for name, record in self._tolerated.items()
            if record.scans >= self._rules.scans and now - record.since <= self._rules.window_s
        )

    def _offender(self, peer: Peer) -> str | None:
        """Return whom an offence is held against, None when it is nobody."""
        if not self._rules.enabled:
            return None
        source = source_of(peer.host)
        return None if _is_within(peer.host, self._rules.allow) else source

    def _ban(
        self, source: str, record: _Record, now: float, why: str, *, doubling: bool = True
    ) -> None:
        rules = self._rules
        # More doublings than bits of a float's exponent would overflow.
        factor = 2 ** min(record.bans, 32) if doubling else 1
        for_s = min(rules.ban_s * factor, max(rules.ban_s, rules.ban_max_s))
        record.bans += 1
        record.failures = record.scans = 0
        record.banned_until = now + for_s
        self._last_end = max(self._last_end, record.banned_until)
        self.counters["bans"] += 1
        # Forged addresses may bring many at once: the counter has them all, the log some.
        if doubling or now - self._last_logged >= _QUIET_LOG_S:
            self._last_logged = now
            _log.warning("source banned", extra={"source": source, "why": why, "for_s": for_s})


def _name_at(peer: Peer, name: str) -> tuple[str, str]:
    return source_of(peer.host), name[:_MAX_NAME_CHARS]


@lru_cache(maxsize=4096)
def _is_within(host: str, networks: tuple[IpNetwork, ...]) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address.version == one.version and address in one for one in networks)
