"""rtpengine's control protocol ("NG") over UDP: one request, one reply.

A datagram is a cookie, a space and a bencoded dictionary. rtpengine keeps the reply to a cookie
for a while, so a request that is sent again under its cookie is carried out once.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
from collections.abc import Mapping
from typing import Final

from voicegw.errors import MediaError
from voicegw.media import bencode
from voicegw.media.bencode import Encodable, Value

_log = logging.getLogger(__name__)

_FIRST_REPEAT_S: Final = 0.15
_UNKNOWN_CALL: Final = "unknown call-id"

Reply = dict[str, Value]


class RtpengineAwayError(MediaError):
    """rtpengine has not answered in time."""

    slug = "rtpengine-away"


class RtpengineRefusedError(MediaError):
    """rtpengine has answered that it will not or can't; `reason` is its own word."""

    slug = "rtpengine-refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def is_unknown_call(self) -> bool:
        """Whether it no longer has the call: it was started again, or gave the call up."""
        return _UNKNOWN_CALL in self.reason.lower()


class RtpengineClient(asyncio.DatagramProtocol):
    """The socket to one rtpengine. Made by :meth:`connect`; :meth:`close` ends it."""

    def __init__(self, timeout_s: float) -> None:
        """`timeout_s` is how long an answer is awaited, repetitions included."""
        self._timeout_s = timeout_s
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: dict[bytes, asyncio.Future[Reply]] = {}
        self._prefix = secrets.token_hex(6)
        self._numbers = itertools.count(1)

    @classmethod
    async def connect(cls, host: str, port: int, *, timeout_s: float = 2.0) -> RtpengineClient:
        """Return a client of the rtpengine that listens at `host` and `port`. Raises OSError."""
        loop = asyncio.get_running_loop()
        _, client = await loop.create_datagram_endpoint(
            lambda: cls(timeout_s), remote_addr=(host, port)
        )
        return client

    def close(self) -> None:
        """Close the socket; requests under way are given up."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None
        for future in self._waiting.values():
            future.cancel()

    async def request(self, command: str, fields: Mapping[str, Encodable] | None = None) -> Reply:
        """Send `command` and return the reply.

        Raises RtpengineRefusedError when it says no, RtpengineAwayError when it says nothing.
        """
        if self._transport is None:
            raise RtpengineAwayError("the socket to rtpengine is closed")
        cookie = f"{self._prefix}-{next(self._numbers)}".encode()
        datagram = cookie + b" " + bencode.encode({**(fields or {}), "command": command})
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Reply] = loop.create_future()
        self._waiting[cookie] = future
        try:
            return _checked(await self._send(datagram, future))
        finally:
            del self._waiting[cookie]

    async def _send(self, datagram: bytes, future: asyncio.Future[Reply]) -> Reply:
        deadline_s = asyncio.get_running_loop().time() + self._timeout_s
        repeat_s = _FIRST_REPEAT_S
        while True:
            if self._transport is not None:
                self._transport.sendto(datagram)
            left_s = deadline_s - asyncio.get_running_loop().time()
            done, _ = await asyncio.wait({future}, timeout=max(0.0, min(repeat_s, left_s)))
            if done:
                return future.result()
            if left_s <= repeat_s:
                raise RtpengineAwayError("rtpengine does not answer")
            repeat_s *= 2

    # asyncio's side ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        """Keep the socket."""
        self._transport = transport

    def datagram_received(self, data: bytes, _addr: object) -> None:
        """Hand a reply to the request that waits for it."""
        cookie, _, body = data.partition(b" ")
        future = self._waiting.get(cookie)
        if future is None or future.done():
            return
        try:
            reply = bencode.decode(body)
        except ValueError:
            _log.info("reply of rtpengine can't be read")
            return
        if isinstance(reply, dict):
            future.set_result(reply)

    def error_received(self, error: Exception) -> None:
        """Nobody listens there at present; the request is repeated until its time is over."""


def _checked(reply: Reply) -> Reply:
    if reply.get("result") == b"error":
        reason = reply.get("error-reason")
        raise RtpengineRefusedError(text(reason) if isinstance(reason, bytes) else "no reason")
    return reply


def text(value: Value | None) -> str:
    """Return a string of a reply as text; empty for what is none."""
    return value.decode(errors="replace") if isinstance(value, bytes) else ""
