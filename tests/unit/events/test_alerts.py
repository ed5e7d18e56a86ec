"""Alerts: raised once, cleared once, by whoever knows."""

from __future__ import annotations

from voicegw.clock import SystemClock
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.model.event import Event, EventType


def make() -> tuple[Alerts, list[Event]]:
    written: list[Event] = []
    return Alerts(EventFactory(SystemClock()), "n", written.append), written


def test_each_change_is_told_once() -> None:
    alerts, written = make()
    for raised in (False, True, True, False, False):
        alerts.set("store-away", raised, "why")
    kinds = [event.type for event in written]
    assert kinds == [EventType.ALERT_RAISED, EventType.ALERT_CLEARED]
    assert alerts.raised == {}


def test_of_several_sources_the_first_raises_and_the_last_clears() -> None:
    alerts, written = make()
    alerts.set("away", True, "the folder")
    alerts.set("away", True, "the bucket", source="upload")
    assert alerts.raised == {"away": "the folder"}
    alerts.set("away", False)
    assert alerts.raised == {"away": "the bucket"}
    alerts.set("away", False, source="another")
    assert len(written) == 1
    alerts.set("away", False, source="upload")
    assert [event.type for event in written] == [EventType.ALERT_RAISED, EventType.ALERT_CLEARED]


def test_a_disk_that_refuses_keeps_nobody_from_knowing() -> None:
    def refuse(event: Event) -> None:
        raise OSError(28, "No space left on device")

    alerts = Alerts(EventFactory(SystemClock()), "n", refuse)
    alerts.set("full", True, "no room")
    assert alerts.raised == {"full": "no room"}
