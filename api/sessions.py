"""Sessions: what a browser holds after a login, and who that is.

A token has 256 random bits and is kept as its SHA-256, as keys are. The token for requests that
change something (`X-CSRF-Token`) is an HMAC of it: bound to the session, and nothing to be stored.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from api.auth import CACHE_SIZE, CACHE_TTL_S, Principal
from voicegw.clock import Clock
from voicegw.errors import StoreUnavailableError
from voicegw.model.ids import IdKind, new_id
from voicegw.model.user import LoginMethod, User, UserSession
from voicegw.store.sessions import SignedIn

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_CSRF_PURPOSE: Final = b"voicegw csrf, version 1"


@dataclass(frozen=True, slots=True)
class SessionRules:
    """How long a session lasts, and how long without a request."""

    lasts: timedelta = timedelta(hours=12)
    idle: timedelta = timedelta(hours=1)


class SessionStore(Protocol):
    """Where sessions are kept (:class:`voicegw.store.sessions.SessionRepository`)."""

    async def begin(self, session: UserSession) -> bool:
        """Add a session; False when its user may not log in like that now."""
        ...

    async def find(self, token_sha256: str) -> SignedIn | None:
        """Return a session that counts, and its user. Raises StoreUnavailableError."""
        ...

    async def note_uses(self, uses: Mapping[str, datetime]) -> None:
        """Note when sessions were used last. Raises StoreUnavailableError."""
        ...


@dataclass(slots=True)
class _Cached:
    found: SignedIn | None
    expires_s: float


class Sessions:
    """Begins sessions and finds them again, asking the store at most every `ttl_s` for each.

    Sessions that a node has seen go on working while the store is away, until their time is over.
    """

    def __init__(
        self,
        store: SessionStore,
        clock: Clock,
        rules: SessionRules,
        *,
        ttl_s: float = CACHE_TTL_S,
    ) -> None:
        """Tokens that lead to nothing are remembered too: guessing doesn't reach the store."""
        self.rules = rules
        self._store = store
        self._clock = clock
        self._ttl_s = ttl_s
        self._cache: OrderedDict[str, _Cached] = OrderedDict()
        self._uses: dict[str, datetime] = {}
        self._forgotten = 0

    async def begin(
        self, user: User, method: LoginMethod, address: str
    ) -> tuple[SignedIn, str] | None:
        """Begin a session of `user`; return it with its token, which nothing keeps.

        None: the user was changed since it was read, so that it may not log in like that.
        """
        now, token = self._clock.now(), secrets.token_urlsafe(32)
        session = UserSession(
            id=new_id(IdKind.SESSION),
            token_sha256=token_hash(token),
            user_id=user.id,
            credentials=user.credentials,
            method=method,
            created_at=now,
            expires_at=now + self.rules.lasts,
            last_seen_at=now,
            address=address,
        )
        if not await self._store.begin(session):
            return None
        return SignedIn(session, user), token

    async def find(self, token: str, *, is_use: bool = True) -> SignedIn | None:
        """Return whose session this token leads to; None when it leads, or leads now, to none.

        Without `is_use` the session grows idle as if nobody had asked.
        Raises StoreUnavailableError when it is not in the cache and the store can't be asked.
        """
        if _TOKEN.fullmatch(token) is None:
            return None
        found = await self._find(token_hash(token))
        if found is None:
            return None
        now, session = self._clock.now(), found.session
        if now >= session.expires_at or now >= self._last_seen(session) + self.rules.idle:
            return None
        if is_use:
            self._uses[session.id] = now
        return found

    def known(self, token: str) -> SignedIn | None:
        """Return the session of this token as far as memory tells; asks nobody."""
        cached = self._cache.get(token_hash(token))
        return None if cached is None else cached.found

    def forget_user(self, user_id: str) -> None:
        """Ask the store anew for sessions of this user; call it when the user was changed."""
        self._forgotten += 1
        for digest, cached in list(self._cache.items()):
            if cached.found is not None and cached.found.user.id == user_id:
                del self._cache[digest]

    async def write_uses(self) -> None:
        """Tell the store which sessions were used since the last time."""
        uses, self._uses = self._uses, {}
        try:
            await self._store.note_uses(uses)
        except StoreUnavailableError:
            self._uses = {**uses, **self._uses}
            raise

    def _last_seen(self, session: UserSession) -> datetime:
        return max(session.last_seen_at, self._uses.get(session.id, session.last_seen_at))

    async def _find(self, digest: str) -> SignedIn | None:
        now_s = self._clock.monotonic()
        cached = self._cache.get(digest)
        if cached is not None and now_s < cached.expires_s:
            self._cache.move_to_end(digest)
            return cached.found
        forgotten = self._forgotten
        try:
            found = await self._store.find(digest)
        except StoreUnavailableError:
            if cached is not None and cached.found is not None:
                return cached.found
            raise
        if forgotten != self._forgotten:
            return found  # it may have been read before what was changed meanwhile
        self._cache[digest] = _Cached(found, now_s + self._ttl_s)
        self._cache.move_to_end(digest)
        while len(self._cache) > CACHE_SIZE:
            self._cache.popitem(last=False)
        return found


def principal_of_user(user: User) -> Principal:
    """Return what a user is to everything behind the door."""
    return Principal(user.id, user.role, user.group_id, user.manager_id, frozenset(user.grants))


def token_hash(token: str) -> str:
    """Return the form in which the store knows a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_token(token: str) -> str:
    """Return what requests that change something by this session's cookie must send."""
    digest = hmac.new(token.encode(), _CSRF_PURPOSE, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def is_csrf_token(token: str, given: str) -> bool:
    """Whether `given` is the one of the session with this token."""
    return hmac.compare_digest(csrf_token(token).encode(), given.encode())
