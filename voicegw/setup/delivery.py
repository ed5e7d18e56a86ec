"""Builds what brings events out of the node; part of the composition root."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from api.metrics import Figure
from api.services import PartStatus
from config.settings import Settings
from voicegw.events.alerts import Alerts
from voicegw.events.delivery.protocol import DeliveryOrder
from voicegw.events.delivery.supervisor import DeliverySupervisor
from voicegw.events.mqtt.publisher import OUTLET
from voicegw.events.webhooks.terms import WebhookTerms
from voicegw.setup.mqtt import mqtt_terms
from voicegw.setup.tracing import trace_terms
from voicegw.store.database import Database
from voicegw.store.events import EventRepository
from voicegw.store.outlets import OutletRepository
from voicegw.store.webhooks import WebhookRepository


class DeliveryPart:
    """The delivery process of a node, as the node's other parts know it."""

    def __init__(self, settings: Settings, database: Database, alerts: Alerts) -> None:
        """Not started."""
        self._database = database
        self._has_broker = settings.mqtt.broker is not None
        self._supervisor = DeliverySupervisor(delivery_order(settings), alerts, self._is_needed)

    def start(self) -> None:
        """Begin to deliver, as soon as there is anything to deliver to."""
        self._supervisor.start()

    async def stop(self) -> None:
        """End the process; what it has not delivered waits in the store."""
        await self._supervisor.stop()

    def wake(self) -> None:
        """Something was committed."""
        self._supervisor.wake()

    def look(self) -> None:
        """Something to deliver to was changed."""
        self._supervisor.look()

    def readiness(self) -> list[PartStatus]:
        """Return the state of the delivery; calls are taken while events wait."""
        detail = "no delivery process runs; events wait in the store"
        return [PartStatus("delivery", True, detail if self._supervisor.is_away else "")]

    def figures(self) -> Iterable[Figure]:
        """Return the process's figures for `/metrics`."""
        for figure in self._supervisor.figures():
            yield Figure(**msgspec.structs.asdict(figure))

    async def _is_needed(self) -> bool:
        if self._has_broker:
            newest = await EventRepository(self._database).last_position()
            await OutletRepository(self._database).begin(OUTLET, newest)
        return self._has_broker or await WebhookRepository(self._database).any()


def delivery_order(settings: Settings) -> DeliveryOrder:
    """Return what the delivery process has to know of the configuration."""
    return DeliveryOrder(
        store_url=settings.store.url,
        node=settings.node.name,
        mqtt=mqtt_terms(settings),
        key_file=settings.api.key_file,
        webhooks=webhook_terms(settings),
        tracing=trace_terms(settings),
    )


def webhook_terms(settings: Settings) -> WebhookTerms:
    """Return what is configured of webhooks."""
    webhooks = settings.webhooks
    return WebhookTerms(
        allow_private=webhooks.allow_private,
        retries_s=tuple(webhooks.retries_s),
        keep_days=webhooks.keep_days,
        at_once=webhooks.at_once,
        timeout_s=webhooks.timeout_s,
    )
