"""Commands are taken a few at a time, answered where their senders want, refused beyond."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.unit.events.mqtt.fakes import FakeClient, FakeLease, until
from voicegw.events.mqtt.commands import Answer, Command
from voicegw.events.mqtt.intake import UNANSWERED, WORKERS, CommandIntake
from voicegw.events.mqtt.topics import Topics

TOPIC = "gw/v1/commands/dial"
SHARED = f"$share/voicegw/{TOPIC}"


@dataclass
class Handler:
    """Remembers commands; their payload is their id. `gate` holds it up."""

    acted: list[Command] = field(default_factory=list)
    gate: asyncio.Event | None = None
    busy: int = 0

    async def act(self, command: Command) -> Answer:
        self.busy += 1
        if self.gate is not None:
            await self.gate.wait()
        self.busy -= 1
        self.acted.append(command)
        return Answer(command.payload.decode() or None, "accepted", b"yes")

    def refuse(self, command: Command, code: str, detail: str) -> Answer:
        assert detail
        return Answer(command.payload.decode() or None, code, b"no")


def message(
    command_id: str,
    answer_at: str | None = None,
    correlation: bytes | None = None,
    *,
    retain: bool = False,
) -> aiomqtt.Message:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    if answer_at is not None:
        properties.ResponseTopic = answer_at
    if correlation is not None:
        properties.CorrelationData = correlation
    return aiomqtt.Message(TOPIC, command_id.encode(), 1, retain, 1, properties)


@asynccontextmanager
async def taking(intake: CommandIntake, client: FakeClient) -> AsyncIterator[None]:
    task = asyncio.create_task(intake.take(client.real))
    await until(lambda: client.subscribed)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def intake_of(handler: Handler, **limits: float) -> CommandIntake:
    found = CommandIntake(
        Topics("gw"),
        handler,
        FakeLease().real,
        waiting=int(limits.get("waiting", 64)),
        flood=int(limits.get("flood", 200)),
        flood_s=limits.get("flood_s", 2.0),
    )
    found.start()
    return found


async def test_answers_go_where_senders_want_them_else_to_the_commands_own_topic() -> None:
    handler, client = Handler(), FakeClient()
    intake = intake_of(handler)
    async with taking(intake, client):
        intake.message(client.real, message("a", "gw/replies/x", b"7"))
        intake.message(client.real, message("b"))
        intake.message(client.real, message("c", "elsewhere/x"))
        intake.message(client.real, message("", correlation=b"nobody"))
        intake.message(client.real, message("d", retain=True))
        await until(lambda: len(client.sent) == 4 and intake.outcomes[UNANSWERED])
    await intake.stop()
    by_topic = {one.topic: one.correlation for one in client.sent}
    assert by_topic == {
        "gw/replies/x": b"7",
        "gw/v1/commands/b/result": None,
        "gw/v1/commands/c/result": None,
        "gw/v1/commands/d/result": None,
    }
    seen = {one.payload: one for one in handler.acted}
    assert seen[b"a"] == Command(b"a", has_answer_topic=True)
    assert seen[b"c"].has_wrong_answer_topic
    assert seen[b"d"].is_retained
    assert intake.outcomes == {"accepted": 5, UNANSWERED: 1}


async def test_a_few_are_acted_on_at_once_some_wait_the_rest_is_refused() -> None:
    handler, client = Handler(gate=asyncio.Event()), FakeClient()
    intake = intake_of(handler, waiting=3)
    async with taking(intake, client):
        for number in range(WORKERS):
            intake.message(client.real, message(f"busy-{number}"))
            await until(lambda busy=number + 1: handler.busy == busy)
        for number in range(5):
            intake.message(client.real, message(f"more-{number}"))
        await until(lambda: len(client.sent) == 2)
        assert {one.topic for one in client.sent} == {
            "gw/v1/commands/more-3/result",
            "gw/v1/commands/more-4/result",
        }
        assert handler.gate is not None
        handler.gate.set()
        await until(lambda: intake.outcomes["accepted"] == WORKERS + 3)
    await intake.stop()
    assert intake.outcomes["overloaded"] == 2


async def test_answers_that_the_broker_does_not_take_are_bounded_too() -> None:
    handler = Handler(gate=asyncio.Event())
    client = FakeClient(gate=asyncio.Event())
    intake = intake_of(handler, waiting=1, flood=100_000)
    async with taking(intake, client):
        for number in range(1000):
            intake.message(client.real, message(f"c-{number}"))
        assert intake.outcomes["overloaded"] == 999
        assert 800 < intake.outcomes[UNANSWERED] < 999
    await intake.stop()


async def test_a_flood_is_not_listened_to_for_a_while() -> None:
    handler, client = Handler(gate=asyncio.Event()), FakeClient()
    intake = intake_of(handler, waiting=1, flood=10, flood_s=0.2)
    async with taking(intake, client):
        for number in range(20):
            intake.message(client.real, message(f"c-{number}"))
        await until(lambda: client.subscribed == [])
        await until(lambda: client.subscribed == [SHARED])
    await intake.stop()


async def test_who_leaves_finishes_what_it_has_begun_and_answers() -> None:
    handler, client = Handler(gate=asyncio.Event()), FakeClient()
    intake = intake_of(handler)
    async with taking(intake, client):
        intake.message(client.real, message("a"))
        await until(lambda: handler.busy == 1)
        leaving = asyncio.create_task(intake.leave(client.real))
        await until(lambda: client.subscribed == [])
        assert not leaving.done()
        assert handler.gate is not None
        handler.gate.set()
        await leaving
        assert [one.topic for one in client.sent] == ["gw/v1/commands/a/result"]
    await intake.stop()


async def test_a_command_is_not_broken_off_by_a_lost_connection_and_answered_over_the_next() -> (
    None
):
    handler, first, second = Handler(gate=asyncio.Event()), FakeClient(), FakeClient()
    intake = intake_of(handler)
    async with taking(intake, first):
        intake.message(first.real, message("a"))
        await until(lambda: handler.busy == 1)
    async with taking(intake, second):
        assert handler.gate is not None
        handler.gate.set()
        await until(lambda: second.sent)
    await intake.stop()
    assert first.sent == []
