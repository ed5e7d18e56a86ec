"""What `/metrics` says of queues. Labels are ids of hotlines and groups: no caller makes one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from api.metrics import Figure
from voicegw.calls.waiting_room import QueueState


def queue_figures(states: Sequence[QueueState]) -> Iterable[Figure]:
    """Return the figures of the queues of a node."""
    for state in states:
        labels = {"hotline": state.key.hotline_id, "group": state.key.group_id}
        figures = state.figures
        yield Figure("queue_waiting", state.waiting, labels)
        yield Figure("queue_longest_wait_seconds", state.longest_wait_s, labels)
        yield Figure("queue_managers_free", state.free, labels)
        yield Figure("queue_entered", figures.entered, labels)
        yield Figure("queue_refused", figures.refused, labels)
        yield Figure("queue_answered_in_time", figures.in_time, labels)
        for how, count in sorted(figures.departed.items()):
            yield Figure("queue_left", count, {**labels, "how": str(how)})
