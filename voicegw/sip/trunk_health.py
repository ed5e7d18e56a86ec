"""Which servers of the trunks are alive, by what was heard of them and what was not. Pure.

A server goes *down* after several misses in a row and comes *up* after several answers, so that one
lost datagram changes nothing. A server that asked for a pause (503 with Retry-After) is *aside* for
that time. Neither is forbidden: such servers are tried after all others, because the one that is
tried last may have come back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from voicegw.sip.wire import Peer

#: Misses in a row after which a server is down.
DOWN_AFTER: Final = 3
#: Answers in a row after which it is up again.
UP_AFTER: Final = 2
#: The longest time a server may keep calls away by Retry-After.
MAX_ASIDE_S: Final = 300.0
#: How long a server that failed a call is avoided where nothing asks it for signs of life.
UNWATCHED_S: Final = 60.0


class Rank(IntEnum):
    """How early a server is tried; lower comes first."""

    UP = 0
    ASIDE = 1
    DOWN = 2


@dataclass(slots=True)
class ServerHealth:
    """What is known of one server of `trunk`. Times are monotonic seconds."""

    trunk: str
    up: bool = True
    misses: int = 0
    answers: int = 0
    aside_until: float = float("-inf")
    heard_at: float = float("-inf")
    rtt_s: float | None = None
    """What its last answer to OPTIONS took."""

    def rank(self, now: float) -> Rank:
        """Return how early the server is to be tried."""
        if not self.up:
            return Rank.DOWN
        return Rank.ASIDE if now < self.aside_until else Rank.UP


class HealthBook:
    """The health of all servers, by trunk and peer. Unknown ones are taken to be up."""

    def __init__(self) -> None:
        """Begin without news of anybody."""
        self.on_change: Callable[[str], None] | None = None
        """Called with a trunk's name when a server of it has gone down, come up, or is another."""
        self._servers: dict[tuple[str, Peer], ServerHealth] = {}
        self._by_host: dict[str, dict[int, list[ServerHealth]]] = {}
        self._watched: set[str] = set()

    def keep(self, trunk: str, peers: Iterable[Peer], *, watched: bool) -> None:
        """Make `peers` the servers of `trunk`: new ones are up, others forgotten.

        With `watched`, somebody asks them for signs of life; without, a failure ages by itself.
        """
        wanted = [(trunk, peer) for peer in peers]
        for key in [key for key in self._servers if key[0] == trunk and key not in wanted]:
            del self._servers[key]
        for key in wanted:
            self._servers.setdefault(key, ServerHealth(trunk))
        (self._watched.add if watched else self._watched.discard)(trunk)
        self._by_host = {}
        for (_, peer), health in self._servers.items():
            self._by_host.setdefault(peer.host, {}).setdefault(peer.port, []).append(health)
        self._changed(trunk)

    def rank(self, trunk: str, peer: Peer, now: float) -> Rank:
        """Return how early a server is to be tried."""
        known = self._servers.get((trunk, peer))
        return Rank.UP if known is None else known.rank(now)

    def of(self, trunk: str, peer: Peer) -> ServerHealth | None:
        """Return what is known of a server."""
        return self._servers.get((trunk, peer))

    def has_server_up(self, trunk: str) -> bool:
        """Whether any server of `trunk` is up; not so where it has none at all."""
        return any(health.up for (name, _), health in self._servers.items() if name == trunk)

    def servers(self, trunk: str) -> list[tuple[Peer, ServerHealth]]:
        """Return the servers of `trunk` and what is known of each."""
        return [(peer, health) for (name, peer), health in self._servers.items() if name == trunk]

    def heard(self, host: str, port: int, now: float) -> None:
        """Note a message from this address.

        A port that is no server's (a connection's far end) speaks for its host, unless servers of
        several ports live there.
        """
        ports = self._by_host.get(host)
        if ports is None:
            return
        found = ports.get(port)
        if found is None and len(ports) == 1:
            found = next(iter(ports.values()))
        for health in found or ():
            self._answered(health, now)

    def answered(self, trunk: str, peer: Peer, since: float, now: float) -> None:
        """Note an answer to what was sent at `since`.

        What came from the server's own address has been heard already and counts once.
        """
        health = self._servers.get((trunk, peer))
        if health is None:
            return
        health.rtt_s = now - since
        if health.heard_at < since:
            self._answered(health, now)

    def missed(self, trunk: str, peer: Peer) -> None:
        """Note that a server has not answered, or only to say that it can't serve."""
        health = self._servers.get((trunk, peer))
        if health is not None:
            self._missed(health, 1)

    def failed(self, trunk: str, peer: Peer, since: float, now: float) -> bool:
        """Note that a call got no sign of life from a server to which its INVITE went at `since`.

        Seconds of repeated INVITEs weigh as much as all misses, so that no further call has to
        wait. False, and nothing is held against it, when something was heard meanwhile.
        """
        health = self._servers.get((trunk, peer))
        if health is None or health.heard_at >= since:
            return False
        if trunk in self._watched:
            self._missed(health, DOWN_AFTER)
        else:
            health.aside_until = max(health.aside_until, now + UNWATCHED_S)
        return True

    def put_aside(self, trunk: str, peer: Peer, retry_after_s: float, now: float) -> None:
        """Keep calls away from a server for as long as it asked, within bounds."""
        health = self._servers.get((trunk, peer))
        if health is not None:
            until = now + min(max(retry_after_s, 0.0), MAX_ASIDE_S)
            health.aside_until = max(health.aside_until, until)

    def _answered(self, health: ServerHealth, now: float) -> None:
        health.heard_at = now
        health.misses = 0
        if health.up:
            return
        health.answers += 1
        if health.answers >= UP_AFTER:
            health.up = True
            self._changed(health.trunk)

    def _missed(self, health: ServerHealth, count: int) -> None:
        health.answers = 0
        health.misses += count
        if health.up and health.misses >= DOWN_AFTER:
            health.up = False
            self._changed(health.trunk)

    def _changed(self, trunk: str) -> None:
        if self.on_change is not None:
            self.on_change(trunk)
