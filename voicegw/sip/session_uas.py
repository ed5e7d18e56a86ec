"""A session that the far end began: we are the called side of its INVITE (RFC 3261 §13.3). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from voicegw.errors import SipStateError
from voicegw.sip.dialog import Dialog
from voicegw.sip.events import EndedBy, SessionConfirmed, SessionEnded
from voicegw.sip.exchange import SessionHost
from voicegw.sip.message import Request, response_to
from voicegw.sip.provisional import Provisional, Provisionals
from voicegw.sip.reason import q850_cause, reason_header
from voicegw.sip.sdp_body import sdp_of
from voicegw.sip.session import Session, SessionState
from voicegw.sip.snapshot import SnapshotRole
from voicegw.sip.trunk import PhoneSource

if TYPE_CHECKING:
    from voicegw.sip.transaction import ServerTransaction
    from voicegw.sip.trunk import Source

_OPEN: Final = frozenset({SessionState.INCOMING, SessionState.RINGING})


class UasSession(Session):
    """The called side. `remote_sdp` is the offer, None when the INVITE had none (late offer).

    The user calls `ring` any number of times, then `answer` or `reject`; SessionConfirmed follows
    an answer once its ACK is here.
    """

    role = SnapshotRole.UAS

    def __init__(
        self,
        host: SessionHost,
        transaction: ServerTransaction,
        source: Source | None,
        *,
        same_flow: bool,
    ) -> None:
        """Made by the user agent. Raises MalformedMessageError when no dialog can be made."""
        request = transaction.request
        local_tag = host.new_tag()
        dialog = Dialog.from_request(
            request,
            local_tag,
            transaction.origin,
            local_cseq=host.rng.getrandbits(16),
            same_flow=same_flow,
        )
        super().__init__(
            host,
            call_id=request.call_id,
            local_tag=local_tag,
            peer=transaction.origin,
            contact=host.contact(request.uri.user or "", transaction.origin),
            credentials=None,
            state=SessionState.INCOMING,
        )
        self.request = request
        self.source = source
        self.remote_sdp = sdp_of(request)
        self.heard(request)
        self._dialog = dialog
        self._transaction = transaction
        # As where we call it: a telephone registered here may hand its customer on.
        self._may_refer = isinstance(source, PhoneSource)
        self._reliable = "100rel" in request.require
        self._provisionals = Provisionals(
            host,
            transaction,
            local_tag,
            reliable=self._reliable,
            unacknowledged=self._provisional_unacknowledged,
        )
        self._answer_wish: str | None = None
        self._early_answered = False
        self._end_wish: tuple[int | None, int | None, str | None] | None = None

    @property
    def invite(self) -> Request:
        """The INVITE as it came."""
        return self.request

    def dialog_of(self, remote_tag: str) -> Dialog | None:
        """Return the session's one dialog when the tag is the caller's."""
        dialog = self.dialog
        return dialog if dialog.remote_tag == remote_tag else None

    def may_take_offer(self, method: str) -> bool:
        """After our 2xx an UPDATE may come before the ACK, unless the 2xx carried our offer."""
        if self.state is SessionState.ANSWERED and method == "UPDATE":
            return self.remote_sdp is not None
        if self.state is SessionState.RINGING and method != "INVITE":
            return self._early_answered
        return super().may_take_offer(method)

    @property
    def owes_answer(self) -> bool:
        """So until our 2xx, or until a PRACK came to a description sent before."""
        return self.state in _OPEN and self.remote_sdp is not None and not self._early_answered

    def ring(self, status: int = 180, sdp: str | None = None) -> None:
        """Send a provisional response above 100, repeated every minute until the answer.

        Where the caller requires reliable ones (RFC 3262) it is repeated until acknowledged; the
        next waits for that. An INVITE that requires this and has no offer gets none at all: the
        first would have to carry our offer.
        """
        if self.state is SessionState.ENDED:
            return
        if self.state not in _OPEN or not 101 <= status <= 199:
            raise SipStateError("ringing comes before the answer, with a status from 101 to 199")
        self.set_state(SessionState.RINGING)
        if not self._reliable or self.remote_sdp is not None:
            body = b"" if sdp is None else sdp.encode()
            self._provisionals.send(Provisional(status, self.sdp_headers(sdp), body))
        self._host.commanded()

    def answer(self, sdp: str) -> None:
        """Send 200 with `sdp` and repeat it until the ACK comes.

        It waits for the PRACK to a description sent before (RFC 3262 §3).
        """
        if self.state is SessionState.ENDED:
            return
        if self.state not in _OPEN or self._answer_wish is not None:
            raise SipStateError("the session is answered already")
        if self._provisionals.holds_answer:
            self._answer_wish = sdp
        else:
            self._answer(sdp)
        self._host.commanded()

    def _answer(self, sdp: str) -> None:
        self._provisionals.stop()
        self.answered = True
        self.set_state(SessionState.ANSWERED)
        response = response_to(
            self.request,
            200,
            to_tag=self.local_tag,
            headers=(*self.sdp_headers(sdp), *self.timer.accept(self.request)),
            body=sdp.encode(),
        )
        self.changes.agreed(sdp, self.remote_sdp)
        self.changed()
        self.changes.keep_answering(
            self._transaction, response, asked=self.remote_sdp is None, first=True
        )

    def reject(
        self,
        status: int,
        reason: str | None = None,
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Refuse the INVITE."""
        if self.state is SessionState.ENDED:
            return
        if self.state not in _OPEN or not 300 <= status <= 699:
            raise SipStateError("a refusal comes before the answer, with a status from 300 to 699")
        self._refuse(status, reason, headers)
        self.finish(SessionEnded(EndedBy.LOCAL, status, answered=False))
        self._host.commanded()

    def end(
        self, *, status: int | None = None, q850: int | None = None, text: str | None = None
    ) -> None:
        """Refuse, or say BYE; a BYE waits for the ACK to our 2xx (§15)."""
        if self.state in _OPEN:
            final = status if status is not None and 300 <= status <= 699 else 480
            self._refuse(final, None, reason_header(q850=q850, text=text))
            self.finish(SessionEnded(EndedBy.LOCAL, final, answered=False, q850=q850))
        elif self.state is SessionState.ANSWERED:
            if self._end_wish is None:
                self._end_wish = (status, q850, text)
        elif self.state is SessionState.CONFIRMED:
            self._hang_up(status, q850, text)
        self._host.commanded()

    def acknowledged(self, sdp: str | None) -> None:
        """The caller has our 2xx: both sides agree."""
        self.set_state(SessionState.CONFIRMED)
        if self._end_wish is not None:
            self._hang_up(*self._end_wish)
        else:
            self.emit(SessionConfirmed(sdp))

    def unacknowledged(self) -> None:
        """No ACK came: end, by our own wish if we had one."""
        if self._end_wish is not None:
            self._hang_up(*self._end_wish)
        else:
            super().unacknowledged()

    def invite_cancelled(self, transaction: ServerTransaction, cancel: Request) -> None:
        """The caller gave up; after a final answer that has no effect (§9.2)."""
        if transaction is not self._transaction:
            super().invite_cancelled(transaction, cancel)
        elif self.state in _OPEN:
            self._refuse(487, None, ())
            self.finish(SessionEnded(EndedBy.REMOTE, 487, answered=False, q850=q850_cause(cancel)))

    def invite_failed(self, transaction: ServerTransaction) -> None:
        """Our answer could not be sent: the caller can't be reached any more."""
        if transaction is self._transaction and self.state in _OPEN:
            self.finish(SessionEnded(EndedBy.NETWORK, 503, answered=False))

    def finish(self, event: SessionEnded) -> None:
        """Stop ringing, too."""
        self._provisionals.close()
        super().finish(event)

    def _bye_received(self, dialog: Dialog, request: Request) -> None:
        """A BYE within the early dialog ends the INVITE as well (§15.1.2)."""
        if self.state in _OPEN:
            self._refuse(487, None, ())
        super()._bye_received(dialog, request)

    def _hang_up(self, status: int | None, q850: int | None, text: str | None) -> None:
        self.terminate(
            SessionEnded(EndedBy.LOCAL, 200, answered=True, reason=text or "", q850=q850),
            status=status,
        )

    def _refuse(self, status: int, reason: str | None, headers: Iterable[tuple[str, str]]) -> None:
        self._provisionals.stop()
        self._host.respond(
            self._transaction,
            response_to(
                self.request,
                status,
                reason,
                to_tag=self.local_tag,
                headers=(*headers, ("User-Agent", self._host.user_agent)),
            ),
        )

    def _prack_received(
        self, transaction: ServerTransaction, request: Request, dialog: Dialog
    ) -> None:
        had_answer = self._provisionals.holds_answer
        if not self._provisionals.acknowledge(request):
            super()._prack_received(transaction, request, dialog)
            return
        self._early_answered = self._early_answered or had_answer
        if request.body:
            # Once its first offer is answered a caller may send another with the PRACK (§5).
            self.changes.request_received(transaction, request, dialog)
        else:
            self._respond(transaction, request, 200)
        if self._answer_wish is not None:
            self._answer(self._answer_wish)
        else:
            self._provisionals.proceed()

    def _provisional_unacknowledged(self) -> None:
        """No PRACK came for 64*T1: refuse (RFC 3262 §3)."""
        self._refuse(504, None, ())
        self.finish(SessionEnded(EndedBy.NETWORK, 408, answered=False))
