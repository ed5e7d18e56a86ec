"""The node's own connection: its status with a last will, and commands, where they are taken.

It is the node's and no helper process's, so that a node that dies is seen to be gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Protocol

import aiomqtt
import msgspec

from voicegw.clock import Clock
from voicegw.events.mqtt.client import BrokerClient, Message
from voicegw.events.mqtt.connection import BrokerConnection
from voicegw.events.mqtt.options import BrokerOptions
from voicegw.events.mqtt.race import until_first
from voicegw.events.mqtt.status import NodeState, NodeStatus
from voicegw.events.mqtt.topics import Topics

_log = logging.getLogger(__name__)

_FAREWELL_S: Final = 5.0
_FAULT_S: Final = 30.0
_JSON: Final = "application/json"


class CommandTaker(Protocol):
    """Takes commands over a connection; `voicegw.events.mqtt.intake` has the one that is used."""

    def start(self) -> None:
        """Begin to act on what comes."""
        ...

    async def stop(self) -> None:
        """End what still runs."""
        ...

    async def take(self, client: BrokerClient) -> None:
        """Take commands until cancelled; the connection is new."""
        ...

    async def leave(self, client: BrokerClient) -> None:
        """Take no more, so that other nodes get them, and finish what was taken."""
        ...

    def message(self, client: BrokerClient, message: aiomqtt.Message) -> None:
        """Hear a message; quick."""
        ...


class NodeLink:
    """Tells a node's status to the broker, from `start` to `stop`."""

    def __init__(
        self,
        options: BrokerOptions,
        topics: Topics,
        status: NodeStatus,
        clock: Clock,
        *,
        on_state: Callable[[str | None], None],
        commands: CommandTaker | None = None,
    ) -> None:
        """`status` is what the node is at its start; `on_state` hears why there is no connection,
        None when there is one.
        """
        self._topic = topics.status(status.node)
        self._status = status
        self._clock = clock
        self._commands = commands
        self._on_state = on_state
        self._changed = asyncio.Event()
        self._runs: asyncio.Task[None] | None = None
        self.trouble: str | None = "not connected yet"
        """Why there is no connection; None while there is one."""
        self._connection = BrokerConnection(
            options,
            self._work,
            on_message=None if commands is None else commands.message,
            on_state=self._heard,
            will=self._will,
        )

    def start(self) -> None:
        """Begin to connect; returns at once."""
        if self._commands is not None:
            self._commands.start()
        self._runs = asyncio.create_task(self._run(), name="mqtt")

    def drain(self) -> None:
        """Tell that the node takes no new calls."""
        self._become(NodeState.DRAINING)

    async def stop(self) -> None:
        """Tell that the node is gone, as far as the broker listens, and let go of it."""
        self._become(NodeState.OFFLINE)
        if self._runs is None:
            return
        if self.trouble is None:
            await asyncio.wait({self._runs}, timeout=_FAREWELL_S)
        self._runs.cancel()
        await asyncio.gather(self._runs, return_exceptions=True)
        if self._commands is not None:
            await self._commands.stop()

    async def _run(self) -> None:
        while True:
            try:
                await self._connection.run()
            except Exception:  # noqa: BLE001 - logged whole; nobody would miss the task
                _log.exception("the connection to the MQTT broker failed")
                self._heard("a fault of the program; see the log")
                await asyncio.sleep(_FAULT_S)
            else:
                return

    def _become(self, state: NodeState) -> None:
        self._status = msgspec.structs.replace(self._status, state=state, since=self._clock.now())
        self._changed.set()

    def _heard(self, why: str | None) -> None:
        self.trouble = why
        self._on_state(why)

    def _will(self) -> Message:
        gone = msgspec.structs.replace(self._status, state=NodeState.OFFLINE, since=None)
        return self._message(gone)

    def _message(self, status: NodeStatus) -> Message:
        return Message(self._topic, status.payload(), retain=True, content_type=_JSON)

    async def _work(self, client: BrokerClient) -> None:
        self._changed.set()
        if self._commands is None:
            await self._tell_status(client)
        else:
            await until_first(self._tell_status(client), self._commands.take(client))

    async def _tell_status(self, client: BrokerClient) -> None:
        """Tell the status at once and at each change; return when it is the last."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            status = self._status
            if status.state is NodeState.OFFLINE and self._commands is not None:
                await self._commands.leave(client)
            await client.deliver(self._message(status))
            if status.state is NodeState.OFFLINE:
                return
