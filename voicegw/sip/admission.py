"""Which message reaches a transaction, and who is behind it (RFC 3261 §8.2, §22.1). Pure.

The core's door: strangers are met here, before anything is kept for them. What they send is dropped
and counted; where telephones may register, an INVITE or REGISTER is challenged instead, without a
transaction. A message that belongs to a dialog or a transaction of ours is taken from anywhere:
proxies move.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from voicegw.errors import MalformedMessageError
from voicegw.sip.message import Request, Response, malformed_answer, parse, response_to
from voicegw.sip.registrar import Challenge, Registrar
from voicegw.sip.transaction import TransactionLayer, mark_source
from voicegw.sip.trunk import PhoneSource, Source, SourcePolicy
from voicegw.sip.wire import Peer


class Admission:
    """Decides about each message as it arrives.

    `counters` is the core's; it counts `malformed_dropped` and `challenges`.
    """

    def __init__(
        self,
        *,
        sources: SourcePolicy,
        registrar: Registrar | None,
        transactions: TransactionLayer,
        has_session: Callable[[str, str], bool],
        counters: Counter[str],
    ) -> None:
        """`has_session` says whether a session has this Call-ID and this tag of ours."""
        self.counters = counters
        self._sources = sources
        self._registrar = registrar
        self._transactions = transactions
        self._has_session = has_session
        self._proven_user: str | None = None

    def admit(self, data: bytes, peer: Peer, now: float) -> Request | Response | None:
        """Return the message that `data` holds; None when it has been dropped or answered."""
        self._proven_user = None
        try:
            message = parse(data)
        except MalformedMessageError as error:
            self._malformed(data, peer, error)
            return None
        if isinstance(message, Response):
            return message
        if not self._is_welcome(message, peer):
            self._sources.drop(message.method)
            return None
        if self._is_challenged(message, peer, now):
            return None
        return message

    def knows(self, peer: Peer) -> bool:
        """Whether `peer` belongs to a trunk, or is where a telephone has registered."""
        if self._sources.trunk_of(peer) is not None:
            return True
        return self._registrar is not None and self._registrar.user_at(peer) is not None

    def identify(self, peer: Peer) -> Source | None:
        """Say who sent the message admitted last: a trunk, or a telephone that proved itself."""
        trunk = self._sources.trunk_of(peer)
        if trunk is not None or self._proven_user is None:
            return trunk
        return PhoneSource(self._proven_user)

    def _malformed(self, data: bytes, peer: Peer, error: MalformedMessageError) -> None:
        self.counters["malformed_dropped"] += 1
        if self._sources.trunk_of(peer) is None and self._registrar is None:
            return
        answer = malformed_answer(data, error)
        if answer is not None:
            self._transactions.transmit(peer, answer)

    def _is_welcome(self, request: Request, peer: Peer) -> bool:
        """Whether the request gets a transaction: strangers' get none, whatever they send."""
        if self._has_session(request.call_id, request.to.tag or ""):
            return True
        return self.knows(peer) or self._sources.may_challenge(request.method)

    def _is_challenged(self, request: Request, peer: Peer, now: float) -> bool:
        """Challenge a telephone's INVITE or REGISTER that proves nothing, and keep nothing of it.

        Without a transaction (RFC 3261 §8.2.7): 100 and a 401 repeated for want of an ACK would let
        one forged datagram send many to a third party, and each would occupy memory for 64*T1.
        """
        if (
            self._registrar is None
            or request.method not in {"INVITE", "REGISTER"}
            or request.to.tag is not None
            or self._sources.trunk_of(peer) is not None
            or self._transactions.knows(request)
        ):
            return False
        if request.method == "REGISTER" and "Authorization" in request.headers:
            # The registrar looks at these itself; a number of a nonce can be used once only.
            return False
        proof = self._registrar.authenticate(
            request, now, peer if request.method == "INVITE" else None
        )
        if not isinstance(proof, Challenge):
            self._proven_user = proof
            return False
        mark_source(request, peer)
        response = response_to(request, proof.status, headers=proof.headers)
        self._transactions.respond_once(request, response, peer)
        self.counters["challenges"] += 1
        return True
