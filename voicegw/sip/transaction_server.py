"""Server transactions: a request from a peer until its answer has arrived (RFC 3261 §17.2)."""

from __future__ import annotations

from typing import Final, Literal, Protocol

from voicegw.errors import SipStateError
from voicegw.sip.message import Request, Response, response_to
from voicegw.sip.transaction_base import (
    Transaction,
    TransactionHost,
    TransactionState,
)
from voicegw.sip.wire import Peer

ServerKey = tuple[str | int | None, ...]
"""What tells server transactions apart (RFC 3261 §17.2.3); the last item is the method."""

ServerFailureReason = Literal["timeout", "transport", "unanswered"]

_TRYING: Final = TransactionState.TRYING
_PROCEEDING: Final = TransactionState.PROCEEDING
_COMPLETED: Final = TransactionState.COMPLETED
_CONFIRMED: Final = TransactionState.CONFIRMED
_ACCEPTED: Final = TransactionState.ACCEPTED


class ServerUser(Protocol):
    """Who is told of requests."""

    def request_received(
        self, transaction: ServerTransaction, request: Request, peer: Peer, now: float
    ) -> None:
        """A new request from `peer`; answer it with :meth:`TransactionLayer.respond`."""
        ...

    def ack_received(self, request: Request, peer: Peer, now: float) -> None:
        """An ACK to a 2xx, repeated ones too."""
        ...

    def cancel_received(
        self, invite: InviteServerTransaction, cancel: ServerTransaction, now: float
    ) -> None:
        """A CANCEL for `invite`; answer `cancel` with 200, and `invite`, if still open, with 487.

        A CANCEL that matches nothing has been answered with 481 by the layer.
        """
        ...

    def server_failed(
        self, transaction: ServerTransaction, reason: ServerFailureReason, now: float
    ) -> None:
        """The transaction has ended without success.

        `timeout`: no ACK to our refusal of an INVITE; `transport`: our answer did not leave;
        `unanswered`: no answer was given to a request other than INVITE within 64 x T1, after
        which its sender no longer waits (RFC 4320).
        """
        ...


class ServerTransaction(Transaction):
    """One request from a peer. `origin` is where it came from, `peer` where answers go to."""

    __slots__ = ("_data", "_user", "key", "merge_key", "origin", "request")

    def __init__(
        self,
        host: TransactionHost,
        user: ServerUser,
        *,
        key: ServerKey,
        request: Request,
        origin: Peer,
        peer: Peer,
    ) -> None:
        """Start nothing yet; see :meth:`start`."""
        super().__init__(host, peer, _TRYING, None)
        self._user = user
        self._data: bytes | None = None
        self.key = key
        self.merge_key: ServerKey | None = None
        self.request = request
        self.origin = origin

    @property
    def is_answered(self) -> bool:
        """Whether a final answer was given (or the transaction has ended)."""
        return self.state not in {_TRYING, _PROCEEDING}

    def start(self, now: float) -> None:
        """Begin; the user is told by the layer."""
        self._end_after(self._host.values.timeout_s, now, self._unanswered)

    def receive_again(self) -> None:
        """The request came once more: repeat the last answer, if there is one (§17.2.2)."""
        self._host.counters["retransmissions_absorbed"] += 1
        if self._data is not None:
            self._host.counters["retransmissions_sent"] += 1
            self._host.transmit(self.peer, self._data)

    def respond(self, response: Response, now: float) -> None:
        """Send an answer. Raises SipStateError when a final one was given before."""
        if self.is_answered:
            raise SipStateError("the request is answered already")
        self._data = bytes(response)
        if response.is_provisional:
            self._set_state(_PROCEEDING)
            self._host.transmit(self.peer, self._data)
            return
        self._stop_timers()
        self._set_state(_COMPLETED)
        self._host.transmit(self.peer, self._data)
        self._linger(0 if self.is_reliable else self._host.values.timeout_s, now)

    def transport_failed(self, now: float) -> None:
        """Our answer did not leave: end and tell the user (§17.2.4)."""
        self._fail("transport", now)

    def terminate(self) -> None:
        """End now; the user's context is let go of, which may hold this transaction in turn."""
        super().terminate()
        self.context = None

    def connection_lost(self, now: float) -> None:
        """Answers go by a new connection to where the sender listens, if it does (§18.2.2)."""
        if not self.peer.can_be_connected_to:
            self.transport_failed(now)

    def _unanswered(self, now: float) -> None:
        self._fail("unanswered", now)

    def _fail(self, reason: ServerFailureReason, now: float) -> None:
        super().terminate()
        self._user.server_failed(self, reason, now)
        self.context = None


