"""Digits as rtpengine tells of them: one JSON datagram a press, to its `dtmf-log-dest`.

Only the address of our socket is known to rtpengine; a report says which call it is of. A report
that can't be read, or is of no call here, is dropped: another node may share the rtpengine.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_log = logging.getLogger(__name__)

#: Events 0 to 15 of RFC 4733 §3.2.
DIGITS: Final = "0123456789*#ABCD"
_MAX_REPORT_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class DigitReport:
    """`digit` was pressed by the party `tag` of the call that rtpengine calls `call`."""

    call: str
    tag: str
    digit: str


def parse_report(data: bytes) -> DigitReport | None:
    """Return what a datagram reports; None for anything but a digit."""
    if len(data) > _MAX_REPORT_BYTES:
        return None
    try:
        report = json.loads(data)
    except (ValueError, RecursionError):
        return None
    match report:
        case {"type": "DTMF", "callid": str(call), "source_tag": str(tag), "event": int(event)}:
            if 0 <= event < len(DIGITS):
                return DigitReport(call, tag, DIGITS[event])
    return None


class DigitListener(asyncio.DatagramProtocol):
    """The socket that digits are reported to."""

    def __init__(self, on_report: Callable[[DigitReport], None]) -> None:
        """`on_report` is called in the loop for each press."""
        self._on_report = on_report
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def bind(
        cls, host: str, port: int, on_report: Callable[[DigitReport], None]
    ) -> DigitListener:
        """Return a listener at `host` and `port`. Raises OSError."""
        loop = asyncio.get_running_loop()
        _, listener = await loop.create_datagram_endpoint(
            lambda: cls(on_report), local_addr=(host, port)
        )
        return listener

    @property
    def address(self) -> tuple[str, int]:
        """The address that is listened on."""
        host, port = (
            ("", 0) if self._transport is None else self._transport.get_extra_info("sockname")[:2]
        )
        return str(host), int(port)

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        """Keep the socket."""
        self._transport = transport

    def datagram_received(self, data: bytes, _addr: object) -> None:
        """Pass on a digit."""
        report = parse_report(data)
        if report is None:
            _log.debug("report of rtpengine is of no use")
        else:
            self._on_report(report)
