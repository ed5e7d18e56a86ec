"""INVITE sessions: how one begins, changes and ends (RFC 3261 §12 to §15). Pure.

This module holds what both roles share: the state, the events, everything within the established
dialog. :mod:`voicegw.sip.session_uac` and :mod:`voicegw.sip.session_uas` add how it is made,
:mod:`voicegw.sip.renegotiation` how it is changed. Session descriptions are opaque text.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from voicegw.errors import SipStateError
from voicegw.sip.dialog import Dialog
from voicegw.sip.digest import Credentials
from voicegw.sip.events import (
    EndedBy,
    InfoDigit,
    ReferReceived,
    SessionEnded,
    SessionEvent,
    SessionListener,
)
from voicegw.sip.exchange import DialogExchange, SessionHost
from voicegw.sip.headers import HeaderValue
from voicegw.sip.info_digits import ACCEPTED_INFO, DTMF_RELAY, info_digit, relay_body
from voicegw.sip.message import Request, Response, response_to
from voicegw.sip.reason import q850_cause, reason_header
from voicegw.sip.refer import Referral
from voicegw.sip.renegotiation import Renegotiation
from voicegw.sip.sdp_body import ACCEPTED_BODIES, SDP_TYPE
from voicegw.sip.session_timer import SessionTimer, allows
from voicegw.sip.snapshot import SessionSnapshot, SnapshotRole
from voicegw.sip.wire import Peer

if TYPE_CHECKING:
    from voicegw.sip.transaction import ServerTransaction
    from voicegw.sip.trunk import Source

_log = logging.getLogger(__name__)

ALLOW: Final = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK"
_INTERVAL_TOO_SMALL: Final = 422
SUPPORTED: Final = "100rel, 199, timer, norefersub"


class SessionState(StrEnum):
    """How far a session is."""

    PREPARED = "prepared"
    """UAC: the INVITE is built, nothing has left."""
    CALLING = "calling"
    """UAC: the INVITE has left, nothing came back."""
    PROCEEDING = "proceeding"
    """UAC: a provisional response came."""
    CANCELLING = "cancelling"
    """UAC: the user gave up; the far end's last word is awaited."""
    INCOMING = "incoming"
    """UAS: the INVITE has not been answered."""
    RINGING = "ringing"
    """UAS: a provisional response has been sent."""
    ANSWERED = "answered"
    """UAS: a 2xx has been sent, its ACK is awaited."""
    CONFIRMED = "confirmed"
    """Both sides have agreed."""
    ENDED = "ended"


