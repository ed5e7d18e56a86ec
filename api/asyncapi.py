"""The AsyncAPI 3.0 document: every event, and the ways in which events come and commands go.

`python -m api.asyncapi > docs/asyncapi.json` after a change; a test compares.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any, Final, Literal

from pydantic import BaseModel

from api.schemas.commands import CommandResultView, DialCommand
from api.schemas.events import json_schema
from api.streaming import CLOSED, DROPPED
from voicegw import __version__
from voicegw.events.catalogue import CATALOGUE, FOR_ONE, DataSchema
from voicegw.events.cloudevents import CONTENT_TYPE, SPEC_VERSION
from voicegw.events.mqtt.status import NodeState
from voicegw.events.mqtt.topics import Topics
from voicegw.model.event import EventType

Json = dict[str, Any]

_DESCRIPTION: Final = (
    "What voicegw tells of calls, and how calls are asked for by messages. Every event is a "
    "CloudEvent 1.0 in structured JSON; `data` is the resource as it was. Delivery is at least "
    "once: `id` is stable and marks duplicates. Events of one call carry a rising `data.sequence`. "
    "Clients ignore fields, values and types that they don't know."
)
_TOPICS: Final = Topics("voicegw")
_NOT_OF_CALLS: Final = frozenset(
    {
        DataSchema.ALERT,
        DataSchema.ASSIGNMENT,
        DataSchema.PLAN_RUN,
        DataSchema.REPORT,
        DataSchema.SEALS,
        DataSchema.WEBHOOK,
    }
)
_WEBHOOK_HEADERS: Final = {
    "webhook-id": "The event's id; the same at each attempt",
    "webhook-timestamp": "When it was sent: seconds since 1970",
    "webhook-signature": "v1, and the HMAC-SHA256 of `id.timestamp.body`; two while secrets change",
}


def document() -> Json:
    """Return the whole document."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:voicegw:events:v1",
        "info": {"title": "voicegw events", "version": __version__, "description": _DESCRIPTION},
        "defaultContentType": CONTENT_TYPE,
        "servers": _servers(),
        "channels": _channels(),
        "operations": _operations(),
        "components": {
            "messages": {
                **{_key(kind): _event_message(kind) for kind in EventType},
                "streamEnded": _stream_ended(),
                "nodeStatus": _node_status(),
                "dialCommand": _message("dialCommand", "A click-to-dial"),
                "dialResult": _message("dialResult", "Accepted, or refused with the problem"),
            },
            "schemas": {
                **{name.value: _data(name) for name in DataSchema},
                "webhookHeaders": _webhook_headers(),
                "dialCommand": _model("dialCommand", DialCommand, "validation"),
                "dialResult": _model("dialResult", CommandResultView, "serialization"),
            },
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "bearerFormat": "vgw_…"},
                "broker": {"type": "userPassword"},
            },
        },
    }


def _servers() -> Json:
    return {
        "gateway": {
            "host": "localhost:8080",
            "protocol": "https",
            "description": "`api.public_url` of an installation",
            "security": [{"$ref": "#/components/securitySchemes/key"}],
        },
        "broker": {
            "host": "localhost:1883",
            "protocol": "mqtt",
            "description": "`mqtt.url` of an installation; MQTT 5 or 3.1.1, QoS 1",
            "security": [{"$ref": "#/components/securitySchemes/broker"}],
        },
    }


