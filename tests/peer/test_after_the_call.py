"""What a call leaves behind in a running node: a message and its task, a survey, a result."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tests.parts.lab import (
    CALLER_HOST,
    HOTLINE,
    customer_number,
    customer_of,
    manager_number,
)
from tests.parts.messages import (
    CLICK_PEAK,
    FIRST_CLICK_S,
    MESSAGE_HZ,
    begin_message,
    take_messages,
)
from tests.parts.raw_lab import RawLab, make_raw_lab
from tests.parts.raw_sip import Leg, description
from tests.parts.rtp import RtpPort, loudness, tone_alaw

pytestmark = pytest.mark.peer

AFTER = {"survey": "satisfaction_and_solved", "result": True}
CODE = "40713"
WITHIN_S = 0.020
_RATE_HZ = 8000
_LOUD = 2000


@pytest.fixture(scope="module")
def raw_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawLab]:
    """Return a lab whose first hotline takes messages and asks both sides when a talk is over."""
    made = make_raw_lab(tmp_path_factory.mktemp("after"))
    node = made.lab.node
    take_messages(made, after_call=AFTER)
    customer = node.get(f"/v1/customers/by-external-id/c{customer_of(1)}")
    body = {key: customer[key] for key in ("name", "group_id", "external_id", "owner_id")}
    body |= {"numbers": [customer_number(customer_of(1))], "code": CODE}
    status, answer = node.request("PUT", f"/v1/customers/{customer['id']}", body)
    assert status == 200, answer
    yield made
    made.close()


@pytest.fixture
def raw(raw_lab: RawLab) -> Iterator[RawLab]:
    """Return the module's lab, cleared after the test."""
    yield raw_lab
    raw_lab.clear()


def key_of(raw: RawLab, manager: int) -> str:
    """Return a key that sees what manager `m{manager}` may see."""
    wanted = ("keys", "create", "--role", "manager", "--manager", f"m{manager}", "--json")
    return str(json.loads(raw.lab.node.cli(*wanted))["key"])


def events(raw: RawLab, call_id: str, kind: str) -> list[dict[str, Any]]:
    """Return what the events of this type tell of a call."""
    items = raw.lab.node.get(f"/v1/calls/{call_id}/events?limit=200")["items"]
    return [one["data"] for one in items if one["type"] == kind]


# -- a message


def samples_of(path: Path) -> NDArray[np.int16]:
    """Return a master's samples, one row a sample."""
    samples, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
    assert (rate_hz, samples.shape[1]) == (_RATE_HZ, 2)
    return np.asarray(samples, np.int16)


def test_a_message_is_recorded_from_the_beep_and_is_a_task_of_the_owner(raw: RawLab) -> None:
    message = begin_message(raw)
    call_id = message.call_id
    time.sleep(3.0)
    raw.hang_up(message.caller)
    call = raw.ended(call_id)
    assert (call["outcome"], call["status"]) == ("voicemail", "completed")
    assert (call["recording_id"], call["hangup_source"]) == (None, "customer")
    assert [(one["step"], one["result"]) for one in call["plan"]] == [
        ("owner", "declined"),
        ("voicemail", "left"),
    ]
    (reference,) = call["recordings"]
    assert reference["kind"] == "voicemail"
    raw.lab.node.wait_for_event(call_id, "recording.completed")
    recording = raw.lab.node.get(f"/v1/recordings/{reference['id']}")
    owner_id = raw.lab.node.get("/v1/managers/by-external-id/m1")["id"]
    assert (recording["kind"], recording["manager_id"]) == ("voicemail", owner_id)
    assert {one["kind"]: one["at_s"] for one in recording["marks"]}["beep"] == 0
    (master,) = raw.lab.folder.glob(f"data/recordings/**/{recording['id']}*.flac")
    check_message(samples_of(master), message.began - datetime_s(recording["started_at"]))
    check_task(raw, call_id, recording["id"], owner_id)
    check_who_hears(raw, recording["id"])
    # The model of speech isn't on this machine: the transcript waits for it.
    status, transcript = raw.lab.node.request("GET", f"/v1/recordings/{recording['id']}/transcript")
    assert (status, transcript["status"]) == (200, "queued")


def datetime_s(text: str) -> float:
    """Return a time of the API in seconds since the epoch."""
    return datetime.fromisoformat(text).timestamp()


