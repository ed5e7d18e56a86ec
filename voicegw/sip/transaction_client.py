"""Client transactions: a request of ours until its final answer (RFC 3261 §17.1, RFC 6026)."""

from __future__ import annotations

from typing import Final, Protocol

from voicegw.sip.message import Request, Response, ack_for_failure
from voicegw.sip.transaction_base import (
    FailureReason,
    Transaction,
    TransactionHost,
    TransactionState,
)
from voicegw.sip.wire import Peer

ClientKey = tuple[str, str]
"""Branch and method (RFC 3261 §17.1.3)."""

_CALLING: Final = TransactionState.CALLING
_TRYING: Final = TransactionState.TRYING
_PROCEEDING: Final = TransactionState.PROCEEDING
_COMPLETED: Final = TransactionState.COMPLETED
_ACCEPTED: Final = TransactionState.ACCEPTED


class ClientUser(Protocol):
    """Who is told what becomes of requests."""

    def response_received(
        self, transaction: ClientTransaction, response: Response, now: float
    ) -> None:
        """A provisional or final answer, each once; every 2xx to an INVITE, repeated ones too.

        A final answer other than a 2xx to an INVITE has been acknowledged already; the ACK to a
        2xx is the user's.
        """
        ...

    def client_failed(
        self, transaction: ClientTransaction, reason: FailureReason, now: float
    ) -> None:
        """No final answer will come; the transaction has ended. Nothing follows."""
        ...


class ClientTransaction(Transaction):
    """One request of ours. Made by :meth:`TransactionLayer.request`."""

    __slots__ = ("_data", "_interval_s", "_sent_again", "_user", "key", "request")

    def __init__(
        self,
        host: TransactionHost,
        user: ClientUser,
        *,
        key: ClientKey,
        request: Request,
        peer: Peer,
        context: object,
    ) -> None:
        """Start nothing yet; see :meth:`start`."""
        super().__init__(host, peer, _TRYING, context)
        self._user = user
        self.key = key
        self.request = request
        self._data = bytes(request)
        self._interval_s = host.values.t1_s
        self._sent_again = False

    def start(self, now: float) -> None:
        """Send the request; timers E and F (RFC 3261 §17.1.2.2)."""
        self._host.transmit(self.peer, self._data)
        if not self.is_reliable:
            self._repeat_after(self._interval_s, now, self._repeat)
        self._end_after(self._host.values.timeout_s, now, self._timed_out)

    def receive(self, response: Response, now: float) -> None:
        """Take an answer that matches this transaction."""
        if self.state is _COMPLETED:
            self._host.counters["retransmissions_absorbed"] += 1
            return
        if response.is_provisional:
            self._set_state(_PROCEEDING)
        else:
            self._stop_timers()
            self._set_state(_COMPLETED)
            self._linger(0 if self.is_reliable else self._host.values.t4_s, now)
        self._user.response_received(self, response, now)

    def transport_failed(self, now: float) -> None:
        """Tell the user, unless a final answer is here already (§17.1.4)."""
        if self.state in {_CALLING, _TRYING, _PROCEEDING}:
            self._fail("transport", now)

    def connection_lost(self, now: float) -> None:
        """Ask once more over a new connection, or wait for the answer that comes by one.

        A peer that has closed an idle connection as we wrote to it has heard nothing; one that has
        heard us takes the same branch for a repetition. One that has begun to answer will go on,
        over a connection of its own (RFC 3261 §18.2.2), where there is a way between us at all.
        """
        if not self.peer.can_be_connected_to:
            self.transport_failed(now)
        elif self.state in {_CALLING, _TRYING}:
            if self._sent_again:
                self.transport_failed(now)
            else:
                self._sent_again = True
                self._host.transmit(self.peer, self._data)

    def _repeat(self, now: float) -> None:
        self._host.counters["retransmissions_sent"] += 1
        self._host.transmit(self.peer, self._data)
        longest_s = self._host.values.t2_s
        self._interval_s = (
            longest_s if self.state is _PROCEEDING else min(2 * self._interval_s, longest_s)
        )
        self._repeat_after(self._interval_s, now, self._repeat)

    def _timed_out(self, now: float) -> None:
        self._fail("timeout", now)

    def _fail(self, reason: FailureReason, now: float) -> None:
        self.terminate()
        self._user.client_failed(self, reason, now)


class InviteClientTransaction(ClientTransaction):
    """One INVITE of ours (RFC 3261 §17.1.1 with the Accepted state of RFC 6026 §7.2)."""

    __slots__ = ("_ack", "_is_given_up")

    def __init__(
        self,
        host: TransactionHost,
        user: ClientUser,
        *,
        key: ClientKey,
        request: Request,
        peer: Peer,
        context: object,
    ) -> None:
        """Start nothing yet; see :meth:`start`."""
        super().__init__(host, user, key=key, request=request, peer=peer, context=context)
        self.state = _CALLING
        self._ack: bytes | None = None
        self._is_given_up = False

    def receive(self, response: Response, now: float) -> None:
        """Take an answer that matches this transaction."""
        if self.state in {_CALLING, _PROCEEDING}:
            self._receive_open(response, now)
        elif self.state is _ACCEPTED and response.is_success:
            self._user.response_received(self, response, now)
        else:
            self._host.counters["retransmissions_absorbed"] += 1
            if self.state is _COMPLETED and self._ack is not None and response.status >= 300:
                self._host.counters["retransmissions_sent"] += 1
                self._host.transmit(self.peer, self._ack)

    def cancelled(self, now: float) -> None:
        """A CANCEL for this INVITE leaves: a final answer must come within 64 x T1 (§9.1)."""
        if self.state in {_CALLING, _PROCEEDING}:
            self._is_given_up = True
            self._end_after(self._host.values.timeout_s, now, self._timed_out)

    def _receive_open(self, response: Response, now: float) -> None:
        values = self._host.values
        if response.is_provisional:
            if self.state is _CALLING:
                self._stop_timers()
                self._set_state(_PROCEEDING)
                if self._is_given_up:
                    # Nobody waits for more: without a limit a far end that says 1xx and then
                    # nothing would be remembered for ever.
                    self._end_after(values.timeout_s, now, self._timed_out)
        elif response.is_success:
            self._stop_timers()
            self._set_state(_ACCEPTED)
            self._linger(values.timeout_s, now)
        else:
            self._stop_timers()
            self._set_state(_COMPLETED)
            self._ack = bytes(ack_for_failure(self.request, response))
            self._host.transmit(self.peer, self._ack)
            self._linger(0 if self.is_reliable else values.d_s, now)
        self._user.response_received(self, response, now)

    def _repeat(self, now: float) -> None:
        """Timer A: doubles without bound (§17.1.1.2)."""
        self._host.counters["retransmissions_sent"] += 1
        self._host.transmit(self.peer, self._data)
        self._interval_s *= 2
        self._repeat_after(self._interval_s, now, self._repeat)