class InviteServerTransaction(ServerTransaction):
    """One INVITE from a peer (RFC 3261 §17.2.1 with the Accepted state of RFC 6026 §7.1).

    The user must answer it in the end: an open one is kept without limit. A 2xx is repeated by the
    user until its ACK arrives, through :meth:`respond`.
    """

    __slots__ = ("_interval_s", "_succeeded")

    def __init__(
        self,
        host: TransactionHost,
        user: ServerUser,
        *,
        key: ServerKey,
        request: Request,
        origin: Peer,
        peer: Peer,
    ) -> None:
        """Start nothing yet; see :meth:`start`."""
        super().__init__(host, user, key=key, request=request, origin=origin, peer=peer)
        self.state = _PROCEEDING
        self._interval_s = host.values.t1_s
        self._succeeded = False

    def start(self, now: float) -> None:
        """Send 100 (Trying), now or when the user has not answered for a while."""
        delay_s = self._host.values.trying_s
        if delay_s > 0:
            self._repeat_after(delay_s, now, self._say_trying)
        else:
            self._say_trying(now)

    def receive_again(self) -> None:
        """The INVITE came once more; once accepted it is only absorbed (RFC 6026 §7.1)."""
        if self.state in {_PROCEEDING, _COMPLETED}:
            super().receive_again()
        else:
            self._host.counters["retransmissions_absorbed"] += 1

    def receive_ack(self, request: Request, origin: Peer, now: float) -> None:
        """Take an ACK that matches this INVITE."""
        if self.state is _COMPLETED:
            self._stop_timers()
            self._set_state(_CONFIRMED)
            self._linger(0 if self.is_reliable else self._host.values.t4_s, now)
        elif self.state is _ACCEPTED:
            self._user.ack_received(request, origin, now)
        else:
            self._host.counters["acks_absorbed"] += 1

    def respond(self, response: Response, now: float) -> None:
        """Send an answer.

        A 2xx may be sent again and again once one was sent; anything else after a final answer
        raises SipStateError.
        """
        if self._succeeded and response.is_success:
            self._host.counters["retransmissions_sent"] += 1
            self._host.transmit(self.peer, bytes(response))
            return
        if self.is_answered:
            raise SipStateError("the INVITE is answered already")
        self._stop_repeating()
        values = self._host.values
        data = bytes(response)
        self._host.transmit(self.peer, data)
        if response.is_provisional:
            self._data = data
        elif response.is_success:
            self._succeeded = True
            self._set_state(_ACCEPTED)
            self._linger(values.timeout_s, now)
        else:
            self._data = data
            self._set_state(_COMPLETED)
            if not self.is_reliable:
                self._repeat_after(self._interval_s, now, self._repeat)
            self._end_after(values.timeout_s, now, self._unacknowledged)

    def transport_failed(self, now: float) -> None:
        """Our answer did not leave.

        Once accepted this is not the end: the user repeats the 2xx and misses the ACK if it is
        lost. Once confirmed nothing is sent any more.
        """
        if self.state not in {_ACCEPTED, _CONFIRMED}:
            self._fail("transport", now)

    def connection_lost(self, now: float) -> None:
        """Answers go by a new connection; a refusal without its ACK may be lost, so once more."""
        super().connection_lost(now)
        if self.state is _COMPLETED and self._data is not None:
            self._host.transmit(self.peer, self._data)

    def _say_trying(self, now: float) -> None:
        self.respond(response_to(self.request, 100), now)

    def _repeat(self, now: float) -> None:
        """Timer G (§17.2.1)."""
        if self._data is not None:
            self._host.counters["retransmissions_sent"] += 1
            self._host.transmit(self.peer, self._data)
        self._interval_s = min(2 * self._interval_s, self._host.values.t2_s)
        self._repeat_after(self._interval_s, now, self._repeat)

    def _unacknowledged(self, now: float) -> None:
        """Timer H (§17.2.1)."""
        self._fail("timeout", now)
