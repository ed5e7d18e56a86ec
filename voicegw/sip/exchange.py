"""A request of ours and its final answer, with the retries that challenges ask for. Pure.

An :class:`Exchange` outlives single transactions: a 401 or 407 makes it send the same request again
with credentials, a higher CSeq and a new branch, every other header as it was (RFC 3261 §22.2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from voicegw.sip.digest import (
    Credentials,
    DigestChallenge,
    RandomSource,
    authorization,
    choose_challenges,
    parse_challenges,
)
from voicegw.sip.message import Request, Response
from voicegw.sip.timers import Timer, TimerValues
from voicegw.sip.wire import Peer

if TYPE_CHECKING:
    from voicegw.sip.dialog import Dialog
    from voicegw.sip.session import Session
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

    @property
    def now(self) -> float:
        """The present time, monotonic seconds."""
        ...

    def new_tag(self) -> str:
        """Return a new tag."""
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
        elif response.status in {401, 407} and self.may_retry() and self._retry(response):
            self.send()
        else:
            self.final(response)

    def next_cseq(self) -> int:
        """Return the CSeq number of a retry."""
        return self.request.cseq.sequence + 1

    def may_retry(self) -> bool:
        """Whether the request is still wanted."""
        return True

    def retrying(self) -> None:
        """`request` is new and about to be sent."""

    def provisional(self, response: Response) -> None:
        """Take a 1xx."""

    def final(self, response: Response) -> None:
        """Take a final response that is no challenge we can answer; a 2xx may come repeatedly."""

    def failed(self, status: int) -> None:
        """Take a time-out (408) or a failure of the transport (503)."""

    def _retry(self, response: Response) -> bool:
        """Make `request` answer the challenges of `response`; False when it can't."""
        if self._credentials is None:
            return False
        found = self._new_challenges(response)
        if not found or not self._count_round(found):
            return False
        for name, challenge in found:
            cnonce = f"{self.host.rng.getrandbits(64):016x}"
            self._answered[name, challenge.realm] = _Answered(challenge, cnonce)
        request = self._copy()
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
        self.request = request
        self.retrying()
        return True

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

    __slots__ = ("_dialog", "_done", "_on_cseq")

    def __init__(
        self,
        host: SessionHost,
        dialog: Dialog,
        request: Request,
        credentials: Credentials | None,
        *,
        done: Callable[[int, Response | None], None],
        on_cseq: Callable[[], None],
    ) -> None:
        """`on_cseq` is called when a retry has taken a number of the dialog."""
        super().__init__(host, request, dialog.next_hop(), credentials)
        self._dialog = dialog
        self._done = done
        self._on_cseq = on_cseq

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
