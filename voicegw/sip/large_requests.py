"""INVITEs too large for a datagram go by TCP, to whom that has been tried with (RFC 3261 §18.1.1).

A datagram over the path's MTU is fragmented, and fragments are what firewalls drop. A carrier that
speaks UDP only must not be harmed by that care, and a TCP port that opens is no proof that calls
are served there. So the first large INVITE to a server leaves by UDP as ever, and an OPTIONS by TCP
beside it; once that is answered, large ones go by TCP, and back to UDP when one does not arrive.
Pure.
"""

from __future__ import annotations

from typing import Final

from voicegw.sip.exchange import Exchange, SessionHost
from voicegw.sip.grammar import URI
from voicegw.sip.message import Response
from voicegw.sip.options import options_request
from voicegw.sip.wire import Peer, bracketed

MAX_DATAGRAM_REQUEST_BYTES: Final = 1300
"""The limit where the path's MTU is not known (RFC 3261 §18.1.1)."""

WORKS_S: Final = 3600.0
FAILED_S: Final = 600.0
MAX_KNOWN: Final = 1024
_NOT_SERVED: Final = frozenset({408, 503})


class LargeRequests:
    """Remembers which servers of UDP answer by TCP as well."""

    def __init__(self, host: SessionHost) -> None:
        """Nothing is known yet."""
        self._host = host
        self._known: dict[Peer, tuple[bool, float]] = {}

    def way(self, peer: Peer, size_bytes: int) -> Peer:
        """Return where a request of this size to `peer` goes; by TCP it is another peer.

        What is not known yet is asked, and the request goes the ordinary way.
        """
        if peer.transport != "udp" or size_bytes <= MAX_DATAGRAM_REQUEST_BYTES:
            return peer
        by_tcp = Peer("tcp", peer.host, peer.port)
        works, until = self._known.get(by_tcp, (False, 0.0))
        if self._host.now < until:
            return by_tcp if works else peer
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._note(by_tcp, works=False)
        _Question(self._host, by_tcp, self).send()
        return peer

    def answered(self, peer: Peer, status: int) -> None:
        """Take the final answer to our question by TCP."""
        self._note(peer, works=status not in _NOT_SERVED)

    def failed(self, peer: Peer) -> None:
        """Take note that a request to `peer` got no answer, or was not sent."""
        if peer in self._known:
            self._note(peer, works=False)

    def _note(self, peer: Peer, *, works: bool) -> None:
        self._known[peer] = (works, self._host.now + (WORKS_S if works else FAILED_S))


class _Question(Exchange):
    """One OPTIONS by TCP: any answer says that requests are served there (RFC 3261 §11)."""

    def __init__(self, host: SessionHost, peer: Peer, asker: LargeRequests) -> None:
        """Prepare; `send` sends."""
        target = URI("sip", bracketed(peer.host), port=peer.port)
        super().__init__(host, options_request(host, target, peer), peer, None)
        self._asker = asker

    def final(self, response: Response) -> None:
        """Hand on."""
        self._asker.answered(self.peer, response.status)
