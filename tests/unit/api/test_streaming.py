"""Streams of events: who may have one, how it goes on, and how it ends."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from api import streaming
from api.app import create_app
from api.entry import COOKIE
from api.problems import ApiProblem
from api.server import ApiServer
from api.stream_desk import StreamDesk, StreamLimits
from api.streaming import EventStream
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import CUSTOMER_MOBILE, make_call, make_event
from tests.unit.api.people import logged_in
from voicegw.errors import StoreUnavailableError
from voicegw.events.tail import EventTail
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call
from voicegw.model.directory import Role
from voicegw.model.event import EventType
from voicegw.model.event_filter import EventFilter
from voicegw.store.events import EVERYTHING
from voicegw.store.keys import KeyRepository

STREAM = {"Accept": "text/event-stream"}


@pytest.fixture
async def url(world: World) -> AsyncIterator[str]:
    """The address of a running server over the same services."""
    server = ApiServer(create_app(world.services), "127.0.0.1:0")
    address = await server.start()
    yield address
    await world.services.tail.stop()
    await server.stop()


@dataclass
class Reader:
    """One reader of a stream, who keeps what a browser would keep."""

    lines: AsyncIterator[str]
    last_id: str | None = None
    kinds: list[str] = field(default_factory=list)

    async def next(self) -> tuple[str, dict[str, Any]]:
        """Return type and data of the next event."""
        kind, data = "message", ""
        async with asyncio.timeout(10):
            async for line in self.lines:
                name, _, value = line.partition(": ")
                if not line and data:
                    self.kinds.append(kind)
                    return kind, json.loads(data)
                if name == "id":
                    self.last_id = value
                elif name == "event":
                    kind = value
                elif name == "data":
                    data += value
        raise EOFError

    async def subjects(self, count: int) -> list[str]:
        """Return what the next events are about."""
        return [(await self.next())[1]["subject"] for _ in range(count)]


@asynccontextmanager
async def reading(url: str, headers: dict[str, str], **query: str) -> AsyncIterator[Reader]:
    """Lend a reader of a stream that was answered 200."""
    async with (
        httpx.AsyncClient(base_url=url, timeout=10) as client,
        client.stream("GET", "/v1/events", params=query, headers=headers | STREAM) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield Reader(answer.aiter_lines())


async def happen(world: World, call: Call, *kinds: EventType, first: int = 1) -> list[str]:
    """Have events of a call happen, as a node's journal would bring them; return their ids."""
    events = [make_event(call, kind, first + number) for number, kind in enumerate(kinds)]
    await world.write(CallChanged(call, events))
    world.services.tail.wake()
    return [event.id for event in events]


async def test_events_come_as_they_happen(world: World, url: str, admin: dict[str, str]) -> None:
    before = make_call()
    await happen(world, before, EventType.CALL_INITIATED)
    async with reading(url, admin) as reader:
        call = make_call()
        (event_id,) = await happen(world, call, EventType.CALL_INITIATED)
        kind, event = await reader.next()
    assert (kind, event["id"], event["subject"]) == ("call.initiated", event_id, call.id)
    assert reader.last_id == event_id
    assert event["data"]["customer_number"] == CUSTOMER_MOBILE


async def test_whoever_comes_back_goes_on_where_it_was(
    world: World, url: str, admin: dict[str, str]
) -> None:
    call = make_call()
    async with reading(url, admin) as reader:
        await happen(world, call, EventType.CALL_INITIATED)
        await reader.next()
    missed = await happen(world, call, *[EventType.CALL_STEP] * 120, first=2)
    headers = admin | {"Last-Event-ID": reader.last_id or ""}
    async with reading(url, headers, after="evt_ignored") as again:
        seen = [(await again.next())[1]["id"] for _ in range(120)]
        later = await happen(world, call, EventType.CALL_ENDED, first=122)
        seen.append((await again.next())[1]["id"])
    assert seen == missed + later


async def test_whoever_breaks_off_before_the_first_event_misses_none(
    world: World, url: str, admin: dict[str, str]
) -> None:
    call = make_call()
    (before,) = await happen(world, call, EventType.CALL_INITIATED)
    async with reading(url, admin) as reader:
        async with asyncio.timeout(10):
            opened = [await anext(reader.lines) for _ in range(3)]
    assert opened == ["retry: 2000", f"id: {before}", ""]
    missed = await happen(world, call, EventType.CALL_ENDED, first=2)
    async with reading(url, admin | {"Last-Event-ID": before}) as again:
        assert (await again.next())[1]["id"] == missed[0]


