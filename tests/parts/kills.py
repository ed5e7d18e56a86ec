"""Kills a node and its processes in the middle of talks, and says what became of the recordings."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.parts.lab import Lab, customer_does, customer_number, customer_of, make_lab, manager_does
from tests.parts.node import children_of, wait_for
from tests.parts.rtp import sound_address, tone_alaw
from tests.parts.speech import KOREAN, is_running, korean_model
from voicegw.demo.sound import CUSTOMER_HZ, tone_seconds

NODE = "node"
PROCESSES = {
    "worker": "voicegw.media.worker",
    "finisher": "recordings.finishing.finisher_process",
}
"""What may be killed beside the node: its name, and what its command line holds."""
VICTIMS = (NODE, *PROCESSES)
TRANSCRIBER = "recordings.transcription.loader_process"
SPEECH_VICTIMS = ("loader", "transcriber", "node-transcribing")
"""What may be killed while a transcript is made: the loader, what it has forked, the node."""
SPEECH_S = 4.0
"""By then a model is loaded and a short talk transcribed, on an idle machine."""
AT_MOST_LOST_S = 1.0
"""A kill may cost the last second, and nothing else."""


@dataclass(frozen=True, slots=True)
class Killing:
    """What was killed during or right after a talk in which the customer spoke for `spoken_s`."""

    victim: str
    call_id: str
    spoken_s: float


def speech_lab(folder: Path) -> Lab:
    """Return a lab that transcribes what is said."""
    options = {"model": str(korean_model()), "language": "ko", "vocabulary": list(KOREAN)}
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in options.items()]
    return make_lab(folder, recording="\n".join(["", "[transcription]", *lines]))


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
    in_speech = victim in SPEECH_VICTIMS
    if victim == "finisher" or in_speech:
        lab.node.hangup(call_id)
    spoken_s = time.monotonic() - began
    time.sleep(chance.uniform(0.0, SPEECH_S if in_speech else 0.3))
    if victim in {NODE, "node-transcribing"}:
        before = transcribers(lab)
        lab.node.kill()
        wait_for("no transcriber outlives the node", lambda: not any(map(is_running, before)))
        lab.node.start()
    elif in_speech:
        loaders = set(lab.node.children())
        for pid in transcribers(lab):
            if (pid in loaders) == (victim == "loader"):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    else:
        kill_process(lab, PROCESSES[victim])
    carrier.finished()
    lab.node.ended(call_id)
    # The next call needs one; on a busy machine that takes seconds.
    wait_for("a media worker", lambda: lab.node.metrics()["voicegw_media_workers"] > 0, 30)
    mouth.close()
    return Killing(victim, call_id, spoken_s)


def kill_process(lab: Lab, command: str) -> None:
    """Kill each process of the node whose command line holds `command`; there may be none yet."""
    for pid, line in lab.node.children().items():
        if command in line:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def transcribers(lab: Lab) -> list[int]:
    """Return the loader of speech recognition and what it has forked."""
    loaders = [pid for pid, line in lab.node.children().items() if TRANSCRIBER in line]
    return [*loaders, *(pid for loader in loaders for pid in children_of(loader))]


def speech_faults_of(lab: Lab, killing: Killing) -> list[str]:
    """Return what is wrong with the transcript of a talk and what follows from it."""
    lab.node.wait_for_event(killing.call_id, "call.settled", 180)
    told = lab.node.event_types(killing.call_id)
    return [
        f"{told.count(kind)} times {kind}"
        for kind in ("transcript.completed", "quality.completed", "call.settled")
        if told.count(kind) != 1
    ]


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
