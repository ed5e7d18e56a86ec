"""Notes which events go to which webhooks: from the outbox to deliveries.

Webhooks keep up with the outbox together: all that have come to the same place are given the next
events in one transaction, which also moves their places, so that a kill loses and doubles nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from voicegw.clock import Clock
from voicegw.events.delivery.lease import OutletLease
from voicegw.events.webhooks.matching import Matcher
from voicegw.model.webhook import NewDelivery, Webhook
from voicegw.store.webhook_deliveries import WebhookDeliveryRepository

_EVENTS = 500
"""Events that are looked at in one step."""
_MOST_NEW = 300
"""Deliveries that are written in one transaction: a call's write may wait for it."""
_FAR = 2000
"""How far places are moved in memory only while no event is anybody's."""
_SETTLE_S = 30.0
"""How long at most, once it is quiet: old events are archived when all places are past them."""


class FanOut:
    """Moves the places of webhooks through the outbox."""

    def __init__(
        self, deliveries: WebhookDeliveryRepository, lease: OutletLease, clock: Clock
    ) -> None:
        """Write while `lease` is held."""
        self._deliveries = deliveries
        self._lease = lease
        self._clock = clock
        self._reached: dict[str, int] = {}
        self._written: dict[str, int] = {}
        self._settled_s = float("-inf")

    def forget(self) -> None:
        """Take the places as the store has them: it may have been another's turn."""
        self._reached.clear()
        self._written.clear()

    async def step(
        self, webhooks: Sequence[Webhook], matchers: Mapping[str, Matcher]
    ) -> tuple[set[str], bool]:
        """Give the webhooks that are furthest behind the next events.

        Returns the ids of those that have something new to send, and whether there may be more to
        note. Raises StoreUnavailableError.
        """
        if not webhooks:
            return set(), False
        places = {one.id: max(one.position, self._reached.get(one.id, 0)) for one in webhooks}
        begin = min(places.values())
        together = [webhook_id for webhook_id, place in places.items() if place == begin]
        events = await self._deliveries.heads(begin, _EVENTS)
        if not events:
            await self._settle()
            return set(), False
        new: list[NewDelivery] = []
        taken = 0
        while taken < len(events) and len(new) < _MOST_NEW:
            some = events[taken : taken + max(1, _MOST_NEW // len(together))]
            for webhook_id in together:
                new.extend(matchers[webhook_id].deliveries(some))
            taken += len(some)
        end = events[taken - 1].position
        for webhook_id in together:
            self._written.setdefault(webhook_id, places[webhook_id])
            self._reached[webhook_id] = end
        positions = dict.fromkeys(together, end)
        if (new or self._is_far(end, together)) and not await self._note(new, positions):
            return set(), False
        behind = len(events) == _EVENTS or taken < len(events) or len(together) < len(places)
        return {one.webhook_id for one in new}, behind

    def _is_far(self, end: int, webhook_ids: Sequence[str]) -> bool:
        return any(end - self._written[webhook_id] >= _FAR for webhook_id in webhook_ids)

    async def _settle(self) -> None:
        """Write the places that were moved in memory only, now and then."""
        now_s = self._clock.monotonic()
        if now_s - self._settled_s < _SETTLE_S:
            return
        self._settled_s = now_s
        moved = {
            webhook_id: place
            for webhook_id, place in self._reached.items()
            if place > self._written[webhook_id]
        }
        if moved:
            await self._note([], moved)

    async def _note(self, new: Sequence[NewDelivery], positions: Mapping[str, int]) -> bool:
        noted = False
        try:
            noted = await self._deliveries.note(
                self._lease.claim, new, positions, self._clock.now()
            )
        finally:
            if not noted:
                self.forget()
        if noted:
            self._written.update(positions)
        else:
            self._lease.lost()
        return noted


class Replays:
    """Notes ranges of events for webhooks once more, a few at a time."""

    def __init__(
        self, deliveries: WebhookDeliveryRepository, lease: OutletLease, clock: Clock
    ) -> None:
        """Write while `lease` is held."""
        self._deliveries = deliveries
        self._lease = lease
        self._clock = clock

    async def step(self, webhook: Webhook, matcher: Matcher) -> bool:
        """Note the next events of the replay of `webhook`; return whether it goes on.

        `webhook.replay` is moved on. Raises StoreUnavailableError.
        """
        replay = webhook.replay
        if replay is None:
            return False
        events, left = await self._deliveries.heads_to_replay(replay, _MOST_NEW)
        new = matcher.matching(events)
        noted = await self._deliveries.note_replayed(
            self._lease.claim, webhook.id, new, left, self._clock.now()
        )
        if not noted:
            self._lease.lost()
            return False
        webhook.replay = left
        return left is not None
