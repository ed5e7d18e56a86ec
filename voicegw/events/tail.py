"""The end of the outbox, as it grows, for all who follow it on this node.

One :class:`EventTail` reads the outbox for all of its readers: woken when this node's journal has
been committed, and each second for what other nodes, or parts without a journal, have written. A
reader who begins further back reads from the store by itself until it has caught up; from then on
it is handed what the tail has read. A reader who does not keep up is let go: it may begin again
after the last event it has seen, and the memory that it took is bounded.

Everything runs in one event loop, which is why nothing is missed between catching up and following:
both sides look at the tail's position without waiting in between.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Final, Protocol

from voicegw.errors import StoreUnavailableError
from voicegw.events.outward import encoded
from voicegw.model.directory import Role
from voicegw.model.event import Event
from voicegw.model.event_filter import EventFilter
from voicegw.store.events import EVERYTHING, StoredEvent

_log = logging.getLogger(__name__)

_LOOK_S: Final = 1.0
PAGE: Final = 50
"""Events of one reading; so many are rendered in some milliseconds."""
#: Readers who may catch up from the store at the same moment: calls need it too.
_CATCHING_UP: Final = 2


class EndReason(StrEnum):
    """Why a reader is handed nothing more."""

    SLOW_READER = "slow-reader"
    """It did not take what waited for it."""
    STOPPING = "stopping"
    """The node ends."""
    FAULT = "fault"
    """The outbox can't be read for a fault of the program."""


class SubscriptionEndedError(Exception):
    """Nothing more is handed to this reader. `reason` says why."""

    def __init__(self, reason: EndReason) -> None:
        super().__init__(reason)
        self.reason = reason