def check_message(samples: NDArray[np.int16], began_s: float) -> None:
    """The clicks lie where they were spoken, counted from the beep; the other side is silent."""
    assert loudness(samples[round((began_s + 0.2) * _RATE_HZ) :, 0], MESSAGE_HZ) > _LOUD
    assert not samples[:, 1].any()
    found = np.flatnonzero(np.abs(samples[:, 0].astype(np.int32)) > CLICK_PEAK * 0.6) / _RATE_HZ
    onsets = [float(at) for at, before in zip(found, [-1.0, *found[:-1]], strict=True)
              if at - before > 0.1]  # fmt: skip
    expected = [began_s + FIRST_CLICK_S + second for second in range(len(onsets))]
    assert len(onsets) >= 2
    assert onsets == pytest.approx(expected, abs=WITHIN_S)


def check_task(raw: RawLab, call_id: str, recording_id: str, owner_id: str) -> None:
    """There is one task, told as an event, for the owner."""
    tasks = raw.lab.node.get("/v1/tasks?type=voicemail")["items"]
    (task,) = [one for one in tasks if call_id in one["calls"]]
    assert (task["manager_id"], task["recording_id"]) == (owner_id, recording_id)
    (told,) = events(raw, call_id, "task.created")
    assert (told["id"], told["recording_id"]) == (task["id"], recording_id)
    assert "customer_number" not in told


def check_who_hears(raw: RawLab, recording_id: str) -> None:
    """The owner hears the message and sees the task; for another manager neither exists."""
    status = {}
    for manager in (1, 2):
        headers = {"Authorization": f"Bearer {key_of(raw, manager)}"}
        path = f"/v1/recordings/{recording_id}"
        status[manager], _ = raw.lab.node.request("GET", path, headers=headers)
        _, tasks = raw.lab.node.request("GET", "/v1/tasks", headers=headers)
        mine = [one for one in tasks["items"] if one["recording_id"] == recording_id]
        assert len(mine) == (1 if manager == 1 else 0)
        if status[manager] == 200:
            request = urllib.request.Request(
                f"{raw.lab.node.api}{path}/audio?format=wav&channel=customer", headers=headers
            )
            with urllib.request.urlopen(request, timeout=10) as answer:
                assert answer.read(4) == b"RIFF"
    assert status == {1: 200, 2: 404}


def test_the_hash_key_ends_a_message_and_what_follows_is_not_in_it(raw: RawLab) -> None:
    message = begin_message(raw)
    time.sleep(1.5)
    pressed = time.time()
    message.sound.press(message.target, "#")
    message.caller.answer(message.caller.expect("BYE"), 200)
    call = raw.ended(message.call_id)
    assert (call["outcome"], call["hangup_source"]) == ("voicemail", "gateway")
    raw.lab.node.wait_for_event(message.call_id, "recording.completed")
    recording = raw.lab.node.get(f"/v1/recordings/{call['recordings'][0]['id']}")
    lasts_s = pressed - datetime_s(recording["started_at"])
    assert recording["duration_s"] == pytest.approx(lasts_s, abs=0.25)
    assert recording["reason"] is None


# -- a survey and a result


def press(sound: RtpPort, target: tuple[str, int], keys: str, pause_s: float = 0.6) -> None:
    """Press keys, each while its question is asked or after it."""
    for key in keys:
        time.sleep(pause_s)
        sound.press(target, key)


def check_survey(raw: RawLab, call_id: str, direction: str) -> None:
    """The answers are in the call and were told as they came; the talk ended before them."""
    call = raw.ended(call_id)
    assert (call["outcome"], call["direction"]) == ("connected", direction)
    assert call["hangup_source"] == "manager"
    answers = [(one["question"], one["key"]) for one in call["survey"]]
    assert answers == [("satisfaction", "5"), ("solved", "1")]
    assert len(events(raw, call_id, "survey.answered")) == 2
    check_talk_only(raw, call)


def check_result(raw: RawLab, call_id: str, direction: str, code: str) -> None:
    """The result is in the call and was told; whoever hung up first ended the talk."""
    call = raw.ended(call_id)
    assert (call["outcome"], call["direction"]) == ("connected", direction)
    assert call["hangup_source"] == "customer"
    assert (call["disposition"]["code"], call["disposition"]["source"]) == (code, "keypad")
    assert call["disposition"]["by"] == call["manager_id"]
    (told,) = events(raw, call_id, "disposition.received")
    assert told["disposition"]["code"] == code
    check_talk_only(raw, call)


