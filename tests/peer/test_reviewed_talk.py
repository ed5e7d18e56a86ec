"""A real call is recorded, sealed, checked, drawn, scored, appealed, decided and closed by HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.parts.lab import CALLER_HOST
from tests.parts.node import NodeProcess
from tests.parts.raw_lab import RawLab, make_raw_lab, raw
from tests.parts.rtp import tone_alaw

__all__ = ["raw"]

pytestmark = pytest.mark.peer

_CARD: dict[str, Any] = {
    "name": "Revisit",
    "items": [
        {"id": "tone", "text": "Friendly?", "kind": "human", "points": 60},
        {
            "id": "pauses",
            "text": "No long silence",
            "kind": "automatic",
            "points": 40,
            "rule": {"measure": "longest_silence_s", "at_most": 3600},
        },
    ],
}


@dataclass
class Person:
    """The holder of a key."""

    node: NodeProcess
    id: str
    key: str

    def ask(self, method: str, path: str, body: Any = None, *, expect: int = 200) -> Any:
        """Ask, expect a status, and return the body."""
        bearer = {"Authorization": f"Bearer {self.key}"}
        status, answer = self.node.request(method, f"/v1{path}", body, bearer)
        assert status == expect, answer
        return answer


def person(node: NodeProcess, role: str, **more: str) -> Person:
    """Make a key."""
    status, made = node.request("POST", "/v1/keys", {"role": role, **more})
    assert status == 201, made
    return Person(node, made["id"], made["key"])


@pytest.fixture(scope="module")
def module_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawLab]:
    """Return a lab whose node recognises no words: talks are checked by their measures."""
    config = '[transcription]\nengine = "none"\n'
    made = make_raw_lab(tmp_path_factory.mktemp("raw"), defence=config)
    yield made
    made.close()


def recorded(raw: RawLab) -> Any:
    """Have a talk of two seconds and return its call, settled."""
    mouths = raw.lab.sound(CALLER_HOST), raw.lab.sound()
    talk = raw.talking(ports=(mouths[0].port, mouths[1].port))
    for mouth, target in zip(mouths, (talk.answer.sound, talk.manager_sound), strict=True):
        mouth.speak(target, tone_alaw(500, 1))
    time.sleep(1.2)
    raw.lab.node.hangup(talk.call_id)
    raw.over()
    raw.lab.node.wait_for_event(talk.call_id, "call.settled", 20)
    return raw.lab.node.get(f"/v1/calls/{talk.call_id}")


def test_a_talk_goes_from_the_telephone_to_a_final_review(raw: RawLab) -> None:
    node = raw.lab.node
    call = recorded(raw)
    recording_id = call["recording_id"]
    verified = json.loads(node.cli("recordings", "verify", "--json"))
    assert verified["recordings"] == 1, verified
    ann, ben = person(node, "qa_reviewer"), person(node, "qa_reviewer")
    manager = person(node, "manager", manager_id=call["manager_id"])
    own = person(node, "qa_reviewer", manager_id=call["manager_id"])

    card = ann.ask("POST", "/scorecards", _CARD, expect=201)
    span = {"from": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
    rule = {"scorecard_id": card["id"], **span, "per_manager": 1, "seed": "e2e"}
    sample = ann.ask("POST", "/samples", rule, expect=201)
    assert sample["recording_ids"] == [recording_id]
    assert own.ask("POST", "/reviews/take", {}, expect=204) is None
    review = ann.ask("POST", "/reviews/take", {"sample_id": sample["id"]})
    path = f"/reviews/{review['id']}"
    assert [one["automatic"] for one in review["scores"]] == [None, 40]
    note = {"text": "good greeting", "at_s": 0.5, "channel": "manager"}
    ann.ask("POST", f"{path}/comments", note, expect=201)
    manager.ask("GET", path, expect=404)
    given = {"scores": {"tone": {"points": 30}}, "finish": True}
    assert ann.ask("PUT", f"{path}/score", given)["total"]["points"] == 70

    assert manager.ask("GET", path)["state"] == "scored"
    assert ben.ask("POST", f"{path}/final", expect=409)["code"] == "appeal-open"
    refused = ben.ask("DELETE", f"/recordings/{recording_id}", expect=403)
    assert refused["code"] == "forbidden"
    status, kept = node.request("DELETE", f"/v1/recordings/{recording_id}", {"why": "test"})
    assert (status, kept["code"]) == (409, "recording-under-review")
    manager.ask("POST", f"{path}/appeal", {"text": "the line was bad", "items": {"tone": "cut"}})
    verdict = {"text": "agreed", "scores": {"tone": {"points": 60}}}
    assert ann.ask("POST", f"{path}/decide", verdict, expect=403)["code"] == "scorer-decides"
    ben.ask("POST", f"{path}/decide", verdict)
    final = ben.ask("POST", f"{path}/final")
    assert (final["state"], final["total"]["share"]) == ("final", 1)
    assert ann.ask("PUT", f"{path}/score", given, expect=409)["code"] == "review-final"
    (row,) = manager.ask("GET", "/reports/quality")["rows"]
    assert (row["talks"], row["checked"], row["scored"]) == (1, 1, 1)
    assert (row["review_share"], row["appeals"], row["upheld"]) == (1, 1, 1)
    log = node.get(f"/v1/audit?subject={review['id']}")["items"]
    assert [one["action"] for one in reversed(log)] == [
        "review.assigned",
        "review.commented",
        "review.scored",
        "review.appealed",
        "review.decided",
        "review.closed",
    ]
    assert "the line was bad" not in node.log.read_text()
