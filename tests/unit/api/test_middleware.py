"""What every request passes, seen from below: plain ASGI."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.metrics import ApiMetrics
from api.middleware import UNROUTED, RequestEnvelope
from tests.unit.api.fakes import FakeClock


def wrap(app: Any, metrics: ApiMetrics | None = None) -> RequestEnvelope:
    return RequestEnvelope(
        app,
        metrics=metrics or ApiMetrics(),
        clock=FakeClock(),
        max_body_bytes=10,
        upload_limit={"/upload": 20}.get,
    )


def scope(path: str = "/", *headers: tuple[bytes, bytes]) -> Scope:
    return {"type": "http", "method": "POST", "path": path, "headers": list(headers)}


async def run(app: RequestEnvelope, request: Scope, *incoming: Message) -> list[Message]:
    waiting, sent = list(incoming), []

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await app(request, receive, send)
    return sent


async def reader(_: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


async def test_anything_but_http_passes_through() -> None:
    seen: list[str] = []

    async def app(request: Scope, _: Receive, __: Send) -> None:
        seen.append(request["type"])

    await run(wrap(app), {"type": "lifespan"})
    assert seen == ["lifespan"]


@pytest.mark.parametrize(
    ("path", "declared", "status"),
    [("/", b"10", 204), ("/", b"11", 413), ("/upload", b"20", 204), ("/upload", b"21", 413)],
)
async def test_a_declared_length_is_held_to_the_limit(
    path: str, declared: bytes, status: int
) -> None:
    body: Message = {"type": "http.request", "body": b""}
    sent = await run(wrap(reader), scope(path, (b"content-length", declared)), body)
    assert sent[0]["status"] == status


@pytest.mark.parametrize("declared", [b"-1", b"1e3", "²".encode(), b""])
async def test_a_length_that_is_no_number_is_the_servers_affair(declared: bytes) -> None:
    body: Message = {"type": "http.request", "body": b""}
    sent = await run(wrap(reader), scope("/", (b"content-length", declared)), body)
    assert sent[0]["status"] == 204


async def test_a_fault_before_the_answer_is_a_problem_and_after_it_goes_on() -> None:
    async def early(_: Scope, __: Receive, ___: Send) -> None:
        raise RuntimeError("early")

    async def late(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("late")

    sent = await run(wrap(early), scope())
    assert sent[0]["status"] == 500
    with pytest.raises(RuntimeError, match="late"):
        await run(wrap(late), scope())


async def test_a_request_that_ends_without_an_answer_counts_as_499() -> None:
    async def silent(_: Scope, __: Receive, ___: Send) -> None:
        return

    metrics = ApiMetrics()
    await run(wrap(silent, metrics), scope())
    labels = {"method": "POST", "route": UNROUTED, "status": "499"}
    assert metrics.registry.get_sample_value("voicegw_http_requests_total", labels) == 1
