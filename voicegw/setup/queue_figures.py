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
        yield Figure("queue_waiting", "Callers who wait.", state.waiting, labels=labels)
        yield Figure(
            "queue_longest_wait_seconds",
            "For how long the first of those who wait has waited.",
            state.longest_wait_s,
            labels=labels,
        )
        yield Figure(
            "queue_managers_free",
            "Managers who could be rung for a queue.",
            state.free,
            labels=labels,
        )
        yield Figure(
            "queue_entered",
            "Callers who were let in to wait.",
            figures.entered,
            "counter",
            labels,
        )
        yield Figure(
            "queue_refused",
            "Callers who found a queue full.",
            figures.refused,
            "counter",
            labels,
        )
        yield Figure(
            "queue_answered_in_time",
            "Callers whom a manager has answered within 20 s.",
            figures.in_time,
            "counter",
            labels,
        )
        for how, count in sorted(figures.departed.items()):
            yield Figure(
                "queue_left",
                "Callers who have left a queue, by how.",
                count,
                "counter",
                {**labels, "how": str(how)},
            )
