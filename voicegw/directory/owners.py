"""Whom each number belongs to, kept for the hours in which the store can't be asked.

Not a cache of answers: the whole of it, read from time to time, so that a customer who has not
called lately still reaches the own manager while the store is away. It knows no names and nothing
else about anybody.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from voicegw.model.directory import Customer

_log = logging.getLogger(__name__)

#: About 300 bytes each. Beyond it the numbers read first, the smallest, are kept.
MAX_NUMBERS = 300_000

OwnedNumber = tuple[str, str, str, str | None]
"""A number, and the id, the group and the owner of the customer it leads to."""


class OwnedNumbers(Protocol):
    """Where the index is read from."""

    def owned_numbers(self) -> AsyncIterator[Sequence[OwnedNumber]]:
        """Yield all numbers in chunks, each number once, with the customer a caller leads to."""
        ...


class OwnerIndex:
    """Numbers and owners as they were when last read."""

    def __init__(self, source: OwnedNumbers, *, max_numbers: int = MAX_NUMBERS) -> None:
        """Begin empty; `read` fills it."""
        self._source = source
        self._max_numbers = max_numbers
        self._found: dict[str, tuple[str, str, str | None]] = {}

    def __len__(self) -> int:
        """Return how many numbers are known."""
        return len(self._found)

    async def read(self) -> None:
        """Read everything anew. Raises StoreUnavailableError and then keeps what it had."""
        found: dict[str, tuple[str, str, str | None]] = {}
        async for chunk in self._source.owned_numbers():
            for number, customer_id, group_id, owner_id in chunk:
                owner = None if owner_id is None else sys.intern(owner_id)
                found[number] = (customer_id, sys.intern(group_id), owner)
            if len(found) >= self._max_numbers:
                _log.warning("more numbers than are remembered", extra={"kept": len(found)})
                break
        self._found = found

    def customer(self, number: str) -> Customer | None:
        """Return what is known of the customer with this normalised number."""
        known = self._found.get(number)
        if known is None:
            return None
        customer_id, group_id, owner_id = known
        return Customer(
            id=customer_id, name="", group_id=group_id, numbers=[number], owner_id=owner_id
        )
