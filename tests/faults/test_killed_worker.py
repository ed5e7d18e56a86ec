"""A media worker dies: its calls end, all others go on, another worker takes its place."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from tests.parts.lab import Lab, customer_does, customer_number, customer_of, manager_does
from tests.parts.node import wait_for
from tests.parts.rtp import sound_address, tone_alaw

pytestmark = pytest.mark.peer


def test_one_of_two_workers_in_the_middle_of_two_talks(new_lab: Callable[..., Lab]) -> None:
    """The dead worker's call ends on both sides; the other's sound still crosses."""
    lab = new_lab(workers=2)
    ear = lab.sound()
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=4, sound=ear)
    calls = {manager: lab.talking(manager) for manager in (1, 2)}
    workers = lab.node.media_workers()
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)

    def lost() -> list[int]:
        return [
            manager
            for manager, call_id in calls.items()
            if lab.node.get(f"/v1/calls/{call_id}")["outcome"] is not None
        ]

    assert len(wait_for("a call ends", lost)) == 1
    (dead,) = lost()
    (alive,) = set(calls) - {dead}
    call = lab.node.get(f"/v1/calls/{calls[dead]}")
    assert (call["outcome"], call["hangup_source"]) == ("interrupted", "gateway")
    customer = customer_number(customer_of(alive))
    tone = tone_alaw(580, 1)
    now = time.monotonic()
    ear.speak(sound_address(carrier.seen(), containing=f"INVITE sip:{customer}"), tone)
    wait_for("the manager hears the customer", lambda: tone[:160] in ear.heard(now))
    assert lab.node.get(f"/v1/calls/{calls[alive]}")["outcome"] is None
    wait_for(
        "a worker in its place", lambda: len(set(lab.node.media_workers()) - set(workers)) == 1
    )
    wait_for("its restart is counted", lambda: restarts(lab) == 1)
    status, _ = lab.node.request("GET", "/readyz")
    assert status == 200
    lab.node.hangup(calls[alive])
    carrier.finished()
    lab.assert_ended(calls[alive], "connected", "completed")
    lab.assert_one_ending(calls[dead])


def test_the_only_worker_while_a_telephone_rings(new_lab: Callable[..., Lab]) -> None:
    """The call ends with a CANCEL, and the next one is carried by the worker that came instead."""
    lab = new_lab()
    carrier = lab.carrier(
        manager_does("no_answer", 1), manager_does("answers", 2), customer_does("answers"), calls=3
    )
    call_id = lab.dial(1, ring_s=60)
    lab.node.call_with_status(call_id, "ringing")
    (worker,) = lab.node.media_workers()
    os.kill(worker, signal.SIGKILL)
    lab.assert_ended(call_id, "failed", "failed")
    wait_for("a worker in its place", lambda: restarts(lab) == 1)
    again = lab.talking(2)
    lab.node.hangup(again)
    carrier.finished()
    lab.assert_ended(again, "connected", "completed")


def restarts(lab: Lab) -> float:
    """Return how many workers have been started in place of dead ones."""
    return lab.node.metrics()["voicegw_media_workers_restarted_total"]
