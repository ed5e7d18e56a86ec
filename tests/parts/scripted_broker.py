"""A broker of few words: it takes connections of MQTT 5 and does one thing that it should not."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final, Self

_CONNECT, _PINGREQ = 0x10, 0xC0
_ACCEPTED: Final = b"\x20\x03\x00\x00\x00"
_PONG: Final = b"\xd0\x00"
SESSION_TAKEN_OVER: Final = b"\xe0\x02\x8e\x00"


class ScriptedBroker:
    """Answers log-ins and pings, acknowledges nothing; `after_connect` is sent after a log-in."""

    def __init__(self, after_connect: bytes = b"") -> None:
        self._after_connect = after_connect
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self.connections = 0
        self.packets: list[int] = []
        """The types of all packets that came, as in their first bytes."""
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        try:
            while True:
                kind = (await reader.readexactly(1))[0] & 0xF0
                await reader.readexactly(await _length(reader))
                self.packets.append(kind)
                if kind == _CONNECT:
                    writer.write(_ACCEPTED + self._after_connect)
                elif kind == _PINGREQ:
                    writer.write(_PONG)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def _length(reader: asyncio.StreamReader) -> int:
    """Read how much of a packet follows (MQTT 5.0 §1.5.5)."""
    length = shift = 0
    while True:
        digit = (await reader.readexactly(1))[0]
        length |= (digit & 0x7F) << shift
        if digit < 0x80:
            return length
        shift += 7
