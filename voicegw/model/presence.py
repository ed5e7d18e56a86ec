"""What a manager does just now, as a board shows it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from voicegw.model import hours
from voicegw.model.call import Call, Leg, LegRole
from voicegw.model.directory import Manager, ManagerStatus
from voicegw.model.hours import Calendar


class PresenceState(StrEnum):
    """What a manager does."""

    FREE = "free"
    """Could be rung."""
    RINGING = "ringing"
    """The own telephone is being called, or rings."""
    TALKING = "talking"
    """The own telephone is answered, though the customer's may ring still."""
    AWAY = "away"
    """Is to be rung for nobody until told, or until a time."""
    OFF = "off"
    """Is not rung at this hour, has left, or has no telephone."""


@dataclass(frozen=True, slots=True)
class Engagement:
    """The part of a manager in a call that has not ended; `since` is aware."""

    state: PresenceState
    since: datetime
    call: Call


@dataclass(frozen=True, slots=True)
class Presence:
    """What `manager` does.

    `engagement` is set while the manager rings or talks, `until` where `away` is to end.
    """

    manager: Manager
    state: PresenceState
    engagement: Engagement | None = None
    until: datetime | None = None


def engagements(calls: Iterable[Call]) -> Mapping[str, Engagement]:
    """Return by manager what they do in `calls`; who talks and is called again talks."""
    found: dict[str, Engagement] = {}
    for call in calls:
        for leg in () if call.is_final else call.legs:
            here = _engagement(call, leg)
            if here is None or leg.manager_id is None:
                continue
            known = found.get(leg.manager_id)
            if known is None or _weight(here) < _weight(known):
                found[leg.manager_id] = here
    return found


def presence(
    manager: Manager,
    engagement: Engagement | None,
    at: datetime,
    zone: ZoneInfo,
    calendar: Calendar,
) -> Presence:
    """Return what `manager` does at `at`; `zone` and `calendar` are those of the group."""
    if engagement is not None:
        return Presence(manager, engagement.state, engagement)
    if manager.status is ManagerStatus.DEPARTED or not manager.phones:
        return Presence(manager, PresenceState.OFF)
    if manager.is_away(at):
        return Presence(manager, PresenceState.AWAY, until=manager.away_until)
    opening = hours.read(manager.hours)
    if opening is not None and not opening.is_open(at.astimezone(zone), calendar):
        return Presence(manager, PresenceState.OFF)
    return Presence(manager, PresenceState.FREE)


def _engagement(call: Call, leg: Leg) -> Engagement | None:
    if leg.role is not LegRole.MANAGER or leg.ended_at is not None:
        return None
    if leg.answered_at is not None:
        return Engagement(PresenceState.TALKING, leg.answered_at, call)
    since = leg.ringing_at or leg.started_at
    return None if since is None else Engagement(PresenceState.RINGING, since, call)


def _weight(engagement: Engagement) -> tuple[bool, datetime]:
    """Talks first, then what has gone on for longest."""
    return engagement.state is not PresenceState.TALKING, engagement.since