def _channels() -> Json:
    every = _messages(kind for kind in EventType if kind not in FOR_ONE)
    of_calls = _messages(
        kind for kind, about in CATALOGUE.items() if about.data not in _NOT_OF_CALLS
    )
    return {
        "stream": {
            "address": "/v1/events",
            "title": "Server-sent events",
            "description": "With `Accept: text/event-stream`. `id` is the event's, `event` its "
            "type, `data` the CloudEvent; resume by `Last-Event-ID` or `after=`; filters `types`, "
            "`subject`, `group_id`. A comment comes each 15 s. The last event, without an `id`, "
            "says why a stream ends.",
            "servers": [{"$ref": "#/servers/gateway"}],
            "messages": every | _refs(["streamEnded"]),
            "bindings": {"http": {"bindingVersion": "0.3.0"}},
        },
        "webhook": {
            "address": None,
            "title": "Webhooks",
            "description": "Posted to the URL of each webhook that wants the type, by Standard "
            "Webhooks.",
            "messages": {_key(kind): _posted(kind) for kind in EventType},
        },
        "callEvents": {
            "address": f"{_TOPICS.prefix}/v1/calls/{{call_id}}/events",
            "title": "What happened to a call",
            "description": "Not retained. `voicegw` is `mqtt.topic_prefix`.",
            "parameters": {"call_id": {"description": "The call's id"}},
            "servers": [{"$ref": "#/servers/broker"}],
            "messages": of_calls,
        },
        "eventsByType": {
            "address": f"{_TOPICS.prefix}/v1/events/{{type}}",
            "title": "What happened, by type",
            "description": "Every event, not retained.",
            "parameters": {
                "type": {
                    "description": "The event's type",
                    "enum": [kind.value for kind in EventType if kind not in FOR_ONE],
                }
            },
            "servers": [{"$ref": "#/servers/broker"}],
            "messages": every,
        },
        **_command_channels(),
        "nodeStatus": {
            "address": _TOPICS.status("{node}"),
            "title": "Whether a node is there",
            "description": "Retained; the last will says `offline`.",
            "parameters": {"node": {"description": "The node's name"}},
            "servers": [{"$ref": "#/servers/broker"}],
            "messages": _refs(["nodeStatus"]),
        },
    }


def _command_channels() -> Json:
    return {
        "dial": {
            "address": _TOPICS.commands,
            "title": "Calls to be started",
            "description": "Where `mqtt.commands` is on. Not retained, and not older than 30 s: "
            "else it is refused as `expired`.",
            "servers": [{"$ref": "#/servers/broker"}],
            "messages": _refs(["dialCommand"]),
        },
        "dialResult": {
            "address": _TOPICS.result("{id}"),
            "title": "What came of a command",
            "description": "Or the response topic that an MQTT 5 command names.",
            "parameters": {"id": {"description": "The command's id"}},
            "servers": [{"$ref": "#/servers/broker"}],
            "messages": _refs(["dialResult"]),
        },
    }


def _operations() -> Json:
    """Return what the gateway does with each channel."""
    sends = {
        "streamEvents": ("stream", "Stream events to readers, each as soon as it is committed"),
        "postEvents": ("webhook", "Post events; tried again for days until answered 2xx"),
        "publishCallEvents": ("callEvents", "Publish what happened to a call"),
        "publishEvents": ("eventsByType", "Publish events by their type"),
        "publishStatus": ("nodeStatus", "Tell whether a node is there"),
    }
    operations: Json = {
        name: {
            "action": "send",
            "channel": {"$ref": f"#/channels/{channel}"},
            "summary": summary,
        }
        for name, (channel, summary) in sends.items()
    }
    operations["dial"] = {
        "action": "receive",
        "channel": {"$ref": "#/channels/dial"},
        "summary": "Start a call, once for each id",
        "reply": {
            "address": {"location": "$message.header#/responseTopic"},
            "channel": {"$ref": "#/channels/dialResult"},
        },
    }
    return operations


def _event_message(kind: EventType) -> Json:
    about = CATALOGUE[kind]
    return {
        "name": kind.value,
        "title": kind.value,
        "summary": f"It happens when {about.when}.",
        "contentType": CONTENT_TYPE,
        "payload": _envelope(kind, about.data),
    }


