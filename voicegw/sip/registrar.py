"""The registrar for phones: where each is reached, and whether it is who it says (RFC 3261 §10).

Pure. A binding remembers the flow it was made over, so that calls to the phone go back the same way
(RFC 5626 in spirit). Users and their passwords are given; everything kept is bounded by them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import SystemRandom
from typing import Final

from voicegw.errors import MalformedMessageError
from voicegw.sip.digest import MD5, DigestVerifier, RandomSource, Verdict, parse_authorization
from voicegw.sip.grammar import URI, Address
from voicegw.sip.message import Request, Response, response_to
from voicegw.sip.timers import Timer, TimerQueue
from voicegw.sip.wire import Peer

MAX_CONTACTS: Final = 10
#: Compared against when the user is unknown, so that both cases cost the same.
_NO_PASSWORD: Final = "\0"  # noqa: S105 - no password


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a request must answer before it is served."""

    status: int
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Binding:
    """One phone of a user. `peer` is where its REGISTER came from; `expires_at` is monotonic."""

    username: str
    aor: str
    contact: str
    peer: Peer
    expires_at: float
    q: float
    call_id: str
    cseq: int


@dataclass(frozen=True, slots=True)
class _Change:
    key: str
    binding: Binding
    expires_s: int


class Registrar:
    """Knows which phones are registered. Time moves by :meth:`handle_timer`."""

    def __init__(
        self,
        *,
        realm: str,
        passwords: Mapping[str, str],
        rng: RandomSource | None = None,
        algorithms: Sequence[str] = (MD5,),
        min_expires_s: int = 60,
        max_expires_s: int = 3600,
        trust_bound_peer: bool = True,
    ) -> None:
        """`passwords` by user name; `rng` (the system's by default) makes nonces and their key.

        `algorithms` are offered in this order. MD5 alone is the default, because phones of libre
        (baresip 1.0) give up on a 401 that also names SHA-256, and pyVoIP reads one challenge
        only; where all phones know RFC 8760, `(SHA_256, MD5)` is better. With `trust_bound_peer`
        an INVITE from where its user registered is believed without a digest.
        """
        rng = rng or SystemRandom()
        self._passwords = passwords
        self._verifier = DigestVerifier(
            realm=realm,
            secret=rng.getrandbits(256).to_bytes(32, "big"),
            rng=rng,
            algorithms=algorithms,
        )
        self._min_expires_s = min_expires_s
        self._max_expires_s = max_expires_s
        self._trust_bound_peer = trust_bound_peer
        self._timers = TimerQueue()
        self._bindings: dict[str, dict[str, tuple[Binding, Timer]]] = {}
        self._by_peer: dict[Peer, dict[str, int]] = {}

    def __len__(self) -> int:
        """Return the number of bindings."""
        return sum(len(bindings) for bindings in self._bindings.values())

    def lookup(self, aor: str) -> list[Binding]:
        """Return where a user is reached, best first; `aor` is a user name or a SIP URI."""
        bindings = [binding for binding, _ in self._bindings.get(_user_of(aor), {}).values()]
        return sorted(bindings, key=lambda b: (-b.q, -b.expires_at))

    def user_at(self, peer: Peer) -> str | None:
        """Return a user with a phone at `peer`."""
        users = self._by_peer.get(peer)
        return next(iter(users)) if users else None

    def authenticate(
        self, request: Request, now: float, peer: Peer | None = None
    ) -> str | Challenge:
        """Return the user who sent `request`, or what must be asked of him.

        A phone at `peer` whose From names a user registered from there is believed.
        """
        name = request.from_.uri.user or ""
        if self._trust_bound_peer and peer is not None and name in self._by_peer.get(peer, {}):
            return name
        return self._proven(request, now)

    def register(self, request: Request, peer: Peer, now: float) -> Response:
        """Serve a REGISTER: query, add, refresh, remove, remove all (§10.3).

        Raises MalformedMessageError for a Contact that can't be used.
        """
        proof = self._proven(request, now)
        if isinstance(proof, Challenge):
            return response_to(request, proof.status, headers=proof.headers)
        if request.to.uri.user != proof:
            return response_to(request, 403)
        if request.contact_is_star:
            return self._remove_all(request, proof)
        changes = self._changes(request, proof, peer, now)
        if any(0 < change.expires_s < self._min_expires_s for change in changes):
            return response_to(request, 423, headers=(("Min-Expires", self._min_expires_s),))
        return self._commit(request, proof, changes, now)

    def _commit(
        self, request: Request, username: str, changes: Sequence[_Change], now: float
    ) -> Response:
        """Apply all changes, or none when one was overtaken, and list what is bound now."""
        known = self._bindings.get(username, {})
        if any(_is_old(request, known[c.key][0]) for c in changes if c.key in known):
            return response_to(request, 500)
        for change in changes:
            self._apply(change)
        contacts = [
            ("Contact", f"<{binding.contact}>;expires={max(1, round(binding.expires_at - now))}")
            for binding in self.lookup(username)
        ]
        return response_to(request, 200, headers=contacts)

    def transport_failed(self, peer: Peer) -> None:
        """Forget phones whose connection is gone: only they can open it again."""
        if peer.transport != "tcp":
            return
        for username in list(self._by_peer.get(peer, ())):
            for key, (binding, _) in list(self._bindings[username].items()):
                if binding.peer == peer:
                    self._remove(username, key)

    def next_timer(self) -> float | None:
        """Return when the next binding expires."""
        return self._timers.next_due()

    def handle_timer(self, now: float) -> None:
        """Forget bindings that have expired."""
        self._timers.fire(now)

    def _proven(self, request: Request, now: float) -> str | Challenge:
        stale = False
        for value in request.headers.get_all("Authorization"):
            answer = parse_authorization(value)
            if answer is None:
                continue
            password = self._passwords.get(answer.username)
            verdict = self._verifier.verify(
                answer, request.method, _NO_PASSWORD if password is None else password, now
            )
            if password is None or verdict is Verdict.REFUSED:
                continue
            if verdict is Verdict.ACCEPTED:
                return answer.username
            stale = True
        challenges = self._verifier.challenges(now, stale=stale)
        return Challenge(401, tuple(("WWW-Authenticate", value) for value in challenges))

    def _changes(self, request: Request, username: str, peer: Peer, now: float) -> list[_Change]:
        default_s = request.expires
        changes = []
        for contact in request.contacts:
            if not contact.uri.is_sip:
                raise MalformedMessageError("Contact: only SIP addresses can be called")
            expires_s = min(
                _expires_of(contact, default_s, self._max_expires_s), self._max_expires_s
            )
            binding = Binding(
                username=username,
                aor=str(URI("sip", request.to.uri.host, username)),
                contact=str(contact.uri),
                peer=peer,
                expires_at=now + expires_s,
                q=_quality_of(contact),
                call_id=request.call_id,
                cseq=request.cseq.sequence,
            )
            key = contact.parameters.get("+sip.instance") or str(contact.uri)
            changes.append(_Change(key, binding, expires_s))
        return changes

    def _apply(self, change: _Change) -> None:
        username = change.binding.username
        self._remove(username, change.key)
        if change.expires_s == 0:
            return
        bindings = self._bindings.setdefault(username, {})
        if len(bindings) >= MAX_CONTACTS:
            soonest = min(bindings, key=lambda key: bindings[key][0].expires_at)
            self._remove(username, soonest)
            bindings = self._bindings.setdefault(username, {})
        timer = self._timers.set(
            change.binding.expires_at, lambda _now: self._remove(username, change.key)
        )
        bindings[change.key] = (change.binding, timer)
        users = self._by_peer.setdefault(change.binding.peer, {})
        users[username] = users.get(username, 0) + 1

    def _remove(self, username: str, key: str) -> None:
        bindings = self._bindings.get(username, {})
        if key not in bindings:
            return
        binding, timer = bindings.pop(key)
        timer.cancel()
        if not bindings:
            del self._bindings[username]
        users = self._by_peer[binding.peer]
        users[username] -= 1
        if users[username] == 0:
            del users[username]
        if not users:
            del self._by_peer[binding.peer]

    def _remove_all(self, request: Request, username: str) -> Response:
        """Serve `Contact: *`, which must come alone and with Expires: 0 (§10.2.2)."""
        known = self._bindings.get(username, {})
        if request.expires != 0 or request.contacts:
            return response_to(request, 400)
        if any(_is_old(request, binding) for binding, _ in known.values()):
            return response_to(request, 500)
        for key in list(known):
            self._remove(username, key)
        return response_to(request, 200)


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
