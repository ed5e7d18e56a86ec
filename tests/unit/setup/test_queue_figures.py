"""What `/metrics` says of queues."""

from __future__ import annotations

from collections import Counter

from voicegw.calls.waiting_room import QueueState
from voicegw.routing.queue import Departure, QueueFigures, QueueKey
from voicegw.setup.queue_figures import queue_figures


def test_every_figure_of_a_queue_is_told() -> None:
    figures = QueueFigures(
        entered=9, refused=1, in_time=2, departed=Counter({Departure.ABANDONED: 2})
    )
    key = QueueKey("hot_1", "grp_1")
    state = QueueState(key, waiting=3, longest_wait_s=4.5, managers=5, free=1, figures=figures)
    found = list(queue_figures([state]))
    assert [(one.name, one.value) for one in found] == [
        ("queue_waiting", 3),
        ("queue_longest_wait_seconds", 4.5),
        ("queue_managers_free", 1),
        ("queue_entered", 9),
        ("queue_refused", 1),
        ("queue_answered_in_time", 2),
        ("queue_left", 2),
    ]
    assert {one.labels["hotline"] for one in found} == {"hot_1"}
    assert found[-1].labels["how"] == "abandoned"
