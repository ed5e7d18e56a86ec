"""Which outlets there are: the composition root of the delivery process."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voicegw.events.delivery.outlet import Outlet, OutletContext
from voicegw.events.delivery.protocol import DeliveryOrder
from voicegw.events.mqtt.publisher import MqttOutlet


def outlets_of(order: DeliveryOrder, context: Callable[[], OutletContext]) -> Sequence[Outlet]:
    """Return the outlets that `order` asks for; each takes a `context` of its own.

    Raises ConfigError when one can't be built.
    """
    outlets: list[Outlet] = []
    if order.mqtt is not None:
        outlets.append(MqttOutlet(context(), order.mqtt))
    return outlets
