"""The outlet that brings events to a broker, each at QoS 1 to its call and to its type.

The place in the outbox moves when the broker has acknowledged all before it; so nothing is lost
while the broker, the store or this process is away, and what is published twice has the same id.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

from voicegw.errors import StoreError
from voicegw.events.cloudevents import CONTENT_TYPE
from voicegw.events.delivery.lease import OutletLease
from voicegw.events.delivery.outlet import LOOK_S, OutletContext
from voicegw.events.delivery.protocol import DeliveryAlert, DeliveryFigure
from voicegw.events.mqtt.away import ALERT_AWAY, PATIENCE_S
from voicegw.events.mqtt.client import BrokerClient, Message, acknowledged
from voicegw.events.mqtt.connection import BrokerConnection
from voicegw.events.mqtt.options import options_of
from voicegw.events.mqtt.race import until_first
from voicegw.events.mqtt.terms import MqttTerms
from voicegw.events.mqtt.topics import Topics
from voicegw.events.outward import encoded
from voicegw.model.directory import Role, groups_below
from voicegw.model.event import Event
from voicegw.store.events import EventRepository, StoredEvent
from voicegw.store.groups import GroupRepository
from voicegw.store.outlets import OutletRepository

OUTLET: Final = "mqtt"
_BATCH: Final = 200
_TURN_S: Final = 15.0
"""For how long the broker may be away until other nodes may try whether they reach it."""
_ASIDE_S: Final = 3 * LOOK_S
_GROUPS_S: Final = 30.0
"""How soon a changed tree of groups is heard of."""


class MqttOutlet:
    """Publishes what an integrator may read, from one process of all nodes at a time."""

    name = OUTLET

    def __init__(self, context: OutletContext, terms: MqttTerms) -> None:
        """Read the certificates; nothing is connected yet. Raises ConfigError."""
        self._context = context
        self._topics = Topics(terms.topic_prefix)
        self._events = EventRepository(context.database)
        self._outlets = OutletRepository(context.database)
        self._lease = OutletLease(self._outlets, OUTLET, context.holder, context.clock)
        self._audience = _Audience(context, terms.group_id)
        self._connection = BrokerConnection(
            options_of(terms, f"voicegw-{context.node}-events"), self._publish, on_state=self._heard
        )
        self._trouble: str | None = None
        self._trouble_since_s = 0.0
        self._is_connected = False
        self._published = 0
        self._left_at: int | None = None

    async def run(self) -> None:
        """Publish while the lease is ours; else wait for it. Raises StoreError."""
        try:
            while True:
                if await self._lease.held():
                    self._left_at = await self._outlets.position(OUTLET)
                    await until_first(self._connection.run(), self._keep_lease())
                    self._is_connected = False
                elif self._trouble is not None and await self._has_another_published():
                    self._trouble = None
                await self._context.wake.wait(LOOK_S)
        finally:
            self._is_connected = False
            await self._lease.release()

    async def _has_another_published(self) -> bool:
        return await self._outlets.position(OUTLET) != self._left_at

    async def _keep_lease(self) -> None:
        """Return when the lease is lost. Raises StoreError.

        It is kept while the broker is away, too: what nobody serves holds back no old events. But
        now and then there is a moment in which another node may take it.
        """
        turn_s = self._context.clock.monotonic()
        while await self._lease.held():
            await asyncio.sleep(LOOK_S)
            now_s = self._context.clock.monotonic()
            if self._is_connected:
                turn_s = now_s
            elif now_s - turn_s >= _TURN_S:
                await self._lease.release()
                await asyncio.sleep(_ASIDE_S)
                turn_s = self._context.clock.monotonic()

    def figures(self) -> Iterable[DeliveryFigure]:
        """Return its figures."""
        yield DeliveryFigure("mqtt_publisher_connected", float(self._is_connected))
        yield DeliveryFigure("mqtt_events_published", self._published)

    def alerts(self) -> Iterable[DeliveryAlert]:
        """Return that the broker is away, or refuses events, once it has been so for a while."""
        if self._trouble is None:
            return
        if self._context.clock.monotonic() - self._trouble_since_s >= PATIENCE_S:
            yield DeliveryAlert(ALERT_AWAY, "events", self._trouble)

    def _heard(self, why: str | None) -> None:
        self._is_connected = why is None
        if why is not None and self._trouble is None:
            self._trouble_since_s = self._context.clock.monotonic()
        if why is not None:
            self._trouble = why

    async def _publish(self, client: BrokerClient) -> None:
        """Publish over a new connection until the lease is lost."""
        position = await self._begun()
        while await self._lease.held():
            batch = await self._events.after(position, _BATCH)
            if not batch:
                self._trouble = None
                await self._context.wake.wait(LOOK_S)
                continue
            under_way = _UnderWay(position)
            try:
                await self._send(client, batch, under_way)
            except BaseException:
                # However little of a batch a broker takes before it is gone again, it counts.
                with suppress(StoreError):
                    await self._move(under_way)
                raise
            if not await self._move(under_way):
                return
            # Only what the broker took shows that it lets us publish.
            self._trouble = None
            position = under_way.position

    async def _begun(self) -> int:
        position = await self._outlets.position(OUTLET)
        return await self._events.last_position() if position is None else position

    async def _send(
        self, client: BrokerClient, batch: Sequence[StoredEvent], under_way: _UnderWay
    ) -> None:
        """Publish a batch in order and wait until the broker has all of it.

        Ends early when the lease is lost. Raises BrokerRefusedError when it will not have an event.
        """
        for stored in batch:
            if not await self._lease.held():
                return
            sent: list[asyncio.Future[None]] = []
            if await self._audience.has(stored.event):
                event = stored.event
                payload = encoded(event, Role.INTEGRATOR, self._context.node)
                for topic in self._topics.events(event):
                    message = Message(
                        topic, payload, content_type=CONTENT_TYPE, traceparent=event.traceparent
                    )
                    sent.append(await client.send(message))
            under_way.add(stored.position, sent)
        await under_way.wait()

    async def _move(self, under_way: _UnderWay) -> bool:
        """Note how far the broker has everything; False when the outlet is no longer ours."""
        self._published += under_way.settle()
        is_ours = await self._outlets.move(OUTLET, self._lease.claim.holder, under_way.position)
        if is_ours:
            self._left_at = under_way.position
        else:
            self._lease.lost()
        return is_ours


class _UnderWay:
    """What of a batch the broker has acknowledged, without a gap."""

    def __init__(self, position: int) -> None:
        """All up to `position` has left before."""
        self.position = position
        self._waiting: deque[tuple[int, Sequence[asyncio.Future[None]]]] = deque()

    def add(self, position: int, sent: Sequence[asyncio.Future[None]]) -> None:
        """Note that the event at `position` was sent; nothing to be acknowledged: passed over."""
        self._waiting.append((position, sent))

    async def wait(self) -> None:
        """Wait until all is acknowledged. Raises BrokerRefusedError, BrokerLostError."""
        await acknowledged(one for _, several in self._waiting for one in several)

    def settle(self) -> int:
        """Move `position` over what is acknowledged; return how many events were published."""
        published = 0
        while self._waiting:
            position, sent = self._waiting[0]
            if not all(map(_is_acknowledged, sent)):
                break
            self._waiting.popleft()
            self.position = position
            published += bool(sent)
        return published


def _is_acknowledged(future: asyncio.Future[None]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


class _Audience:
    """Whose events are published: those of a group and the groups below it, or all."""

    def __init__(self, context: OutletContext, group_id: str | None) -> None:
        self._groups = GroupRepository(context.database)
        self._clock = context.clock
        self._top = group_id
        self._below: frozenset[str] = frozenset()
        self._expires_s = float("-inf")

    async def has(self, event: Event) -> bool:
        """Whether `event` is for it; an event of no group is for those who see all groups."""
        if self._top is None:
            return True
        now_s = self._clock.monotonic()
        if now_s >= self._expires_s:
            self._below = groups_below(await self._groups.all(), self._top)
            self._expires_s = now_s + _GROUPS_S
        return event.group_id in self._below
