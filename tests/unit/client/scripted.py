"""A gateway that answers as it is told, without a socket."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from voicegw.client import Client, Retries

#: What the gateway does with one request: answers, or breaks the connection.
Answer = httpx.Response | Exception


@dataclass
class ScriptedGateway:
    """Gives its answers one after the other, and keeps what it was asked."""

    answers: Sequence[Answer]
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        answer = self.answers[len(self.asked)]
        self.asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, retries: Retries | None = None) -> Client:
        """Return a client of this gateway that never pauses."""
        return Client(
            "http://gateway.test",
            "vgw_secret",
            retries=retries or Retries(first_pause_s=0),
            http=httpx.Client(transport=httpx.MockTransport(self)),
        )


def gateway(*answers: Answer) -> ScriptedGateway:
    """Return a gateway with these answers."""
    return ScriptedGateway(answers)


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    """Return a problem document as an answer."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"status": status, "code": code, "detail": "Because.", "request_id": "r1"}
    return httpx.Response(status, json=body, headers=sent)


def call(call_id: str = "call_1", **more: Any) -> dict[str, Any]:
    """Return a call as the gateway shows it, as little of it as may be."""
    known = {"created_at": "2026-01-05T02:03:04Z", "direction": "click_to_dial", "node": "n1"}
    return {"id": call_id, "status": "initiated", "sequence": 1, **known, **more}


def event(number: int, kind: str = "call.ringing") -> dict[str, Any]:
    """Return an event."""
    return {
        "specversion": "1.0",
        "id": f"evt_{number}",
        "source": "voicegw/n1",
        "type": kind,
        "subject": "call_1",
        "time": "2026-01-05T02:03:04Z",
        "datacontenttype": "application/json",
        "dataschema": "urn:voicegw:schema:call:v1",
        "data": {"sequence": number},
    }


def page(*items: dict[str, Any], next_cursor: str | None = None) -> httpx.Response:
    """Return a page of a list."""
    return httpx.Response(200, json={"items": items, "next_cursor": next_cursor})


def stream(
    *events: dict[str, Any],
    end: str = "",
    breaks: bool = False,
    beats: int = 0,
    place: str | None = None,
) -> httpx.Response:
    """Return a stream of events from `place` on; `end` is the gateway's reason to end it."""
    begins = "" if place is None else f"id: {place}\n"

    def lines() -> Iterator[bytes]:
        yield f"retry: 2000\n{begins}\n".encode() + b": heart-beat\n\n" * beats
        for one in events:
            head = f"id: {one['id']}\nevent: {one['type']}\n"
            yield f"{head}data: {json.dumps(one)}\n\n: heart-beat\n\n".encode()
        if end:
            yield f'event: voicegw.closed\ndata: {{"reason": "{end}"}}\n\n'.encode()
        if breaks:
            raise httpx.ReadError("reset")

    return httpx.Response(200, content=lines(), headers={"content-type": "text/event-stream"})
