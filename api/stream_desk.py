"""How many streams of events are open, whose they are, and how they have ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from api.metrics import Figure
from api.problems import ApiProblem
from api.streaming import EventStream, Recheck
from voicegw.events.tail import EventTail, Subscription, SubscriptionEndedError
from voicegw.model.directory import Role
from voicegw.model.event_filter import EventFilter

_RETRY_AFTER_S: Final = 30


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """How many streams may be open, in all and for one principal; how many events may wait."""

    streams: int = 200
    per_principal: int = 10
    buffer: int = 1000


class StreamDesk:
    """Opens streams within limits; each gives its place back when it ends."""

    def __init__(self, tail: EventTail, limits: StreamLimits) -> None:
        """Have streams follow `tail`."""
        self._tail = tail
        self._limits = limits
        self._open: Counter[str] = Counter()
        self._ended: Counter[str] = Counter()

    async def open(
        self,
        principal_id: str,
        role: Role,
        wanted: EventFilter,
        after: int | None,
        recheck: Recheck,
    ) -> EventStream:
        """Return the answer that streams what is `wanted` after the place `after`.

        Raises ApiProblem `too-many-streams` when the principal has as many as allowed,
        `streams-full` when the node has, `draining` when it ends; and StoreUnavailableError.
        """
        self._take(principal_id)
        try:
            subscription = await self._subscribe(wanted, after)
        except BaseException:
            self._give_back(principal_id)
            raise
        return EventStream(
            subscription, role, recheck, on_end=partial(self._has_ended, principal_id)
        )

    def figures(self) -> Iterator[Figure]:
        """Return how many streams are open, and how others have ended."""
        yield Figure("event_streams", self._open.total())
        for reason, count in sorted(self._ended.items()):
            yield Figure("event_streams_ended", count, {"reason": reason})

    async def _subscribe(self, wanted: EventFilter, after: int | None) -> Subscription:
        try:
            return await self._tail.subscribe(wanted, after, buffer=self._limits.buffer)
        except SubscriptionEndedError as error:
            raise ApiProblem(
                "draining", "The node is about to stop.", headers=_retry_after()
            ) from error

    def _take(self, principal_id: str) -> None:
        if self._open[principal_id] >= self._limits.per_principal:
            raise ApiProblem(
                "too-many-streams",
                f"{self._limits.per_principal} streams of this key are open already.",
                headers=_retry_after(),
            )
        if self._open.total() >= self._limits.streams:
            raise ApiProblem(
                "streams-full", "As many streams as allowed are open.", headers=_retry_after()
            )
        self._open[principal_id] += 1

    def _give_back(self, principal_id: str) -> None:
        self._open[principal_id] -= 1
        if not self._open[principal_id]:
            del self._open[principal_id]

    def _has_ended(self, principal_id: str, reason: str) -> None:
        self._give_back(principal_id)
        self._ended[reason] += 1


def _retry_after() -> dict[str, str]:
    return {"Retry-After": str(_RETRY_AFTER_S)}
