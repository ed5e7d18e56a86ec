"""Takes commands from a broker, a bounded number at once, and answers each.

A flood is answered `overloaded`, and not listened to for a while then: whatever is published, it
costs the node's loop a bounded share of its time.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import aiomqtt

from voicegw.events.delivery.lease import OutletLease
from voicegw.events.mqtt.client import BrokerClient, BrokerLostError, BrokerRefusedError, Message
from voicegw.events.mqtt.commands import Answer, Command, CommandHandler
from voicegw.events.mqtt.race import until_first
from voicegw.events.mqtt.subscription import CommandSubscription
from voicegw.events.mqtt.topics import Topics

_log = logging.getLogger(__name__)

WORKERS: Final = 4
WAITING: Final = 64
"""Commands that may wait to be acted on."""
_ANSWERING: Final = 128
"""Answers that may wait for the broker; what is refused beyond these is only counted."""
FLOOD: Final = 200
FLOOD_S: Final = 2.0
"""So many commands too many within this time are a flood; it is not listened to for as long."""
_ANSWER_S: Final = 5.0
_END_S: Final = 2.0
_JSON: Final = "application/json"
UNANSWERED: Final = "unanswered"


@dataclass(frozen=True, slots=True)
class _Way:
    """Where the sender of a command wants its answer; `topic` None: at the command's own."""

    topic: str | None
    correlation: bytes | None


class CommandIntake:
    """The queue between a broker and the one who knows what commands mean."""

    def __init__(
        self,
        topics: Topics,
        handler: CommandHandler,
        lease: OutletLease,
        *,
        waiting: int = WAITING,
        flood: int = FLOOD,
        flood_s: float = FLOOD_S,
    ) -> None:
        """Not started. `lease` is for brokers without shared subscriptions."""
        self._topics = topics
        self._handler = handler
        self._subscription = CommandSubscription(topics.commands, lease)
        self._queue: asyncio.Queue[tuple[Command, _Way]] = asyncio.Queue(waiting)
        self._flood = flood
        self._flood_s = flood_s
        self._workers: list[asyncio.Task[None]] = []
        self._answers: set[asyncio.Task[None]] = set()
        self._client: BrokerClient | None = None
        self._flooded = asyncio.Event()
        self._too_many = 0
        self._counting_since_s = float("-inf")
        self.outcomes: Counter[str] = Counter()
        """How often commands ended how: `accepted`, the code of a refusal; and `unanswered`, when
        the broker was gone or there was no topic to answer at.
        """

    def start(self) -> None:
        """Begin to act on what comes."""
        self._workers = [
            asyncio.create_task(self._act(), name=f"mqtt-command-{number}")
            for number in range(WORKERS)
        ]

    async def stop(self) -> None:
        """End what still runs; :meth:`leave` gave it time."""
        for task in (*self._workers, *self._answers):
            task.cancel()
        await asyncio.gather(*self._workers, *self._answers, return_exceptions=True)
        self._workers.clear()

    async def take(self, client: BrokerClient) -> None:
        """Listen to commands over a new connection until cancelled."""
        self._client = client
        self._subscription.renew()
        try:
            await until_first(self._subscription.keep(client), self._rest_from_floods(client))
        finally:
            self._client = None

    async def leave(self, client: BrokerClient) -> None:
        """Listen no more, so that another node gets what comes; finish and answer what came.

        Raises BrokerLostError.
        """
        await self._subscription.leave(client)
        with suppress(TimeoutError):
            async with asyncio.timeout(_END_S):
                await self._queue.join()
                if self._answers:
                    await asyncio.wait(self._answers)

    def message(self, client: BrokerClient, message: aiomqtt.Message) -> None:  # noqa: ARG002
        """Put a command into the queue, or refuse it; quick."""
        topic: str | None = getattr(message.properties, "ResponseTopic", None)
        is_wrong = topic is not None and not self._topics.may_answer_at(topic)
        command = Command(bytes(message.payload), message.retain, topic is not None, is_wrong)
        correlation = getattr(message.properties, "CorrelationData", None)
        way = _Way(None if is_wrong else topic, correlation)
        try:
            self._queue.put_nowait((command, way))
        except asyncio.QueueFull:
            self._one_too_many(command, way)

    def _one_too_many(self, command: Command, way: _Way) -> None:
        now_s = asyncio.get_running_loop().time()
        if now_s - self._counting_since_s > self._flood_s:
            self._counting_since_s, self._too_many = now_s, 0
        self._too_many += 1
        if self._too_many >= self._flood:
            self._flooded.set()
        if len(self._answers) >= _ANSWERING:
            self.outcomes["overloaded"] += 1
            self.outcomes[UNANSWERED] += 1
            return
        detail = "Too many commands wait already; send it again later."
        self._answer(self._handler.refuse(command, "overloaded", detail), way)

    async def _rest_from_floods(self, client: BrokerClient) -> None:
        while True:
            await self._flooded.wait()
            _log.warning("a flood of commands: not listened to for a while")
            await self._subscription.pause(client)
            await asyncio.sleep(self._flood_s)
            self._too_many = 0
            self._flooded.clear()
            self._subscription.resume()

    async def _act(self) -> None:
        while True:
            command, way = await self._queue.get()
            try:
                self._answer(await self._handler.act(command), way)
            finally:
                self._queue.task_done()

    def _answer(self, answer: Answer, way: _Way) -> None:
        self.outcomes[answer.outcome] += 1
        topic = way.topic
        if topic is None and answer.command_id is not None:
            topic = self._topics.result(answer.command_id)
        if topic is None or self._client is None:
            self.outcomes[UNANSWERED] += 1
            return
        message = Message(topic, answer.payload, content_type=_JSON, correlation=way.correlation)
        sending = asyncio.create_task(self._send(self._client, message))
        self._answers.add(sending)
        sending.add_done_callback(self._answers.discard)

    async def _send(self, client: BrokerClient, message: Message) -> None:
        try:
            async with asyncio.timeout(_ANSWER_S):
                await client.deliver(message)
        except (BrokerLostError, BrokerRefusedError, TimeoutError):
            # Who sends the command again, with its id, gets the same answer.
            self.outcomes[UNANSWERED] += 1