class Session(ABC):
    """One INVITE session. Commands take effect at once and are harmless after the end.

    A command that no state of the session's life allows the caller to give at that point raises
    :class:`SipStateError`. Everything else comes as events to the listener; the last one is
    :class:`SessionEnded`.
    """

    role: SnapshotRole

    def __init__(
        self,
        host: SessionHost,
        *,
        call_id: str,
        local_tag: str,
        peer: Peer,
        contact: str,
        credentials: Credentials | None,
        state: SessionState,
    ) -> None:
        """Made by the user agent only."""
        self._host = host
        self.id = f"{host.rng.getrandbits(64):016x}"
        self.call_id = call_id
        self.local_tag = local_tag
        self.peer = peer
        self.contact = contact
        self.credentials = credentials
        self.state = state
        self.answered = False
        self.remote_sdp: str | None = None
        self.source: Source | None = None
        self.listener: SessionListener | None = None
        self.on_snapshot: Callable[[SessionSnapshot], None] | None = None
        self._dialog: Dialog | None = None
        self._closing = 0
        self._may_refer = False
        self._referral: Referral | None = None
        self._takes_update = False
        self.changes = Renegotiation(self, host)
        self.timer = SessionTimer(host, refresh=self._refresh, expired=self._expired)

    # What the user asks for.

    @abstractmethod
    def end(
        self, *, status: int | None = None, q850: int | None = None, text: str | None = None
    ) -> None:
        """End the session by what fits: nothing, CANCEL, BYE or a refusal with `status`.

        `q850` and `text` go into a Reason header (RFC 3326). SessionEnded follows at once for BYE
        and for a refusal; after CANCEL when the far end has given its last word, or 64*T1 later.
        Safe to repeat.
        """

    def snapshot(self) -> SessionSnapshot:
        """Return what is needed to end the session after a crash."""
        snapshot = SessionSnapshot(
            role=self.role,
            confirmed=self.answered,
            request=_head_of(self.invite),
            transport=self.peer.transport,
            peer_host=self.peer.host,
            peer_port=self.peer.port,
            flow=self.peer.flow,
            tls_name=self.peer.tls_name,
            local_tag=self.local_tag,
        )
        dialog = self._dialog
        if dialog is not None:
            snapshot.local_uri = dialog.local
            snapshot.remote_uri = dialog.remote
            snapshot.remote_tag = dialog.remote_tag
            snapshot.remote_target = str(dialog.remote_target)
            snapshot.route_set = list(dialog.route_set)
            snapshot.local_cseq = dialog.local_cseq
            snapshot.same_flow = dialog.same_flow
        return snapshot

    def reoffer(self, sdp: str) -> None:
        """Offer `sdp` by re-INVITE; ReofferAnswered or ReofferRefused follows.

        Waits for its turn while another negotiation runs; a second offer that waits replaces the
        first. Raises SipStateError before the session is answered.
        """
        if self.state is SessionState.ENDED:
            return
        if self.state not in {SessionState.CONFIRMED, SessionState.ANSWERED}:
            raise SipStateError("a re-offer needs an answered session")
        self.changes.offer(sdp)
        self._host.commanded()

    def answer_reoffer(self, sdp: str) -> None:
        """Accept the far end's re-offer with `sdp`; without one pending, nothing happens."""
        self.changes.accept(sdp)
        self._host.commanded()

    def refuse_reoffer(self, status: int) -> None:
        """Refuse the far end's re-offer (488 …); the session goes on as before."""
        self.changes.refuse(status)
        self._host.commanded()

    def send_info_digit(self, digit: str, duration_ms: int = 160) -> None:
        """Send one digit (0-9, *, #, A-D) by INFO, application/dtmf-relay."""
        if self.state is SessionState.ENDED:
            return
        if self._dialog is None or not self.answered:
            raise SipStateError("digits need an answered session")
        self.send_in_dialog(
            "INFO",
            (("Content-Type", DTMF_RELAY),),
            relay_body(digit, duration_ms),
            self._ignored,
        )
        self._host.commanded()

    # What the user agent brings.

    @property
    @abstractmethod
    def invite(self) -> Request:
        """The INVITE that makes the session, as it was last on the wire."""

    @abstractmethod
    def dialog_of(self, remote_tag: str) -> Dialog | None:
        """Return the dialog with this remote tag, if it is one of the session's."""

    def ack_received(self, request: Request) -> None:
        """Take an ACK to a 2xx."""
        self.changes.ack_received(request)

    def request_received(
        self, transaction: ServerTransaction, request: Request, peer: Peer
    ) -> None:
        """Take a request within a dialog of the session."""
        dialog = self.dialog_of(request.from_.tag or "")
        if dialog is None or (self.state is SessionState.ENDED and request.method != "BYE"):
            self._respond(transaction, request, 481)
            return
        if not dialog.accepts_cseq(request):
            self._respond(transaction, request, 500, headers=(("Retry-After", "1"),))
            return
        if dialog.same_flow:
            dialog.peer = peer
        self.heard(request)
        match request.method:
            case "BYE":
                self._respond(transaction, request, 200)
                self._bye_received(dialog, request)
            case "INVITE" | "UPDATE":
                self.changes.request_received(transaction, request, dialog)
            case "INFO":
                self._info_received(transaction, request)
            case "REFER":
                self._refer_received(transaction, request)
            case "PRACK":
                self._prack_received(transaction, request, dialog)
            case _:  # OPTIONS: the user agent has refused every other method.
                self._respond(transaction, request, 200, headers=capabilities(self._allow))

    def invite_cancelled(
        self,
        transaction: ServerTransaction,
        cancel: Request,  # noqa: ARG002 - its reason matters where the session ends by it
    ) -> None:
        """Take a CANCEL of an INVITE of the far end; the CANCEL itself has been answered."""
        self.changes.cancelled(transaction)

    # What the parts of a session share.

    @property
    def dialog(self) -> Dialog:
        """The established dialog. Raises SipStateError when there is none."""
        if self._dialog is None:
            raise SipStateError("the session has no dialog")
        return self._dialog

    @property
    def awaits_ack(self) -> bool:
        """Whether the 2xx that established the session has not been acknowledged."""
        return self.state is SessionState.ANSWERED

    def may_take_offer(self, method: str) -> bool:  # noqa: ARG002 - roles differ by method
        """Whether the first negotiation is over, so that `method` may bring another."""
        return self.state is SessionState.CONFIRMED

    @property
    def owes_answer(self) -> bool:
        """Whether the offer of the far end's INVITE is still unanswered."""
        return False

    def acknowledged(self, sdp: str | None) -> None:  # noqa: B027 - only a called session answers
        """The 2xx that established the session was acknowledged."""

    def unacknowledged(self) -> None:
        """A 2xx of ours was never acknowledged: the session is of no use (§13.3.1.4)."""
        self.terminate(SessionEnded(EndedBy.NETWORK, 408, self.answered), status=408)

    @property
    def is_caller(self) -> bool:
        """Whether the Call-ID is ours."""
        return self.role is SnapshotRole.UAC

    def emit(self, event: SessionEvent) -> None:
        """Tell the listener. A listener that raises ends nothing but its own work."""
        if self.listener is None:
            return
        try:
            self.listener(event)
        except Exception:  # noqa: BLE001
            # One call's fault must not stop the signalling of all others; counted by the host.
            self._host.listener_failed()
            _log.exception("session listener failed", extra={"session": self.id})

    def changed(self) -> None:
        """Tell that what is needed to end the session has changed."""
        if self.on_snapshot is not None and self.state is not SessionState.ENDED:
            self.on_snapshot(self.snapshot())

    def send_in_dialog(
        self,
        method: str,
        headers: Iterable[tuple[str, HeaderValue]],
        body: bytes,
        done: Callable[[int, Response | None], None],
        *,
        dialog: Dialog | None = None,
        mend: Callable[[Response], Sequence[tuple[str, HeaderValue]]] | None = None,
    ) -> None:
        """Send a request other than INVITE within the established dialog, or within `dialog`.

        `done` gets the final status once; `mend` is :meth:`Exchange.mended`.
        """
        if dialog is None:
            dialog = self.dialog
        request = dialog.request(
            method,
            self._host.via(dialog.next_hop()),
            dialog.next_cseq(),
            (*headers, ("User-Agent", self._host.user_agent)),
            body,
        )
        if self._closing == 0:
            self.changed()
        DialogExchange(
            self._host,
            dialog,
            request,
            self.credentials,
            done=done,
            on_cseq=self.changed,
            mend=mend,
        ).send()

    def acknowledge(self, dialog: Dialog, invite: Request) -> tuple[Request, Peer]:
        """Send the ACK to a 2xx to `invite` and return it, to be sent again (§13.2.2.4)."""
        credentials = [
            (name, value)
            for name in ("Authorization", "Proxy-Authorization")
            for value in invite.headers.get_all(name)
        ]
        hop = dialog.next_hop()
        ack = dialog.request("ACK", self._host.via(hop), invite.cseq.sequence, credentials)
        self._host.transmit(ack, hop)
        return ack, hop

    def terminate(self, event: SessionEnded, *, status: int | None = None) -> None:
        """End an established session from our side: BYE, then tell the listener."""
        if self.state is SessionState.ENDED:
            return
        self.say_bye(reason_header(status=status, q850=event.q850, text=event.reason or None))
        self.finish(event)

    def say_bye(
        self, headers: Sequence[tuple[str, str]] = (), dialog: Dialog | None = None
    ) -> None:
        """Send a BYE; the session is kept until it has been answered."""
        self._closing += 1
        self.send_in_dialog("BYE", headers, b"", self._bye_answered, dialog=dialog)

    def finish(self, event: SessionEnded) -> None:
        """Tell of the end, once, and let go of everything."""
        if self.state is SessionState.ENDED:
            return
        self.set_state(SessionState.ENDED)
        self.changes.close()
        self.timer.close()
        if self._referral is not None:
            self._referral.session_ended()
        self._host.session_ended(self)
        if self._closing == 0:
            self._host.forget(self)
        self.emit(event)
        self.listener = None
        self.on_snapshot = None

    def peer_lost_dialog(self, status: int) -> None:
        """The far end knows nothing of the dialog (481) or is silent (408): end (§12.2.1.2)."""
        self.terminate(SessionEnded(EndedBy.NETWORK, status, self.answered))

    @property
    def _allow(self) -> str:
        """What the far end may send within the session."""
        return f"{ALLOW}, REFER" if self._may_refer else ALLOW

    def heard(self, message: Request | Response) -> None:
        """Take note of what the far end says to understand."""
        if "Allow" in message.headers:
            self._takes_update = allows(message, "UPDATE")

    def agreed(self, response: Response) -> None:
        """Take note of a 2xx to an INVITE or UPDATE of ours."""
        self.heard(response)
        if self.state is not SessionState.ENDED:
            self.timer.agreed(response)

    def mended(self, response: Response) -> Sequence[tuple[str, HeaderValue]]:
        """Return what turns a refused INVITE or UPDATE of ours into one that may be accepted."""
        return self.timer.lengthen(response) if response.status == _INTERVAL_TOO_SMALL else ()

    def _refresh(self) -> None:
        """Show that we are there, and find out whether the far end is (RFC 4028 §7.4).

        By UPDATE where it is understood, because that touches no sound.
        """
        if not self._takes_update:
            self.changes.refresh()
            return
        headers = (
            ("Contact", self.contact),
            ("Allow", self._allow),
            ("Supported", SUPPORTED),
            *self.timer.wanted(),
        )
        self.send_in_dialog("UPDATE", headers, b"", self._refreshed, mend=self.mended)

    def _refreshed(self, status: int, response: Response | None) -> None:
        if self.state is SessionState.ENDED:
            return
        if response is not None and response.status < 300:
            self.dialog.refresh_target(response)
            self.agreed(response)
            self.changed()
        elif status in {408, 481}:
            self.peer_lost_dialog(status)
        elif status in {405, 501}:
            self._takes_update = False
            self.changes.refresh()
        else:
            self.timer.refused()

    def _expired(self) -> None:
        """No refresh came, or none of ours was answered: the far end has gone (RFC 4028 §10)."""
        event = SessionEnded(EndedBy.NETWORK, 408, self.answered, reason="session timer expired")
        self.terminate(event, status=408)

    def set_state(self, state: SessionState) -> None:
        """Change the state and say so in the log."""
        if state is self.state:
            return
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug(
                "session %s to %s",
                self.state.value,
                state.value,
                extra={"session": self.id, "role": self.role.value},
            )
        self.state = state

    def sdp_headers(self, sdp: str | None) -> list[tuple[str, HeaderValue]]:
        """Return Contact, capabilities and, with `sdp`, Content-Type of an INVITE or 2xx."""
        headers: list[tuple[str, HeaderValue]] = [
            ("Contact", self.contact),
            ("Allow", self._allow),
            ("Supported", SUPPORTED),
            ("User-Agent", self._host.user_agent),
        ]
        if sdp is not None:
            headers.append(("Content-Type", SDP_TYPE))
        return headers

    def _respond(
        self,
        transaction: ServerTransaction,
        request: Request,
        status: int,
        *,
        headers: Iterable[tuple[str, HeaderValue]] = (),
    ) -> None:
        """Answer a request within the dialog."""
        self._host.respond(transaction, response_to(request, status, headers=tuple(headers)))

    def _bye_received(self, dialog: Dialog, request: Request) -> None:
        """Take the far end's BYE, answered already."""
        if dialog is self._dialog:
            self.finish(SessionEnded(EndedBy.REMOTE, 200, self.answered, q850=q850_cause(request)))

    def _info_received(self, transaction: ServerTransaction, request: Request) -> None:
        content_type = request.content_type
        if content_type is None and not request.body:
            self._respond(transaction, request, 200)
            return
        if content_type is None or content_type.mime_type not in ACCEPTED_INFO:
            self._respond(
                transaction, request, 415, headers=(("Accept", ", ".join(sorted(ACCEPTED_INFO))),)
            )
            return
        digit = info_digit(content_type.mime_type, request.body)
        self._respond(transaction, request, 200)
        if digit is not None:
            self.emit(InfoDigit(digit))

    def _refer_received(self, transaction: ServerTransaction, request: Request) -> None:
        """Ask the user about a REFER, from where one may come at all; one at a time."""
        if not self._may_refer or self.state is not SessionState.CONFIRMED:
            self._respond(transaction, request, 403)
            return
        if self._referral is not None and not self._referral.is_over:
            self._respond(transaction, request, 491)
            return
        first = self._referral is None
        self._referral = Referral(self, self._host, transaction, first=first)
        self.emit(ReferReceived(self._referral))

    def _prack_received(
        self,
        transaction: ServerTransaction,
        request: Request,
        dialog: Dialog,  # noqa: ARG002 - an offer in it belongs there
    ) -> None:
        """Without a reliable response of ours there is nothing to acknowledge (RFC 3262 §3)."""
        self._respond(transaction, request, 481)

    def _bye_answered(self, _status: int, _response: Response | None) -> None:
        self._closing -= 1
        if self._closing == 0 and self.state is SessionState.ENDED:
            self._host.forget(self)

    def _ignored(self, status: int, _response: Response | None) -> None:
        """Whether a digit arrived is told to nobody; a lost dialog is."""
        if status in {408, 481}:
            self.peer_lost_dialog(status)


def _head_of(request: Request) -> str:
    """Return a request as it is on the wire, without its body."""
    headers = request.headers.copy()
    headers.remove("Content-Type")
    headers.remove("Content-Length")
    return bytes(Request(request.method, request.uri, headers)).decode()


def capabilities(allow: str = ALLOW) -> list[tuple[str, HeaderValue]]:
    """Return the headers that answer OPTIONS (§11.2)."""
    return [
        ("Allow", allow),
        ("Accept", f"{ACCEPTED_BODIES}, {', '.join(sorted(ACCEPTED_INFO))}"),
        ("Accept-Encoding", "identity"),
        ("Supported", SUPPORTED),
    ]
