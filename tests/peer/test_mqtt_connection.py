"""How a connection comes about: TLS, log-in, old brokers, silent ones; and how it is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.parts.certificates import Authority
from tests.parts.mosquitto import BrokerTls, Mosquitto
from tests.parts.mqtt_peer import MqttPeer
from tests.parts.node import wait_for
from tests.parts.old_broker import OldBroker
from tests.parts.scripted_broker import SESSION_TAKEN_OVER, ScriptedBroker
from tests.parts.stalling_proxy import StallingProxy
from voicegw.clock import SystemClock
from voicegw.errors import ConfigError
from voicegw.events.mqtt.attempts import MqttVersion
from voicegw.events.mqtt.client import BrokerClient, Message
from voicegw.events.mqtt.connection import BrokerConnection
from voicegw.events.mqtt.node_link import NodeLink
from voicegw.events.mqtt.options import options_of
from voicegw.events.mqtt.status import NodeState, NodeStatus
from voicegw.events.mqtt.terms import MqttTerms
from voicegw.events.mqtt.topics import Topics

pytestmark = pytest.mark.peer

STATUS = "gw/v1/nodes/n/status"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def started() -> Iterator[Callable[[Mosquitto], Mosquitto]]:
    running: list[Mosquitto] = []

    def start(broker: Mosquitto) -> Mosquitto:
        broker.start()
        running.append(broker)
        return broker

    yield start
    for broker in running:
        broker.stop()


class Connection:
    """A connection that delivers what it is told to, and remembers what it heard of its state."""

    def __init__(self, terms: MqttTerms) -> None:
        self.states: list[str | None] = []
        self.client: BrokerClient | None = None
        self.connection = BrokerConnection(
            options_of(terms, "test"), self._work, on_state=self.states.append
        )

    async def _work(self, client: BrokerClient) -> None:
        self.client = client
        await asyncio.Event().wait()

    async def state(self, wanted: Callable[[str | None], bool]) -> None:
        await asyncio.to_thread(
            wait_for, "state", lambda: bool(self.states) and wanted(self.states[-1]), 30
        )


@asynccontextmanager
async def connecting(terms: MqttTerms) -> AsyncIterator[Connection]:
    one = Connection(terms)
    task = asyncio.create_task(one.connection.run())
    try:
        yield one
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_tls_with_an_own_authority_and_our_certificate(
    tmp_path: Path, authority: Authority, started: Callable[[Mosquitto], Mosquitto]
) -> None:
    server = authority.certificate("broker", "DNS:localhost")
    ours = authority.certificate("gateway")
    broker = started(Mosquitto(tmp_path / "b", tls=BrokerTls(authority.ca, server, asks=True)))
    files: dict[str, Any] = {
        "tls_ca": str(authority.ca),
        "tls_cert": str(ours.cert),
        "tls_key": str(ours.key),
    }
    async with connecting(MqttTerms("localhost", broker.port, "gw", tls=True, **files)) as one:
        await one.state(lambda why: why is None)
    del files["tls_cert"], files["tls_key"]
    async with connecting(MqttTerms("localhost", broker.port, "gw", tls=True, **files)) as one:
        await one.state(lambda why: why is not None)
    # Another's certificate is not the broker's, whoever signed it.
    async with connecting(MqttTerms("127.0.0.1", broker.port, "gw", tls=True, **files)) as one:
        await one.state(lambda why: why is not None and "certificate" in why)
    async with connecting(MqttTerms("localhost", broker.port, "gw", tls=True)) as one:
        await one.state(lambda why: why is not None and "certificate" in why)


def test_files_of_no_use_are_told_with_their_key(tmp_path: Path, authority: Authority) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    ours = authority.certificate("ours")
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("mqtt.tls_ca", {"tls_ca": str(tmp_path / "none.pem")}),
        ("mqtt.tls_ca", {"tls_ca": str(empty)}),
        ("mqtt.tls_cert", {"tls_cert": str(ours.cert)}),
        ("mqtt.tls_cert", {"tls_cert": str(ours.cert), "tls_key": str(authority.ca)}),
    ]
    for place, files in wrong:
        with pytest.raises(ConfigError) as refused:
            options_of(MqttTerms("h", 1, "gw", tls=True, **files), "test")
        assert [one.where for one in refused.value.problems] == [place], files


@pytest.mark.parametrize("silent", [False, True], ids=["refuses", "hangs up"])
async def test_an_old_broker_is_spoken_to_in_its_version(
    tmp_path: Path, started: Callable[[Mosquitto], Mosquitto], silent: bool
) -> None:
    broker = started(Mosquitto(tmp_path / "b"))
    old = OldBroker(broker.port, silent=silent)
    peer = MqttPeer(broker.port, "gw/#")
    async with connecting(MqttTerms("127.0.0.1", old.port, "gw")) as one:
        await one.state(lambda why: why is None)
        assert one.connection.version is MqttVersion.V311
        assert one.client is not None
        await one.client.deliver(Message("gw/a", b"{}", content_type="application/json"))
        assert not one.client.has_shared_subscriptions
        broker.kill()
        await one.state(lambda why: why is not None)
        await asyncio.to_thread(broker.start)
        await one.state(lambda why: why is None)
        assert one.connection.version is MqttVersion.V311, "remembered"
        await one.client.deliver(Message("gw/a", b"{}"))
    assert old.refused == 1
    peer.close()
    old.close()


async def test_a_broker_that_falls_silent_is_noticed_by_its_missing_signs_of_life(
    tmp_path: Path, started: Callable[[Mosquitto], Mosquitto]
) -> None:
    proxy = StallingProxy(("127.0.0.1", started(Mosquitto(tmp_path / "b")).port))
    async with connecting(MqttTerms("127.0.0.1", proxy.port, "gw", keepalive_s=1)) as one:
        await one.state(lambda why: why is None)
        proxy.stall()
        await one.state(lambda why: why is not None and "lost" in why)
        # A broker that takes connections and answers nothing is none, either.
        proxy.resume()
        await one.state(lambda why: why is None)
    proxy.close()


async def test_whoever_is_thrown_out_by_its_own_name_says_so() -> None:
    """Two nodes of one name would throw each other out several times a second, for ever."""
    async with (
        ScriptedBroker(SESSION_TAKEN_OVER) as broker,
        connecting(MqttTerms("127.0.0.1", broker.port, "gw")) as one,
    ):
        await one.state(lambda why: why is not None and "a name of its own" in why)
        await asyncio.sleep(1)
        assert broker.connections == 1


async def test_a_message_as_large_as_a_broker_lets_through_is_not_taken(
    tmp_path: Path, started: Callable[[Mosquitto], Mosquitto]
) -> None:
    """It would lie in the node's memory, up to 256 MB of it."""
    broker = started(Mosquitto(tmp_path / "b"))
    heard: list[int] = []
    listening = asyncio.Event()

    async def listen(client: BrokerClient) -> None:
        await client.listen("gw/v1/commands/dial")
        listening.set()
        await asyncio.Event().wait()

    connection = BrokerConnection(
        options_of(MqttTerms("127.0.0.1", broker.port, "gw"), "test"),
        listen,
        on_message=lambda _client, message: heard.append(len(bytes(message.payload))),
    )
    task = asyncio.create_task(connection.run())
    await listening.wait()
    peer = MqttPeer(broker.port)
    for size_bytes in (1_000_000, 100_000, 10):
        peer.publish("gw/v1/commands/dial", b"x" * size_bytes)
    await asyncio.to_thread(wait_for, "the last one", lambda: 10 in heard)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    peer.close()
    assert heard == [100_000, 10]


