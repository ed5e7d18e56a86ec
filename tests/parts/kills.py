"""Kills a node and its processes in the middle of talks, and says what became of the recordings."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass

from tests.parts.lab import Lab, customer_does, customer_number, customer_of, manager_does
from tests.parts.node import wait_for
from tests.parts.rtp import sound_address, tone_alaw
from voicegw.demo.sound import CUSTOMER_HZ, tone_seconds

NODE = "node"
PROCESSES = {
    "worker": "voicegw.media.worker",
    "finisher": "recordings.finishing.finisher_process",
}
"""What may be killed beside the node: its name, and what its command line holds."""
VICTIMS = (NODE, *PROCESSES)
AT_MOST_LOST_S = 1.0
"""A kill may cost the last second, and nothing else."""


@dataclass(frozen=True, slots=True)
class Killing:
    """What was killed during or right after a talk in which the customer spoke for `spoken_s`."""

    victim: str
    call_id: str
    spoken_s: float


def kill_once(lab: Lab, victim: str, chance: random.Random) -> Killing:
    """Have two people talk, and kill `victim` at some moment; the node runs again at the end."""
    mouth = lab.sound()
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2, sound=mouth)
    call_id = lab.talking()
    customer = customer_number(customer_of(1))
    mouth.speak(
        sound_address(carrier.seen(), containing=f"INVITE sip:{customer}"),
        tone_alaw(CUSTOMER_HZ, 1),
    )
    began = time.monotonic()
    time.sleep(chance.uniform(1.2, 2.0))
    if victim == "finisher":
        lab.node.hangup(call_id)
    spoken_s = time.monotonic() - began
    time.sleep(chance.uniform(0.0, 0.3))
    if victim == NODE:
        lab.node.kill()
        lab.node.start()
    else:
        kill_process(lab, PROCESSES[victim])
    carrier.finished()
    lab.node.ended(call_id)
    mouth.close()
    return Killing(victim, call_id, spoken_s)


def kill_process(lab: Lab, command: str) -> None:
    """Kill each process of the node whose command line holds `command`; there may be none yet."""
    for pid, line in lab.node.children().items():
        if command in line:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def faults_of(lab: Lab, killing: Killing) -> list[str]:
    """Return what is wrong with the recording of a talk; empty when nothing is."""
    _, samples = lab.recording(killing.call_id)
    faults = []
    heard_s = tone_seconds(samples[:, 0], CUSTOMER_HZ)
    if heard_s < killing.spoken_s - AT_MOST_LOST_S:
        faults.append(f"{heard_s:.2f} s of {killing.spoken_s:.2f} s are left")
    told = lab.node.event_types(killing.call_id)
    for kind in ("call.ended", "recording.completed"):
        if told.count(kind) != 1:
            faults.append(f"{told.count(kind)} times {kind}")
    return faults


def leftovers(lab: Lab) -> list[str]:
    """Return what is still to be done or lies about, once all recordings are made."""
    data = lab.folder / "data"
    wait_for("no spool is left", lambda: not list(data.glob("spool/*.spool")))
    found = [str(path.name) for path in data.glob("recordings/.staging/*")]
    pending = lab.node.get("/v1/recordings?status=pending&limit=200")["items"]
    return found + [recording["id"] for recording in pending]