def check_talk_only(raw: RawLab, call: dict[str, Any]) -> None:
    """The recording lasts as long as the talk: no question and no answer is in it."""
    raw.lab.node.wait_for_event(call["id"], "recording.completed")
    recording = raw.lab.node.get(f"/v1/recordings/{call['recording_id']}")
    assert recording["duration_s"] == pytest.approx(call["talk_s"], abs=0.1)
    assert datetime_s(call["ended_at"]) - datetime_s(call["bridged_at"]) > call["talk_s"] + 0.5


@dataclass
class Side:
    """One of two who talk: its leg, its sound, and where the node wants that."""

    leg: Leg
    sound: RtpPort
    target: tuple[str, int]

    def __post_init__(self) -> None:
        """Speak from the beginning, so that there is something to record."""
        self.sound.speak(self.target, tone_alaw(MESSAGE_HZ, 1))

    def press(self, keys: str) -> None:
        """Press keys in answer to questions, then be hung up on."""
        press(self.sound, self.target, keys)
        self.leg.answer(self.leg.expect("BYE"), 200)


def dialled(raw: RawLab) -> tuple[str, Side, Side]:
    """Have two talk by click-to-dial; return the call, the manager and the customer."""
    call_id = raw.lab.dial(1)
    manager_sound, customer_sound = raw.lab.sound(), raw.lab.sound()
    wanted, manager = raw.manager_rung(1)
    manager.answer(wanted, 200, body=description(manager_sound.port))
    manager.expect("ACK")
    asked, customer = raw.customer_rung(1)
    customer.answer(asked, 200, body=description(customer_sound.port))
    customer.expect("ACK")
    raw.lab.node.bridged(call_id)
    return (
        call_id,
        Side(manager, manager_sound, wanted.sound),
        Side(customer, customer_sound, asked.sound),
    )


def test_a_customer_who_was_dialled_answers_the_survey(raw: RawLab) -> None:
    call_id, manager, customer = dialled(raw)
    time.sleep(0.5)
    raw.hang_up(manager.leg)
    customer.press("51")
    check_survey(raw, call_id, "click_to_dial")


def test_a_manager_enters_what_came_of_a_call(raw: RawLab) -> None:
    call_id, manager, customer = dialled(raw)
    time.sleep(0.5)
    raw.hang_up(customer.leg)
    manager.press("3")
    check_result(raw, call_id, "click_to_dial", "call_again")
    # What was told by key may be told better by the API: the last word counts.
    path = f"/v1/calls/{call_id}/disposition"
    status, call = raw.lab.node.request("PUT", path, {"code": "success", "note": "wants two"})
    assert (status, call["disposition"]["code"], call["disposition"]["source"]) == (
        200, "success", "api",
    )  # fmt: skip
    assert len(events(raw, call_id, "disposition.received")) == 2


def test_a_caller_answers_the_survey_and_a_manager_who_was_called_is_asked(raw: RawLab) -> None:
    for ends in ("manager", "customer"):
        heard, spoken = raw.lab.sound(CALLER_HOST), raw.lab.sound()
        talk = raw.talking(ports=(heard.port, spoken.port))
        customer = Side(talk.customer, heard, talk.answer.sound)
        manager = Side(talk.manager, spoken, talk.manager_sound)
        time.sleep(0.5)
        if ends == "manager":
            raw.hang_up(manager.leg)
            customer.press("51")
            check_survey(raw, talk.call_id, "inbound")
        else:
            raw.hang_up(customer.leg)
            manager.press("1")
            check_result(raw, talk.call_id, "inbound", "success")


def test_a_manager_who_dialled_through_is_asked_too(raw: RawLab) -> None:
    known = raw.lab.node.call_ids()
    sound = raw.lab.sound(CALLER_HOST)
    manager = Leg.calling(raw.caller(), HOTLINE, caller=manager_number(1))
    manager.invite(description(sound.port, host=CALLER_HOST))
    answer = manager.expect(200)
    manager.ack(answer)
    (call_id,) = raw.lab.node.new_calls(known)
    side = Side(manager, sound, answer.sound)
    press(sound, answer.sound, f"{CODE}#", pause_s=0.05)
    asked, customer = raw.customer_rung(1)
    customer.answer(asked, 200, body=description())
    customer.expect("ACK")
    raw.lab.node.bridged(call_id)
    time.sleep(0.5)
    raw.hang_up(customer)
    side.press("2")
    check_result(raw, call_id, "dial_through", "refused")
