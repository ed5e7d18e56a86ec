"""Which node listens to commands: one of several.

With MQTT 5 all nodes share a subscription, and the broker gives each command to one of them. A
broker without shared subscriptions would give each command to all, so that there only the node that
holds a lease in the store subscribes.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Final

from voicegw.errors import StoreError
from voicegw.events.delivery.lease import OutletLease
from voicegw.events.mqtt.client import BrokerClient, BrokerRefusedError
from voicegw.events.mqtt.topics import SHARE

_log = logging.getLogger(__name__)

LEASE: Final = "mqtt-commands"
_LOOK_S: Final = 2.0
#: Reason code of a broker that has no shared subscriptions (MQTT 5.0 §3.9.3).
_NO_SHARING: Final = 0x9E


class CommandSubscription:
    """The subscription to the topic of commands over one connection after the other."""

    def __init__(self, topic: str, lease: OutletLease, *, look_s: float = _LOOK_S) -> None:
        """Not subscribed. `look_s` is how often the lease is asked for."""
        self._topic = topic
        self._lease = lease
        self._look_s = look_s
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._subscribed: str | None = None
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()

    def renew(self) -> None:
        """Know that the connection is new, and nothing subscribed."""
        self._subscribed = None
        self._wanted.set()

    async def keep(self, client: BrokerClient) -> None:
        """Be subscribed while it is wanted and our turn, until cancelled.

        Raises BrokerLostError, BrokerRefusedError.
        """
        if client.has_shared_subscriptions:
            try:
                await self._keep_shared(client)
            except BrokerRefusedError as error:
                if error.code != _NO_SHARING:
                    raise
        await self._keep_by_lease(client)

    async def pause(self, client: BrokerClient) -> None:
        """Unsubscribe until `resume`. Raises BrokerLostError."""
        self._wanted.clear()
        await self._off(client)

    def resume(self) -> None:
        """Subscribe again."""
        self._wanted.set()
        self._changed.set()

    async def leave(self, client: BrokerClient) -> None:
        """Unsubscribe for good, and let another node have the lease. Raises BrokerLostError."""
        await self.pause(client)
        await self._lease.release()

    async def _keep_shared(self, client: BrokerClient) -> None:
        while True:
            await self._wanted.wait()
            await self._on(client, SHARE + self._topic)
            await self._look()

    async def _keep_by_lease(self, client: BrokerClient) -> None:
        while True:
            await self._wanted.wait()
            try:
                is_ours = await self._lease.held()
            except StoreError as error:
                # Calls can't be started without the store either; nobody else takes the lease.
                _log.info("lease of commands not renewed", extra={"why": error.slug})
            else:
                await (self._on(client, self._topic) if is_ours else self._off(client))
            await self._look()

    async def _look(self) -> None:
        """Wait until it is time to look again, or a pause is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._look_s):
                await self._changed.wait()
        self._changed.clear()

    async def _on(self, client: BrokerClient, topic: str) -> None:
        async with self._turn:
            if self._subscribed is None and self._wanted.is_set():
                await client.listen(topic)
                self._subscribed = topic
                _log.info("commands are taken", extra={"topic": topic})

    async def _off(self, client: BrokerClient) -> None:
        async with self._turn:
            if self._subscribed is not None:
                await client.ignore(self._subscribed)
                self._subscribed = None
