"""Enumerations of plans, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from voicegw.client.open_enum import OpenEnum


class ContactChannel(OpenEnum):
    """How a customer is to be contacted. More values may come: clients pass over those that they
    don't know."""

    CALL = "call"
    VISIT = "visit"
    ANY = "any"


class EveryUnit(OpenEnum):
    """What an interval is counted in. More values may come: clients pass over those that they don't
    know."""

    WEEKS = "weeks"
    MONTHS = "months"


class Infeasibility(OpenEnum):
    """Why a contact is not planned. More values may come: clients pass over those that they don't
    know."""

    NO_OWNER = "no-owner"
    MANAGER_AWAY = "manager-away"
    OVER_CAPACITY = "over-capacity"
    DO_NOT_CALL = "do-not-call"
    NO_VISITING_DAY = "no-visiting-day"


class PlanItemKind(OpenEnum):
    """What a run says of one contact. More values may come: clients pass over those that they don't
    know."""

    ADDED = "added"
    MOVED = "moved"
    WITHDRAWN = "withdrawn"
    INFEASIBLE = "infeasible"


class PlanRunState(OpenEnum):
    """How far a run is; the last two are final. More values may come: clients pass over those that
    they don't know."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
