"""Alerts: raised once, cleared once, by whoever knows."""

from __future__ import annotations

from datetime import UTC, datetime

from voicegw.clock import SystemClock
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.model.event import Event, EventType, RaisedAlert


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


def earlier(slug: str) -> RaisedAlert:
    return RaisedAlert(f"n/{slug}", "n", slug, "then", datetime(2026, 3, 4, tzinfo=UTC))


def test_what_is_still_true_after_a_restart_stays_raised_without_another_event() -> None:
    alerts, written = make()
    alerts.inherit([earlier("store-away")])
    assert alerts.raised == {"store-away": "then"}
    alerts.set("store-away", True, "now")
    alerts.settle()
    assert alerts.raised == {"store-away": "now"}
    assert written == []
    alerts.set("store-away", False)
    assert [event.type for event in written] == [EventType.ALERT_CLEARED]


def test_what_is_no_more_true_after_a_restart_is_cleared_as_soon_as_that_is_known() -> None:
    alerts, written = make()
    alerts.inherit([earlier("store-away")])
    alerts.set("store-away", False)
    assert [(event.type, event.subject) for event in written] == [
        (EventType.ALERT_CLEARED, "n/store-away")
    ]
    alerts.settle()
    assert len(written) == 1


def test_what_nobody_speaks_of_after_a_restart_is_cleared_when_things_have_settled() -> None:
    alerts, written = make()
    alerts.inherit([earlier("trunk-down"), earlier("full")])
    alerts.set("full", True)
    alerts.settle()
    assert [event.subject for event in written] == ["n/trunk-down"]
    assert set(alerts.raised) == {"full"}


def test_one_of_several_sources_does_not_clear_for_the_others() -> None:
    alerts, written = make()
    alerts.inherit([earlier("trunk-down")])
    alerts.set("trunk-down", False, source="a")
    alerts.set("trunk-down", True, "b", source="b")
    alerts.settle()
    assert written == []
    assert alerts.raised == {"trunk-down": "b"}


def test_what_this_run_has_raised_is_its_own() -> None:
    alerts, written = make()
    alerts.set("full", True, "now")
    alerts.inherit([earlier("full")])
    alerts.settle()
    assert alerts.raised == {"full": "now"}
    assert len(written) == 1
