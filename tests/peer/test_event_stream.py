"""Calls followed as server-sent events: while they run, past a killed node, and to its end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.parts.event_checks import check_event
from tests.parts.lab import Lab, customer_does, manager_does

pytestmark = pytest.mark.peer


@dataclass
class Stream:
    """What a browser keeps of a stream: its events, and the id of the last."""

    lines: Iterator[str]
    events: list[dict[str, Any]] = field(default_factory=list)
    last_id: str = ""

    def until(self, kind: str, subject: str) -> None:
        """Read until an event of this type about `subject` has come."""
        for line in self.lines:
            name, _, value = line.partition(": ")
            if name == "id":
                self.last_id = value
            elif name == "data":
                event = json.loads(value)
                self.events.append(event)
                if event.get("type") == kind and event.get("subject") == subject:
                    return
        raise EOFError(kind)

    def rest(self) -> list[str]:
        """Read to the end and return the lines."""
        return list(self.lines)


@contextmanager
def following(lab: Lab, **headers: str) -> Iterator[Stream]:
    """Lend a stream of all events but alerts."""
    with httpx.stream(
        "GET",
        f"{lab.node.api}/v1/events",
        params={"types": "call.*,leg.*,recording.*"},
        headers={
            "Authorization": f"Bearer {lab.node.key}",
            "Accept": "text/event-stream",
            **headers,
        },
        timeout=30,
    ) as answer:
        assert answer.status_code == 200
        yield Stream(answer.iter_lines())


def test_a_call_is_followed_past_a_killed_node(new_lab: Callable[..., Lab]) -> None:
    """Nothing is missing and nothing comes twice to whoever comes back with the last id."""
    lab = new_lab()
    lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    with following(lab) as before:
        call_id = lab.dial(1, client_state="order 17")
        before.until("call.bridged", call_id)
        lab.node.kill()
        with pytest.raises(httpx.RemoteProtocolError):
            before.until("call.ended", call_id)
    lab.node.start()
    with following(lab, **{"Last-Event-ID": before.last_id}) as after:
        after.until("call.ended", call_id)
        events = [*before.events, *after.events]
        stored = lab.node.get(f"/v1/calls/{call_id}/events?limit=200")["items"]
        lab.node.stop()
        end = after.rest()
    assert "event: voicegw.closed" in end
    assert json.loads(end[-2].removeprefix("data: "))["reason"] == "stopping"
    for event in events:
        check_event(event)
    assert len({event["id"] for event in events}) == len(events)
    ended = [event["type"] for event in stored].index("call.ended")
    seen = [event["id"] for event in events if event["subject"] == call_id]
    assert seen == [event["id"] for event in stored[: ended + 1]]
    assert events[-1]["data"]["outcome"] == "interrupted"
