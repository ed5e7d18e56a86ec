"""All transactions of a node: matching, timers and retransmissions (RFC 3261 §17, RFC 6026). Pure.

The layer is fed with parsed messages and the present time, any monotonic clock in seconds, and is
asked for what to send and when to call again. It reads no clock and opens no socket, so that a
test can drive every race. Whoever feeds it does, after each input::

    for peer, data in layer.take_transmissions(): ...
    arm_timer(layer.next_timer())

What happened is told through :class:`TransactionUser`, from within the call that made it happen;
the state has changed before the user is called, so the user may call the layer back at once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Protocol

from voicegw.errors import SipStateError
from voicegw.sip.message import Request, Response, Via, response_to
from voicegw.sip.timers import TimerQueue, TimerValues
from voicegw.sip.transaction_base import FailureReason, Transaction, TransactionState
from voicegw.sip.transaction_client import (
    ClientKey,
    ClientTransaction,
    ClientUser,
    InviteClientTransaction,
)
from voicegw.sip.transaction_server import (
    InviteServerTransaction,
    ServerFailureReason,
    ServerKey,
    ServerTransaction,
    ServerUser,
)
from voicegw.sip.wire import DEFAULT_PORTS, Peer, is_literal

__all__ = [
    "MAGIC_COOKIE",
    "ClientTransaction",
    "FailureReason",
    "InviteClientTransaction",
    "InviteServerTransaction",
    "ServerFailureReason",
    "ServerTransaction",
    "TimerValues",
    "TransactionLayer",
    "TransactionState",
    "TransactionUser",
    "mark_source",
]

MAGIC_COOKIE = "z9hG4bK"
"""Begins the branches that are unique by themselves (RFC 3261 §8.1.1.7)."""


class TransactionUser(ClientUser, ServerUser, Protocol):
    """The layer above: dialogs and sessions."""

    def stray_response(self, response: Response, peer: Peer, now: float) -> None:
        """A response that matches no transaction.

        A 2xx to an INVITE nobody remembers should be acknowledged and then ended with BYE.
        """
        ...


class TransactionLayer:
    """Keeps every open transaction; `len()` is their number.

    `counters` holds running totals: `requests_received`, `responses_received`,
    `retransmissions_sent`, `retransmissions_absorbed`, `acks_absorbed`, `stray_responses`,
    `stray_cancels`, `malformed`, `client_failures`, `server_failures`.
    """

    def __init__(self, timers: TimerValues | None = None, *, user: TransactionUser) -> None:
        """An empty layer that tells `user`."""
        self.values = timers or TimerValues()
        self.timers = TimerQueue()
        self.counters: Counter[str] = Counter()
        self._user = user
        self._clients: dict[ClientKey, ClientTransaction] = {}
        self._servers: dict[ServerKey, ServerTransaction] = {}
        self._merges: dict[ServerKey, ServerTransaction] = {}
        self._by_peer: dict[Peer, dict[Transaction, None]] = {}
        self._by_origin: Counter[Peer] = Counter()
        self._transmissions: list[tuple[Peer, bytes]] = []

    def __len__(self) -> int:
        return len(self._clients) + len(self._servers)

    # What comes in -------------------------------------------------------------------------

    def receive(self, message: Request | Response, peer: Peer, now: float) -> None:
        """Take a message from the wire.

        The top Via of a request is marked with where it came from (RFC 3261 §18.2.1, RFC 3581).
        """
        if isinstance(message, Request):
            self.counters["requests_received"] += 1
            self._receive_request(message, peer, now)
        else:
            self.counters["responses_received"] += 1
            self._receive_response(message, peer, now)

    def request(
        self, request: Request, peer: Peer, now: float, *, context: object = None
    ) -> ClientTransaction:
        """Send a request in a transaction of its own.

        Its top Via must carry a branch that was never used before (that of the INVITE for a
        CANCEL). `context` is kept on the transaction for the user. Raises SipStateError for an ACK,
        a missing branch or one in use, MalformedMessageError when a mandatory header is missing.
        """
        branch = request.top_via.branch
        if request.method == "ACK" or not branch:
            raise SipStateError("a request needs a branch of its own; an ACK is sent without")
        key = (branch, request.method)
        if key in self._clients:
            raise SipStateError("the branch is in use")
        kind = InviteClientTransaction if request.method == "INVITE" else ClientTransaction
        transaction = kind(self, self._user, key=key, request=request, peer=peer, context=context)
        self._clients[key] = transaction
        self._enter(transaction)
        if request.method == "CANCEL":
            invite = self._clients.get((branch, "INVITE"))
            if isinstance(invite, InviteClientTransaction):
                invite.cancelled(now)
        transaction.start(now)
        return transaction

    def respond(self, transaction: ServerTransaction, response: Response, now: float) -> None:
        """Answer a request.

        A 2xx to an INVITE may be given again, to repeat it. Raises SipStateError for any other
        answer after a final one.
        """
        transaction.respond(response, now)

    def send(self, message: Request | Response, peer: Peer) -> None:
        """Send a message outside any transaction: the ACK to a 2xx, a stateless answer."""
        self.transmit(peer, bytes(message))

    def respond_once(self, request: Request, response: Response, peer: Peer) -> None:
        """Answer a request from `peer` without a transaction (RFC 3261 §8.2.7).

        `response` is made after :func:`mark_source`. Over a connection it goes by that or not at
        all: a stranger who has closed it must not have us open others, to ports of his choice.
        """
        to = _answer_peer(request.top_via, peer) if peer.transport == "udp" else peer
        self.transmit(to, bytes(response))

    def handle_timers(self, now: float) -> None:
        """Do what is due; call at or after :meth:`next_timer`."""
        self.timers.fire(now)

    def transport_failed(self, peer: Peer, now: float) -> None:
        """End what was under way to `peer`: what was sent there can't have arrived."""
        for transaction in list(self._by_peer.get(peer, ())):
            transaction.transport_failed(now)

    def connection_lost(self, peer: Peer, now: float) -> None:
        """Go on by other connections where that is possible; end what was under way else."""
        for transaction in list(self._by_peer.get(peer, ())):
            transaction.connection_lost(now)

    # What goes out -------------------------------------------------------------------------

    def next_timer(self) -> float | None:
        """Return when :meth:`handle_timers` has something to do, None when no timer runs."""
        return self.timers.next_due()

    def take_transmissions(self) -> list[tuple[Peer, bytes]]:
        """Return what is to be sent, in order, and forget it."""
        taken, self._transmissions = self._transmissions, []
        return taken

    # Questions -----------------------------------------------------------------------------

    def is_merged(self, transaction: ServerTransaction) -> bool:
        """Whether the request came before on another path: answer 482 (RFC 3261 §8.2.2.2)."""
        key = transaction.merge_key
        return key is not None and self._merges.get(key) is not transaction

    def knows(self, request: Request) -> bool:
        """Whether the request is the repetition of one whose transaction is still open."""
        key = (*_server_key(request, request.top_via), request.method)
        return key in self._servers

    def awaits(self, branch: str, method: str) -> bool:
        """Whether a request of ours with this branch may still be answered."""
        return (branch, method) in self._clients

    def has_invite_of(self, request: Request) -> bool:
        """Whether the INVITE that an ACK or CANCEL belongs to is still open."""
        return (*_server_key(request, request.top_via), "INVITE") in self._servers

    def count_from(self, peer: Peer) -> int:
        """Return how many requests that came from `peer` are under way."""
        return self._by_origin[peer]

    # For the transactions ------------------------------------------------------------------

    def transmit(self, peer: Peer, data: bytes) -> None:
        """Queue a transmission."""
        self._transmissions.append((peer, data))

    def forget(self, transaction: Transaction) -> None:
        """Drop a terminated transaction."""
        if isinstance(transaction, ClientTransaction):
            self._clients.pop(transaction.key, None)
        elif isinstance(transaction, ServerTransaction):
            self._servers.pop(transaction.key, None)
            merge_key = transaction.merge_key
            if merge_key is not None and self._merges.get(merge_key) is transaction:
                del self._merges[merge_key]
        self._leave(transaction)

    # Matching ------------------------------------------------------------------------------

    def _receive_response(self, response: Response, peer: Peer, now: float) -> None:
        vias = response.vias
        if len(vias) != 1:
            # Not for us: we are the only hop of what we send (RFC 3261 §8.1.3.3).
            self.counters["malformed"] += 1
            return
        transaction = self._clients.get((vias[0].branch or "", response.cseq.method))
        if transaction is None:
            self.counters["stray_responses"] += 1
            self._user.stray_response(response, peer, now)
        else:
            transaction.receive(response, now)

    def _receive_request(self, request: Request, peer: Peer, now: float) -> None:
        via = request.top_via
        key = _server_key(request, via)
        method = request.method
        if method == "ACK":
            self._receive_ack(request, (*key, "INVITE"), peer, now)
            return
        transaction = self._servers.get((*key, method))
        if transaction is not None:
            if transaction.is_reliable and transaction.origin != peer:
                self._move(transaction, peer, _answer_peer(via, peer))
            transaction.receive_again()
            return
        mark_source(request, peer)
        kind = InviteServerTransaction if method == "INVITE" else ServerTransaction
        transaction = kind(
            self,
            self._user,
            key=(*key, method),
            request=request,
            origin=peer,
            peer=_answer_peer(via, peer),
        )
        self._servers[transaction.key] = transaction
        self._enter(transaction)
        if method == "CANCEL":
            self._receive_cancel(transaction, (*key, "INVITE"), now)
            return
        if request.to.tag is None:
            transaction.merge_key = (
                request.from_.tag,
                request.call_id,
                request.cseq.sequence,
                method,
            )
            self._merges.setdefault(transaction.merge_key, transaction)
        transaction.start(now)
        self._user.request_received(transaction, request, peer, now)

    def _move(self, transaction: ServerTransaction, origin: Peer, answers_to: Peer) -> None:
        """Have a request that came again over another connection answered over that."""
        self._leave(transaction)
        transaction.origin, transaction.peer = origin, answers_to
        self._enter(transaction)

    def _enter(self, transaction: Transaction) -> None:
        self._by_peer.setdefault(transaction.peer, {})[transaction] = None
        if isinstance(transaction, ServerTransaction):
            self._by_origin[transaction.origin] += 1

    def _leave(self, transaction: Transaction) -> None:
        at_peer = self._by_peer.get(transaction.peer)
        if at_peer is None or transaction not in at_peer:
            return
        del at_peer[transaction]
        if not at_peer:
            del self._by_peer[transaction.peer]
        if isinstance(transaction, ServerTransaction):
            self._by_origin[transaction.origin] -= 1
            if not self._by_origin[transaction.origin]:
                del self._by_origin[transaction.origin]

    def _receive_ack(self, ack: Request, key: ServerKey, peer: Peer, now: float) -> None:
        invite = self._servers.get(key)
        if isinstance(invite, InviteServerTransaction):
            invite.receive_ack(ack, peer, now)
        else:
            self._user.ack_received(ack, peer, now)

    def _receive_cancel(self, cancel: ServerTransaction, key: ServerKey, now: float) -> None:
        cancel.start(now)
        invite = self._servers.get(key)
        if isinstance(invite, InviteServerTransaction):
            self._user.cancel_received(invite, cancel, now)
        else:
            self.counters["stray_cancels"] += 1
            cancel.respond(response_to(cancel.request, 481), now)


