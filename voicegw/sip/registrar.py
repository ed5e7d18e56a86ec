"""The registrar for phones: where each is reached, and whether it is who it says (RFC 3261 §10).

Pure. Users and their passwords are given; everything kept is bounded by them. Where they are bound
is in :mod:`voicegw.sip.bindings`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import SystemRandom
from typing import Final

from voicegw.errors import MalformedMessageError
from voicegw.sip.bindings import MAX_CONTACTS, Binding, Bindings
from voicegw.sip.digest import (
    MD5,
    DigestAnswer,
    DigestVerifier,
    RandomSource,
    Verdict,
    parse_authorization,
)
from voicegw.sip.grammar import URI, Address, quote, split_quoted
from voicegw.sip.message import Request, Response, response_to
from voicegw.sip.wire import Peer

__all__ = ["MAX_CONTACTS", "Binding", "Challenge", "Registrar"]

#: What a REGISTER may name as the proxies towards a phone (RFC 3327).
_MAX_PATH: Final = 8
_MAX_PATH_CHARS: Final = 2048
_MAX_INSTANCE_CHARS: Final = 256
#: Credentials looked at in one request: each costs a hash.
_MAX_ANSWERS: Final = 4


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a request must answer before it is served."""

    status: int
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Change:
    binding: Binding
    expires_s: int


