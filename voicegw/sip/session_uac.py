"""A session that we began: we are the calling side of the INVITE (RFC 3261 §13.2). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from voicegw.errors import MalformedMessageError, SipStateError
from voicegw.sip.dialog import Dialog
from voicegw.sip.events import EndedBy, SessionAnswered, SessionEnded, SessionProgressed
from voicegw.sip.exchange import Exchange, SessionHost, retry_after_s
from voicegw.sip.grammar import URI, Address
from voicegw.sip.headers import Headers, HeaderValue
from voicegw.sip.invite_spec import InviteSpec
from voicegw.sip.message import Request, Response, cancel_for
from voicegw.sip.reason import q850_cause, reason_header
from voicegw.sip.sdp_body import SDP_TYPE, sdp_of
from voicegw.sip.session import SUPPORTED, Session, SessionState
from voicegw.sip.snapshot import SnapshotRole
from voicegw.sip.wire import Peer

_UNANSWERED: Final = frozenset({SessionState.CALLING, SessionState.PROCEEDING})
#: Forks whose provisional responses are followed; more are noted only when they answer.
MAX_EARLY_DIALOGS: Final = 16
_CANCELLED: Final = 487
_NOT_SENT: Final = 503
_EARLY_DIALOG_TERMINATED: Final = 199
_RSEQ: Final = re.compile(r"[0-9]{1,10}")


class UacSession(Session):
    """The calling side. SessionProgressed, then SessionAnswered or SessionEnded."""

    role = SnapshotRole.UAC

    def __init__(self, host: SessionHost, spec: InviteSpec) -> None:
        """Build the INVITE; `send` sends it. Raises MalformedMessageError for a bad URI in `spec`,
        InvalidError for a line break in a value."""
        super().__init__(
            host,
            call_id=host.new_call_id(),
            local_tag=host.new_tag(),
            peer=spec.peer,
            contact=host.contact(spec.contact_user, spec.peer),
            credentials=spec.credentials,
            state=SessionState.PREPARED,
        )
        self._same_flow = spec.same_flow
        self._may_refer = spec.may_refer
        self._contact_user = spec.contact_user
        self._fallback = spec.fallback
        self._invite = self._build(spec)
        self._cancelled = False
        self._dialogs: dict[str, Dialog] = {}
        self._early_sdp: dict[str, str] = {}
        self._acks: dict[str, tuple[Request, Peer]] = {}
        self._rseq: dict[str, int] = {}
        self._offer_settled = False
        self._cancel_reason: list[tuple[str, str]] = []

    def _build(self, spec: InviteSpec) -> Request:
        caller = Address(URI.parse(spec.from_uri), spec.from_display or "").with_tag(self.local_tag)
        headers = Headers((("Via", self._host.via(spec.peer)),))
        for route in spec.route:
            headers.add("Route", route)
        headers.add("Max-Forwards", spec.max_forwards)
        headers.add("From", caller)
        headers.add("To", Address(URI.parse(spec.to_uri)))
        headers.add("Call-ID", self.call_id)
        headers.add("CSeq", "1 INVITE")
        headers.add("Contact", self.contact)
        headers.add("Allow", self._allow)
        headers.add("Supported", SUPPORTED)
        headers.add("User-Agent", self._host.user_agent)
        for name, value in self.timer.wanted():
            headers.add(name, value)
        headers.add("Content-Type", SDP_TYPE)
        for name, value in spec.asserted:
            headers.add(name, value)
        return Request("INVITE", URI.parse(spec.request_uri), headers, spec.sdp.encode())

    @property
    def invite(self) -> Request:
        """The INVITE as it was last sent."""
        return self._invite

    def send(self) -> None:
        """Send the INVITE that was prepared; nothing happens when `end` came before."""
        if self.state is SessionState.ENDED:
            return
        if self.state is not SessionState.PREPARED:
            raise SipStateError("the INVITE has been sent")
        self.set_state(SessionState.CALLING)
        # Its transaction keeps the exchange, which keeps the session: no ring, nothing to collect.
        InitialInvite(self, self._host, self._invite, self.peer).send()
        self._host.commanded()

    def end(
        self, *, status: int | None = None, q850: int | None = None, text: str | None = None
    ) -> None:
        """Say BYE, or CANCEL once the far end has given a sign of life (§9.1)."""
        if self.state is SessionState.PREPARED:
            self.finish(SessionEnded(EndedBy.LOCAL, _CANCELLED, answered=False))
        elif self.state in _UNANSWERED:
            self._cancel_reason = reason_header(status=status, q850=q850, text=text)
            proceeding = self.state is SessionState.PROCEEDING
            self.set_state(SessionState.CANCELLING)
            if proceeding:
                self._send_cancel()
        elif self.state is SessionState.CONFIRMED:
            self.terminate(
                SessionEnded(EndedBy.LOCAL, 200, answered=True, reason=text or "", q850=q850),
                status=status,
            )
        self._host.commanded()

    def dialog_of(self, remote_tag: str) -> Dialog | None:
        """Return the dialog, early or established, with this fork of the far end."""
        return self._dialogs.get(remote_tag)

    def may_take_offer(self, method: str) -> bool:
        """An UPDATE may come early, once our offer was answered reliably (RFC 3311 §5.1)."""
        if self.state is SessionState.PROCEEDING and method == "UPDATE":
            return self._offer_settled
        return super().may_take_offer(method)

    # What the INVITE brings back.

    def retrying(self, invite: Request) -> None:
        """Take note that the INVITE begins anew, with credentials or a longer interval."""
        self._invite = invite
        self.set_state(SessionState.CALLING)
        self._dialogs.clear()
        self._early_sdp.clear()
        self._rseq.clear()
        self.changed()

    def progressed(self, response: Response) -> None:
        """Take a provisional response."""
        if self.state is SessionState.CANCELLING:
            self._send_cancel()
            return
        if self.state is SessionState.CALLING:
            self.set_state(SessionState.PROCEEDING)
        if response.status == 100:
            return
        tag = response.to.tag
        sdp = sdp_of(response)
        if tag and (tag in self._dialogs or len(self._dialogs) < MAX_EARLY_DIALOGS):
            if tag not in self._dialogs:
                self._dialogs[tag] = self._dialog_from(response)
            if not self._acknowledge_provisional(response, self._dialogs[tag]):
                return
            if response.status == _EARLY_DIALOG_TERMINATED:
                self._fork_gave_up(tag)
                return
            if sdp is not None and sdp == self._early_sdp.get(tag):
                # Said again each minute; another fork's sound must not be switched away from.
                sdp = None
            elif sdp is not None:
                self._early_sdp.pop(tag, None)
                self._early_sdp[tag] = sdp
        self.emit(SessionProgressed(response.status, sdp))

    def _fork_gave_up(self, tag: str) -> None:
        """Forget an early dialog, and turn to the early media of another (RFC 6228 §4)."""
        del self._dialogs[tag]
        self._rseq.pop(tag, None)
        heard = bool(self._early_sdp) and next(reversed(self._early_sdp)) == tag
        self._early_sdp.pop(tag, None)
        sdp = next(reversed(self._early_sdp.values()), None) if heard else None
        event = SessionProgressed(
            _EARLY_DIALOG_TERMINATED, sdp, silenced=heard and not self._early_sdp
        )
        self.emit(event)

    def _acknowledge_provisional(self, response: Response, dialog: Dialog) -> bool:
        """Send PRACK for a reliable response; False when it is a repetition or out of order.

        RFC 3262 §4: what comes out of order is not acknowledged, so that it comes again.
        """
        rseq = response.header("RSeq")
        if "100rel" not in response.require or rseq is None or not _RSEQ.fullmatch(rseq):
            return True
        number, last = int(rseq), self._rseq.get(dialog.remote_tag)
        if last is not None and number != last + 1:
            return False
        self._rseq[dialog.remote_tag] = number
        if sdp_of(response) is not None:
            self._offer_settled = True
        rack = f"{number} {response.cseq.sequence} INVITE"
        self.send_in_dialog("PRACK", (("RAck", rack),), b"", _let_be, dialog=dialog)
        return True

    def succeeded(self, response: Response) -> None:
        """Take a 2xx: the first one, a repetition of it, or another fork's (§13.2.2.4)."""
        tag = response.to.tag or ""
        repeated = self._acks.get(tag)
        if repeated is not None:
            self._host.transmit(*repeated)
            return
        try:
            dialog, sdp = self._dialog_from(response), sdp_of(response)
        except MalformedMessageError:
            self._succeeded_unusably(response)
            return
        early = self._dialogs.get(tag)
        if early is not None:
            dialog.local_cseq = max(dialog.local_cseq, early.local_cseq)
            dialog.remote_cseq = early.remote_cseq
        self._dialogs[tag] = dialog
        self._acks[tag] = self.acknowledge(dialog, self.invite)
        if self._dialog is not None or self.state is SessionState.ENDED:
            self.say_bye(dialog=dialog)
            return
        self._dialog = dialog
        if self.state is SessionState.CANCELLING:
            # The answer crossed our CANCEL: without a BYE the phone would stay connected to nobody.
            self.say_bye(self._cancel_reason)
            self.finish(SessionEnded(EndedBy.LOCAL, _CANCELLED, answered=False))
            return
        self.answered = True
        self.set_state(SessionState.CONFIRMED)
        self.agreed(response)
        self.changed()
        self.remote_sdp = sdp or self._early_sdp.get(tag)
        self.changes.agreed(self.invite.body.decode(), self.remote_sdp)
        self._early_sdp.clear()
        self.emit(SessionAnswered(self.remote_sdp))

    def _succeeded_unusably(self, response: Response) -> None:
        """End what a 2xx began whose Contact, Record-Route or Content-Type can't be read.

        Without an ACK and a BYE, to where the INVITE went, the telephone would stay connected.
        """
        for name in ("Contact", "Record-Route"):
            response.headers.remove(name)
        dialog = self._dialog_from(response)
        self._dialogs[dialog.remote_tag] = dialog
        self._acks[dialog.remote_tag] = self.acknowledge(dialog, self.invite)
        self.say_bye(reason_header(status=400), dialog)
        if self._dialog is None:
            self.unreached(500)

    def refused(self, response: Response) -> None:
        """Take a final response from 300 on; it has been acknowledged."""
        if self.state is SessionState.CANCELLING:
            self.finish(
                SessionEnded(EndedBy.LOCAL, _CANCELLED, answered=False, q850=q850_cause(response))
            )
            return
        contacts = _redirections(response) if response.status < 400 else ()
        self.finish(
            SessionEnded(
                EndedBy.REMOTE,
                response.status,
                answered=False,
                reason=response.reason,
                q850=q850_cause(response),
                retry_after_s=retry_after_s(response),
                contacts=contacts,
            )
        )

    def unreached(self, status: int) -> None:
        """No usable final answer came: time-out (408), transport failure (503), nonsense (500)."""
        if status == _NOT_SENT and self.state is SessionState.CALLING and self._fallback:
            self._fall_back(self._fallback)
        elif self.state is SessionState.CANCELLING:
            self.finish(SessionEnded(EndedBy.LOCAL, _CANCELLED, answered=False))
        else:
            self.finish(SessionEnded(EndedBy.NETWORK, status, answered=False))

    def _fall_back(self, peer: Peer) -> None:
        """Send the same INVITE to `peer` instead; nothing of it has arrived anywhere."""
        self._fallback = None
        self.peer = peer
        self.contact = self._host.contact(self._contact_user, peer)
        headers = self._invite.headers.copy()
        headers.set("Via", self._host.via(peer))
        headers.set("Contact", self.contact)
        self.retrying(Request("INVITE", self._invite.uri, headers, self._invite.body))
        InitialInvite(self, self._host, self._invite, peer).send()

    def _dialog_from(self, response: Response) -> Dialog:
        return Dialog.from_response(self.invite, response, self.peer, same_flow=self._same_flow)

    def _send_cancel(self) -> None:
        """Send the CANCEL, once."""
        if self._cancelled:
            return
        self._cancelled = True
        cancel = cancel_for(self.invite)
        for name, value in self._cancel_reason:
            cancel.headers.add(name, value)
        Exchange(self._host, cancel, self.peer, None).send()


