"""Enumerations of directory, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from voicegw.client.open_enum import OpenEnum


class ManagerStatus(OpenEnum):
    """Whether a manager takes calls. More values may come: clients pass over those that they don't
    know."""

    ACTIVE = "active"
    AWAY = "away"
    DEPARTED = "departed"


class Written(OpenEnum):
    """What became of one customer. More values may come: clients pass over those that they don't
    know."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
