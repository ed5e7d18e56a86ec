"""Where telephones are registered: each user's contacts, and when they end (RFC 3261 §10.2). Pure.

A binding remembers the flow it was made over, so that calls to the phone go back the same way
(RFC 5626 in spirit), and the proxies that the phone asked to be called through (RFC 3327).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from voicegw.sip.timers import Timer, TimerQueue
from voicegw.sip.wire import Peer

MAX_CONTACTS: Final = 10
"""Contacts of one user: so many telephones ring at once."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One phone of a user. `peer` is where its REGISTER came from; `expires_at` is monotonic.

    `path` holds Route values towards the phone, nearest first (RFC 3327 §5.1); `instance` is the
    phone's own `+sip.instance` as it wrote it, empty when it has none.
    """

    username: str
    aor: str
    contact: str
    peer: Peer
    expires_at: float
    q: float
    call_id: str
    cseq: int
    path: tuple[str, ...] = ()
    instance: str = ""

    @property
    def key(self) -> str:
        """What a later REGISTER of the same phone is known by.

        The instance, where there is one: a phone that comes by another address or a second flow
        (`reg-id`) is still one phone, and must not ring twice (RFC 5626 §6).
        """
        return self.instance or self.contact


class Bindings:
    """All bindings of a node, bounded by its users. Time moves by :meth:`handle_timer`.

    `changes` rises with each binding that is made, refreshed or dropped.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self.changes = 0
        self._timers = TimerQueue()
        self._by_user: dict[str, dict[str, tuple[Binding, Timer]]] = {}
        self._by_peer: dict[Peer, dict[str, int]] = {}

    def __len__(self) -> int:
        """Return the number of bindings."""
        return sum(len(bindings) for bindings in self._by_user.values())

    def all(self) -> list[Binding]:
        """Return every binding."""
        return [binding for user in self._by_user.values() for binding, _ in user.values()]

    def of(self, username: str) -> list[Binding]:
        """Return where a user is reached, best first: by q, then by the latest REGISTER."""
        bindings = [binding for binding, _ in self._by_user.get(username, {}).values()]
        return sorted(bindings, key=lambda b: (-b.q, -b.expires_at))

    def get(self, username: str, key: str) -> Binding | None:
        """Return one binding."""
        found = self._by_user.get(username, {}).get(key)
        return None if found is None else found[0]

    def users_at(self, peer: Peer) -> list[str]:
        """Return the users with a phone at `peer`, or behind a proxy there."""
        return list(self._by_peer.get(peer, ()))

    def put(self, binding: Binding) -> None:
        """Bind, in the place of the same phone's earlier binding.

        A user with :data:`MAX_CONTACTS` others loses the one that would expire first.
        """
        username = binding.username
        self.remove(username, binding.key)
        present = self._by_user.get(username, {})
        if len(present) >= MAX_CONTACTS:
            self.remove(username, min(present, key=lambda key: present[key][0].expires_at))
        timer = self._timers.set(
            binding.expires_at, lambda _now: self.remove(username, binding.key)
        )
        self._by_user.setdefault(username, {})[binding.key] = (binding, timer)
        users = self._by_peer.setdefault(binding.peer, {})
        users[username] = users.get(username, 0) + 1
        self.changes += 1

    def remove(self, username: str, key: str) -> None:
        """Drop a binding; one that isn't there is let be."""
        bindings = self._by_user.get(username, {})
        if key not in bindings:
            return
        binding, timer = bindings.pop(key)
        timer.cancel()
        if not bindings:
            del self._by_user[username]
        users = self._by_peer[binding.peer]
        users[username] -= 1
        if users[username] == 0:
            del users[username]
        if not users:
            del self._by_peer[binding.peer]
        self.changes += 1

    def remove_at(self, peer: Peer) -> None:
        """Drop what is bound to `peer`."""
        for username in self.users_at(peer):
            for binding in self.of(username):
                if binding.peer == peer:
                    self.remove(username, binding.key)

    def next_timer(self) -> float | None:
        """Return when the next binding expires."""
        return self._timers.next_due()

    def handle_timer(self, now: float) -> None:
        """Drop what has expired."""
        self._timers.fire(now)