async def test_a_stream_may_begin_after_an_event(
    world: World, url: str, admin: dict[str, str]
) -> None:
    ids = await happen(world, make_call(), EventType.CALL_INITIATED, EventType.CALL_ENDED)
    async with reading(url, admin, after=ids[0]) as reader:
        assert (await reader.next())[1]["id"] == ids[1]


async def test_only_what_was_asked_for_comes(world: World, url: str, admin: dict[str, str]) -> None:
    one, other = make_call(), make_call()
    (start,) = await happen(world, make_call(), EventType.CALL_INITIATED)
    await happen(world, one, EventType.CALL_INITIATED, EventType.CALL_ENDED)
    await happen(world, other, EventType.CALL_INITIATED, EventType.CALL_ENDED)
    async with reading(url, admin, after=start, types="alert.*, call.ended") as reader:
        assert await reader.subjects(2) == [one.id, other.id]
        await happen(world, one, EventType.CALL_STEP, EventType.CALL_ENDED, first=3)
        assert (await reader.next())[0] == "call.ended"
    async with reading(url, admin, after=start, subject=other.id) as reader:
        assert [(await reader.next())[0] for _ in range(2)] == ["call.initiated", "call.ended"]


async def test_a_county_manager_follows_the_own_county_masked(
    world: World, url: str, directory: Directory
) -> None:
    headers = await world.key(Role.COUNTY_MANAGER, directory.chongming)
    async with reading(url, headers) as reader:
        foreign = make_call(group_id=directory.fengxian)
        await happen(world, foreign, EventType.CALL_INITIATED)
        own = make_call(group_id=directory.chongming)
        await happen(world, own, EventType.CALL_INITIATED)
        _, event = await reader.next()
    assert event["subject"] == own.id
    assert event["data"]["customer_number"] is None
    assert CUSTOMER_MOBILE[3:] not in json.dumps(event)


async def test_a_manager_follows_the_own_calls_and_nobody_elses(
    world: World, url: str, directory: Directory
) -> None:
    headers = await world.key(Role.MANAGER, manager_id=directory.manager)
    async with reading(url, headers) as reader:
        colleagues = make_call(manager_id=directory.other_manager, group_id=directory.chongming)
        await happen(world, colleagues, EventType.CALL_INITIATED)
        own = make_call(manager_id=directory.manager, group_id=directory.fengxian)
        ids = await happen(world, own, EventType.CALL_INITIATED, EventType.CALL_ENDED)
        seen = [(await reader.next())[1]["id"] for _ in range(2)]
    assert seen == ids
    listed = (await world.client.get("/v1/events", headers=headers)).json()["items"]
    assert [event["id"] for event in listed] == ids


async def test_the_end_of_the_node_is_told(world: World, url: str, admin: dict[str, str]) -> None:
    async with reading(url, admin) as reader:
        (event_id,) = await happen(world, make_call(), EventType.CALL_INITIATED)
        await reader.next()
        await world.services.tail.stop()
        assert await reader.next() == (
            "voicegw.closed",
            {"reason": "stopping", "last_id": event_id},
        )
        with pytest.raises(EOFError):
            await reader.next()
    assert reader.last_id == event_id


async def test_who_reads_no_events_gets_no_stream(world: World, admin: dict[str, str]) -> None:
    headers = await world.key(Role.QA_REVIEWER)
    assert (await world.client.get("/v1/events", headers=headers | STREAM)).status_code == 404
    assert (await world.client.get("/v1/events", headers=STREAM)).status_code == 401
    answer = await world.client.get(
        "/v1/events", params={"types": "call.nothing"}, headers=admin | STREAM
    )
    assert [error["field"] for error in answer.json()["errors"]] == ["types"]


@pytest.mark.parametrize(
    "accept",
    ["*/*", "application/json", "application/json, text/event-stream;q=0.5", "text/*", "", "x"],
)
async def test_everybody_else_gets_json(world: World, admin: dict[str, str], accept: str) -> None:
    answer = await world.client.get("/v1/events", headers=admin | {"Accept": accept})
    assert answer.headers["content-type"] == "application/json"


async def test_an_event_that_was_archived_is_gone(world: World, admin: dict[str, str]) -> None:
    ids = await happen(world, make_call(), EventType.CALL_INITIATED, EventType.CALL_ENDED)
    headers = admin | STREAM | {"Last-Event-ID": "evt_older"}
    assert (await world.client.get("/v1/events", headers=headers)).status_code == 404
    await world.archive_older_than(ids[1])
    for asked in (headers, admin):
        answer = await world.client.get("/v1/events", params={"after": ids[0]}, headers=asked)
        assert (answer.status_code, answer.json()["code"]) == (410, "event-gone")
        assert ids[1] in answer.json()["detail"]


