"""Enumerations of triggers, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from voicegw.client.open_enum import OpenEnum


class TriggerOutcome(OpenEnum):
    """What a trigger led to. More values may come: clients pass over those that they don't know."""

    CREATED = "created"
    JOINED = "joined"
    BELOW_THRESHOLD = "below_threshold"
