"""What the node and its delivery process tell each other: a JSON object a line. Pure.

The node writes one :class:`DeliveryOrder`, then a line `wake` for each (or many) commits. The
process writes a :class:`Report` when it is ready, when its alerts change and at least every
`REPORT_EVERY_S`, so that a silence tells that it hangs; and a :class:`LogLine` for each record of
its log. The end of its standard input is its end.
"""

from __future__ import annotations

from typing import Final

import msgspec

from voicegw.events.mqtt.terms import MqttTerms
from voicegw.events.webhooks.terms import WebhookTerms
from voicegw.trace_terms import TraceTerms

WAKE: Final = b"wake\n"
REPORT_EVERY_S: Final = 5.0


class DeliveryOrder(msgspec.Struct, frozen=True):
    """What the delivery process has to know; by standard input, because it holds secrets.

    `key_file` is the file with the keys that secrets in the store are encrypted with, if any;
    `mqtt` the broker to publish to, if any; `tracing` where spans go, if anywhere.
    """

    store_url: str
    node: str
    key_file: str = ""
    mqtt: MqttTerms | None = None
    webhooks: WebhookTerms = WebhookTerms()
    tracing: TraceTerms | None = None


class DeliveryFigure(msgspec.Struct, frozen=True):
    """One number for `/metrics`, of a family that the node knows (`api.metric_families`)."""

    name: str
    value: float
    labels: dict[str, str] = {}


class DeliveryAlert(msgspec.Struct, frozen=True):
    """An alert that is raised; `source` tells those of one slug apart.

    `detail` holds no telephone number and no secret, and so no address of a receiver either.
    """

    slug: str
    source: str = ""
    detail: str = ""


class Report(msgspec.Struct, frozen=True, tag="report"):
    """All figures and all raised alerts of the process."""

    figures: list[DeliveryFigure]
    alerts: list[DeliveryAlert]


class LogLine(msgspec.Struct, frozen=True, tag="log"):
    """One record of the process's log."""

    level: int
    logger: str
    message: str
    facts: dict[str, str] = {}


Line = Report | LogLine

order_decoder: Final = msgspec.json.Decoder(DeliveryOrder)
line_decoder: Final[msgspec.json.Decoder[Line]] = msgspec.json.Decoder(Line)


def encode_line(message: msgspec.Struct) -> bytes:
    """Return `message` as one line; JSON escapes line ends, so a line is a message."""
    return msgspec.json.encode(message) + b"\n"
