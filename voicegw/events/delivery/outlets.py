"""Which outlets there are: the composition root of the delivery process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from voicegw.events.delivery.outlet import Outlet, OutletContext
from voicegw.events.delivery.protocol import DeliveryOrder
from voicegw.events.mqtt.publisher import MqttOutlet
from voicegw.events.webhooks.outlet import WebhookOutlet
from voicegw.keyring import KeyRing
from voicegw.secret_box import SecretBox


def outlets_of(order: DeliveryOrder, context: Callable[[], OutletContext]) -> Sequence[Outlet]:
    """Return the outlets that `order` asks for; each takes a `context` of its own.

    Raises ConfigError when one can't be built.
    """
    file = order.key_file
    box = SecretBox(KeyRing(Path(file).expanduser(), "api.key_file") if file else None)
    outlets: list[Outlet] = [WebhookOutlet(context(), order.webhooks, box.open)]
    if order.mqtt is not None:
        outlets.append(MqttOutlet(context(), order.mqtt))
    return outlets
