"""Cuts a byte stream into SIP messages (RFC 3261 §18.3, RFC 5626 §4.4.1). Pure."""

from __future__ import annotations

import re
from typing import Final

from voicegw.errors import MalformedMessageError
from voicegw.sip.message import MAX_MESSAGE_BYTES

_FOLD = re.compile(rb"\r\n[ \t]+")
_CONTENT_LENGTH = re.compile(rb"(?im)^(?:content-length|l)[ \t]*:([^\r\n]*)")
_NUMBER = re.compile(rb"[0-9]{1,8}")

PING: Final = b"\r\n\r\n"
"""A keep-alive between messages."""
PONG: Final = b"\r\n"
"""What a ping is answered with."""


class StreamFramer:
    """Gathers what one connection delivers, in pieces of any size.

    Once `error` is set the stream can't be understood any more: the connection must be closed.
    """

    def __init__(self) -> None:
        """Nothing received yet."""
        self._buffer = bytearray()
        self._searched = 0
        self._line_breaks = 0
        self._needed_bytes = 0
        self._pings = 0
        self.error: MalformedMessageError | None = None

    def feed(self, data: bytes) -> list[bytes]:
        """Take received bytes and return the whole messages that are there now.

        Sets `error` when a message is larger than MAX_MESSAGE_BYTES or its Content-Length is no
        single number; nothing is read after that.
        """
        messages: list[bytes] = []
        if self.error is not None:
            return messages
        self._buffer += data
        try:
            while (message := self._next()) is not None:
                messages.append(message)
        except MalformedMessageError as error:
            self.error = error
            self._buffer.clear()
        return messages

    def take_pings(self) -> int:
        """Return how many pings came since the last call."""
        taken, self._pings = self._pings, 0
        return taken

    @property
    def is_idle(self) -> bool:
        """Whether no message has been received in part."""
        return not self._buffer

    def _next(self) -> bytes | None:
        if not self._needed_bytes:
            self._skip_line_breaks()
            self._needed_bytes = self._measure()
        if not self._needed_bytes or len(self._buffer) < self._needed_bytes:
            return None
        message = bytes(self._buffer[: self._needed_bytes])
        del self._buffer[: self._needed_bytes]
        self._needed_bytes = self._searched = 0
        return message

    def _skip_line_breaks(self) -> None:
        """Drop CRLF between messages; two in a row are a ping."""
        end = 0
        while self._buffer.startswith(b"\r\n", end):
            end += 2
            self._line_breaks += 1
            if self._line_breaks == 2:
                self._pings += 1
                self._line_breaks = 0
        if end:
            del self._buffer[:end]
        if self._buffer and self._buffer != b"\r":
            self._line_breaks = 0

    def _measure(self) -> int:
        """Return the size of the message at the front; 0 while its headers are not all there."""
        end = self._buffer.find(b"\r\n\r\n", self._searched)
        if end < 0:
            self._searched = max(0, len(self._buffer) - 3)
            if len(self._buffer) > MAX_MESSAGE_BYTES:
                raise MalformedMessageError("headers are too large", status=513)
            return 0
        head = bytes(self._buffer[:end])
        found = _CONTENT_LENGTH.findall(_FOLD.sub(b" ", head))
        lengths = {value.strip() for value in found}
        if len(lengths) > 1:
            raise MalformedMessageError("Content-Length is repeated")
        length = lengths.pop() if lengths else b"0"
        if not _NUMBER.fullmatch(length):
            raise MalformedMessageError("Content-Length: not a number")
        size = end + 4 + int(length)
        if size > MAX_MESSAGE_BYTES:
            raise MalformedMessageError("message is too large", status=513)
        return size
