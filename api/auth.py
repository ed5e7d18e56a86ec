"""Who asks: from the Authorization header (RFC 6750) to a principal.

Keys live in the store; this cache spares most requests the query and keeps known keys working
while the store is away.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from api.key_secrets import hash_key, is_key
from api.problems import ApiProblem
from voicegw.clock import Clock
from voicegw.errors import StoreUnavailableError
from voicegw.model.directory import ApiKey, Grant, Role

CACHE_TTL_S: Final = 5.0
CACHE_SIZE: Final = 4096
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="voicegw"'}
_REJECTED: Final = {"WWW-Authenticate": 'Bearer realm="voicegw", error="invalid_token"'}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `id` is the key's; `group_id` and `manager_id` narrow what it sees.

    `grants` are what it may do beyond its role, `scopes` the permissions that it is limited to
    (None: all of its role's). `requests_per_s` is its own rate; None: everybody's.
    """

    id: str
    role: Role
    group_id: str | None = None
    manager_id: str | None = None
    grants: frozenset[Grant] = frozenset()
    scopes: frozenset[str] | None = None
    requests_per_s: float | None = None


class KeySource(Protocol):
    """Where keys are kept."""

    async def get_by_secret_hash(self, secret_sha256: str) -> ApiKey | None:
        """Return the key that has or had this hash, valid or not. Raises StoreUnavailableError."""
        ...


@dataclass(slots=True)
class _Cached:
    key: ApiKey | None
    expires_s: float


class Authenticator:
    """Turns a bearer key into a principal, asking the store at most every `ttl_s` per key.

    It knows when each key was used last; :meth:`used_since_asked` hands that on to be written.
    """

    def __init__(self, keys: KeySource, clock: Clock, *, ttl_s: float = CACHE_TTL_S) -> None:
        """Unknown keys are remembered as well, so that guessing doesn't reach the store."""
        self._keys = keys
        self._clock = clock
        self._ttl_s = ttl_s
        self._cache: OrderedDict[str, _Cached] = OrderedDict()
        self._used: dict[str, datetime] = {}
        self._forgotten = 0

    async def principal(self, authorization: str | None) -> Principal:
        """Return who sent this Authorization header.

        Raises ApiProblem `unauthenticated`, and StoreUnavailableError when the key is not in the
        cache and the store can't be asked.
        """
        if not authorization:
            raise ApiProblem("unauthenticated", "A key is needed.", headers=_CHALLENGE)
        token = _token(authorization)
        if token is None:
            raise ApiProblem("unauthenticated", "This is no key.", headers=_REJECTED)
        digest = hash_key(token)
        key = await self._find(digest)
        now = self._clock.now()
        if key is None or not key.is_opened_by(digest, now):
            raise ApiProblem("unauthenticated", "The key is not valid.", headers=_REJECTED)
        self._used[key.id] = now
        return principal_of_key(key)

    def known(self, authorization: str | None) -> Principal | None:
        """Return whose valid key this header holds as far as memory tells; asks nobody.

        None for a key that was not used of late, too: for what may err on the safe side.
        """
        token = _token(authorization or "")
        if token is None:
            return None
        digest = hash_key(token)
        cached = self._cache.get(digest)
        if cached is None or cached.key is None:
            return None
        if not cached.key.is_opened_by(digest, self._clock.now()):
            return None
        return principal_of_key(cached.key)

    def used_since_asked(self) -> dict[str, datetime]:
        """Return when each key was used last, of those used since this was asked before."""
        used, self._used = self._used, {}
        return used

    def forget(self, key_id: str) -> None:
        """Drop a key from the cache; call it when the key was changed or revoked."""
        self._forgotten += 1
        for digest, cached in list(self._cache.items()):
            if cached.key is not None and cached.key.id == key_id:
                del self._cache[digest]

    async def _find(self, digest: str) -> ApiKey | None:
        now_s = self._clock.monotonic()
        cached = self._cache.get(digest)
        if cached is not None and now_s < cached.expires_s:
            self._cache.move_to_end(digest)
            return cached.key
        forgotten = self._forgotten
        try:
            key = await self._keys.get_by_secret_hash(digest)
        except StoreUnavailableError:
            if cached is not None and cached.key is not None:
                return cached.key
            raise
        if forgotten != self._forgotten:
            return key  # it may have been read before what was changed meanwhile
        self._cache[digest] = _Cached(key, now_s + self._ttl_s)
        self._cache.move_to_end(digest)
        while len(self._cache) > CACHE_SIZE:
            self._cache.popitem(last=False)
        return key


def _token(authorization: str) -> str | None:
    """Return the key in a header; None where there is nothing of a key's shape."""
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and is_key(token) else None


def principal_of_key(key: ApiKey) -> Principal:
    """Return what the holder of a key is to everything behind the door."""
    return Principal(
        key.id,
        key.role,
        key.group_id,
        key.manager_id,
        frozenset(key.grants),
        None if key.scopes is None else frozenset(key.scopes),
        key.requests_per_s,
    )
