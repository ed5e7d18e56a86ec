"""A message centre that speaks SMPP 3.4, written from its specification: enough to be sent to."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

_HEADER: Final = struct.Struct("!IIII")
_RESPONSE: Final = 0x8000_0000
BIND: Final = 0x09
SUBMIT: Final = 0x04
DELIVER: Final = 0x05
UNBIND: Final = 0x06
ENQUIRE: Final = 0x15


@dataclass
class Submitted:
    """One submit_sm."""

    to: str
    source: str
    esm_class: int
    data_coding: int
    body: bytes

    @property
    def text(self) -> str:
        """The text of this part, in UCS-2 or in what the default alphabet shares with ASCII."""
        body = self.body[self.body[0] + 1 :] if self.esm_class & 0x40 else self.body
        return body.decode("utf-16-be" if self.data_coding == 8 else "ascii")


@dataclass
class Smsc:
    """Listens on an own port; `status` is what each submit_sm is answered with."""

    status: int = 0
    submitted: list[Submitted] = field(default_factory=list)
    commands: list[int] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.drop()
        self._server.close()
        await self._server.wait_closed()

    def drop(self) -> None:
        """Close all connections without a word."""
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    def deliver(self, sender: str, text: str, *, is_receipt: bool = False, sequence: int) -> None:
        """Send a deliver_sm: what somebody has answered, or a receipt."""
        coding = 0 if text.isascii() else 8
        body = text.encode("ascii" if coding == 0 else "utf-16-be")
        fields = b"\0" + b"\1\1" + sender.encode() + b"\0" + b"\1\1" + b"10690\0"
        fields += bytes([4 if is_receipt else 0, 0, 0]) + b"\0\0" + bytes([0, 0, coding, 0])
        self._send(self._writers[-1], DELIVER, 0, sequence, fields + bytes([len(body)]) + body)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            while True:
                head = await reader.readexactly(_HEADER.size)
                length, command, status, sequence = _HEADER.unpack(head)
                body = await reader.readexactly(length - _HEADER.size)
                self._take(writer, command, status, sequence, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _take(
        self, writer: asyncio.StreamWriter, command: int, status: int, sequence: int, body: bytes
    ) -> None:
        self.commands.append(command)
        if command & _RESPONSE:
            self.answers.append(sequence)
            return
        answer = b""
        if command == BIND:
            self.passwords.append(body.split(b"\0")[1].decode())
            answer = b"smsc\0"
        elif command == SUBMIT:
            self.submitted.append(_submitted(body))
            status = self.status
            answer = b"" if status else f"p-{len(self.submitted)}".encode() + b"\0"
        self._send(writer, command | _RESPONSE, status, sequence, answer)

    @staticmethod
    def _send(
        writer: asyncio.StreamWriter, command: int, status: int, sequence: int, body: bytes
    ) -> None:
        writer.write(_HEADER.pack(_HEADER.size + len(body), command, status, sequence) + body)


def _submitted(body: bytes) -> Submitted:
    _, rest = body.split(b"\0", 1)
    source, rest = rest[2:].split(b"\0", 1)
    to, rest = rest[2:].split(b"\0", 1)
    esm_class, rest = rest[0], rest[3:]
    _, _, rest = rest.split(b"\0", 2)
    data_coding, length = rest[2], rest[4]
    return Submitted(to.decode(), source.decode(), esm_class, data_coding, rest[5 : 5 + length])
