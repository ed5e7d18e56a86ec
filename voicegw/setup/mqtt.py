"""What a node has to do with an MQTT broker: its status, commands, and what operators see of it."""

from __future__ import annotations

from api.services import PartStatus
from config.settings import Settings
from voicegw import __version__
from voicegw.clock import Clock
from voicegw.events.alerts import Alerts
from voicegw.events.mqtt.away import ALERT, AwayAlert
from voicegw.events.mqtt.node_link import CommandTaker, NodeLink
from voicegw.events.mqtt.options import options_of
from voicegw.events.mqtt.status import NodeState, NodeStatus
from voicegw.events.mqtt.terms import MqttTerms
from voicegw.events.mqtt.topics import Topics

_SOURCE = "node"


class NodeBroker:
    """The node at its broker; does nothing where none is configured."""

    def __init__(
        self, settings: Settings, clock: Clock, alerts: Alerts, commands: CommandTaker | None
    ) -> None:
        """Read the certificates; nothing is connected yet. Raises ConfigError."""
        self._away = AwayAlert(lambda raised, why: alerts.set(ALERT, raised, why, source=_SOURCE))
        self._link: NodeLink | None = None
        terms = mqtt_terms(settings)
        if terms is None:
            return
        session_s = 0 if commands is None else settings.mqtt.session_s
        self._link = NodeLink(
            options_of(terms, f"voicegw-{settings.node.name}", session_s),
            Topics(terms.topic_prefix),
            NodeStatus(settings.node.name, NodeState.ONLINE, __version__, clock.now()),
            clock,
            on_state=self._away.state,
            commands=commands,
        )

    def start(self) -> None:
        """Begin to connect; the start of the node does not wait for it."""
        if self._link is not None:
            self._link.start()

    def drain(self) -> None:
        """Tell that no new calls are taken."""
        if self._link is not None:
            self._link.drain()

    async def stop(self) -> None:
        """Tell that the node is gone, and disconnect."""
        self._away.forget()
        if self._link is not None:
            await self._link.stop()

    def readiness(self) -> list[PartStatus]:
        """Return the state of the connection: calls do not need it, so that it is always ready."""
        if self._link is None:
            return []
        return [PartStatus("mqtt", True, self._link.trouble or "")]


def mqtt_terms(settings: Settings) -> MqttTerms | None:
    """Return how the configured broker is reached; None where there is none."""
    mqtt = settings.mqtt
    broker = mqtt.broker
    if broker is None:
        return None
    return MqttTerms(
        host=broker.host,
        port=broker.port,
        topic_prefix=mqtt.topic_prefix,
        username=broker.username,
        password=broker.password,
        tls=broker.tls,
        tls_ca=mqtt.tls_ca,
        tls_cert=mqtt.tls_cert,
        tls_key=mqtt.tls_key,
        keepalive_s=mqtt.keepalive_s,
        group_id=mqtt.group_id or None,
    )
