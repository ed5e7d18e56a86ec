"""Carries orders to give tasks to managers out, some tasks at a time.

Each chunk is one transaction, which raises the order's position too: whoever goes on after a crash
begins with the first task that was not looked at, and gives none twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import Final

import msgspec

from voicegw.clock import Clock
from voicegw.errors import ConflictError
from voicegw.model.task_assignment import (
    MAX_NAMED,
    Assignment,
    AssignmentState,
    TaskShare,
    TasksLeft,
    merged,
)
from voicegw.model.work import WorkItem
from voicegw.store.assignments import CHUNK, AssignmentRepository, Given

_log = logging.getLogger(__name__)

#: Given to others who write between two chunks.
_REST_S: Final = 0.005


class AssignmentRunner:
    """Carries out one order at a time, as its work is leased.

    All methods raise StoreUnavailableError when the store can't be used: then the same is tried
    again later.
    """

    def __init__(
        self, repository: AssignmentRepository, clock: Clock, *, chunk: int = CHUNK
    ) -> None:
        """`chunk` tasks are given in one transaction."""
        self._repository = repository
        self._clock = clock
        self._chunk = chunk

    async def advance(self, item: WorkItem) -> None:
        """Carry the order that is `item`'s subject out from where it is, and conclude its work.

        Raises ConflictError `assignment-state` when somebody else has it in hand, or it is gone.
        """
        order = await self._order(item)
        moves = await self._repository.moves(order.id)
        while order.position < len(moves):
            some = moves[order.position : order.position + self._chunk]
            count = len(some)

            def given(before: Assignment, what: Given, count: int = count) -> Assignment:
                return _after(before, what, count)

            order = await self._repository.give_some(order, some, given, self._clock.now())
            await asyncio.sleep(_REST_S)
        await self._end(order, item, AssignmentState.DONE)
        _log.info("tasks assigned", extra={"assignment": order.id, "tasks": order.moved})

    async def give_up(self, item: WorkItem, why: str) -> None:
        """End an order that can't be carried out; what was given stays given."""
        order = await self._order(item)
        await self._end(order, item, AssignmentState.FAILED, why)

    async def _order(self, item: WorkItem) -> Assignment:
        order = await self._repository.get(item.subject)
        if order is None:
            raise ConflictError("assignment-state", "The order is gone.")
        return order

    async def _end(
        self, order: Assignment, item: WorkItem, state: AssignmentState, why: str | None = None
    ) -> None:
        now = self._clock.now()
        ended = msgspec.structs.replace(order, state=state, finished_at=now, failure=why)
        await self._repository.end(order, ended, item, now)


def _after(order: Assignment, given: Given, looked_at: int) -> Assignment:
    """Return `order` after one chunk of `looked_at` tasks."""
    shares = Counter({one.manager_id: one.tasks for one in order.shares})
    shares.update(given.shares)
    left = [TasksLeft(reason, len(ids), ids[:MAX_NAMED]) for reason, ids in given.left_out.items()]
    kept = {one.manager_id: one.kept for one in order.shares}
    return msgspec.structs.replace(
        order,
        position=order.position + looked_at,
        moved=order.moved + given.shares.total(),
        shares=[TaskShare(one, shares[one], kept.get(one, 0)) for one in sorted(shares)],
        left_out=merged(order.left_out, left),
    )
