"""The queues of this node: lets callers in, and wakes the right one when a manager is free.

Driven by events: a caller comes or goes, a call lets a manager go, a rest is over. Each concerns
one caller, whose call takes the manager's place at once, in the same step of the event loop, so
nobody can be rung for two. Nothing here waits, or asks again after a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from voicegw.calls.agents import AgentBook
from voicegw.clock import Clock
from voicegw.model.routing import QueueRouting
from voicegw.routing.queue import Departure, QueueFigures, QueueKey, Waiter, WaitingLine


class WaitingCall(Protocol):
    """The call of somebody who waits."""

    def occupy(self, manager_id: str) -> bool:
        """Take a manager's place."""
        ...

    def vacate(self, manager_id: str) -> None:
        """Give a manager's place back, if it was taken."""
        ...

    def wake(self) -> None:
        """Have its flow look at its state again."""
        ...


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue at this moment: of the `managers` that its callers want, `free` could be rung."""

    key: QueueKey
    waiting: int
    longest_wait_s: float
    managers: int
    free: int
    figures: QueueFigures


@dataclass(frozen=True, slots=True)
class _Service:
    """A manager who talks with somebody from a queue."""

    queue: QueueKey
    since_s: float
    wrap_up_s: int


class Place:
    """A caller's place in a queue, held by its call; `leave` gives it up."""

    def __init__(
        self, room: WaitingRoom, call: WaitingCall, waiter: Waiter, routing: QueueRouting
    ) -> None:
        """Made by :meth:`WaitingRoom.enter`."""
        self._room = room
        self._call = call
        self._waiter = waiter
        self._routing = routing

    @property
    def offered(self) -> tuple[str, ...]:
        """Managers to ring now, whose places this call has; empty while nobody is free."""
        return self._waiter.offered

    @property
    def ahead(self) -> int:
        """How many wait before this caller."""
        return self._room.line.ahead(self._waiter)

    @property
    def estimate_s(self) -> float | None:
        """How long this caller will wait from now on; None when too little is known."""
        return self._room.line.estimate_s(self._waiter)

    def missed(self, manager_id: str) -> None:
        """Note that one of those rung has not taken the call: that manager rests for a while."""
        self._room.rest(manager_id, self._routing.rest_s)
        self._call.vacate(manager_id)

    def again(self) -> None:
        """Keep the place after all who were offered have missed the call."""
        self._room.offered(self._room.line.declined(self._waiter))

    def answered(self, manager_id: str) -> None:
        """Leave with the manager who has taken the call."""
        self._room.serves(manager_id, self._waiter, self._routing.wrap_up_s)
        self.leave(Departure.ANSWERED)

    def leave(self, how: Departure) -> None:
        """Give the place up; harmless when repeated. Who was offered and has not answered is free.

        The first reason counts.
        """
        self._room.leave(self._waiter, how)


class WaitingRoom:
    """Everybody who waits on this node. Used by the owner tasks of calls only."""

    def __init__(self, agents: AgentBook, clock: Clock, ring_at_once: int = 10) -> None:
        """Begin empty; at most `ring_at_once` managers are offered to a caller at a time."""
        self._agents = agents
        self._clock = clock
        self.line = WaitingLine(agents.is_free, self._order, ring_at_once)
        self._calls: dict[str, WaitingCall] = {}
        self._members: dict[QueueKey, Sequence[str]] = {}
        self._services: dict[tuple[str, str], _Service] = {}
        self._rests: dict[str, asyncio.TimerHandle] = {}

    def enter(
        self,
        call: WaitingCall,
        call_id: str,
        key: QueueKey,
        managers: Sequence[str],
        routing: QueueRouting,
    ) -> Place | None:
        """Let a caller in who wants one of `managers`; None when the queue is full.

        A manager who is free is offered before this returns.
        """
        waiter = Waiter(call_id, key, managers, routing.strategy, self._clock.monotonic())
        if not self.line.enter(waiter, routing.size):
            return None
        self._members[key] = managers
        self._calls[call_id] = call
        self.offered(self.line.offer(waiter))
        return Place(self, call, waiter, routing)

    def leave(self, waiter: Waiter, how: Departure) -> None:
        """Let a caller out and free whoever is still offered; see :meth:`Place.leave`."""
        call = self._calls.pop(waiter.id, None)
        if call is None:
            return
        offered = waiter.offered
        self.line.leave(waiter, how, self._clock.monotonic())
        for manager_id in offered:
            if (manager_id, waiter.id) not in self._services:
                call.vacate(manager_id)

    def freed(self, manager_id: str, call_id: str) -> None:
        """Take note that a call has let a manager go; perhaps somebody waits for this one."""
        service = self._services.pop((manager_id, call_id), None)
        if service is not None:
            self.line.served(service.queue, self._clock.monotonic() - service.since_s)
            self.rest(manager_id, service.wrap_up_s)
        self.offered(self.line.freed(manager_id))

    def serves(self, manager_id: str, waiter: Waiter, wrap_up_s: int) -> None:
        """Take note that a manager has taken a caller's call."""
        self._services[manager_id, waiter.id] = _Service(
            waiter.queue, self._clock.monotonic(), wrap_up_s
        )

    def rest(self, manager_id: str, seconds: float) -> None:
        """Offer nobody to a manager for so long; of two rests the longer holds."""
        if seconds <= 0:
            return
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + seconds
        running = self._rests.get(manager_id)
        if running is not None:
            if running.when() >= ends_at:
                return
            running.cancel()
        self._agents.rest(manager_id)
        self._rests[manager_id] = loop.call_at(ends_at, self._rested, manager_id)

    def _rested(self, manager_id: str) -> None:
        del self._rests[manager_id]
        self._agents.end_rest(manager_id)
        self.offered(self.line.freed(manager_id))

    def offered(self, waiter: Waiter | None) -> None:
        """Take the places of those who were just offered, and have the caller's call ring them."""
        if waiter is None:
            return
        call = self._calls[waiter.id]
        for manager_id in waiter.offered:
            call.occupy(manager_id)
            self._agents.rung(manager_id, waiter.queue.group_id)
        call.wake()

    def states(self) -> list[QueueState]:
        """Return every queue that somebody has come to since the node began."""
        return [self._state(key, figures) for key, figures in self.line.figures.items()]

    def _state(self, key: QueueKey, figures: QueueFigures) -> QueueState:
        members = self._members.get(key, ())
        return QueueState(
            key,
            waiting=self.line.size(key),
            longest_wait_s=self.line.longest_wait_s(key, self._clock.monotonic()),
            managers=len(members),
            free=sum(self._agents.is_free(one) for one in members),
            figures=figures,
        )

    def _order(self, waiter: Waiter) -> Sequence[str]:
        return self._agents.order(waiter.strategy, waiter.wants, waiter.queue.group_id)
