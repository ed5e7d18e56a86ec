"""The node is killed while twenty callers wait: each is told the end, counted and to be called."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.parts.lab import ANY_MANAGER, CALLER_HOST, Lab, customer_number, manager_number
from tests.parts.node import wait_for
from tests.parts.rtp import RtpPort, sound_address, tone_alaw
from tests.parts.sipp_steps import Behaviour

pytestmark = pytest.mark.peer

WAITING = 20
DESK = "+864008007003"
TALKER, ASKER, FIRST = 9700, 9701, 9710


def desk(lab: Lab) -> None:
    """Have one manager answer a hotline whose callers wait."""
    group = lab.node.request("POST", "/v1/groups", {"name": "Desk"})[1]["id"]
    body: dict[str, Any] = {"name": "Desk", "group_id": group, "phones": [manager_number(900)]}
    status, answer = lab.node.request("POST", "/v1/managers", body)
    assert status == 201, answer
    queue = {"size": 50, "max_wait_s": 600, "ring_s": 20}
    body = {"number": DESK, "group_id": group, "answer": "at_once", "announce": "none"}
    status, answer = lab.node.request("POST", "/v1/hotlines", {**body, "routing": {"queue": queue}})
    assert status == 201, answer


def totals(lab: Lab) -> dict[str, Any]:
    """Return the state of the queue."""
    items: list[dict[str, Any]] = lab.node.get("/v1/queues")["items"]
    return next((one for one in items if one["totals"]["entered"]), {"waiting": 0})


def told(lab: Lab, kind: str, count: int) -> list[dict[str, Any]] | None:
    """Return the events of a type, once there are so many."""
    items: list[dict[str, Any]] = lab.node.get(f"/v1/events?types={kind}&limit=200")["items"]
    return items if len(items) >= count else None


def by_caller(lab: Lab) -> dict[str, dict[str, Any]]:
    """Return the calls by the number of who calls."""
    items = lab.node.get("/v1/calls?limit=200")["items"]
    assert len(items) == len({one["customer_number"] for one in items}), "somebody was called"
    return {one["customer_number"]: one for one in items}


def test_each_of_twenty_callers_who_wait_is_accounted_for(new_lab: Callable[..., Lab]) -> None:
    lab = new_lab(more='[transcription]\nengine = "none"\n')
    desk(lab)
    mouth = lab.sound()
    carrier = lab.carrier(Behaviour(ANY_MANAGER, "answers"), calls=1, sound=mouth)
    talker = lab.caller("talks_until_hung_up", (customer_number(TALKER), DESK))
    (talk,) = lab.node.new_calls(set(), timeout_s=30)
    lab.node.bridged(talk)
    mouth.speak(sound_address(carrier.seen(), containing="INVITE sip:"), tone_alaw(440, 1))
    asker = lab.caller("waits_and_presses_1", (customer_number(ASKER), DESK))
    asker.finished()
    rows = [(customer_number(FIRST + index), DESK) for index in range(WAITING)]
    ear = lab.sound(CALLER_HOST)
    waiting = lab.caller("talks_until_hung_up", *rows, sound=ear)
    wait_for("all wait", lambda: totals(lab)["waiting"] == WAITING, 30)
    wait_for("music", lambda: len(ear.packets) > 50 * WAITING, 30)

    lab.node.kill()
    heard = wait_for("silence", lambda: silent_after(ear), 10)
    assert waiting.seen().count("\nBYE sip:") == 0, "nobody is there to hang up"
    lab.node.start()
    waiting.finished()
    talker.finished()
    carrier.finished()
    assert len(ear.packets) == heard, "a caller whose call is over is not spoken to"
    # The telephones have seen one call each, and one end of it.
    assert waiting.seen().count("\nBYE sip:") == WAITING
    assert carrier.seen().count("\nINVITE sip:") == 1

    lab.node.assert_nothing_held()
    # Until a call is settled its recording may still be made, and told of.
    settled = wait_for("all is known", lambda: told(lab, "call.settled", WAITING + 2), 60)
    calls = by_caller(lab)
    assert len(calls) == WAITING + 2
    lost = [calls[number] for number, _ in rows] + [calls[customer_number(TALKER)]]
    for call in lost:
        assert (call["outcome"], call["status"]) == ("interrupted", "failed")
        assert (call["failure"], call["hangup_source"]) == ("node-restarted", "gateway")
        assert all(leg["ended_at"] is not None for leg in call["legs"])
        lab.assert_one_ending(call["id"])
    # What a caller said who only waited is owed to nobody.
    assert [number for number in calls if calls[number]["recordings"]] == [customer_number(TALKER)]
    assert calls[customer_number(ASKER)]["outcome"] == "callback_requested"
    # Whom nobody has talked with is to be called, once; who asked for it is no less so.
    tasks = lab.node.get("/v1/tasks?limit=200")["items"]
    assert Counter(one["type"] for one in tasks) == {"missed_call": WAITING, "callback": 1}
    bound = Counter(call_id for one in tasks for call_id in one["calls"])
    assert bound == Counter(calls[number]["id"] for number in calls if calls[number]["id"] != talk)
    lab.recording(talk)
    assert lab.node.event_types(talk).count("recording.completed") == 1

    lab.node.kill()
    lab.node.start()
    # To the last field: a call's number of events is one of them.
    assert by_caller(lab) == calls, "another start changes nothing"
    assert lab.node.get("/v1/tasks?limit=200")["items"] == tasks
    assert told(lab, "call.settled", WAITING + 2) == settled


def silent_after(ear: RtpPort) -> int | None:
    """Return how many packets have come, once none has for half a second."""
    return len(ear.packets) if time.monotonic() - ear.packets[-1][0] > 0.5 else None
