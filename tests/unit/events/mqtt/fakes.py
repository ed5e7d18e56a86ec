"""A connection that only remembers, and a lease that is told whose it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from voicegw.events.delivery.lease import OutletLease
from voicegw.events.mqtt.client import BrokerClient, BrokerRefusedError, Message


@dataclass
class FakeClient:
    """What the code under test does with a connection. `refusals`: reason codes of SUBACKs."""

    has_shared_subscriptions: bool = True
    refusals: dict[str, int] = field(default_factory=dict)
    subscribed: list[str] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def listen(self, topic: str) -> None:
        if topic in self.refusals:
            code = ReasonCode(PacketTypes.SUBACK, identifier=self.refusals[topic])
            raise BrokerRefusedError("subscribing", code)
        self.subscribed.append(topic)

    async def ignore(self, topic: str) -> None:
        self.subscribed.remove(topic)

    async def deliver(self, message: Message) -> None:
        if self.gate is not None:
            await self.gate.wait()
        self.sent.append(message)

    @property
    def real(self) -> BrokerClient:
        """Itself, where a connection is asked for."""
        return cast(BrokerClient, self)


class FakeLease:
    """A lease; an exception in `is_ours` is raised."""

    def __init__(self, *, is_ours: bool | Exception = True) -> None:
        self.is_ours = is_ours
        self.released = False

    async def held(self) -> bool:
        if isinstance(self.is_ours, Exception):
            raise self.is_ours
        return self.is_ours

    async def release(self) -> None:
        self.released = True

    @property
    def real(self) -> OutletLease:
        """Itself, where a lease is asked for."""
        return cast(OutletLease, self)


async def until(condition: Any) -> None:
    """Let others run until `condition` holds."""
    async with asyncio.timeout(10):
        # What is waited for has no event of its own.
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
