"""Which events somebody wants."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from voicegw.errors import InvalidError
from voicegw.model.event import Event, EventType
from voicegw.model.event_filter import EventFilter, matching_types

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def test_patterns_name_types() -> None:
    alerts = {EventType.ALERT_RAISED, EventType.ALERT_CLEARED}
    assert matching_types(["call.ended", "alert.*"]) == frozenset({EventType.CALL_ENDED} | alerts)


@pytest.mark.parametrize("patterns", [[], ["*"], ["call.ended", "*"], ["*", "call.ended"]])
def test_all_are_wanted(patterns: list[str]) -> None:
    assert matching_types(patterns) is None


@pytest.mark.parametrize(
    "pattern", ["call", "call.", "cal*", "CALL.ENDED", "*.ended", "", "calls.*"]
)
def test_what_no_event_is_called_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidError) as caught:
        matching_types(["call.ended", pattern])
    assert caught.value.field == "types"


def test_a_wildcard_stops_at_the_dot() -> None:
    assert EventType.RECORDINGS_SEALED not in (matching_types(["recording.*"]) or ())


@pytest.mark.parametrize(
    ("wanted", "passes"),
    [
        (EventFilter(), True),
        (EventFilter(types=frozenset({EventType.CALL_ENDED})), True),
        (EventFilter(types=frozenset({EventType.CALL_HELD})), False),
        (EventFilter(subject="call_2"), False),
        (EventFilter(group_ids=frozenset({"grp_1", "grp_2"})), True),
        (EventFilter(group_ids=frozenset()), False),
        (EventFilter(manager_id="mgr_1"), True),
        (EventFilter(manager_id="mgr_2"), False),
        (EventFilter(subject="call_1", manager_id="mgr_2"), False),
    ],
)
def test_a_filter_lets_pass_what_is_wanted(wanted: EventFilter, passes: bool) -> None:
    event = Event("evt_1", EventType.CALL_ENDED, "call_1", NOW, 1, {}, "grp_1", "mgr_1")
    assert wanted.matches(event) is passes


def test_what_belongs_to_nobody_passes_no_filter_by_owner() -> None:
    alert = Event("evt_1", EventType.ALERT_RAISED, "node-1/store-away", NOW, 0, {})
    assert not EventFilter(group_ids=frozenset({"grp_1"})).matches(alert)
    assert not EventFilter(manager_id="mgr_1").matches(alert)
