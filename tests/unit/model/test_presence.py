"""What a manager does: who rings, who talks, who is away, who is off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from voicegw.model.call import Call, CallStatus, Direction, Leg, LegRole
from voicegw.model.directory import Manager, ManagerStatus, Phone
from voicegw.model.hours import PlainCalendar
from voicegw.model.presence import Presence, PresenceState, engagements, presence

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def a_leg(manager: str | None = "mgr_1", role: LegRole = LegRole.MANAGER, **times: float) -> Leg:
    moments = {name: at(minutes) for name, minutes in times.items()}
    return Leg("leg_1", role, manager_id=manager, **moments)  # type: ignore[arg-type]


def a_call(name: str, *legs: Leg, status: CallStatus = CallStatus.IN_PROGRESS) -> Call:
    return Call(name, Direction.INBOUND, status, "node-1", at(-9), legs=list(legs))


def a_manager(**more: Any) -> Manager:
    return Manager("mgr_1", "A", "grp_1", **{"phones": [Phone("+8613900139000")], **more})


def now(manager: Manager, *calls: Call) -> Presence:
    engagement = engagements(calls).get(manager.id)
    return presence(manager, engagement, NOON, ZONE, PlainCalendar())


@pytest.mark.parametrize(
    ("leg", "state", "since"),
    [
        (a_leg(started_at=-3), PresenceState.RINGING, -3),
        (a_leg(started_at=-3, ringing_at=-2), PresenceState.RINGING, -2),
        (a_leg(started_at=-3, ringing_at=-2, answered_at=-1), PresenceState.TALKING, -1),
        (a_leg(started_at=-3, answered_at=-2, ended_at=-1), PresenceState.FREE, None),
        (a_leg(), PresenceState.FREE, None),
        (a_leg("mgr_2", answered_at=-1), PresenceState.FREE, None),
        (a_leg(None, answered_at=-1), PresenceState.FREE, None),
        (a_leg(role=LegRole.CUSTOMER, answered_at=-1), PresenceState.FREE, None),
    ],
)
def test_the_own_telephone(leg: Leg, state: PresenceState, since: float | None) -> None:
    found = now(a_manager(), a_call("call_1", leg))
    assert found.state is state
    assert (found.engagement is None) is (since is None)
    if found.engagement is not None and since is not None:
        assert found.engagement.since == at(since)
        assert found.engagement.call.id == "call_1"


def test_who_talks_and_is_called_again_talks() -> None:
    talk = a_call("call_1", a_leg(answered_at=-1))
    later = a_call("call_2", a_leg(started_at=-5))
    for calls in ((talk, later), (later, talk)):
        found = now(a_manager(), *calls)
        assert found.state is PresenceState.TALKING
        assert found.engagement is not None
        assert found.engagement.call.id == "call_1"


def test_a_call_that_is_over_engages_nobody() -> None:
    over = a_call("call_1", a_leg(answered_at=-1), status=CallStatus.COMPLETED)
    assert now(a_manager(), over).state is PresenceState.FREE


@pytest.mark.parametrize(
    ("more", "state", "until"),
    [
        ({}, PresenceState.FREE, None),
        ({"phones": []}, PresenceState.OFF, None),
        ({"status": ManagerStatus.DEPARTED}, PresenceState.OFF, None),
        ({"status": ManagerStatus.AWAY}, PresenceState.AWAY, None),
        ({"status": ManagerStatus.AWAY, "away_until": at(5)}, PresenceState.AWAY, at(5)),
        ({"status": ManagerStatus.AWAY, "away_until": at(-5)}, PresenceState.FREE, None),
        ({"hours": "Mo-Su 11:00-13:00"}, PresenceState.FREE, None),
        ({"hours": "Mo-Su 13:00-18:00"}, PresenceState.OFF, None),
    ],
)
def test_who_is_in_no_call(
    more: dict[str, Any], state: PresenceState, until: datetime | None
) -> None:
    found = now(a_manager(**more))
    assert (found.state, found.until) == (state, until)


def test_who_is_away_and_talks_talks() -> None:
    away = a_manager(status=ManagerStatus.AWAY, hours="Mo-Su 13:00-18:00")
    found = now(away, a_call("call_1", a_leg(answered_at=-1)))
    assert found.state is PresenceState.TALKING
