"""REFER within a session: the far end hands its talk on to somebody else (RFC 3515). Pure.

Only telephones that registered here may; the user decides whether this one may go there. What
becomes of it is told to the telephone by NOTIFY, within the session, as long as that lasts.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from voicegw.errors import MalformedMessageError
from voicegw.sip.grammar import URI, Address
from voicegw.sip.headers import HeaderValue
from voicegw.sip.message import Request, Response, response_to
from voicegw.sip.status_codes import REASONS

if TYPE_CHECKING:
    from voicegw.sip.exchange import SessionHost
    from voicegw.sip.session import Session
    from voicegw.sip.transaction import ServerTransaction

SIPFRAG: Final = "message/sipfrag;version=2.0"
#: For how long the telephone may expect to be told more; a call rings for less.
_SUBSCRIPTION_S: Final = 180
_REFER_SUB: Final = "Refer-Sub"


class _State(StrEnum):
    ASKED = "asked"
    ACCEPTED = "accepted"
    OVER = "over"


def refer_target(request: Request) -> URI:
    """Return whom a REFER names (RFC 3515 §2.1).

    Raises MalformedMessageError with the status to answer: 400 for none, several, or one that can't
    be read, 403 for another method than INVITE, 416 for no telephone at all, 501 for the attended
    kind (Replaces, RFC 3891), which this node does not do.
    """
    values = request.header_list("Refer-To")
    if len(values) != 1:
        raise MalformedMessageError("Refer-To: exactly one is needed")
    uri = Address.parse(values[0]).uri
    if uri.opaque:
        raise MalformedMessageError("Refer-To: not a telephone", status=416)
    if (uri.parameters.get("method") or "INVITE").upper() != "INVITE":
        raise MalformedMessageError("Refer-To: only calls can be handed on", status=403)
    if "replaces" in uri.headers.lower():
        raise MalformedMessageError("Refer-To: attended transfer", status=501)
    return uri


class Referral:
    """A REFER and the subscription it made: `accept`, then `progress`, then `finish`; or `refuse`.

    Commands are harmless out of their order and after the session's end: nothing is sent then.
    """

    def __init__(
        self, session: Session, host: SessionHost, transaction: ServerTransaction, *, first: bool
    ) -> None:
        """Raises MalformedMessageError as :func:`refer_target`.

        `first` tells that the session has had no other.
        """
        request = transaction.request
        self.target = refer_target(request)
        self._session: Session | None = session
        self._host = host
        self._transaction = transaction
        self._state = _State.ASKED
        # RFC 3515 §2.4.6: the second REFER of a dialog needs an id, and the first is clear without.
        self._event = "refer" if first else f"refer;id={request.cseq.sequence}"
        self._silent = (request.header(_REFER_SUB) or "").strip().lower() == "false"

    @property
    def is_over(self) -> bool:
        """Whether another REFER may come."""
        return self._state is _State.OVER

    def accept(self) -> None:
        """Answer 202 and tell that it is being tried."""
        if self._session is None or self._state is not _State.ASKED:
            return
        self._state = _State.ACCEPTED
        headers: list[tuple[str, HeaderValue]] = [("Contact", self._session.contact)]
        if self._silent:
            headers.append((_REFER_SUB, "false"))
        self._respond(202, headers)
        self._notify(100, f"active;expires={_SUBSCRIPTION_S}")
        self._host.commanded()

    def refuse(self, status: int) -> None:
        """Answer that it will not be done; the talk goes on as before."""
        if self._state is not _State.ASKED:
            return
        self._respond(status)
        self.close()
        self._host.commanded()

    def progress(self, status: int) -> None:
        """Tell of a provisional answer of the one who is rung."""
        if self._state is _State.ACCEPTED:
            self._notify(status, f"active;expires={_SUBSCRIPTION_S}")
            self._host.commanded()

    def finish(self, status: int) -> None:
        """Tell how it ended, by the final answer of the one who was rung."""
        if self._state is not _State.ACCEPTED:
            return
        self._notify(status, "terminated;reason=noresource")
        self.close()
        self._host.commanded()

    def session_ended(self) -> None:
        """The telephone has hung up: it hears no more, and is owed an answer at most."""
        if self._state is _State.ASKED:
            self._respond(487)
        self.close()

    def close(self) -> None:
        """Send nothing more."""
        self._state = _State.OVER
        self._session = None

    def _respond(self, status: int, headers: list[tuple[str, HeaderValue]] | None = None) -> None:
        response = response_to(self._transaction.request, status, headers=headers or ())
        self._host.respond(self._transaction, response)

    def _notify(self, status: int, state: str) -> None:
        if self._silent or self._session is None:
            return
        headers: list[tuple[str, HeaderValue]] = [
            ("Contact", self._session.contact),
            ("Event", self._event),
            ("Subscription-State", state),
            ("Content-Type", SIPFRAG),
        ]
        body = f"SIP/2.0 {status} {REASONS.get(status, 'Unknown')}\r\n"
        self._session.send_in_dialog("NOTIFY", headers, body.encode(), self._notified)

    def _notified(self, status: int, _response: Response | None) -> None:
        """A telephone that does not know the subscription (any more) is told nothing else."""
        if status in {405, 408, 481, 489, 501}:
            self._silent = True
