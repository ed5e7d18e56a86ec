"""A request of ours and its final answer, with the retries that challenges ask for. Pure.

An :class:`Exchange` outlives single transactions: a 401 or 407 makes it send the same request again
with credentials, a higher CSeq and a new branch, every other header as it was (RFC 3261 §22.2); so
does a refusal that says how to mend the request, such as 422 (RFC 4028 §7.3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from voicegw.errors import MalformedMessageError
from voicegw.sip.digest import (
    Credentials,
    DigestChallenge,
    RandomSource,
    authorization,
    choose_challenges,
    parse_challenges,
)
from voicegw.sip.headers import HeaderValue
from voicegw.sip.message import Request, Response
from voicegw.sip.timers import Timer, TimerValues
from voicegw.sip.wire import Peer

if TYPE_CHECKING:
    from voicegw.sip.dialog import Dialog
    from voicegw.sip.session import Session
    from voicegw.sip.session_timer import SessionTimerValues
    from voicegw.sip.transaction import ClientTransaction, ServerTransaction

#: Retries with credentials of one request; a stale nonce may cause two more.
MAX_ROUNDS: Final = 2
MAX_STALE_ROUNDS: Final = 2

_CHALLENGED_BY: Final = (
    ("WWW-Authenticate", "Authorization"),
    ("Proxy-Authenticate", "Proxy-Authorization"),
)


@dataclass(slots=True)
class _Answered:
    """A challenge that the request answers, and how often its nonce has been used."""

    challenge: DigestChallenge
    cnonce: str
    count: int = 0


class SessionHost(Protocol):
    """What exchanges and sessions need of the user agent they live in."""

    timers: TimerValues
    rng: RandomSource
    user_agent: str
    session_timers: SessionTimerValues

    @property
    def now(self) -> float:
        """The present time, monotonic seconds."""
        ...

    def new_tag(self) -> str:
        """Return a new tag."""
        ...

    def new_call_id(self) -> str:
        """Return a Call-ID for a session that we begin."""
        ...

    def via(self, peer: Peer) -> str:
        """Return a Via value with a new branch for a request to `peer`."""
        ...

    def contact(self, user: str, peer: Peer) -> str:
        """Return our Contact value towards `peer`."""
        ...

    def request(self, request: Request, peer: Peer, exchange: Exchange) -> ClientTransaction:
        """Send a request in a transaction of its own; `exchange` is told what comes back."""
        ...

    def transmit(self, request: Request, peer: Peer) -> None:
        """Send a request outside any transaction: the ACK to a 2xx."""
        ...

    def respond(self, transaction: ServerTransaction, response: Response) -> None:
        """Answer a request, or answer it again with the same 2xx."""
        ...

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Call back after `delay_s`."""
        ...

    def commanded(self) -> None:
        """A command of the user's has been carried out: what it queued may leave."""
        ...

    def session_ended(self, session: Session) -> None:
        """`session` has told its listener of its end."""
        ...

    def forget(self, session: Session) -> None:
        """Nothing more can arrive for `session`."""
        ...

    def listener_failed(self) -> None:
        """Count a listener that raised."""
        ...


def retry_after_s(response: Response) -> int | None:
    """Return Retry-After; what can't be read counts as absent."""
    try:
        return response.retry_after
    except MalformedMessageError:
        return None


