"""Somebody at the broker: hears topics and publishes, by paho alone, in a thread of its own."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.parts.node import wait_for


@dataclass(frozen=True)
class Heard:
    """A message that came in."""

    topic: str
    payload: bytes
    retain: bool
    properties: Properties | None

    @property
    def json(self) -> Any:
        """The payload read as JSON."""
        return json.loads(self.payload)


class MqttPeer:
    """A client that stays connected, over restarts of the broker too, and remembers all it hears.

    With `name` its session is kept by the broker while it is away (MQTT 5).
    """

    def __init__(
        self,
        port: int,
        *topics: str,
        user: str | None = None,
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
        version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
        name: str = "",
        qos: int = 1,
    ) -> None:
        """Connect, and subscribe to `topics`.

        At `qos` 0 it sends nothing back, and so reads all that a broker wrote before it was killed:
        who has something to send to it is cut off at once.
        """
        self._qos = qos
        self.heard: list[Heard] = []
        self._topics = topics
        self._subscribed = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=name or None, protocol=version
        )
        if user is not None:
            self._client.username_pw_set(user, password)
        if tls is not None:
            self._client.tls_set_context(tls)
        # Sooner back than what it listens to; paho only waits so long, whatever its types say.
        self._client.reconnect_delay_set(0.05, 0.05)  # type: ignore[arg-type]
        self._client.on_connect = self._connected
        self._client.on_disconnect = lambda *_: self._subscribed.clear()
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _client, _data, message: self.heard.append(
            Heard(
                message.topic,
                bytes(message.payload),
                message.retain,
                getattr(message, "properties", None),
            )
        )
        if version is MQTTProtocolVersion.MQTTv5:
            session = _properties(PacketTypes.CONNECT)
            session.SessionExpiryInterval = 3600 if name else 0
            self._client.connect("127.0.0.1", port, clean_start=not name, properties=session)
        else:
            self._client.connect("127.0.0.1", port)
        _running.add(self)
        self._client.loop_start()
        assert self._subscribed.wait(10), "not subscribed"

    def _connected(self, *_: Any) -> None:
        if not self._topics:
            self._subscribed.set()
        for topic in self._topics:
            self._client.subscribe(topic, qos=self._qos)

    @property
    def is_connected(self) -> bool:
        """Whether the broker has it now."""
        return self._client.is_connected()

    @property
    def is_subscribed(self) -> bool:
        """Whether the broker has it now, and its subscriptions."""
        return self.is_connected and self._subscribed.is_set()

    def publish(
        self,
        topic: str,
        payload: bytes | str | dict[str, Any],
        *,
        retain: bool = False,
        qos: int = 1,
        response_topic: str = "",
        correlation: bytes | None = None,
    ) -> None:
        """Publish, and wait until the broker has it."""
        properties = None
        if response_topic or correlation is not None:
            properties = _properties(PacketTypes.PUBLISH)
            if response_topic:
                properties.ResponseTopic = response_topic
            if correlation is not None:
                properties.CorrelationData = correlation
        body = json.dumps(payload) if isinstance(payload, dict) else payload
        self._client.publish(topic, body, qos, retain, properties).wait_for_publish(10)

    def at(self, topic: str) -> Sequence[Heard]:
        """Return what was heard at a topic."""
        return [heard for heard in list(self.heard) if heard.topic == topic]

    def wait(self, topic: str, count: int = 1, timeout_s: float = 15) -> Sequence[Heard]:
        """Wait for `count` messages at a topic and return all of them."""
        found: Sequence[Heard] = wait_for(
            f"{count} messages at {topic}",
            lambda: len(self.at(topic)) >= count and self.at(topic),
            timeout_s,
        )
        return found

    def close(self) -> None:
        """Take leave."""
        _running.discard(self)
        self._client.disconnect()
        self._client.loop_stop()


def leave_all() -> None:
    """Have everybody take leave whom a failed test has left at a broker."""
    for peer in list(_running):
        peer.close()


_running: Final[set[MqttPeer]] = set()


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]  # paho has no types for it
