"""What a node has to do with an MQTT broker: its status, commands, and what operators see of it."""

from __future__ import annotations

import ssl
from pathlib import Path

from api.services import PartStatus
from config.mqtt import MqttSettings
from config.settings import Settings
from voicegw import __version__
from voicegw.clock import Clock
from voicegw.errors import ConfigError, Problem
from voicegw.events.alerts import Alerts
from voicegw.events.mqtt.away import ALERT, AwayAlert
from voicegw.events.mqtt.client import BrokerOptions
from voicegw.events.mqtt.node_link import CommandTaker, NodeLink
from voicegw.events.mqtt.status import NodeState, NodeStatus
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
        options = broker_options(settings, client_id=f"voicegw-{settings.node.name}")
        if options is None:
            return
        self._link = NodeLink(
            options,
            Topics(settings.mqtt.topic_prefix),
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


def broker_options(
    settings: Settings, *, client_id: str, keeps_session: bool = False
) -> BrokerOptions | None:
    """Return how the configured broker is reached; None where there is none.

    Raises ConfigError with what is wrong with a certificate.
    """
    mqtt = settings.mqtt
    broker = mqtt.broker
    if broker is None:
        return None
    return BrokerOptions(
        broker.host,
        broker.port,
        client_id,
        broker.username,
        broker.password,
        tls_context(mqtt) if broker.tls else None,
        mqtt.keepalive_s,
        mqtt.session_s if keeps_session else 0,
    )


def tls_context(mqtt: MqttSettings) -> ssl.SSLContext:
    """Return what TLS to the broker is made with; host names are checked. Raises ConfigError."""
    for name in ("tls_ca", "tls_cert", "tls_key"):
        file = getattr(mqtt, name)
        try:
            if file:
                Path(file).read_bytes()
        except OSError as error:
            what = f"{file} can't be read ({error.strerror or error})"
            mend = "correct the path, or let the user that runs voicegw read it"
            raise ConfigError([Problem(f"mqtt.{name}", what, mend)]) from error
    try:
        context = ssl.create_default_context(cafile=mqtt.tls_ca or None)
    except ssl.SSLError as error:
        what = f"{mqtt.tls_ca} holds no certificate"
        raise ConfigError([Problem("mqtt.tls_ca", what, "make it a PEM file")]) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if mqtt.tls_cert:
        try:
            context.load_cert_chain(mqtt.tls_cert, mqtt.tls_key or None, password=lambda: "")
        except ssl.SSLError as error:
            what = f"{mqtt.tls_cert} with {mqtt.tls_key or 'no tls_key'} is no certificate with key"
            mend = "make both PEM files of one certificate, the key without a pass phrase"
            raise ConfigError([Problem("mqtt.tls_cert", what, mend)]) from error
    return context
