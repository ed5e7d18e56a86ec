"""Carries handovers out: stages them, switches them at their time, has the records follow.

Every step may be repeated: whoever takes over after a crash goes on where the store says it is.
Staging adds what is not staged; the switch is one row (:mod:`voicegw.store.owners`); a customer's
record, history and item change together, so none is moved twice and none is left.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from voicegw.clock import Clock
from voicegw.directory.handover import plan_shares
from voicegw.directory.sharing import MAX_NAMED
from voicegw.errors import ConflictError
from voicegw.model.event import Event
from voicegw.model.handover import (
    CANCELABLE,
    Handover,
    HandoverState,
    ItemResult,
    LeftOut,
    LeftOutReason,
    Share,
)
from voicegw.model.work import WorkItem
from voicegw.store.handovers import CHUNK, HandoverRepository, SwitchOutcome

_log = logging.getLogger(__name__)

#: How soon it is tried again while another handover's records follow.
_BUSY_AGAIN_S: Final = 1.0
#: Customers whose records follow in one transaction, where each new owner is to be introduced.
_INTRODUCED: Final = 100
#: Given to others who write between two chunks.
_REST_S: Final = 0.005
_REASONS: Final = {
    ItemResult.OWNER_CHANGED: LeftOutReason.OWNER_CHANGED,
    ItemResult.CUSTOMER_GONE: LeftOutReason.CUSTOMER_GONE,
}


_Counts = Mapping[tuple[str, ItemResult | None], int]


@dataclass(frozen=True, slots=True)
class Waiting:
    """There is nothing to do for a handover before `again_s` seconds have passed."""

    why: str
    again_s: float


class HandoverRunner:
    """Carries out one handover at a time, as its work is leased.

    All methods raise StoreUnavailableError when the store can't be used: then the same is tried
    again later.
    """

    def __init__(
        self,
        repository: HandoverRepository,
        clock: Clock,
        make_event: Callable[[Handover], Event],
        *,
        on_switch: Callable[[], None] = lambda: None,
        chunk: int = CHUNK,
    ) -> None:
        """`on_switch` is called as soon as new owners answer, so that caches can be emptied."""
        self._repository = repository
        self._clock = clock
        self._make_event = make_event
        self._on_switch = on_switch
        self._chunk = chunk

    async def advance(self, item: WorkItem) -> Waiting | None:
        """Bring the handover that is `item`'s subject as far as it goes now.

        Returns None when it is over, and then its work is concluded.
        """
        handover = await self._repository.get(item.subject)
        if handover is None:
            raise ConflictError("handover-state", "The handover is gone.")
        try:
            if handover.state is HandoverState.STAGING:
                handover = await self._stage(handover)
            if handover.state in {HandoverState.STAGED, HandoverState.SCHEDULED}:
                waiting = await self._switch(handover)
                if waiting is not None:
                    return waiting
        except ConflictError as error:
            if error.slug != "handover-state":
                raise
        handover = await self._current(handover)
        if handover.state is HandoverState.SWITCHING:
            await self._follow(handover, item)
            return None
        if handover.state in {HandoverState.CANCELED, HandoverState.FAILED, HandoverState.DONE}:
            await self._end(handover, item)
            return None
        return Waiting("handover-changed", 0.0)

    async def give_up(self, item: WorkItem, why: str) -> Waiting | None:
        """End a handover that can't be carried out; one that has switched is never given up."""

        def failed(handover: Handover) -> Handover:
            return self._ended(handover, HandoverState.FAILED, why)

        try:
            await self._repository.change(
                item.subject, CANCELABLE, failed, done=(item, self._clock.now())
            )
        except ConflictError:
            return Waiting(why, 60.0)
        return None

    async def _stage(self, handover: Handover) -> Handover:
        """Stage whoever fits and is not staged yet; write down how many go to whom."""
        sharing = await plan_shares(self._repository, handover)
        for start in range(0, len(sharing.items), self._chunk):
            await self._repository.stage(handover.id, sharing.items[start : start + self._chunk])
            await asyncio.sleep(_REST_S)
        counts = await self._repository.counts(handover.id)
        now = self._clock.now()

        def staged(found: Handover) -> Handover:
            is_due = found.is_due(now)
            return msgspec.structs.replace(
                found,
                state=HandoverState.STAGED if is_due else HandoverState.SCHEDULED,
                staged_at=now,
                shares=_shares(counts),
                left_out=sharing.summary(),
            )

        return await self._repository.change(handover.id, CANCELABLE, staged)

    async def _switch(self, handover: Handover) -> Waiting | None:
        """Switch when its time has come; None when that is done or it is over."""
        if handover.switch_at is not None:
            left_s = (handover.switch_at - self._clock.now()).total_seconds()
            if left_s > 0:
                return Waiting("scheduled", left_s)
            # Days may have passed: who came to the manager meanwhile goes along.
            handover = await self._stage(handover)
        outcome = await self._repository.switch(handover.id, self._clock.now())
        if outcome is SwitchOutcome.BUSY:
            return Waiting("another-handover", _BUSY_AGAIN_S)
        if outcome is SwitchOutcome.RECIPIENT_GONE:
            await self._repository.change(
                handover.id,
                CANCELABLE,
                lambda found: self._ended(found, HandoverState.FAILED, outcome),
            )
            return None
        self._on_switch()
        _log.info("handover switched", extra={"handover": handover.id})
        return None

    async def _follow(self, handover: Handover, item: WorkItem) -> None:
        """Have all records follow, in chunks, and end the handover."""
        # With each record comes a task, its history and its events.
        chunk = self._chunk if handover.introduction is None else min(self._chunk, _INTRODUCED)
        last: str | None = await self._repository.move_some(handover.id, limit=chunk)
        while last is not None:
            await asyncio.sleep(_REST_S)
            last = await self._repository.move_some(handover.id, last, chunk)
        counts = await self._repository.counts(handover.id)
        moved = {key: count for key, count in counts.items() if key[1] is ItemResult.MOVED}
        left_out = [await self._left_out(handover.id, result, counts) for result in _REASONS]

        def done(found: Handover) -> Handover:
            return msgspec.structs.replace(
                self._ended(found, HandoverState.DONE),
                shares=_shares(moved),
                left_out=[*found.left_out, *(one for one in left_out if one.customers)],
                moved=sum(moved.values()),
            )

        await self._repository.finish(
            handover.id, done, self._make_event, (item, self._clock.now())
        )
        self._on_switch()
        _log.info(
            "handover done", extra={"handover": handover.id, "customers": sum(moved.values())}
        )

    async def _end(self, handover: Handover, item: WorkItem) -> None:
        """Conclude the work of a handover that is over."""
        await self._repository.change(
            handover.id, [handover.state], lambda found: found, done=(item, self._clock.now())
        )

    async def _left_out(self, handover_id: str, result: ItemResult, counts: _Counts) -> LeftOut:
        """Return how many the switch left where they were, for one reason."""
        count = sum(each for (_, found), each in counts.items() if found is result)
        ids = await self._repository.ids_with(handover_id, result, MAX_NAMED) if count else ()
        return LeftOut(_REASONS[result], count, list(ids))

    async def _current(self, handover: Handover) -> Handover:
        return await self._repository.get(handover.id) or handover

    def _ended(
        self, handover: Handover, state: HandoverState, failure: str | None = None
    ) -> Handover:
        return msgspec.structs.replace(
            handover, state=state, failure=failure, finished_at=self._clock.now()
        )


def _shares(counts: _Counts) -> list[Share]:
    """Return how many customers each recipient has, whatever became of them."""
    shares: dict[str, int] = {}
    for (manager_id, _), count in counts.items():
        shares[manager_id] = shares.get(manager_id, 0) + count
    return [Share(manager_id, count) for manager_id, count in sorted(shares.items())]
