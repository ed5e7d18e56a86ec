"""A 2xx to an INVITE, repeated until its ACK arrives (RFC 3261 §13.3.1.4). Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from voicegw.sip.message import Request, Response

if TYPE_CHECKING:
    from voicegw.sip.exchange import SessionHost
    from voicegw.sip.transaction import ServerTransaction


class AnswerKeeper:
    """Sends a 2xx at once, then after T1, doubling up to T2, until `acknowledge` or 64*T1.

    It does so over reliable transports too: a proxy further on may lose the ACK.
    """

    def __init__(
        self,
        host: SessionHost,
        transaction: ServerTransaction,
        response: Response,
        *,
        acknowledged: Callable[[Request], None],
        unacknowledged: Callable[[], None],
    ) -> None:
        """Send `response`; one of the two call-backs follows unless `cancel` is called."""
        self._host = host
        self._transaction = transaction
        self._response = response
        self._acknowledged = acknowledged
        self._unacknowledged = unacknowledged
        self._interval_s = host.timers.t1_s
        host.respond(transaction, response)
        self._repeating = host.call_later(self._interval_s, self._repeat)
        self._ending = host.call_later(host.timers.timeout_s, self._give_up)

    def acknowledge(self, ack: Request) -> None:
        """Take the ACK."""
        self.cancel()
        self._acknowledged(ack)

    def cancel(self) -> None:
        """Repeat no more and call nobody."""
        self._repeating.cancel()
        self._ending.cancel()

    def _repeat(self) -> None:
        self._host.respond(self._transaction, self._response)
        self._interval_s = min(2 * self._interval_s, self._host.timers.t2_s)
        self._repeating = self._host.call_later(self._interval_s, self._repeat)

    def _give_up(self) -> None:
        self.cancel()
        self._unacknowledged()
