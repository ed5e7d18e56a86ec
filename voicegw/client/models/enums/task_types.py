"""Enumerations of task_types, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from voicegw.client.open_enum import OpenEnum


class FieldKind(OpenEnum):
    """What a field of a task may hold. More values may come: clients pass over those that they
    don't know."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    CHOICE = "choice"
