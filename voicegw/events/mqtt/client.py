"""aiomqtt's client, and what it leaves out: pipelined publishing whose refusals are heard.

`aiomqtt.Client.publish` waits for one acknowledgement at a time and passes over its reason code, so
that an event that the broker's rules forbid would count as published. What is added here stands on
the library's own hooks, which is why its version is bounded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import aiomqtt
import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from voicegw.errors import VoicegwError
from voicegw.events.mqtt.attempts import Failure, MqttVersion
from voicegw.events.mqtt.loop_client import HungUpError, LoopClient
from voicegw.events.mqtt.options import BrokerOptions

#: Messages under way at once, unless the broker takes fewer (MQTT 5.0 §3.1.2.11.3).
WINDOW: Final = 100
_ANSWER_S: Final = 5.0
_ACKNOWLEDGED_S: Final = 20.0
"""A broker that acknowledges nothing for so long is lost, though it may still answer pings."""
_MAX_PACKET_BYTES: Final = 131_072
"""Nothing larger is taken, or it would have to be held in memory: far more than a command has."""
_UNSUPPORTED_VERSION: Final = 0x84
#: Reason code of a DISCONNECT (MQTT 5.0 §3.14.2.1).
_TAKEN_OVER: Final = 0x8E


class BrokerLostError(VoicegwError):
    """There is no connection to the broker; `detail` says why, without any secret."""

    slug = "mqtt-away"

    def __init__(self, detail: str, why: Failure = Failure.UNREACHABLE) -> None:
        super().__init__(detail)
        self.detail = detail
        self.why = why


class BrokerRefusedError(VoicegwError):
    """The broker does not let us publish or subscribe; `detail` is its reason, `code` its number
    (MQTT 5.0 §2.4).
    """

    slug = "mqtt-refused"

    def __init__(self, what: str, reason: ReasonCode) -> None:
        self.detail = f"{what} is refused: {reason}"
        self.code = reason.value
        super().__init__(self.detail)


@dataclass(frozen=True, slots=True)
class Message:
    """A message to publish at QoS 1; the last three are told in MQTT 5 only."""

    topic: str
    payload: bytes
    retain: bool = False
    content_type: str = ""
    correlation: bytes | None = None
    traceparent: str | None = None
    """The span that it is part of (W3C Trace Context §3.2), as a user property."""

    def properties(self) -> Properties:
        """Return its properties of MQTT 5."""
        found = _properties(PacketTypes.PUBLISH)
        if self.content_type:
            found.ContentType = self.content_type
        if self.correlation is not None:
            found.CorrelationData = self.correlation
        if self.traceparent is not None:
            found.UserProperty = ("traceparent", self.traceparent)
        return found


class BrokerClient(LoopClient):
    """One connection, used once: :meth:`open`, work, :meth:`close`."""

    def __init__(
        self, options: BrokerOptions, version: MqttVersion, will: Message | None = None
    ) -> None:
        """Connect nothing yet."""
        self.version = version
        self.is_v5 = version is MqttVersion.V5
        self.has_shared_subscriptions = self.is_v5
        self._acknowledged: dict[int, asyncio.Future[None]] = {}
        self._room = asyncio.Semaphore(WINDOW)
        self._is_given_up = False
        self._is_taken_over = False
        connect = _properties(PacketTypes.CONNECT)
        if options.session_s:
            connect.SessionExpiryInterval = options.session_s
        connect.MaximumPacketSize = _MAX_PACKET_BYTES
        super().__init__(
            options.host,
            options.port,
            identifier=options.client_id,
            username=options.username,
            password=options.password,
            tls_context=options.tls,
            keepalive=options.keepalive_s,
            protocol=aiomqtt.ProtocolVersion(version),
            clean_session=None if self.is_v5 else True,
            clean_start=not options.session_s if self.is_v5 else paho.MQTT_CLEAN_START_FIRST_ONLY,
            properties=connect if self.is_v5 else None,
            # Ours to bound, because paho's own bound can't follow what the broker says of itself.
            max_inflight_messages=0,
            timeout=_ANSWER_S,
            will=None if will is None else self._will(will),
        )
        self.pending_calls_threshold = WINDOW

    def _will(self, message: Message) -> aiomqtt.Will:
        properties = _properties(PacketTypes.WILLMESSAGE)
        if message.content_type:
            properties.ContentType = message.content_type
        return aiomqtt.Will(
            message.topic,
            message.payload,
            qos=1,
            retain=message.retain,
            properties=properties if self.is_v5 else None,
        )

    async def open(self) -> None:
        """Connect and log in. Raises BrokerLostError."""
        try:
            await self.__aenter__()
        except aiomqtt.MqttCodeError as error:
            self._hang_up()
            code = error.rc.value if isinstance(error.rc, ReasonCode) else None
            why = Failure.VERSION if code == _UNSUPPORTED_VERSION else Failure.UNREACHABLE
            raise BrokerLostError(f"the broker refuses us: {error.rc}", why) from None
        except aiomqtt.MqttError as error:
            is_silent = self._client.socket() is not None or isinstance(error, HungUpError)
            self._hang_up()
            why = Failure.SILENT if is_silent else Failure.UNREACHABLE
            raise BrokerLostError(str(error), why) from None
        if self._client.socket() is None:
            # aiomqtt forgets an end that came with the beginning.
            raise self.loss("the broker hangs up on us")

    def loss(self, detail: str) -> BrokerLostError:
        """Return the error that tells why a connection that stood is lost."""
        if self._is_taken_over:
            told = "another client connects as this node; each node needs a name of its own"
            return BrokerLostError(told, Failure.TAKEN_OVER)
        return BrokerLostError(f"the connection was lost: {detail}")

    async def close(self) -> None:
        """Take leave, so that the broker sends no last will; safe after a loss."""
        with suppress(aiomqtt.MqttError):
            # A broker that does not answer our leave goes without it.
            await self.__aexit__(None, None, None)
        self._hang_up()

    def _hang_up(self) -> None:
        """Let go of the socket of a connection that came to nothing."""
        self._is_given_up = True
        if self._client.socket() is not None:
            self._client.disconnect()

    async def send(self, message: Message) -> asyncio.Future[None]:
        """Publish `message` when the broker has room; the future is done when the broker has it.

        Messages are published in the order of the calls. Raises BrokerLostError when there is no
        connection, or none of use. The future raises BrokerRefusedError; it is never done when the
        connection is lost: whoever waits is cancelled then. Wait by :func:`acknowledged`.
        """
        try:
            async with asyncio.timeout(_ACKNOWLEDGED_S):
                await self._room.acquire()
        except TimeoutError:
            raise _mute() from None
        properties = message.properties() if self.is_v5 else None
        info = self._client.publish(
            message.topic, message.payload, qos=1, retain=message.retain, properties=properties
        )
        if info.rc != paho.MQTT_ERR_SUCCESS:
            raise BrokerLostError(paho.error_string(info.rc))
        sent: asyncio.Future[None] = self._loop.create_future()
        self._acknowledged[info.mid] = sent
        return sent

    async def deliver(self, message: Message) -> None:
        """Publish `message` and wait until the broker has it; see :meth:`send`."""
        await acknowledged([await self.send(message)])

    async def listen(self, topic: str) -> None:
        """Subscribe at QoS 1; retained messages are told from fresh ones (MQTT 5).

        Raises BrokerRefusedError, and BrokerLostError when there is no answer.
        """
        options = SubscribeOptions(qos=1, retainAsPublished=True) if self.is_v5 else None
        try:
            # With options the QoS is theirs to say.
            answer: Sequence[Any] = await self.subscribe(topic, 0 if options else 1, options)
        except aiomqtt.MqttError as error:
            raise BrokerLostError(str(error)) from None
        for code in answer:
            if isinstance(code, ReasonCode) and code.is_failure:
                raise BrokerRefusedError("subscribing", code)

    async def ignore(self, topic: str) -> None:
        """Unsubscribe. Raises BrokerLostError when there is no answer."""
        try:
            await self.unsubscribe(topic)
        except aiomqtt.MqttError as error:
            raise BrokerLostError(str(error)) from None

    def _on_connect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: paho.ConnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        if self.is_v5 and properties is not None:
            # Absent means: as many as there can be, and yes (MQTT 5.0 §3.2.2.3).
            window = getattr(properties, "ReceiveMaximum", WINDOW)
            self._room = asyncio.Semaphore(min(window, WINDOW))
            self.has_shared_subscriptions = bool(
                getattr(properties, "SharedSubscriptionAvailable", 1)
            )
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_disconnect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: paho.DisconnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        if not self._is_watching:
            # In the thread that connects: the loop will find no socket.
            return
        if not self._connected.done() and not self._is_given_up:
            # aiomqtt would wait on for an answer that can't come any more.
            self._connected.set_exception(HungUpError("the broker hangs up on us"))
        self._is_taken_over = reason_code.value == _TAKEN_OVER
        super()._on_disconnect(client, userdata, flags, reason_code, properties)
        if self._disconnected.done() and not self._disconnected.cancelled():
            # Looked at, for whoever is not listening any more, or not yet.
            self._disconnected.exception()

    def _on_publish(
        self,
        client: paho.Client,
        userdata: Any,
        mid: int,
        reason_code: ReasonCode,
        properties: Properties,
    ) -> None:
        super()._on_publish(client, userdata, mid, reason_code, properties)
        sent = self._acknowledged.pop(mid, None)
        if sent is None:
            return
        self._room.release()
        if sent.cancelled():
            return
        if reason_code.is_failure:
            sent.set_exception(BrokerRefusedError("publishing", reason_code))
        else:
            sent.set_result(None)


async def acknowledged(sent: Iterable[asyncio.Future[None]]) -> None:
    """Wait until the broker has all that was `sent`.

    Raises the first BrokerRefusedError; and BrokerLostError when the broker acknowledges none of
    it for a while.
    """
    waiting = set(sent)
    while waiting:
        done, waiting = await asyncio.wait(
            waiting, timeout=_ACKNOWLEDGED_S, return_when=asyncio.FIRST_EXCEPTION
        )
        if not done:
            raise _mute()
        for one in done:
            one.result()


def _mute() -> BrokerLostError:
    return BrokerLostError("the broker acknowledges nothing", Failure.SILENT)


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]  # paho has no types for it