async def test_a_revoked_key_ends_its_streams(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EventStream.__init__, "__kwdefaults__", _quick(recheck_s=0.02))
    headers = await world.key(Role.INTEGRATOR)
    async with reading(url, headers) as reader:
        keys = KeyRepository(world.database)
        (key,) = [one for one in (await keys.list()).items if one.role is Role.INTEGRATOR]
        await keys.revoke(key.id, world.clock.now())
        world.services.authenticator.forget(key.id)
        assert await reader.next() == (
            "voicegw.closed",
            {"reason": "unauthenticated", "last_id": None},
        )


async def test_a_page_that_is_logged_in_follows_by_its_cookie(world: World, url: str) -> None:
    browser = await logged_in(world)
    async with reading(url, {"Cookie": f"{COOKIE}={browser.cookie}"}) as reader:
        (event_id,) = await happen(world, make_call(), EventType.CALL_INITIATED)
        assert (await reader.next())[1]["id"] == event_id


async def test_a_stream_keeps_no_login_from_growing_idle(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EventStream.__init__, "__kwdefaults__", _quick(recheck_s=0.01))
    browser = await logged_in(world)
    async with reading(url, {"Cookie": f"{COOKIE}={browser.cookie}"}) as reader:
        idle_s = world.services.sessions.rules.idle.total_seconds()
        for _ in range(2):
            world.clock.pass_s(idle_s / 2)
            await asyncio.sleep(0.05)
        kind, data = await reader.next()
    assert (kind, data["reason"]) == ("voicegw.closed", "unauthenticated")


def _quick(**seconds: float) -> dict[str, Any]:
    return {**(EventStream.__init__.__kwdefaults__ or {}), **seconds}


async def test_streams_are_bounded_for_each_key_and_in_all(world: World, url: str) -> None:
    services = world.services
    services.streams = StreamDesk(services.tail, StreamLimits(streams=3, per_principal=2))
    one, other = await world.key(Role.INTEGRATOR), await world.key(Role.INTEGRATOR)
    async with httpx.AsyncClient(base_url=url) as client, reading(url, one):
        async with reading(url, one):
            refused = await client.get("/v1/events", headers=one | STREAM)
            assert (refused.status_code, refused.json()["code"]) == (429, "too-many-streams")
            assert int(refused.headers["retry-after"]) > 0
            async with reading(url, other):
                refused = await client.get("/v1/events", headers=other | STREAM)
                assert (refused.status_code, refused.json()["code"]) == (503, "streams-full")
                figures = (await client.get("/metrics")).text
                assert "voicegw_event_streams 3.0" in figures
        async with asyncio.timeout(10):
            while len(services.tail) > 1:  # noqa: ASYNC110 - the reader's end has no event here
                await asyncio.sleep(0.01)
        async with reading(url, one):
            assert len(services.tail) == 2


async def test_a_stream_that_cannot_begin_takes_no_place(world: World) -> None:
    tail = EventTail(world.services.repositories.events, "node-1")
    desk = StreamDesk(tail, StreamLimits(streams=1, per_principal=1))
    await tail.stop()
    for _ in range(2):
        with pytest.raises(ApiProblem) as caught:
            await desk.open("key_1", Role.ADMIN, EVERYTHING, None, _allowed)
        assert caught.value.code == "draining"


async def _allowed() -> EventFilter:
    return EVERYTHING


class Wire:
    """The far end of an answer: takes bytes when it is `open`."""

    def __init__(self) -> None:
        self.sent = bytearray()
        self.open = asyncio.Event()
        self.open.set()
        self.gone = asyncio.Event()
        self.ended = False

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent += message.get("body", b"")
        self.ended = self.ended or message.get("more_body") is False
        await self.open.wait()

    async def has(self, text: bytes) -> None:
        async with asyncio.timeout(10):
            while text not in self.sent:  # noqa: ASYNC110 - bytes have no event
                await asyncio.sleep(0.005)


Begin = Callable[..., Any]


@pytest.fixture
async def tail(world: World) -> AsyncIterator[EventTail]:
    """The tail of the API under test."""
    yield world.services.tail
    await world.services.tail.stop()


@dataclass
class Running:
    wire: Wire
    task: asyncio.Task[None]
    ends: list[str]


@asynccontextmanager
async def running(
    tail: EventTail, recheck: streaming.Recheck = _allowed, buffer: int = 10, **seconds: float
) -> AsyncIterator[Running]:
    """Lend a stream to a wire of the test's own."""
    subscription, wire, ends = await tail.subscribe(EVERYTHING, buffer=buffer), Wire(), list[str]()
    stream = EventStream(subscription, Role.ADMIN, recheck, on_end=ends.append, **seconds)
    task = asyncio.create_task(stream({}, wire.receive, wire.send))
    try:
        await wire.has(b"retry: ")
        yield Running(wire, task, ends)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_quiet_stream_beats(tail: EventTail) -> None:
    async with running(tail, heart_beat_s=0.01) as stream:
        await stream.wire.has(b": heart-beat\n\n" * 3)


