"""Models of events, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class Event(msgspec.Struct, kw_only=True, frozen=True):
    """A CloudEvents 1.0 event in structured JSON."""

    #: The resource as it was; `sequence` rises by one per subject
    data: dict[str, Any] = msgspec.field(default_factory=dict)
    #: The media type of `data`
    datacontenttype: str
    #: Where the schema of `data`, with its version, is found
    dataschema: str
    #: Opaque; unique
    id: str
    #: `voicegw/` and the node that wrote it
    source: str
    #: Of CloudEvents: 1.0
    specversion: str
    #: The call's id
    subject: str
    #: When it happened; RFC 3339, UTC
    time: datetime
    #: As `call.ended`; the list: docs/events.md
    type: str