class Registrar:
    """Knows which phones are registered. Time moves by :meth:`handle_timer`.

    `counters` holds running totals: `accepted`, `stale`, `wrong_password`, `unknown_user` (digests
    looked at), `registered` and `unregistered` (contacts).
    """

    def __init__(
        self,
        *,
        realm: str,
        passwords: Mapping[str, str],
        rng: RandomSource | None = None,
        algorithms: Sequence[str] = (MD5,),
        min_expires_s: int = 60,
        max_expires_s: int = 3600,
        trust_bound_peer: bool = False,
        on_failure: Callable[[Peer, str], None] | None = None,
        on_success: Callable[[Peer], None] | None = None,
    ) -> None:
        """`passwords` by user name; `rng` (the system's by default) makes nonces and their key.

        `algorithms` are offered in this order. MD5 alone is the default, because phones of libre
        (baresip 1.0) give up on a 401 that also names SHA-256, and pyVoIP reads one challenge
        only; where all phones know RFC 8760, `(SHA_256, MD5)` is better. With `trust_bound_peer`
        an INVITE from where its user registered is believed without a digest; addresses of UDP can
        be forged, so that is for networks which nobody else can send into. `on_failure` is called
        for each digest that proves a wrong password or names an unknown user, with the name that
        was claimed, `on_success` for each that is right: whoever keeps guessing can be locked out.
        """
        rng = rng or SystemRandom()
        self.counters: Counter[str] = Counter()
        self.bindings = Bindings()
        self._passwords = passwords
        self._guesses: Counter[str] = Counter()
        # Compared against when the user is unknown, so that both cases cost the same.
        self._no_password = f"{rng.getrandbits(128):032x}"
        self._verifier = DigestVerifier(
            realm=realm,
            secret=rng.getrandbits(256).to_bytes(32, "big"),
            rng=rng,
            algorithms=algorithms,
        )
        self._min_expires_s = min_expires_s
        self.max_expires_s = max_expires_s
        self._trust_bound_peer = trust_bound_peer
        self.on_failure = on_failure
        self.on_success = on_success

    def __len__(self) -> int:
        """Return the number of bindings."""
        return len(self.bindings)

    def lookup(self, aor: str) -> list[Binding]:
        """Return where a user is reached, best first; `aor` is a user name or a SIP URI."""
        return self.bindings.of(_user_of(aor))

    def has_user(self, username: str) -> bool:
        """Whether a telephone of this name may register."""
        return username in self._passwords

    @property
    def most_guesses(self) -> int:
        """How many wrong passwords one user's telephone has had since the last right one, at most.

        Guesses that come from many sources, few from each, show here and nowhere else.
        """
        return max(self._guesses.values(), default=0)

    def user_at(self, peer: Peer) -> str | None:
        """Return a user with a phone at `peer`."""
        return next(iter(self.bindings.users_at(peer)), None)

    def authenticate(
        self, request: Request, now: float, peer: Peer | None = None
    ) -> str | Challenge:
        """Return the user who sent `request` from `peer`, or what must be asked of him.

        Where bound peers are trusted, an INVITE of a phone at `peer` whose From names a user
        registered from there is believed.
        """
        name = request.from_.uri.user or ""
        if (
            self._trust_bound_peer
            and request.method == "INVITE"
            and peer is not None
            and name in self.bindings.users_at(peer)
        ):
            return name
        return self._proven(request, now, peer)

    def register(
        self, request: Request, peer: Peer, now: float, *, proven: str | None = None
    ) -> Response:
        """Serve a REGISTER: query, add, refresh, remove, remove all (§10.3).

        `proven` is the user where :meth:`authenticate` has looked at the request already: a count
        of a nonce is good for once only. Raises MalformedMessageError for a Contact or Path that
        can't be used.
        """
        proof = self._proven(request, now, peer) if proven is None else proven
        if isinstance(proof, Challenge):
            return response_to(request, proof.status, headers=proof.headers)
        if not request.to.uri.is_sip:
            return response_to(request, 400)
        if request.to.uri.user != proof:
            return response_to(request, 403)
        if request.contact_is_star:
            return self._remove_all(request, proof)
        changes = self._changes(request, proof, peer, now)
        if any(0 < change.expires_s < self._min_expires_s for change in changes):
            return response_to(request, 423, headers=(("Min-Expires", self._min_expires_s),))
        return self._commit(request, proof, changes, now)

    def transport_failed(self, peer: Peer) -> None:
        """Forget phones whose connection is gone: only they can open it again."""
        if peer.transport != "udp":
            self.bindings.remove_at(peer)

    def next_timer(self) -> float | None:
        """Return when the next binding expires."""
        return self.bindings.next_timer()

    def handle_timer(self, now: float) -> None:
        """Forget bindings that have expired."""
        self.bindings.handle_timer(now)

    def _commit(
        self, request: Request, username: str, changes: Sequence[_Change], now: float
    ) -> Response:
        """Apply all changes, or none when one was overtaken, and list what is bound now."""
        if self._is_overtaken(request, username, (change.binding.key for change in changes)):
            return response_to(request, 500)
        for change in changes:
            if change.expires_s == 0:
                self._unbind(username, change.binding.key)
            else:
                self.bindings.put(change.binding)
                self.counters["registered"] += 1
        headers = [("Contact", _bound(one, now)) for one in self.bindings.of(username)]
        # RFC 3327 §5.3: what the phone is called through, for it to check.
        headers += [("Path", value) for value in request.headers.get_all("Path")]
        # Flows as of RFC 5626 are used but not promised: no "outbound" here, nor in Require.
        headers.append(("Supported", "path"))
        return response_to(request, 200, headers=headers)

    def _remove_all(self, request: Request, username: str) -> Response:
        """Serve `Contact: *`, which must come alone and with Expires: 0 (§10.2.2)."""
        if request.expires != 0 or request.contacts:
            return response_to(request, 400)
        keys = [binding.key for binding in self.bindings.of(username)]
        if self._is_overtaken(request, username, keys):
            return response_to(request, 500)
        for key in keys:
            self._unbind(username, key)
        return response_to(request, 200)

    def _unbind(self, username: str, key: str) -> None:
        if self.bindings.get(username, key) is not None:
            self.bindings.remove(username, key)
            self.counters["unregistered"] += 1

    def _is_overtaken(self, request: Request, username: str, keys: Iterable[str]) -> bool:
        known = (self.bindings.get(username, key) for key in keys)
        return any(binding is not None and _is_old(request, binding) for binding in known)

    def _proven(self, request: Request, now: float, peer: Peer | None) -> str | Challenge:
        """Return whose password the request proves; each wrong one is told of."""
        stale = False
        for value in request.headers.get_all("Authorization")[:_MAX_ANSWERS]:
            answer = parse_authorization(value)
            verdict = Verdict.FOREIGN if answer is None else self._judge(answer, request, peer, now)
            if answer is not None and verdict is Verdict.ACCEPTED:
                self.counters["accepted"] += 1
                self._guesses.pop(answer.username, None)
                if self.on_success is not None and peer is not None:
                    self.on_success(peer)
                return answer.username
            if verdict is Verdict.STALE:
                self.counters["stale"] += 1
                stale = True
            elif answer is not None and verdict is Verdict.REFUSED:
                _tell(self.on_failure, peer, answer.username)
        challenges = self._verifier.challenges(now, stale=stale, source=_source_of(peer))
        return Challenge(401, tuple(("WWW-Authenticate", value) for value in challenges))

    def _judge(
        self, answer: DigestAnswer, request: Request, peer: Peer | None, now: float
    ) -> Verdict:
        password = self._passwords.get(answer.username)
        verdict = self._verifier.verify(
            answer,
            request.method,
            self._no_password if password is None else password,
            now,
            source=_source_of(peer),
        )
        if verdict is Verdict.REFUSED:
            self.counters["unknown_user" if password is None else "wrong_password"] += 1
            if password is not None:
                self._guesses[answer.username] += 1
        return verdict

    def _changes(self, request: Request, username: str, peer: Peer, now: float) -> list[_Change]:
        default_s = request.expires
        path = _path_of(request)
        changes = []
        for contact in request.contacts:
            if not contact.uri.is_sip:
                raise MalformedMessageError("Contact: only SIP addresses can be called")
            expires_s = min(_expires_of(contact, default_s, self.max_expires_s), self.max_expires_s)
            binding = Binding(
                username=username,
                aor=str(URI("sip", request.to.uri.host, username)),
                contact=str(contact.uri),
                peer=peer,
                expires_at=now + expires_s,
                q=_quality_of(contact),
                call_id=request.call_id,
                cseq=request.cseq.sequence,
                path=path,
                instance=_instance_of(contact),
            )
            changes.append(_Change(binding, expires_s))
        return changes


