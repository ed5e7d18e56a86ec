"""Who has promised a customer something: asked of the store, and kept for a moment.

A call waits for the answer no longer than callers notice; where it does not come, nobody is known
to be responsible and the owner is rung.
"""

from __future__ import annotations

from typing import Final

from voicegw.clock import Clock
from voicegw.directory.facts import OpenMatters
from voicegw.directory.recent import RecentAnswers

_SIZE: Final = 20_000
_TTL_S: Final = 5.0
_LIMIT_S: Final = 0.3


class RecentMatters:
    """Answers of `source`, fresh within seconds, the last known while the store is away."""

    def __init__(self, source: OpenMatters, clock: Clock) -> None:
        """Ask `source`."""
        self._source = source
        self._known: RecentAnswers[str | None] = RecentAnswers(
            clock, size=_SIZE, ttl_s=_TTL_S, limit_s=_LIMIT_S
        )

    async def responsible(self, customer_id: str) -> str | None:
        """Return the manager of the customer's open matter.

        Raises StoreUnavailableError when the store is away, or slow, and nothing is known.
        """
        return await self._known.get(customer_id, lambda: self._source.responsible(customer_id))

    def know(self, customer_id: str, manager_id: str | None) -> None:
        """Keep what a look-up of the caller told besides: it spares the call a question."""
        self._known.put(customer_id, manager_id)

    def expire(self) -> None:
        """Make all answers stale: matters have been given to others."""
        self._known.expire()
