"""What a node has to do with an MQTT broker: its status, commands, and what operators see of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from api.commands.dial import DialCommands
from api.metrics import Figure
from api.services import ApiServices, PartStatus
from config.settings import Settings
from voicegw import __version__
from voicegw.clock import Clock
from voicegw.events.alerts import Alerts
from voicegw.events.delivery.lease import OutletLease
from voicegw.events.mqtt.away import ALERT_AWAY, AwayAlert
from voicegw.events.mqtt.intake import CommandIntake
from voicegw.events.mqtt.node_link import NodeLink
from voicegw.events.mqtt.options import BrokerOptions, options_of
from voicegw.events.mqtt.status import NodeState, NodeStatus
from voicegw.events.mqtt.subscription import LEASE
from voicegw.events.mqtt.terms import MqttTerms
from voicegw.events.mqtt.topics import Topics
from voicegw.store.database import Database
from voicegw.store.outlets import OutletRepository

_SOURCE = "node"


class NodeBroker:
    """The node at its broker; does nothing where none is configured."""

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, alerts: Alerts
    ) -> None:
        """Read the certificates; nothing is connected yet. Raises ConfigError."""
        self._settings = settings
        self._database = database
        self._clock = clock
        self._away = AwayAlert(
            lambda raised, why: alerts.set(ALERT_AWAY, raised, why, source=_SOURCE)
        )
        self._link: NodeLink | None = None
        self._commands: CommandIntake | None = None
        self._topics = Topics(settings.mqtt.topic_prefix)
        self._options: BrokerOptions | None = None
        terms = mqtt_terms(settings)
        if terms is not None:
            session_s = settings.mqtt.session_s if settings.mqtt.commands else 0
            self._options = options_of(terms, f"voicegw-{settings.node.name}", session_s)

    def start(self, services: ApiServices) -> None:
        """Begin to connect, and to take commands; the start of the node does not wait for it."""
        if self._options is None:
            return
        node = self._settings.node.name
        if self._settings.mqtt.commands:
            handler = DialCommands(services, self._settings.mqtt.group_id or None)
            outlets = OutletRepository(self._database)
            holder = f"{node}/{secrets.token_hex(4)}"
            lease = OutletLease(outlets, LEASE, holder, self._clock)
            self._commands = CommandIntake(self._topics, handler, lease)
        self._link = NodeLink(
            self._options,
            self._topics,
            NodeStatus(node, NodeState.ONLINE, __version__, self._clock.now()),
            self._clock,
            on_state=self._away.state,
            commands=self._commands,
        )
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

    def figures(self) -> Iterable[Figure]:
        """Return the figures of the node's connection."""
        if self._link is None:
            return
        yield Figure("mqtt_connected", self._link.trouble is None)
        for outcome, count in sorted(self._commands.outcomes.items() if self._commands else ()):
            yield Figure("mqtt_commands", count, {"outcome": outcome})


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
