"""Which message reaches a transaction, and who is behind it (RFC 3261 §8.2, §22.1). Pure.

The core's door. Strangers are met here, before anything is kept for them, and most of them before
their message is even read: its first line and a look for what only a dialog or a transaction of
ours could name decide. What is left of them, where telephones may register, is challenged without a
transaction, by an answer never larger than three times what was sent. A message that belongs to a
dialog or a transaction of ours is taken from anywhere: proxies move.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Final

from voicegw.errors import MalformedMessageError
from voicegw.sip.bans import BanRules, Bans
from voicegw.sip.digest import parse_authorization
from voicegw.sip.message import Request, Response, malformed_answer, parse, response_to
from voicegw.sip.overload import OverloadGuard
from voicegw.sip.registrar import Challenge, Registrar
from voicegw.sip.transaction import TransactionLayer, mark_source
from voicegw.sip.trunk import PhoneSource, Source, SourcePolicy
from voicegw.sip.wire import Peer

MAX_AMPLIFICATION: Final = 3
"""How many times its request an answer to an unproven source may be as large."""

_METHOD = re.compile(rb"[\r\n]*([A-Za-z]{1,16}) ")
_BRANCH = re.compile(rb"branch[ \t]*=[ \t]*([^\s;,\"]{1,256})", re.IGNORECASE)
_CALL_ID = re.compile(rb"^(?:call-id|i)[ \t]*:\s*(\S{1,256})", re.IGNORECASE | re.MULTILINE)
_CSEQ = re.compile(rb"^cseq[ \t]*:\s*[0-9]{1,10}\s+(\S{1,32})", re.IGNORECASE | re.MULTILINE)
_TAG = re.compile(rb";\s*tag\s*=\s*([^\s;,\"]{1,256})", re.IGNORECASE)
_MAX_TAGS: Final = 4
_SCANNER = re.compile(
    rb"^user-agent[ \t]*:[^\r\n]*"
    rb"(?:friendly-scanner|friendly-request|sipvicious|sundayddr|sip-scan|sipsak|sipcli|smap|vaxsip"
    rb"|pplsip|sipptk|iwar|siparmyknife)",
    re.IGNORECASE | re.MULTILINE,
)
_SCANNER_WEIGHT: Final = 5
"""What a scanner's own name adds: a hint, because names cost nothing either way."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one telephone may occupy at a time, and how many requests all peers together.

    The last is for floods in a trunk's name, which nothing else bounds: each request is remembered
    for 64*T1, with some kilobytes. Fifty thousand are more than a node can serve of calls.
    """

    max_sessions_per_source: int = 10
    max_transactions_per_source: int = 50
    max_transactions: int = 50_000


@dataclass(frozen=True, slots=True)
class Defence:
    """What guards a core: who is shut out, when no new calls are taken, what one may occupy."""

    bans: Bans = field(default_factory=lambda: Bans(BanRules()))
    overload: OverloadGuard = field(
        default_factory=lambda: OverloadGuard(threshold_s=0, rng=SystemRandom())
    )
    limits: Limits = Limits()


class Admission:
    """Decides about each message as it arrives.

    `counters` is the core's; it counts `banned_dropped`, `malformed_dropped`, `challenges`,
    `challenges_too_large`, `overload_refused`, `overload_dropped`, `source_limit_dropped`,
    `source_limit_refused`.
    """

    def __init__(
        self,
        *,
        sources: SourcePolicy,
        registrar: Registrar | None,
        transactions: TransactionLayer,
        has_session: Callable[[str, str], bool],
        counters: Counter[str],
        defence: Defence,
    ) -> None:
        """`has_session` says whether a session has this Call-ID and this tag of ours."""
        self.counters = counters
        self.defence = defence
        self._sources = sources
        self._registrar = registrar
        self._transactions = transactions
        self._has_session = has_session
        self.proven_user: str | None = None
        """Which telephone's user has proved to have sent the message admitted last."""
        self._now = 0.0
        self._sessions: Counter[str] = Counter()
        self._talking_to: Counter[str] = Counter()
        if registrar is not None:
            registrar.on_failure = self._failed
            registrar.on_success = self._succeeded

    def admit(self, data: bytes, peer: Peer, now: float) -> Request | Response | None:
        """Return the message that `data` holds; None when it has been dropped or answered."""
        self.proven_user = None
        self._now = now
        if self.refuses(peer, now):
            self.counters["banned_dropped"] += 1
            return None
        message = self._read(data, peer, now)
        if message is None or isinstance(message, Response):
            return message
        if (
            self._is_beyond_limits(message, peer)
            or self._is_refused_for_overload(message, peer)
            or self._is_one_too_many(message)
            or self._is_challenged(message, peer, now, len(data))
        ):
            return None
        return message

    def refuses(self, peer: Peer, now: float) -> bool:
        """Whether nothing that `peer` sends is looked at: its source is banned.

        Trunks never are, and a telephone that has registered goes on where it is bound, whoever
        else shares its address. Where somebody is talked to (over a trunk that is configured no
        more, or without a registration) what belongs to that must be found among the rest.
        """
        return (
            self.defence.bans.refuses(peer, now)
            and peer.host not in self._talking_to
            and not self.knows(peer)
        )

    def knows(self, peer: Peer) -> bool:
        """Whether `peer` belongs to a trunk, or is where a telephone has registered."""
        if self._sources.trunk_of(peer) is not None:
            return True
        return self._registrar is not None and self._registrar.user_at(peer) is not None

    def identify(self, peer: Peer) -> Source | None:
        """Say who sent the message admitted last: a trunk, or a telephone that proved itself."""
        trunk = self._sources.trunk_of(peer)
        if trunk is not None or self.proven_user is None:
            return trunk
        return PhoneSource(self.proven_user)

    def _read(self, data: bytes, peer: Peer, now: float) -> Request | Response | None:
        """Return the message, unless it is nonsense or a stranger's that nobody waits for."""
        is_known = self.knows(peer)
        if not is_known and not self._is_awaited(data, peer, now):
            return None
        try:
            message = parse(data)
        except MalformedMessageError as error:
            self._malformed(data, peer, error, now)
            return None
        if not is_known and isinstance(message, Request) and not self._is_welcome(message):
            self._dropped(message.method, data, peer, now)
            return None
        return message

    def nonsense(self, peer: Peer, now: float) -> None:
        """Hold what can't even be cut into messages against its source."""
        trunk = self._sources.trunk_of(peer)
        if trunk is not None:
            self.defence.bans.tolerated(trunk.trunk.name, now)
        elif not self.knows(peer):
            self._sources.drop("other")
            self.defence.bans.scanned(peer, now)

    def talk_began(self, host: str) -> None:
        """Take note of a session with somebody at `host`, whoever began it."""
        self._talking_to[host] += 1

    def talk_ended(self, host: str) -> None:
        """Take note that nothing more can arrive for such a session."""
        self._talking_to[host] -= 1
        if self._talking_to[host] <= 0:
            del self._talking_to[host]

    def session_began(self, source: Source) -> bool:
        """Count a session that `source` begins; False when it has as many as it may."""
        if not isinstance(source, PhoneSource):
            return True
        if self._sessions[source.username] >= self.defence.limits.max_sessions_per_source:
            self.counters["source_limit_refused"] += 1
            return False
        self._sessions[source.username] += 1
        return True

    def session_ended(self, source: Source | None) -> None:
        """Count a session out that `source` began."""
        if not isinstance(source, PhoneSource):
            return
        self._sessions[source.username] -= 1
        if self._sessions[source.username] <= 0:
            del self._sessions[source.username]

    # Strangers -----------------------------------------------------------------------------

    def _is_awaited(self, data: bytes, peer: Peer, now: float) -> bool:
        """Whether a stranger's message is worth being read, as far as a quick look tells."""
        found = _METHOD.match(data)
        method = "other" if found is None else found[1].decode()
        if found is None and data.lstrip(b"\r\n")[:4].upper() == b"SIP/":
            method = "response"
        if self._is_part_of_ours(method, data, peer):
            return True
        if self.defence.bans.refuses(peer, now):
            self.counters["banned_dropped"] += 1
        elif not self._sources.may_challenge(method):
            self._dropped(method, data, peer, now)
        elif self.defence.overload.is_overloaded:
            # Held against nobody: a telephone that comes now has done nothing wrong.
            self.counters["overload_dropped"] += 1
        else:
            return True
        return False

    def _is_part_of_ours(self, method: str, data: bytes, peer: Peer) -> bool:
        """Whether a message may belong to a dialog or a transaction of ours."""
        if method == "response":
            return self._answers_us(data)
        # A CANCEL names no tag of ours. It may be of a trunk that is gone while its call rings.
        return self._names_a_session(data) or (
            method in {"ACK", "CANCEL"} and self._transactions.count_from(peer) > 0
        )

    def _answers_us(self, data: bytes) -> bool:
        branch, cseq = _BRANCH.search(data), _CSEQ.search(data)
        if branch is None or cseq is None:
            return False
        return self._transactions.awaits(_text(branch[1]), _text(cseq[1]))

    def _names_a_session(self, data: bytes) -> bool:
        call_id = _CALL_ID.search(data)
        if call_id is None:
            return False
        name = _text(call_id[1])
        return any(self._has_session(name, _text(tag)) for tag in _TAG.findall(data)[:_MAX_TAGS])

    def _is_welcome(self, request: Request) -> bool:
        """Whether a stranger's request, now that it is read, may go on."""
        if self._has_session(request.call_id, request.to.tag or ""):
            return True
        if request.method in {"ACK", "CANCEL"}:
            return self._transactions.has_invite_of(request)
        # One that names a dialog we don't have is not challenged, so it would be answered with 481.
        return self._sources.may_challenge(request.method) and request.to.tag is None

    def _dropped(self, method: str, data: bytes, peer: Peer, now: float) -> None:
        """Count a message nobody waits for, and hold it against its source."""
        self._sources.drop(method)
        weight = _SCANNER_WEIGHT if _SCANNER.search(data) else 1
        self.defence.bans.scanned(peer, now, weight=weight)

    def _malformed(self, data: bytes, peer: Peer, error: MalformedMessageError, now: float) -> None:
        """Answer those we know; from a stranger nonsense is one more thing to drop."""
        self.counters["malformed_dropped"] += 1
        self.nonsense(peer, now)
        if not self.knows(peer):
            return
        answer = malformed_answer(data, error)
        if answer is not None:
            self._transactions.transmit(peer, answer)

    # Bounds --------------------------------------------------------------------------------

    def _is_beyond_limits(self, request: Request, peer: Peer) -> bool:
        """Whether a telephone has as much under way as it may; more of it is dropped."""
        if (
            self._transactions.count_from(peer) < self.defence.limits.max_transactions_per_source
            or self._sources.trunk_of(peer) is not None
            or self._has_session(request.call_id, request.to.tag or "")
            or self._transactions.knows(request)
        ):
            return False
        self.counters["source_limit_dropped"] += 1
        return True

    def _is_refused_for_overload(self, request: Request, peer: Peer) -> bool:
        """Refuse a new call while there is more to do than can be done (RFC 3261 §21.5.4).

        Without a transaction, so that it costs as little as it can; what belongs to a call that
        runs is taken as ever.
        """
        guard = self.defence.overload
        if (
            not (guard.is_overloaded or self._is_full)
            or request.method != "INVITE"
            or request.to.tag is not None
            or self._transactions.knows(request)
        ):
            return False
        mark_source(request, peer)
        headers = (("Retry-After", guard.retry_after_s()),)
        self._transactions.respond_once(request, response_to(request, 503, headers=headers), peer)
        self.counters["overload_refused"] += 1
        return True

    @property
    def _is_full(self) -> bool:
        """Whether as many requests are remembered as may be."""
        return len(self._transactions) >= self.defence.limits.max_transactions

    def _is_one_too_many(self, request: Request) -> bool:
        """Whether a request would be remembered that can't be, and belongs to nothing that runs."""
        if (
            not self._is_full
            or request.method == "ACK"
            or self._has_session(request.call_id, request.to.tag or "")
            or self._transactions.knows(request)
            or (request.method == "CANCEL" and self._transactions.has_invite_of(request))
        ):
            return False
        self.counters["overload_dropped"] += 1
        return True

    # Challenges ----------------------------------------------------------------------------

    def _is_challenged(self, request: Request, peer: Peer, now: float, size_bytes: int) -> bool:
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
        if self._is_shut_out(request, peer, now):
            self.counters["banned_dropped"] += 1
            return True
        proof = self._registrar.authenticate(request, now, peer)
        if not isinstance(proof, Challenge):
            self.proven_user = proof
            return False
        mark_source(request, peer)
        self._challenge(request, peer, proof, size_bytes)
        if not self.knows(peer):
            self.defence.bans.challenged(peer, now)
        return True

    def _is_shut_out(self, request: Request, peer: Peer, now: float) -> bool:
        """Whether a request claims a name that is banned there, or any but its own from a source
        that is: a telephone may always speak for itself where it is bound.
        """
        bans = self.defence.bans
        answers = map(parse_authorization, request.headers.get_all("Authorization"))
        claimed = {answer.username for answer in answers if answer is not None}
        if self._registrar is not None:
            claimed -= set(self._registrar.bindings.users_at(peer))
        if any(bans.refuses_name(peer, name, now) for name in claimed):
            bans.scanned(peer, now)
            return True
        return bool(claimed) and bans.refuses(peer, now)

    def _failed(self, peer: Peer, name: str) -> None:
        """Hold a wrong password against its source; a trunk's is only counted."""
        trunk = self._sources.trunk_of(peer)
        if trunk is None:
            self.defence.bans.failed(peer, name, self._now)
        else:
            self.defence.bans.tolerated(trunk.trunk.name, self._now)

    def _succeeded(self, peer: Peer) -> None:
        self.defence.bans.proved(peer, self._now)

    def _challenge(self, request: Request, peer: Peer, proof: Challenge, size_bytes: int) -> None:
        """Send as many of the challenges as the request is worth, the last at least, or nothing.

        Who offers several puts the one that every telephone understands last.
        """
        for first in range(len(proof.headers)):
            response = response_to(request, proof.status, headers=proof.headers[first:])
            if len(bytes(response)) <= MAX_AMPLIFICATION * size_bytes or peer.transport != "udp":
                self._transactions.respond_once(request, response, peer)
                self.counters["challenges"] += 1
                return
        self.counters["challenges_too_large"] += 1


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
