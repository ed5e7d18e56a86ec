"""How an established session is changed: re-INVITE and UPDATE, both ways (RFC 3261 §14, RFC 3311).

One negotiation runs at a time. Ours waits for the far end's, backs off when both began at once
(491), and follows again by itself. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from voicegw.sip.answer_keeper import AnswerKeeper
from voicegw.sip.dialog import Dialog, contact_of
from voicegw.sip.events import (
    ReofferAnswered,
    ReofferReceived,
    ReofferRefused,
    SessionConfirmed,
    SessionRefreshed,
)
from voicegw.sip.exchange import Exchange, SessionHost, retry_after_s
from voicegw.sip.headers import HeaderValue
from voicegw.sip.message import Request, Response, response_to
from voicegw.sip.sdp_body import ACCEPTED_BODIES, sdp_of
from voicegw.sip.timers import Timer
from voicegw.sip.transaction_client import InviteClientTransaction
from voicegw.sip.wire import Peer

if TYPE_CHECKING:
    from voicegw.sip.session import Session
    from voicegw.sip.transaction import ServerTransaction

#: How often an offer that met another one is repeated before it counts as refused.
MAX_GLARES: Final = 5
#: A far end that wants to be left alone for longer has refused.
MAX_RETRY_AFTER_S: Final = 10


class Renegotiation:
    """The offers of one session after its first."""

    def __init__(self, session: Session, host: SessionHost) -> None:
        """Begin with nothing to negotiate."""
        self._session = session
        self._host = host
        self._waiting: str | None = None
        self._refreshing = False
        """What waits only repeats what was agreed: it concerns no user."""
        self._local_sdp: str | None = None
        self._remote_sdp: str | None = None
        self._ours: Reinvite | None = None
        self._theirs: tuple[ServerTransaction, Dialog] | None = None
        self._keepers: dict[int, AnswerKeeper] = {}
        self._back_off: Timer | None = None
        self._glares = 0
        self._closed = False

    # Ours.

    def offer(self, sdp: str) -> None:
        """Offer `sdp` as soon as it is our turn; the latest offer counts."""
        self._waiting = sdp
        self._refreshing = False
        self._glares = 0
        self.proceed()

    def refresh(self) -> None:
        """Offer again what was agreed, unless an offer is under way: any refreshes the session."""
        if self._waiting is not None or self._ours is not None or self._local_sdp is None:
            return
        self._waiting = self._local_sdp
        self._refreshing = True
        self._glares = 0
        self.proceed()

    def agreed(self, local_sdp: str | None = None, remote_sdp: str | None = None) -> None:
        """Take note of the descriptions in force; None leaves one as it is."""
        self._local_sdp = local_sdp or self._local_sdp
        self._remote_sdp = remote_sdp or self._remote_sdp

    def proceed(self) -> None:
        """Send the offer that waits, if nothing stands in its way."""
        busy = self._ours or self._theirs or self._keepers or self._back_off
        if self._closed or self._waiting is None or busy or self._session.awaits_ack:
            return
        sdp, self._waiting = self._waiting, None
        dialog = self._session.dialog
        hop = dialog.next_hop()
        request = dialog.request(
            "INVITE",
            self._host.via(hop),
            dialog.next_cseq(),
            (*self._session.sdp_headers(sdp), *self._session.timer.wanted()),
            sdp.encode(),
        )
        self._session.changed()
        self._ours = Reinvite(self._host, self._session, request, hop, refresh=self._refreshing)
        self._ours.send()

    def answered(self, ours: Reinvite, sdp: str | None) -> None:
        """Our offer was accepted."""
        if self._closed:
            return
        known = self._remote_sdp
        self._ours = None
        self._glares = 0
        self.agreed(ours.offered, sdp)
        if not ours.is_refresh:
            self._session.emit(ReofferAnswered(sdp))
        elif sdp is not None and sdp != known:
            self._session.emit(SessionRefreshed(sdp))
        self.proceed()

    def refused(self, ours: Reinvite, response: Response) -> None:
        """Our offer was refused, for ever or, both having offered at once, for now."""
        if self._closed:
            return
        self._ours = None
        delay_s = self._back_off_s(response)
        if delay_s is not None and self._glares < MAX_GLARES:
            self._glares += 1
            if self._waiting is None:
                self._waiting, self._refreshing = ours.offered, ours.is_refresh
            self._back_off = self._host.call_later(delay_s, self._try_again)
            return
        if ours.is_refresh:
            self._session.timer.refused()
        else:
            self._session.emit(ReofferRefused(response.status))
        self.proceed()

    def _back_off_s(self, response: Response) -> float | None:
        """Return when to try again: 491 and, with Retry-After, 500 mean "not now" (§14.1, §14.2).

        After 491 the owner of the Call-ID waits 2.1 to 4 s, the other 0 to 2 s, in steps of 10 ms.
        """
        if response.status == 491:
            low_ms, span_ms = (2100, 1900) if self._session.is_caller else (0, 2000)
            return (low_ms + 10 * int(self._host.rng.random() * (span_ms // 10 + 1))) / 1000
        if response.status == 500:
            wait_s = retry_after_s(response)
            return float(wait_s) if wait_s is not None and wait_s <= MAX_RETRY_AFTER_S else None
        return None

    def _try_again(self) -> None:
        self._back_off = None
        self.proceed()

    # Theirs.

    def request_received(
        self, transaction: ServerTransaction, request: Request, dialog: Dialog
    ) -> None:
        """Take a re-INVITE or an UPDATE within `dialog`.

        Raises MalformedMessageError when its Contact can't be read: no change may begin then.
        """
        contact_of(request)
        if self._host.session_timers.too_short(request):
            self._respond(transaction, 422, [("Min-SE", self._host.session_timers.min_se_s)])
            return
        if request.method == "UPDATE" and not request.body:
            dialog.refresh_target(request)
            self._session.changed()
            headers = (*self._session.sdp_headers(None), *self._timer_headers(request))
            self._respond(transaction, 200, headers)
            return
        if request.body and sdp_of(request) is None:
            self._respond(transaction, 415, [("Accept", ACCEPTED_BODIES)])
        elif self._session.owes_answer:
            # The offer of the INVITE itself has not been answered (RFC 3311 §5.2).
            self._respond_later(transaction)
        elif self._ours is not None or not self._session.may_take_offer(request.method):
            self._respond(transaction, 491)
        elif self._theirs is not None or self._keepers:
            self._respond_later(transaction)
        else:
            self._theirs = (transaction, dialog)
            self._session.emit(ReofferReceived(sdp_of(request)))

    def accept(self, sdp: str) -> None:
        """Answer the far end's offer, or its wish for one, with `sdp`."""
        if self._theirs is None:
            return
        transaction, dialog = self._theirs
        self._theirs = None
        request = transaction.request
        dialog.refresh_target(request)
        self._session.changed()
        headers = (*self._session.sdp_headers(sdp), *self._timer_headers(request))
        response = response_to(request, 200, headers=headers, body=sdp.encode())
        self.agreed(sdp, sdp_of(request))
        if request.method != "INVITE":
            self._host.respond(transaction, response)
            self.proceed()
            return
        self.keep_answering(transaction, response, asked=request.body == b"", first=False)

    def _timer_headers(self, request: Request) -> list[tuple[str, HeaderValue]]:
        """Return what a 2xx says of the session timer, which begins with the answer (RFC 4028)."""
        if not self._session.answered or request.method == "PRACK":
            return []
        return self._session.timer.accept(request)

    def refuse(self, status: int) -> None:
        """Refuse the far end's offer with `status`."""
        if self._theirs is None:
            return
        transaction, _ = self._theirs
        self._theirs = None
        self._respond(transaction, status)
        self.proceed()

    def cancelled(self, transaction: ServerTransaction) -> None:
        """The far end took its re-INVITE back."""
        if self._theirs is not None and self._theirs[0] is transaction:
            self.refuse(487)

    def keep_answering(
        self, transaction: ServerTransaction, response: Response, *, asked: bool, first: bool
    ) -> None:
        """Send a 2xx until its ACK comes; `asked`: the ACK brings the answer to our offer.

        `first` is set for the 2xx that establishes the session.
        """
        cseq = transaction.request.cseq.sequence
        self._keepers[cseq] = AnswerKeeper(
            self._host,
            transaction,
            response,
            acknowledged=partial(self._acknowledged, cseq, asked=asked, first=first),
            unacknowledged=partial(self._unacknowledged, cseq),
        )

    def ack_received(self, ack: Request) -> None:
        """Take an ACK to a 2xx of ours; repeated ones are let go."""
        keeper = self._keepers.get(ack.cseq.sequence)
        if keeper is not None:
            keeper.acknowledge(ack)

    def stop_answering(self) -> None:
        """Repeat no 2xx any more: a BYE has overtaken the ACK."""
        for keeper in self._keepers.values():
            keeper.cancel()
        self._keepers.clear()

    def close(self) -> None:
        """The session is over. Safe to repeat."""
        if self._closed:
            return
        self._closed = True
        self._waiting = None
        self.stop_answering()
        if self._back_off is not None:
            self._back_off.cancel()
            self._back_off = None
        if self._ours is not None:
            self._ours.give_up()
            self._ours = None
        self.refuse(487)
        # The session holds us: without the way back both are freed by counting references.
        del self._session

    def _acknowledged(self, cseq: int, ack: Request, *, asked: bool, first: bool) -> None:
        del self._keepers[cseq]
        sdp = sdp_of(ack) if asked else None
        self.agreed(remote_sdp=sdp)
        if first:
            self._session.acknowledged(sdp)
        elif asked:
            self._session.emit(SessionConfirmed(sdp))
        self.proceed()

    def _unacknowledged(self, cseq: int) -> None:
        del self._keepers[cseq]
        self._session.unacknowledged()

    def _respond_later(self, transaction: ServerTransaction) -> None:
        """Refuse an offer that came while another of theirs waits for its answer (§14.2)."""
        wait_s = int(self._host.rng.random() * 10) + 1
        self._respond(transaction, 500, [("Retry-After", wait_s)])

    def _respond(
        self,
        transaction: ServerTransaction,
        status: int,
        headers: Sequence[tuple[str, HeaderValue]] = (),
    ) -> None:
        self._host.respond(transaction, response_to(transaction.request, status, headers=headers))


