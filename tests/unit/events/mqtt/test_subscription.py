"""Which node listens to commands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.unit.events.mqtt.fakes import FakeClient, FakeLease, until
from voicegw.errors import StoreUnavailableError
from voicegw.events.mqtt.client import BrokerRefusedError
from voicegw.events.mqtt.subscription import CommandSubscription

TOPIC = "gw/v1/commands/dial"
SHARED = f"$share/voicegw/{TOPIC}"


@asynccontextmanager
async def keeping(subscription: CommandSubscription, client: FakeClient) -> AsyncIterator[None]:
    subscription.renew()
    task = asyncio.create_task(subscription.keep(client.real))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_all_nodes_share_a_subscription_where_there_is_one() -> None:
    client, lease = FakeClient(), FakeLease(is_ours=False)
    async with keeping(CommandSubscription(TOPIC, lease.real, look_s=0.001), client):
        await until(lambda: client.subscribed == [SHARED])


@pytest.mark.parametrize(
    "client",
    [FakeClient(has_shared_subscriptions=False), FakeClient(refusals={SHARED: 0x9E})],
    ids=["3.1.1", "MQTT 5 without"],
)
async def test_else_the_one_that_holds_the_lease_subscribes(client: FakeClient) -> None:
    lease = FakeLease(is_ours=False)
    subscription = CommandSubscription(TOPIC, lease.real, look_s=0.001)
    async with keeping(subscription, client):
        await asyncio.sleep(0.01)
        assert client.subscribed == []
        lease.is_ours = True
        await until(lambda: client.subscribed == [TOPIC])
        lease.is_ours = StoreUnavailableError()
        await asyncio.sleep(0.01)
        assert client.subscribed == [TOPIC], "nobody else can take the lease without the store"
        lease.is_ours = False
        await until(lambda: client.subscribed == [])
        lease.is_ours = True
        await until(lambda: client.subscribed == [TOPIC])
        await subscription.leave(client.real)
        await asyncio.sleep(0.01)
        assert client.subscribed == []
        assert lease.released


async def test_a_broker_that_forbids_it_is_told_of() -> None:
    client = FakeClient(refusals={SHARED: 0x87})
    subscription = CommandSubscription(TOPIC, FakeLease().real)
    with pytest.raises(BrokerRefusedError, match="Not authorized"):
        await subscription.keep(client.real)


async def test_a_pause_ends_when_it_is_over_and_with_the_connection() -> None:
    first, second = FakeClient(), FakeClient()
    subscription = CommandSubscription(TOPIC, FakeLease().real, look_s=0.001)
    async with keeping(subscription, first):
        await until(lambda: first.subscribed)
        await subscription.pause(first.real)
        await asyncio.sleep(0.01)
        assert first.subscribed == []
        subscription.resume()
        await until(lambda: first.subscribed == [SHARED])
        await subscription.pause(first.real)
    async with keeping(subscription, second):
        await until(lambda: second.subscribed == [SHARED])
