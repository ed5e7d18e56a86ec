"""A whole node transcribes what was said on the telephone, with no model at first."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ivr.g711 import encode_alaw
from tests.faults.test_killed_node import total_size
from tests.parts.lab import Lab, customer_does, customer_number, manager_does
from tests.parts.node import wait_for
from tests.parts.rtp import sound_address
from tests.parts.speech import KOREAN, korean_model, spoken

pytestmark = pytest.mark.peer


def transcript(lab: Lab, recording_id: str) -> Any:
    """Return the transcript as the API has it."""
    return lab.node.get(f"/v1/recordings/{recording_id}/transcript")


def part(lab: Lab) -> Any:
    """Return what `/readyz` says of transcription."""
    with urllib.request.urlopen(lab.node.api + "/readyz", timeout=10) as answer:
        parts = json.loads(answer.read())["parts"]
    (found,) = [one for one in parts if one["name"] == "transcription"]
    return found


def test_words_on_the_telephone_become_a_transcript_once_there_is_a_model(
    new_lab: Callable[..., Lab],
) -> None:
    model = korean_model()
    lab = new_lab(
        recording="\n[transcription]\n"
        'model = "korean"\nlanguage = "ko"\n'
        f"vocabulary = {json.dumps(list(KOREAN), ensure_ascii=False)}"
    )
    mouth = lab.sound()
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2, sound=mouth)
    call_id = lab.talking()
    address = sound_address(carrier.seen(), containing=f"INVITE sip:{customer_number(1)}")
    pause = np.zeros(8000, np.int16)
    mouth.speak(address, encode_alaw(np.concatenate([spoken("아버지"), pause])))
    spools = lab.folder / "data" / "spool"
    wait_for("three seconds on disk", lambda: total_size(spools) > 3 * 8000)
    lab.node.hangup(call_id)
    carrier.finished()
    lab.node.wait_for_event(call_id, "recording.completed")
    recording_id = lab.node.get(f"/v1/calls/{call_id}")["recording_id"]

    # No model: everything goes on, the recording waits, and an operator is told what to do.
    assert transcript(lab, recording_id)["status"] == "queued"
    state = part(lab)
    assert state["ready"]
    assert "voicegw models pull korean" in state["detail"]
    raised = 'voicegw_alerts{alert="model-missing"}'
    wait_for("the alert", lambda: raised in lab.node.metrics())
    assert lab.node.metrics()["voicegw_transcription_backlog"] == 1

    models = lab.folder / "data" / "models"
    models.mkdir(exist_ok=True)
    (models / "korean").symlink_to(model)
    lab.node.wait_for_event(call_id, "transcript.completed", timeout_s=90)
    found = transcript(lab, recording_id)
    said = [(one["channel"], one["text"]) for one in found["segments"]]
    assert said[0] == ("customer", "아버지")
    assert len(set(said)) == 1
    assert found["model"] == "korean"
    assert part(lab)["detail"] == ""
    wait_for("no alert", lambda: raised not in lab.node.metrics())
    backlog = "voicegw_transcription_backlog"
    wait_for("no backlog", lambda: lab.node.metrics()[backlog] == 0)
    assert lab.node.metrics()['voicegw_transcripts_total{status="completed"}'] == 1
    assert lab.node.event_types(call_id).count("transcript.completed") == 1