class Exchange:
    """One request on its way. Subclasses say what its answers mean."""

    __slots__ = (
        "_answered",
        "_credentials",
        "_rounds",
        "_stale_rounds",
        "host",
        "peer",
        "request",
        "transaction",
    )

    def __init__(
        self, host: SessionHost, request: Request, peer: Peer, credentials: Credentials | None
    ) -> None:
        """Prepare; :meth:`send` sends."""
        self.host = host
        self.request = request
        self.peer = peer
        self.transaction: ClientTransaction | None = None
        self._credentials = credentials
        self._rounds = 0
        self._stale_rounds = 0
        self._answered: dict[tuple[str, str], _Answered] = {}

    def send(self) -> None:
        """Send the request as it is now."""
        self.transaction = self.host.request(self.request, self.peer, self)

    def response_received(self, response: Response) -> None:
        """Take a response of the present transaction."""
        if response.status < 200:
            self.provisional(response)
        elif self.may_retry() and self._follows(response):
            self.send()
        else:
            # A transaction keeps its exchange; the way back is cut, so that both are freed at once.
            self.transaction = None
            self.final(response)

    def lost(self, status: int) -> None:
        """Take note that no usable answer will come: 408, 503, or 500 for one without sense."""
        self.transaction = None
        self.failed(status)

    def next_cseq(self) -> int:
        """Return the CSeq number of a retry."""
        return self.request.cseq.sequence + 1

    def may_retry(self) -> bool:
        """Whether the request is still wanted."""
        return True

    def retrying(self) -> None:
        """`request` is new and about to be sent."""

    def mended(
        self,
        response: Response,  # noqa: ARG002 - those that can mend something look at it
    ) -> Sequence[tuple[str, HeaderValue]]:
        """Return the headers whose change may turn this refusal into success; none: it is final."""
        return ()

    def provisional(self, response: Response) -> None:
        """Take a 1xx."""

    def final(self, response: Response) -> None:
        """Take a final response that is no challenge we can answer; a 2xx may come repeatedly."""

    def failed(self, status: int) -> None:
        """Take a time-out (408) or a failure of the transport (503)."""

    def _follows(self, response: Response) -> bool:
        """Whether `request` is to be sent again, changed as `response` asks for."""
        if response.status in {401, 407}:
            if not self._take_challenges(response):
                return False
            changes: Sequence[tuple[str, HeaderValue]] = ()
        elif response.status < 300 or not (changes := self.mended(response)):
            return False
        request = self._copy()
        for name, value in changes:
            request.headers.set(name, value)
        self._prove(request)
        self.request = request
        self.retrying()
        return True

    def _take_challenges(self, response: Response) -> bool:
        """Remember the challenges of `response`; False when they can't be answered."""
        if self._credentials is None:
            return False
        found = self._new_challenges(response)
        if not found or not self._count_round(found):
            return False
        for name, challenge in found:
            cnonce = f"{self.host.rng.getrandbits(64):016x}"
            self._answered[name, challenge.realm] = _Answered(challenge, cnonce)
        return True

    def _prove(self, request: Request) -> None:
        """Answer every challenge met so far."""
        if self._credentials is None:
            return
        for (name, _realm), answered in self._answered.items():
            answered.count += 1
            request.headers.add(
                name,
                authorization(
                    answered.challenge,
                    self._credentials,
                    method=request.method,
                    uri=str(request.uri),
                    cnonce=answered.cnonce,
                    nonce_count=answered.count,
                ),
            )

    def _new_challenges(self, response: Response) -> list[tuple[str, DigestChallenge]]:
        found: list[tuple[str, DigestChallenge]] = []
        for challenge_name, answer_name in _CHALLENGED_BY:
            values = response.headers.get_all(challenge_name)
            found += [(answer_name, c) for c in choose_challenges(parse_challenges(values))]
        return found

    def _count_round(self, found: list[tuple[str, DigestChallenge]]) -> bool:
        stale = all(
            challenge.stale
            and (known := self._answered.get((name, challenge.realm))) is not None
            and known.challenge.nonce != challenge.nonce
            for name, challenge in found
        )
        if stale and self._stale_rounds < MAX_STALE_ROUNDS:
            self._stale_rounds += 1
            return True
        self._rounds += 1
        return self._rounds <= MAX_ROUNDS

    def _copy(self) -> Request:
        """Return the request again: next CSeq, new branch, without credentials."""
        old = self.request
        headers = old.headers.copy()
        headers.set("Via", self.host.via(self.peer))
        headers.set("CSeq", f"{self.next_cseq()} {old.method}")
        headers.remove("Authorization")
        headers.remove("Proxy-Authorization")
        return Request(old.method, old.uri, headers, old.body)


class DialogExchange(Exchange):
    """A request within a dialog, other than INVITE. `done` gets its final status once."""

    __slots__ = ("_dialog", "_done", "_mend", "_on_cseq")

    def __init__(
        self,
        host: SessionHost,
        dialog: Dialog,
        request: Request,
        credentials: Credentials | None,
        *,
        done: Callable[[int, Response | None], None],
        on_cseq: Callable[[], None],
        mend: Callable[[Response], Sequence[tuple[str, HeaderValue]]] | None = None,
    ) -> None:
        """`on_cseq` is called when a retry has taken a number of the dialog; `mend` is `mended`."""
        super().__init__(host, request, dialog.next_hop(), credentials)
        self._dialog = dialog
        self._done = done
        self._on_cseq = on_cseq
        self._mend = mend

    def mended(self, response: Response) -> Sequence[tuple[str, HeaderValue]]:
        """Ask whoever knows what the request is about."""
        return self._mend(response) if self._mend is not None else ()

    def next_cseq(self) -> int:
        """Take the dialog's next number."""
        return self._dialog.next_cseq()

    def retrying(self) -> None:
        """Tell that the dialog's number has changed."""
        self._on_cseq()

    def final(self, response: Response) -> None:
        """Report the status."""
        self._done(response.status, response)

    def failed(self, status: int) -> None:
        """Report the made-up status."""
        self._done(status, None)
