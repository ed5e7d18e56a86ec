"""Events in the form outsiders read: CloudEvents 1.0, structured JSON mode. Pure.

`data` keeps its numbers whole, as the outbox does. Whoever hands the rendered event to a person or
a program has to ask voicegw.identity for each number first.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from voicegw.events.catalogue import schema_name
from voicegw.model.event import Event

SPEC_VERSION: Final = "1.0"
CONTENT_TYPE: Final = "application/cloudevents+json"


def render(event: Event, node: str) -> dict[str, Any]:
    """Return `event` as a CloudEvent made of JSON values; it shares nothing with `event`.

    `source` is `voicegw/{node}`: the node that wrote the event, or `node` where the event does not
    say; `data.sequence` is the event's; `dataschema` names the resource
    and its version (CloudEvents 1.0 §3.1).
    """
    rendered: dict[str, Any] = msgspec.to_builtins(event)
    data = rendered["data"]
    data["sequence"] = event.sequence
    return {
        "specversion": SPEC_VERSION,
        "id": event.id,
        "source": f"voicegw/{event.node or node}",
        "type": event.type.value,
        "subject": event.subject,
        "time": rendered["time"],
        "datacontenttype": "application/json",
        "dataschema": schema_name(event.type),
        "data": data,
    }