def _server_key(request: Request, via: Via) -> tuple[str | int | None, ...]:
    """Return what requests of one transaction have in common, but the method (§17.2.3).

    The CSeq number, the same in a request, its ACK and its CANCEL, tells apart what telephones that
    use a branch again send after a challenge.
    """
    branch = via.branch or ""
    if len(branch) > len(MAGIC_COOKIE) and branch.startswith(MAGIC_COOKIE):
        return branch, via.host.lower(), via.port, request.cseq.sequence
    # RFC 2543 peers: no unique branch, so everything that a retransmission repeats. The To tag is
    # left out, because the ACK carries ours while the INVITE had none.
    return (
        branch,
        via.host.lower(),
        via.port,
        str(request.uri),
        request.from_.tag,
        request.call_id,
        request.cseq.sequence,
    )


def mark_source(request: Request, peer: Peer) -> None:
    """Write where `request` came from into its top Via (RFC 3261 §18.2.1, RFC 3581 §4).

    `received` and `rport` that the sender filled in itself are overwritten: answers must not be
    aimed at a third party.
    """
    via = request.top_via
    given = via.parameters
    wants_port = "rport" in given
    if not wants_port and "received" not in given and via.address == peer.host:
        return
    found = given.replace(received=peer.host)
    if wants_port:
        found = found.replace(rport=str(peer.port))
    marked = str(Via(via.transport, via.host, via.port, found))
    request.headers.set_all("Via", [marked, *request.header_list("Via")[1:]])


def _answer_peer(via: Via, peer: Peer) -> Peer:
    """Return where answers go (RFC 3261 §18.2.2): back over the flow the request came by.

    Over UDP without rport it is the port of sent-by, and once a connection has closed that too: at
    the address seen, not the one claimed; a maddr is ignored for the same reason. Over TLS whoever
    listens there must show a certificate for the name in sent-by.
    """
    port = via.port or DEFAULT_PORTS[peer.transport]
    if peer.transport != "udp":
        tls_name = via.host if peer.transport == "tls" and not is_literal(via.address) else ""
        return replace(peer, fallback_port=port, tls_name=tls_name)
    if "rport" in via.parameters or port == peer.port:
        return peer
    return Peer("udp", peer.host, port, peer.flow)