async def test_a_reader_who_goes_ends_the_stream(tail: EventTail) -> None:
    async with running(tail) as stream:
        stream.wire.gone.set()
        await stream.task
        assert stream.ends == ["gone"]
        assert len(tail) == 0


async def test_a_slow_reader_is_told_why_it_is_let_go(world: World, tail: EventTail) -> None:
    async with running(tail, buffer=10) as stream:
        call = make_call()
        (first,) = await happen(world, call, EventType.CALL_INITIATED)
        await stream.wire.has(first.encode())
        stream.wire.open.clear()
        await happen(world, call, *[EventType.CALL_STEP] * 15, first=2)
        async with asyncio.timeout(10):
            while len(tail):  # noqa: ASYNC110 - the tail lets it go by itself
                await asyncio.sleep(0.005)
        stream.wire.open.set()
        await stream.task
        last = bytes(stream.wire.sent).strip().rpartition(b"\n\n")[2].decode()
    kind, _, data = last.partition("\n")
    assert kind == "event: voicegw.dropped"
    told = json.loads(data.removeprefix("data: "))
    assert told["reason"] == "slow-reader"
    assert f"id: {told['last_id']}\n".encode() in stream.wire.sent
    assert stream.wire.ended
    assert stream.ends == ["slow-reader"]


async def test_who_takes_nothing_at_all_is_left(world: World, tail: EventTail) -> None:
    async with running(tail, stalled_s=0.05, heart_beat_s=0.05) as stream:
        stream.wire.open.clear()
        async with asyncio.timeout(10):
            await stream.task
        assert stream.ends == ["slow-reader"]
        assert len(tail) == 0


async def test_a_reader_on_a_real_socket_who_does_not_read_is_let_go(
    world: World, url: str, admin: dict[str, str]
) -> None:
    world.services.streams = StreamDesk(world.services.tail, StreamLimits(buffer=100))
    host, _, port = url.removeprefix("http://").partition(":")
    loop = asyncio.get_running_loop()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        await loop.sock_connect(client, (host, int(port)))
        head = f"GET /v1/events HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n"
        key = f"Authorization: {admin['Authorization']}\r\n\r\n"
        await loop.sock_sendall(client, (head + key).encode())
        received = b""
        while b"retry:" not in received:
            received += await loop.sock_recv(client, 1024)
        call = make_call(client_state="x" * 1024)
        async with asyncio.timeout(60):
            for first in range(1, 1_000_000, 500):
                await happen(world, call, *[EventType.CALL_STEP] * 500, first=first)
                await asyncio.sleep(0.05)
                if not len(world.services.tail):
                    break
            while b"voicegw.dropped" not in received:
                received = received[-100:] + await loop.sock_recv(client, 1 << 20)
    assert b'"reason":"slow-reader"' in received


async def test_while_nobody_can_tell_the_reader_goes_on(world: World, tail: EventTail) -> None:
    asked = 0

    async def away() -> EventFilter:
        nonlocal asked
        asked += 1
        raise StoreUnavailableError("away")

    async with running(tail, away, recheck_s=0.005) as stream:
        async with asyncio.timeout(10):
            while asked < 3:  # noqa: ASYNC110 - counts what the stream asks
                await asyncio.sleep(0.005)
        (event_id,) = await happen(world, make_call(), EventType.CALL_INITIATED)
        await stream.wire.has(event_id.encode())


async def test_what_may_be_seen_is_asked_again(world: World, tail: EventTail) -> None:
    async def less() -> EventFilter:
        return EventFilter(subject="call_none")

    async with running(tail, less, recheck_s=0.005) as stream:
        await happen(world, make_call(), EventType.CALL_INITIATED)
        await asyncio.sleep(0.05)
        sent = len(stream.wire.sent)
        await happen(world, make_call(), EventType.CALL_INITIATED)
        await asyncio.sleep(0.05)
        assert len(stream.wire.sent) == sent


async def test_a_stream_counts_as_answered_when_it_begins(
    world: World, url: str, admin: dict[str, str]
) -> None:
    async with reading(url, admin):
        world.clock.pass_s(3600)
    async with httpx.AsyncClient(base_url=url) as client, asyncio.timeout(10):
        line = 'voicegw_http_request_duration_seconds_sum{method="GET",route="/v1/events"} 0.0'
        while line not in (await client.get("/metrics")).text:  # noqa: ASYNC110 - as a scraper
            await asyncio.sleep(0.01)