class Reinvite(Exchange):
    """Our re-INVITE on its way."""

    __slots__ = ("_ack", "_dialog", "_is_given_up", "_session", "is_refresh")

    def __init__(
        self,
        host: SessionHost,
        session: Session,
        request: Request,
        peer: Peer,
        *,
        refresh: bool,
    ) -> None:
        """Prepare; `send` sends. A `refresh` repeats what was agreed."""
        super().__init__(host, request, peer, session.credentials)
        self._session = session
        self.is_refresh = refresh
        self._dialog = session.dialog
        self._ack: tuple[Request, Peer] | None = None
        self._is_given_up = False

    @property
    def offered(self) -> str:
        """The description it offers."""
        return self.request.body.decode()

    def next_cseq(self) -> int:
        """Take the dialog's next number."""
        return self._dialog.next_cseq()

    def may_retry(self) -> bool:
        """Nothing is offered any more once the session is over."""
        return not self._is_given_up

    def retrying(self) -> None:
        """Tell that the dialog's number has changed."""
        self._session.changed()

    def mended(self, response: Response) -> Sequence[tuple[str, HeaderValue]]:
        """Ask for a longer interval when this one is too short."""
        return self._session.mended(response)

    def final(self, response: Response) -> None:
        """Acknowledge a 2xx, each time it comes; hand on everything else."""
        if response.status < 300:
            if self._ack is not None:
                self.host.transmit(*self._ack)
                return
            self._dialog.refresh_target(response)
            self._ack = self._session.acknowledge(self._dialog, self.request)
            self._session.agreed(response)
            self._session.changed()
            self._session.changes.answered(self, sdp_of(response))
        elif response.status in {408, 481}:
            self._session.peer_lost_dialog(response.status)
        else:
            self._session.changes.refused(self, response)

    def give_up(self) -> None:
        """The session is over: a far end that has said 1xx may never say more (RFC 3261 §9.1)."""
        self._is_given_up = True
        if isinstance(self.transaction, InviteClientTransaction):
            self.transaction.cancelled(self.host.now)

    def failed(self, status: int) -> None:
        """Without any answer the far end is gone (§12.2.1.2)."""
        self._session.peer_lost_dialog(status)
