"""Who asks: from the Authorization header (RFC 6750) to a principal.

Keys live in the store; this cache spares most requests the query and keeps known keys working
while the store is away.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, Protocol

from api.keys import hash_key, is_key
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

    `grants` are what it may do beyond its role.
    """

    id: str
    role: Role
    group_id: str | None = None
    manager_id: str | None = None
    grants: frozenset[Grant] = frozenset()


class KeySource(Protocol):
    """Where keys are kept."""

    async def get_by_secret_hash(self, secret_sha256: str) -> ApiKey | None:
        """Return the key with this hash, revoked or not. Raises StoreUnavailableError."""
        ...


@dataclass(slots=True)
class _Cached:
    key: ApiKey | None
    expires_s: float


class Authenticator:
    """Turns a bearer key into a principal, asking the store at most every `ttl_s` per key."""

    def __init__(self, keys: KeySource, clock: Clock, *, ttl_s: float = CACHE_TTL_S) -> None:
        """Unknown keys are remembered as well, so that guessing doesn't reach the store."""
        self._keys = keys
        self._clock = clock
        self._ttl_s = ttl_s
        self._cache: OrderedDict[str, _Cached] = OrderedDict()

    async def principal(self, authorization: str | None) -> Principal:
        """Return who sent this Authorization header.

        Raises ApiProblem `unauthenticated`, and StoreUnavailableError when the key is not in the
        cache and the store can't be asked.
        """
        if not authorization:
            raise ApiProblem("unauthenticated", "A key is needed.", headers=_CHALLENGE)
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not is_key(token):
            raise ApiProblem("unauthenticated", "This is no key.", headers=_REJECTED)
        key = await self._find(hash_key(token))
        if key is None or key.revoked_at is not None:
            raise ApiProblem("unauthenticated", "The key is not valid.", headers=_REJECTED)
        return Principal(key.id, key.role, key.group_id, key.manager_id, frozenset(key.grants))

    def forget(self, key_id: str) -> None:
        """Drop a key from the cache; call it when the key was revoked."""
        for digest, cached in list(self._cache.items()):
            if cached.key is not None and cached.key.id == key_id:
                del self._cache[digest]

    async def _find(self, digest: str) -> ApiKey | None:
        now_s = self._clock.monotonic()
        cached = self._cache.get(digest)
        if cached is not None and now_s < cached.expires_s:
            self._cache.move_to_end(digest)
            return cached.key
        try:
            key = await self._keys.get_by_secret_hash(digest)
        except StoreUnavailableError:
            if cached is not None and cached.key is not None:
                return cached.key
            raise
        self._cache[digest] = _Cached(key, now_s + self._ttl_s)
        self._cache.move_to_end(digest)
        while len(self._cache) > CACHE_SIZE:
            self._cache.popitem(last=False)
        return key
