"""A talk is recorded, recognised, compared with a script, and its call settled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from ivr.g711 import encode_alaw
from tests.parts.event_checks import check_events
from tests.parts.lab import CALLER_HOST, customer_of
from tests.parts.raw_lab import RawLab, make_raw_lab, raw
from tests.parts.raw_sip import description
from tests.parts.speech import KOREAN, korean_model, spoken

__all__ = ["raw"]

pytestmark = pytest.mark.peer

_CONFIG = """
[transcription]
model = "{model}"
language = "ko"
vocabulary = [{vocabulary}]
"""
_SCRIPT: dict[str, Any] = {
    "name": "Revisit",
    "active": True,
    "statements": [
        {"id": "contract", "text": "아버지 토요일", "within_s": 30, "assent": True},
        {"id": "never", "text": "本产品不保证收益", "weight": 20},
    ],
    "phrases": [{"id": "father", "text": "어머니", "severity": "critical"}],
    "limits": [{"measure": "manager.talk_share", "at_most": 0.9}],
}


@pytest.fixture(scope="module")
def module_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawLab]:
    """Return a lab whose node hears Korean: that is what the tests' recogniser knows."""
    vocabulary = ", ".join(f'"{word}"' for word in KOREAN)
    config = _CONFIG.format(model=korean_model(), vocabulary=vocabulary)
    made = make_raw_lab(tmp_path_factory.mktemp("raw"), defence=config)
    yield made
    made.close()


def alaw(*texts: str) -> bytes:
    """Return texts as a telephone sends them, a second of silence around each, more at the end.

    The silence before the first is heard while the talk begins: what it swallows is no word.
    """
    second = np.zeros(8000, dtype=np.int16)
    parts = [part for text in texts for part in (spoken(text), second)]
    return encode_alaw(np.concatenate([second, *parts, *[second] * 4]))


def talked(raw: RawLab) -> str:
    """Have the manager say the words in a call; return its id once it is settled.

    They are those that the model hears best on a telephone. What a busy machine sends with gaps is
    heard as other words: then they are said once more.
    """
    words = ("아버지 토요일", "아버지 어머니")
    node, said = raw.lab.node, alaw(*words)
    for _ in range(5):
        mouths = raw.lab.sound(CALLER_HOST), raw.lab.sound()
        talk = raw.talking(ports=(mouths[0].port, mouths[1].port))
        mouths[1].speak(talk.manager_sound, said)
        time.sleep(len(said) / 8000 - 3.0)
        node.hangup(talk.call_id)
        node.wait_for_event(talk.call_id, "call.settled", 60)
        recording_id = node.get(f"/v1/calls/{talk.call_id}")["recording_id"]
        heard = node.get(f"/v1/recordings/{recording_id}/transcript")["segments"]
        if [one["text"] for one in heard] == list(words):
            return talk.call_id
        raw.over()
    pytest.fail("the recogniser never heard the words")


def test_a_talk_is_checked_and_its_call_settled(raw: RawLab) -> None:
    node = raw.lab.node
    status, script = node.request("POST", "/v1/scripts", _SCRIPT)
    assert status == 201, script
    call_id = talked(raw)
    types = node.event_types(call_id)
    assert types[-4:] == [
        "recording.completed",
        "transcript.completed",
        "quality.completed",
        "call.settled",
    ]
    recording_id = node.get(f"/v1/calls/{call_id}")["recording_id"]
    found = node.get(f"/v1/recordings/{recording_id}/findings")["items"]
    assert [(one["kind"], one["statement_id"]) for one in found] == [
        ("statement-said", "contract"),
        ("assent-missing", "contract"),
        ("statement-missing", "never"),
        ("phrase-forbidden", "father"),
        ("measure", None),
    ]
    assert found[0]["channel"] == "manager"
    assert found[0]["start_s"] < found[0]["end_s"] < found[3]["start_s"] < found[3]["end_s"]
    assert (found[0]["script_id"], found[0]["script_version"]) == (script["id"], 1)
    quality = node.get(f"/v1/recordings/{recording_id}/quality")
    assert quality["score"] == 100 - 5 - 20 - 10
    assert quality["measures"]["manager"]["talk_share"] == 1.0
    events = node.get(f"/v1/calls/{call_id}/events")["items"]
    check_events(events)
    settled = events[-1]["data"]
    assert settled["quality"]["score"] == quality["score"]
    assert settled["recordings"][0]["status"] == "completed"
    assert "아버지" not in node.log.read_text()

    # Judged by a new version of the script: what was found before is replaced.
    status, _ = node.request(
        "PUT", f"/v1/scripts/{script['id']}", {**_SCRIPT, "phrases": [], "limits": []}
    )
    assert status == 200
    status, _ = node.request("POST", f"/v1/recordings/{recording_id}/check")
    assert status == 202
    deadline = time.monotonic() + 20
    while (again := node.get(f"/v1/recordings/{recording_id}/findings")["items"]) and again[0][
        "script_version"
    ] == 1:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert [one["statement_id"] for one in again] == ["contract", "contract", "never"]
    assert node.event_types(call_id).count("call.settled") == 1


def test_every_event_of_a_call_echoes_what_it_was_started_with(raw: RawLab) -> None:
    """From its first event to those that come of its sound, and what is told of it afterwards."""
    node = raw.lab.node
    wanted = {"manager_external_id": "m2", "customer_external_id": f"c{customer_of(2)}"}
    status, task = node.request("POST", "/v1/tasks", wanted | {"type": "renewal"})
    assert status == 201, task
    state = {"client_state": "order 17 ✓"}
    status, started = node.request("POST", f"/v1/tasks/{task['id']}/call", state)
    assert status == 202, started
    call_id = started["id"]
    for rung in (raw.manager_rung, raw.customer_rung):
        invite, leg = rung(2)
        mouth = raw.lab.sound()
        leg.answer(invite, 200, body=description(mouth.port))
        leg.expect("ACK")
        mouth.speak(invite.sound, alaw())
    node.bridged(call_id)
    time.sleep(1)
    node.hangup(call_id)
    node.wait_for_event(call_id, "call.settled", 60)
    status, told = node.request("PUT", f"/v1/calls/{call_id}/disposition", {"code": "renewed"})
    assert status == 200, told
    events = node.get(f"/v1/calls/{call_id}/events?limit=200")["items"]
    check_events(events)
    assert {one["type"] for one in events} >= {
        "call.initiated",
        "leg.answered",
        "call.bridged",
        "recording.completed",
        "transcript.completed",
        "quality.completed",
        "call.settled",
        "disposition.received",
    }
    for one in events:
        echoed = one["data"]["client_state"], one["data"]["task_id"]
        assert echoed == ("order 17 ✓", task["id"]), one["type"]