async def test_a_node_that_is_cut_off_is_told_of_by_its_last_will(
    tmp_path: Path, started: Callable[[Mosquitto], Mosquitto]
) -> None:
    broker = started(Mosquitto(tmp_path / "b"))
    proxy = StallingProxy(("127.0.0.1", broker.port))
    clock = SystemClock()
    status = NodeStatus("n", NodeState.ONLINE, "1", datetime(2026, 1, 5, tzinfo=UTC))
    states: list[str | None] = []
    link = NodeLink(
        options_of(MqttTerms("127.0.0.1", proxy.port, "gw"), "node"),
        Topics("gw"),
        status,
        clock,
        on_state=states.append,
    )
    link.start()
    peer = MqttPeer(broker.port, STATUS)
    await asyncio.to_thread(peer.wait, STATUS)
    proxy.close()
    told = await asyncio.to_thread(peer.wait, STATUS, 2)
    await link.stop()
    peer.close()
    assert [one.json["state"] for one in told] == ["online", "offline"]
    assert json.loads(told[-1].payload)["since"] is None
    assert states[0] is None
    assert states[-1] is not None


async def test_stopping_does_not_wait_for_a_broker_that_is_away(tmp_path: Path) -> None:
    away = Mosquitto(tmp_path / "b")
    link = NodeLink(
        options_of(MqttTerms("127.0.0.1", away.port, "gw"), "node"),
        Topics("gw"),
        NodeStatus("n", NodeState.ONLINE, "1", None),
        SystemClock(),
        on_state=lambda _why: None,
    )
    link.start()
    await asyncio.to_thread(wait_for, "trouble", lambda: "refused" in (link.trouble or "").lower())
    async with asyncio.timeout(5):
        await link.stop()