def _source_of(peer: Peer | None) -> str:
    """Return what a nonce is bound to: not the port, which address translators change."""
    return "" if peer is None else peer.host


def _tell(listener: Callable[[Peer, str], None] | None, peer: Peer | None, name: str) -> None:
    if listener is not None and peer is not None:
        listener(peer, name)


def _bound(binding: Binding, now: float) -> str:
    """Return a binding as a Contact of the answer."""
    instance = f";+sip.instance={quote(binding.instance)}" if binding.instance else ""
    return f"<{binding.contact}>{instance};expires={max(1, round(binding.expires_at - now))}"


def _path_of(request: Request) -> tuple[str, ...]:
    """Return the Route values towards the phone, nearest to us first.

    Raises MalformedMessageError for more than anybody needs, or what can't be a route.
    """
    values = request.headers.get_all("Path")
    if sum(map(len, values)) > _MAX_PATH_CHARS:
        raise MalformedMessageError("Path: too long")
    hops = [Address.parse(hop) for value in values for hop in split_quoted(value, ",")]
    if len(hops) > _MAX_PATH or not all(hop.uri.is_sip for hop in hops):
        raise MalformedMessageError("Path: too long, or no SIP addresses")
    return tuple(f"<{hop.uri}>{hop.parameters}" for hop in hops)


def _instance_of(contact: Address) -> str:
    """Return the phone's own name (RFC 5626 §4.1); one that is too long is no name."""
    instance = contact.parameters.get("+sip.instance") or ""
    return instance if len(instance) <= _MAX_INSTANCE_CHARS else ""


def _is_old(request: Request, binding: Binding) -> bool:
    """Whether the request was overtaken by the one that made the binding (§10.3 step 7)."""
    return request.call_id == binding.call_id and request.cseq.sequence <= binding.cseq


def _expires_of(contact: Address, header_s: int | None, longest_s: int) -> int:
    text = contact.parameters.get("expires")
    if text is not None and text.isdecimal() and len(text) <= 10:
        return int(text)
    return longest_s if header_s is None else header_s


def _quality_of(contact: Address) -> float:
    """Return the q value, 1 when there is none or it makes no sense (§20.10)."""
    try:
        quality = float(contact.parameters.get("q") or "1")
    except ValueError:
        return 1.0
    return quality if 0 <= quality <= 1 else 1.0


def _user_of(aor: str) -> str:
    if not aor.startswith(("sip:", "sips:")):
        return aor.partition("@")[0]
    try:
        return URI.parse(aor).user or ""
    except MalformedMessageError:
        return ""