def _let_be(_status: int, _response: Response | None) -> None:
    """What becomes of a PRACK shows in what becomes of the INVITE."""


def _redirections(response: Response) -> tuple[str, ...]:
    """Return the contacts of a 3xx, best first (§20.10); none when they can't be read."""
    try:
        contacts = response.contacts
    except MalformedMessageError:
        return ()
    return tuple(str(contact.uri) for contact in sorted(contacts, key=_badness))


def _badness(contact: Address) -> float:
    try:
        return -float(contact.parameters.get("q") or "1")
    except ValueError:
        return 0.0


class InitialInvite(Exchange):
    """The INVITE that makes a session."""

    __slots__ = ("_session",)

    def __init__(
        self, session: UacSession, host: SessionHost, request: Request, peer: Peer
    ) -> None:
        """Prepare; `send` sends."""
        super().__init__(host, request, peer, session.credentials)
        self._session = session

    def may_retry(self) -> bool:
        """A call given up is not tried with credentials."""
        return self._session.state is not SessionState.CANCELLING

    def mended(self, response: Response) -> Sequence[tuple[str, HeaderValue]]:
        """Ask for a longer interval when this one is too short."""
        return self._session.mended(response)

    def retrying(self) -> None:
        """The INVITE that may have to be cancelled is another one now."""
        self._session.retrying(self.request)

    def provisional(self, response: Response) -> None:
        """Hand on."""
        self._session.progressed(response)

    def final(self, response: Response) -> None:
        """Hand on."""
        if response.status < 300:
            self._session.succeeded(response)
        else:
            self._session.refused(response)

    def failed(self, status: int) -> None:
        """Hand on."""
        self._session.unreached(status)
