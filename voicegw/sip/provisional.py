"""Provisional responses: repeated, and acknowledged where asked for (RFC 3262). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from voicegw.sip.headers import HeaderValue
from voicegw.sip.message import Request, Response, response_to
from voicegw.sip.timers import Timer

if TYPE_CHECKING:
    from voicegw.sip.exchange import SessionHost
    from voicegw.sip.transaction import ServerTransaction

#: A provisional response is repeated so often, or proxies give up (RFC 3261 §13.3.1.1).
RING_REPEAT_S: Final = 60.0
_RACK: Final = re.compile(r"([0-9]{1,10})\s+([0-9]{1,10})\s+INVITE")


@dataclass(frozen=True, slots=True)
class Provisional:
    """A response above 100 to be sent."""

    status: int
    headers: Sequence[tuple[str, HeaderValue]]
    body: bytes


class Provisionals:
    """The provisional responses of one INVITE.

    With `reliable` each is repeated from T1 on, doubling, until its PRACK comes, and the next waits
    for that; `unacknowledged` is called when none came for 64*T1 (RFC 3262 §3).
    """

    def __init__(
        self,
        host: SessionHost,
        transaction: ServerTransaction,
        local_tag: str,
        *,
        reliable: bool,
        unacknowledged: Callable[[], None],
    ) -> None:
        """Send nothing yet."""
        self._host = host
        self._transaction = transaction
        self._local_tag = local_tag
        self._reliable = reliable
        self._unacknowledged = unacknowledged
        self._rseq = host.rng.getrandbits(16)
        self._pending: Provisional | None = None
        self._waiting: Provisional | None = None
        self._repeating: Timer | None = None
        self._ending: Timer | None = None

    @property
    def holds_answer(self) -> bool:
        """Whether a description is on its way unacknowledged: no 2xx may overtake it."""
        return self._pending is not None and self._pending.body != b""

    def send(self, provisional: Provisional) -> None:
        """Send a response, or have it wait for the PRACK to the one before."""
        if self._pending is not None:
            self._waiting = provisional
            return
        self.stop()
        if not self._reliable:
            self._host.respond(self._transaction, self._response(provisional))
            self._repeating = self._host.call_later(RING_REPEAT_S, lambda: self.send(provisional))
            return
        self._rseq += 1
        self._pending = provisional
        response = self._response(provisional)
        response.headers.set("Require", "100rel")
        response.headers.set("RSeq", self._rseq)
        self._host.respond(self._transaction, response)
        self._repeat_after(self._host.timers.t1_s, response)
        self._ending = self._host.call_later(self._host.timers.timeout_s, self._give_up)

    def acknowledge(self, prack: Request) -> bool:
        """Take a PRACK; False when it is for nothing that waits for one."""
        match = _RACK.fullmatch((prack.header("RAck") or "").strip())
        provisional = self._pending
        invite_cseq = self._transaction.request.cseq.sequence
        if (
            provisional is None
            or match is None
            or (int(match[1]), int(match[2])) != (self._rseq, invite_cseq)
        ):
            return False
        self.stop()
        self._repeating = self._host.call_later(RING_REPEAT_S, lambda: self.send(provisional))
        return True

    def proceed(self) -> None:
        """Send what waited for the PRACK."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self.send(waiting)

    def stop(self) -> None:
        """Repeat nothing any more."""
        self._pending = None
        for timer in (self._repeating, self._ending):
            if timer is not None:
                timer.cancel()

    def close(self) -> None:
        """The session is over. Whom to call is forgotten, so that no ring is left to collect."""
        self.stop()
        self._waiting = None
        self._unacknowledged = _nobody

    def _response(self, provisional: Provisional) -> Response:
        return response_to(
            self._transaction.request,
            provisional.status,
            to_tag=self._local_tag,
            headers=provisional.headers,
            body=provisional.body,
        )

    def _repeat_after(self, interval_s: float, response: Response) -> None:
        def repeat() -> None:
            self._host.respond(self._transaction, response)
            self._repeat_after(2 * interval_s, response)

        self._repeating = self._host.call_later(interval_s, repeat)

    def _give_up(self) -> None:
        self.stop()
        self._unacknowledged()


def _nobody() -> None:
    """Stand in for a session that is over."""
