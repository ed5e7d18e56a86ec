"""A connection to the broker that comes back: connect, work, lose it, wait, connect again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from random import random
from typing import Any

import aiomqtt

from voicegw.events.mqtt.attempts import Attempts, MqttVersion
from voicegw.events.mqtt.client import (
    BrokerClient,
    BrokerLostError,
    BrokerRefusedError,
    Message,
)
from voicegw.events.mqtt.options import BrokerOptions
from voicegw.events.mqtt.race import until_first

_log = logging.getLogger(__name__)

#: After the broker would not let us publish or subscribe on a connection that stood.
_HELD_UP_S = 5.0


class BrokerConnection:
    """Keeps one connection. `state` is told at each change: None while connected, else why not."""

    def __init__(
        self,
        options: BrokerOptions,
        work: Callable[[BrokerClient], Coroutine[Any, Any, None]],
        *,
        on_message: Callable[[BrokerClient, aiomqtt.Message], None] | None = None,
        on_state: Callable[[str | None], None] = lambda _why: None,
        will: Callable[[], Message] | None = None,
    ) -> None:
        """`work` is done on each connection and cancelled when it is lost; when it ends by itself,
        so does :meth:`run`. `on_message` gets what comes in, and must be quick.
        """
        self._options = options
        self._work = work
        self._on_message = on_message
        self._on_state = on_state
        self._will = will
        self._attempts = Attempts(random)
        self._told: str | None = ""

    @property
    def version(self) -> MqttVersion:
        """The version of MQTT in use, or to be tried next."""
        return self._attempts.version

    async def run(self) -> None:
        """Connect again and again until `work` has ended by itself, or until cancelled.

        Raises what `work` raises, but for the errors of this package.
        """
        while True:
            try:
                await self._once()
            except BrokerLostError as error:
                self._tell(error.detail)
                await asyncio.sleep(self._attempts.failed(error.why))
            except BrokerRefusedError as error:
                self._tell(error.detail)
                await asyncio.sleep(_HELD_UP_S)
            else:
                return

    async def _once(self) -> None:
        will = None if self._will is None else self._will()
        client = BrokerClient(self._options, self._attempts.version, will)
        await _opened(client)
        self._attempts.connected()
        try:
            await self._until_lost(client)
        finally:
            await client.close()

    async def _until_lost(self, client: BrokerClient) -> None:
        """Do the work. Raises BrokerLostError when the connection is lost meanwhile."""
        self._tell(None)
        await until_first(self._work(client), self._read(client))

    async def _read(self, client: BrokerClient) -> None:
        try:
            async for message in client.messages:
                if self._on_message is not None:
                    self._on_message(client, message)
        except aiomqtt.MqttError as error:
            raise client.loss(str(error.__cause__ or error)) from None

    def _tell(self, why: str | None) -> None:
        if why == self._told:
            return
        self._told = why
        address = {"host": self._options.host, "port": self._options.port}
        if why is None:
            version = {"mqtt": self._attempts.version.name}
            _log.info("connected to the MQTT broker", extra=address | version)
        else:
            _log.warning("no MQTT broker", extra=address | {"why": why})
        self._on_state(why)


async def _opened(client: BrokerClient) -> None:
    """Open `client`. When cancelled meanwhile the attempt is brought to its end, and closed.

    It runs in a thread that nobody can stop; it ends by itself within some seconds.
    """
    opening = asyncio.ensure_future(client.open())
    try:
        await asyncio.shield(opening)
    except asyncio.CancelledError:
        await asyncio.wait({opening})
        if opening.exception() is None:
            await client.close()
        raise
