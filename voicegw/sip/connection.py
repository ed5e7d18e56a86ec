"""One TCP or TLS connection of the signalling transport: messages in, messages out, idle close."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import Counter
from typing import Final, Protocol, cast

from voicegw.sip.framing import PONG, StreamFramer
from voicegw.sip.tls import certificate_is_for
from voicegw.sip.wire import Peer, TransportName

logger = logging.getLogger(__name__)

MAX_UNSENT_BYTES: Final = 1024 * 1024
"""A peer that lets this much pile up does not read any more; its connection is aborted."""

MAX_ADDRESSEES: Final = 4096
"""Peers remembered of one connection, the latest: what a Via says makes a peer another one."""

CLOSE_GRACE_S: Final = 1.0

FIRST_MESSAGE_S: Final = 30.0
"""A stranger who connects must have brought a whole message by then; places are few."""


class ConnectionOwner(Protocol):
    """What a connection needs of the transport."""

    counters: Counter[str]

    def connected(self, connection: Connection) -> bool:
        """Register a connection; False: there are too many, it must go."""
        ...

    def disconnected(self, connection: Connection) -> None:
        """The connection is gone."""
        ...

    def received(self, data: bytes, peer: Peer) -> None:
        """Take one message."""
        ...

    def made_known(self, connection: Connection) -> bool:
        """Whether what came over it has shown who is at its far end: it is no stranger's then."""
        ...

    def refuses(self, peer: Peer) -> bool:
        """Whether nothing that `peer` sends is looked at: its source is banned."""
        ...

    def is_way_to_phone(self, peer: Peer) -> bool:
        """Whether a telephone has registered over this connection: it can be rung by no other."""
        ...

    def made_no_sense(self, peer: Peer) -> None:
        """Take note of a stream that can't be cut into messages."""
        ...

    def flush(self) -> None:
        """Send what the messages led to."""
        ...


class Connection(asyncio.Protocol):
    """Frames what arrives, answers keep-alives, knows who was spoken to over it.

    `flow` is its id, odd when the peer opened it; `peer` its far end, None until it is open and
    where it was refused, for the reason in `refusal`. `is_strangers` is the owner's to say.
    """

    def __init__(
        self,
        owner: ConnectionOwner,
        transport: TransportName,
        flow: int,
        idle_close_s: float,
        *,
        expected_name: str = "",
    ) -> None:
        """Made for the loop to call :meth:`connection_made`, with TLS after the handshake.

        With `expected_name` the connection is kept only when the far end's certificate is for it.
        """
        self.flow = flow
        self.peer: Peer | None = None
        self.is_strangers = False
        self.refusal = ""
        self._owner = owner
        self._name: TransportName = transport
        self._expected_name = expected_name
        self._idle_close_s = idle_close_s
        self._framer = StreamFramer()
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._last_active = self._opened = self._loop.time()
        self._has_spoken = False
        self._idle_timer: asyncio.TimerHandle | None = None
        self._addressees: dict[Peer, None] = {}

    @property
    def addressees(self) -> tuple[Peer, ...]:
        """The peers, as the core named them, to which something was sent."""
        return tuple(self._addressees)

    @property
    def has_spoken(self) -> bool:
        """Whether a whole message has come over it."""
        return self._has_spoken

    @property
    def is_closing(self) -> bool:
        """Whether nothing can be sent over it any more."""
        return self._transport is None or self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        # Not checked by isinstance: uvloop's transports are no subclasses of asyncio's.
        made = cast(asyncio.Transport, transport)
        name = transport.get_extra_info("peername")
        sock = transport.get_extra_info("socket")
        if not name or sock is None:
            self._refuse(made, "the far end has gone")
            return
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if self._expected_name and not certificate_is_for(
            transport.get_extra_info("peercert") or {}, self._expected_name
        ):
            self._refuse(made, "the certificate is for another name")
            return
        self.peer = Peer(self._name, str(name[0]), int(name[1]), self.flow)
        if not self._owner.connected(self):
            self.peer = None
            self._refuse(made, "too many connections")
            return
        self._transport = made
        self._watch_idleness()

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        if self.peer is None or self._transport is None:
            return
        self._last_active = self._loop.time()
        messages = self._framer.feed(data)
        self._answer_pings(self._transport, self._framer.take_pings())
        for message in messages:
            # Asked for each: one read may hold thousands, and any may be the one too many.
            if self._owner.refuses(self.peer):
                self._owner.counters["banned_dropped"] += 1
                self._transport.abort()
                break
            self._has_spoken = True
            self._owner.counters[f"{self._name}_received"] += 1
            self._owner.received(message, self.peer)
        self._owner.flush()
        if self.is_strangers and messages and self._owner.made_known(self):
            self.is_strangers = False
        if self._framer.error is not None:
            # Strangers may send what they like: the log is for those we know.
            logger.log(
                logging.DEBUG if self.is_strangers else logging.WARNING,
                "closing a connection whose stream makes no sense",
                extra={"flow": self.flow, "detail": self._framer.error.detail},
            )
            self._owner.made_no_sense(self.peer)
            self._close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the loop's interface
        """Called by the loop."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        self._transport = None
        if not self._closed.done():
            self._closed.set_result(None)
        if self.peer is not None:
            self._owner.disconnected(self)

    def send(self, peer: Peer, data: bytes) -> bool:
        """Write one message for `peer`. False: it can't be sent over this connection any more."""
        transport = self._transport
        if transport is None or self.is_closing:
            return False
        if transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            transport.abort()
            return False
        self._addressees.pop(peer, None)
        self._addressees[peer] = None
        if len(self._addressees) > MAX_ADDRESSEES:
            del self._addressees[next(iter(self._addressees))]
        self._last_active = self._loop.time()
        transport.write(data)
        return True

    async def close(self) -> None:
        """Close, after what is written has left, or after a grace at most."""
        self._close()
        if self._transport is not None:
            try:
                async with asyncio.timeout(CLOSE_GRACE_S):
                    await asyncio.shield(self._closed)
            except TimeoutError:
                self._transport.abort()
                await self._closed

    def _answer_pings(self, transport: asyncio.Transport, pings: int) -> None:
        if not pings:
            return
        self._owner.counters["keep_alives"] += pings
        if transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            transport.abort()
        else:
            transport.write(PONG * pings)

    def _refuse(self, transport: asyncio.Transport, why: str) -> None:
        self.refusal = why
        transport.abort()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _watch_idleness(self) -> None:
        if self._has_spoken or not self.is_strangers:
            due = self._last_active + self._idle_close_s
        else:
            due = self._opened + min(FIRST_MESSAGE_S, self._idle_close_s)
        left_s = due - self._loop.time()
        if left_s <= 0 and self.peer is not None and self._owner.is_way_to_phone(self.peer):
            # Silent between two REGISTERs, an hour perhaps; it may go when the last has expired.
            left_s = self._idle_close_s
        if left_s <= 0:
            logger.debug("closing an idle connection", extra={"flow": self.flow})
            self._close()
            return
        self._idle_timer = self._loop.call_later(left_s, self._watch_idleness)