def _envelope(kind: EventType, data: DataSchema) -> Json:
    """Return the schema of the CloudEvent (CloudEvents 1.0, JSON format §2)."""
    text = {"type": "string"}
    return {
        "type": "object",
        "required": [
            "specversion",
            "id",
            "source",
            "type",
            "subject",
            "time",
            "dataschema",
            "data",
        ],
        "properties": {
            "specversion": {"const": SPEC_VERSION},
            "id": text | {"description": "Stable; marks duplicates"},
            "source": text | {"description": "The node that wrote it", "pattern": "^voicegw/"},
            "type": {"const": kind.value},
            "subject": text | {"description": "What it is about: the call's id, mostly"},
            "time": text | {"format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "dataschema": {"const": data.urn},
            "data": {"$ref": f"#/components/schemas/{data.value}"},
        },
    }


def _stream_ended() -> Json:
    return {
        "name": "streamEnded",
        "title": f"{DROPPED}, {CLOSED}",
        "summary": f"A stream ends: `{DROPPED}` for a reader who was too slow, `{CLOSED}` for any "
        "other reason. Come back with `Last-Event-ID`.",
        "contentType": "application/json",
        "payload": {
            "type": "object",
            "required": ["reason", "last_id"],
            "properties": {
                "reason": {
                    "type": "string",
                    "examples": ["slow-reader", "stopping", "unauthenticated"],
                },
                "last_id": {"type": ["string", "null"], "description": "The last event sent"},
            },
        },
    }


def _node_status() -> Json:
    return {
        "name": "nodeStatus",
        "title": "Status of a node",
        "contentType": "application/json",
        "payload": {
            "type": "object",
            "required": ["node", "state", "version", "since"],
            "properties": {
                "node": {"type": "string"},
                "state": {"type": "string", "x-extensible-enum": [one.value for one in NodeState]},
                "version": {"type": "string"},
                "since": {
                    "type": ["string", "null"],
                    "format": "date-time",
                    "description": "null in a last will",
                },
            },
        },
    }


def _posted(kind: EventType) -> Json:
    """Return an event as it is posted: the same payload, signed in its headers."""
    message = _event_message(kind)
    return message | {
        "headers": {"$ref": "#/components/schemas/webhookHeaders"},
        "payload": {"$ref": f"#/components/messages/{_key(kind)}/payload"},
    }


def _webhook_headers() -> Json:
    return {
        "type": "object",
        "required": list(_WEBHOOK_HEADERS),
        "properties": {
            name: {"type": "string", "description": what} for name, what in _WEBHOOK_HEADERS.items()
        },
    }


def _message(name: str, title: str) -> Json:
    return {
        "name": name,
        "title": title,
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{name}"},
    }


def _model(name: str, model: type[BaseModel], mode: Literal["validation", "serialization"]) -> Json:
    schema = model.model_json_schema(mode=mode)
    if mode == "serialization":
        # What is told may grow: clients ignore what they don't know.
        for one in (schema, *schema.get("$defs", {}).values()):
            one.pop("additionalProperties", None)
    return _within(schema, f"#/components/schemas/{name}")


def _data(name: DataSchema) -> Json:
    return _within(json_schema(name), f"#/components/schemas/{name.value}")


def _within(schema: Json, place: str) -> Json:
    """Return a JSON Schema as a part of the document: its references begin at `place`."""
    text = json.dumps(schema).replace('"#/$defs/', f'"{place}/$defs/')
    found: Json = json.loads(text)
    found.pop("$id", None)
    found.pop("$schema", None)
    return found


def _messages(kinds: Iterable[EventType]) -> Json:
    return _refs(_key(kind) for kind in kinds)


def _refs(keys: Iterable[str]) -> Json:
    return {key: {"$ref": f"#/components/messages/{key}"} for key in keys}


def _key(kind: EventType) -> str:
    """Return the name of an event's message as a part of the document."""
    head, *rest = kind.value.replace("_", ".").split(".")
    return head + "".join(part.capitalize() for part in rest)


def render() -> str:
    """Return the document as it is checked in."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