class Outbox(Protocol):
    """Where events are read."""

    async def after(
        self,
        position: int,
        limit: int,
        wanted: EventFilter = EVERYTHING,
        *,
        until: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return events after a place, in commit order. Raises StoreUnavailableError."""
        ...

    async def newest(self) -> tuple[int, str | None]:
        """Return the place and the id of the newest event. Raises StoreUnavailableError."""
        ...


class TailedEvent:
    """An event on its way to readers; rendered once for each role among them."""

    __slots__ = ("_documents", "_node", "event")

    def __init__(self, event: Event, node: str) -> None:
        """`node` is the source of an event that doesn't say who wrote it."""
        self.event = event
        self._node = node
        self._documents: dict[Role, bytes] = {}

    def document(self, role: Role) -> bytes:
        """Return the event as a CloudEvent in JSON, as `role` may see it."""
        found = self._documents.get(role)
        if found is None:
            found = self._documents[role] = encoded(self.event, role, self._node)
        return found


class Subscription:
    """One reader of the tail. `wanted` may be set anew at any time, from the next event on."""

    def __init__(self, tail: EventTail, wanted: EventFilter, position: int, buffer: int) -> None:
        """Made by :meth:`EventTail.subscribe`."""
        self.wanted = wanted
        self._tail = tail
        self._position = position
        self._buffer = buffer
        self._following = False
        self._waiting: deque[TailedEvent] = deque()
        self._news = asyncio.Event()
        self._ended: EndReason | None = None
        self.began_after: str | None = None
        """The event after which it begins, where that is "from now on"; None: not known."""

    @property
    def place(self) -> str | None:
        """The event up to which all has been handed over, or was not wanted; None: not known.

        Whoever goes on after it misses nothing, however rare what it wants is.
        """
        return self._tail.last_id if self._following and not self._waiting else None

    async def take(self) -> Sequence[TailedEvent]:
        """Wait for events and return some of them, at least one, in commit order.

        While the store is away this waits for its return. Raises SubscriptionEndedError.
        """
        while True:
            if self._ended is not None:
                raise SubscriptionEndedError(self._ended)
            if not self._following:
                found = await self._catch_up()
                if found:
                    return found
            elif self._waiting:
                return [self._waiting.popleft() for _ in range(min(PAGE, len(self._waiting)))]
            else:
                self._news.clear()
                await self._news.wait()

    def close(self) -> None:
        """Take nothing more. Safe to repeat."""
        self._tail.leave(self)

    def offer(self, told: TailedEvent) -> None:
        """Hand over the newest event; while this one catches up it finds it in the store."""
        if not self._following or not self.wanted.matches(told.event):
            return
        if len(self._waiting) >= self._buffer:
            self.end(EndReason.SLOW_READER)
            return
        self._waiting.append(told)
        self._news.set()

    def end(self, reason: EndReason) -> None:
        """Hand over nothing more; what waits is given up."""
        self._ended = self._ended or reason
        self._waiting.clear()
        self._news.set()
        self._tail.leave(self)

    async def _catch_up(self) -> Sequence[TailedEvent]:
        bound = self._tail.position
        if self._position >= bound:
            self._following = True
            return ()
        found = await self._tail.read(self._position, bound, self.wanted)
        if found is None:
            return ()
        self._position = found[-1].position if len(found) == PAGE else bound
        return [TailedEvent(stored.event, self._tail.node) for stored in found]


class EventTail:
    """Reads the outbox's end for its subscribers; nothing at all while there are none."""

    def __init__(self, events: Outbox, node: str, *, look_s: float = _LOOK_S) -> None:
        """Read `events`. `node` is this node's name; `look_s` how long no news are believed."""
        self.node = node
        self.position = 0
        """Up to where the outbox has been handed to those who follow."""
        self.last_id: str | None = None
        """The event at that place; None: there has been none."""
        self._events = events
        self._look_s = look_s
        self._news = asyncio.Event()
        self._beginning = asyncio.Lock()
        self._catching_up = asyncio.Semaphore(_CATCHING_UP)
        self._subscriptions: set[Subscription] = set()
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    def __len__(self) -> int:
        """Return how many follow."""
        return len(self._subscriptions)

    async def subscribe(
        self, wanted: EventFilter, after: int | None = None, *, buffer: int = 1000
    ) -> Subscription:
        """Return a subscription to what follows the place `after`; None: to what happens from now.

        `buffer` is how many events may wait for the reader. The caller closes the subscription.
        Raises StoreUnavailableError, and SubscriptionEndedError when the node ends.
        """
        async with self._beginning:
            if self._stopped:
                raise SubscriptionEndedError(EndReason.STOPPING)
            if self._task is None:
                self.position, self.last_id = await self._events.newest()
                self._task = asyncio.create_task(self._run(), name="event-tail")
            position = self.position if after is None else after
            subscription = Subscription(self, wanted, position, buffer)
            if after is None:
                subscription.began_after = self.last_id
            self._subscriptions.add(subscription)
            return subscription

    def wake(self) -> None:
        """Look at once: something was committed."""
        self._news.set()

    def leave(self, subscription: Subscription) -> None:
        """Forget a subscription; with the last one reading ends. Safe to repeat."""
        self._subscriptions.discard(subscription)
        if not self._subscriptions and self._task is not None:
            self._task.cancel()
            self._task = None

    async def read(
        self, position: int, until: int, wanted: EventFilter
    ) -> Sequence[StoredEvent] | None:
        """Return what a reader who catches up has to see next; None: not now, the store is away."""
        async with self._catching_up:
            try:
                return await self._events.after(position, PAGE, wanted, until=until)
            except StoreUnavailableError:
                await asyncio.sleep(self._look_s)
                return None

    async def stop(self) -> None:
        """End all subscriptions; nobody may subscribe any more."""
        self._stopped = True
        task = self._task
        for subscription in list(self._subscriptions):
            subscription.end(EndReason.STOPPING)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            while True:
                self._news.clear()
                if not await self._read_on():
                    with suppress(TimeoutError):
                        async with asyncio.timeout(self._look_s):
                            await self._news.wait()
        except Exception:
            # A defect. Readers are told, rather than left waiting for what never comes.
            _log.critical("events can't be read", exc_info=True)
            self._task = None
            for subscription in list(self._subscriptions):
                subscription.end(EndReason.FAULT)
            raise

    async def _read_on(self) -> bool:
        """Hand over what has been committed since; return whether there may be more."""
        try:
            found = await self._events.after(self.position, PAGE)
        except StoreUnavailableError:
            return False
        for stored in found:
            told = TailedEvent(stored.event, self.node)
            for subscription in list(self._subscriptions):
                subscription.offer(told)
            self.position, self.last_id = stored.position, stored.event.id
        return len(found) == PAGE
