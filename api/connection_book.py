"""How many connections there may be, of one client and in all, and which end for others. Pure.

Connections on which nothing is under way are worth nothing to anybody but whoever wants to take
them all. So when a bound is reached, the one that has waited longest makes room; only where every
connection is at work is a new one refused. One client has a share, so that it takes nobody else's.

A reader who takes nothing of its answer would keep it in memory for ever, whether the connection
is still in use or already being closed: :meth:`ConnectionBook.stuck` tells who.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar

DEFAULT_MOST: Final = 1000
DEFAULT_MOST_OF_ONE: Final = 250


class Connection(Protocol):
    """One connection, as far as the book is concerned."""

    @property
    def unsent_bytes(self) -> int:
        """What was answered but not taken."""
        ...


C = TypeVar("C", bound=Connection)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The most connections in all, and of one address."""

    most: int = DEFAULT_MOST
    most_of_one: int = DEFAULT_MOST_OF_ONE


@dataclass(slots=True)
class _Entry:
    address: str | None
    """None: a proxy's, which has as many as there are."""
    unsent_bytes: int = 0
    unread_since_s: float | None = None


@dataclass(slots=True)
class ConnectionBook(Generic[C]):
    """Keeps account of connections. `closed` counts those that were ended or refused, by reason."""

    limits: ConnectionLimits = field(default_factory=ConnectionLimits)
    closed: Counter[str] = field(default_factory=Counter)
    _entries: dict[C, _Entry] = field(default_factory=dict)
    _waiting: dict[C, None] = field(default_factory=dict)
    _held: Counter[str] = field(default_factory=Counter)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._entries)

    @property
    def waiting(self) -> int:
        """How many of them wait for a request."""
        return len(self._waiting)

    def arrive(self, connection: C, address: str | None) -> tuple[bool, C | None]:
        """Return whether there is room for `connection`, and which one the caller ends for it.

        `address` is whose it is; None for a proxy's, which speaks for many. What is taken in
        waits, until :meth:`works` says otherwise. A refused one is not to be told of again.
        """
        evicted: C | None = None
        if address is not None and self._held[address] >= self.limits.most_of_one:
            evicted = self._longest_waiting(address)
        elif len(self._entries) >= self.limits.most:
            evicted = self._longest_waiting(None)
        else:
            self._add(connection, address)
            return True, None
        if evicted is None:
            self.closed["refused"] += 1
            return False, None
        self.closed["idle"] += 1
        self.leave(evicted)
        self._add(connection, address)
        return True, evicted

    def leave(self, connection: C) -> None:
        """Forget a connection; one that is not here is no matter."""
        entry = self._entries.pop(connection, None)
        self._waiting.pop(connection, None)
        if entry is None or entry.address is None:
            return
        self._held[entry.address] -= 1
        if not self._held[entry.address]:
            del self._held[entry.address]

    def works(self, connection: C) -> None:
        """Note that a request of this connection is under way."""
        self._waiting.pop(connection, None)

    def waits(self, connection: C) -> None:
        """Note that this connection has nothing to do from now on."""
        if connection in self._entries and connection not in self._waiting:
            self._waiting[connection] = None

    def reads(self, connection: C) -> None:
        """Note that much of the answer was taken."""
        entry = self._entries.get(connection)
        if entry is not None:
            entry.unread_since_s = None

    def stuck(self, now_s: float, stall_s: float) -> list[C]:
        """Return the connections that took nothing for `stall_s` though there was something.

        To be asked every few seconds; the caller ends them.
        """
        found = []
        for connection, entry in self._entries.items():
            unsent_bytes = connection.unsent_bytes
            if unsent_bytes == 0 or unsent_bytes < entry.unsent_bytes:
                entry.unread_since_s = None
            entry.unsent_bytes = unsent_bytes
            if unsent_bytes == 0:
                continue
            if entry.unread_since_s is None:
                entry.unread_since_s = now_s
            elif now_s - entry.unread_since_s >= stall_s:
                found.append(connection)
        self.closed["unread"] += len(found)
        return found

    def _add(self, connection: C, address: str | None) -> None:
        self._entries[connection] = _Entry(address)
        self._waiting[connection] = None
        if address is not None:
            self._held[address] += 1

    def _longest_waiting(self, address: str | None) -> C | None:
        """Return who has waited longest, of this address if one is given."""
        for connection in self._waiting:
            if address is None or self._entries[connection].address == address:
                return connection
        return None
