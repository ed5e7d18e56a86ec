"""What is asked of the OpenID provider itself: its addresses, its keys, a token for a code.

Everything is asked in threads of its own and kept for a while, so a provider that is slow or away
delays nobody but who logs in there.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import httpx
import jwt
import msgspec

from api.bounded_threads import BoundedThreads
from api.oidc.handshake import Handshake
from api.oidc.options import OidcOptions
from api.problems import ApiProblem
from voicegw.clock import Clock

DISCOVERY_TTL_S: Final = 3600.0
KEYS_TTL_S: Final = 600.0
#: How often unknown keys may have the provider's list read before its time.
KEYS_AGAIN_S: Final = 30.0
_AT_ONCE: Final = 2
_MOST_WAITING: Final = 16
_TIMEOUT_S: Final = 5.0
_MAX_ANSWER_BYTES: Final = 1 << 20
_RETRY_AFTER_S: Final = 30
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

T = TypeVar("T")


class _Metadata(msgspec.Struct):
    """What a provider says of itself (OpenID Connect Discovery §3), as far as it matters here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: list[str] = msgspec.field(
        default_factory=lambda: ["client_secret_basic"]
    )


class _Token(msgspec.Struct):
    id_token: str


@dataclass(slots=True)
class _Kept:
    metadata: _Metadata
    read_at_s: float


class Provider:
    """One OpenID provider. Every method raises ApiProblem `oidc-unavailable` while it is away."""

    def __init__(
        self,
        options: OidcOptions,
        clock: Clock,
        *,
        client: Callable[[], httpx.Client] = lambda: httpx.Client(timeout=_TIMEOUT_S),
    ) -> None:
        """Ask nothing before the first login; `client` is made in a thread."""
        self.options = options
        self._clock = clock
        self._make_client = client
        self._client: httpx.Client | None = None
        self._threads = BoundedThreads("oidc", _AT_ONCE, _MOST_WAITING)
        self._kept: _Kept | None = None
        self._keys: Sequence[jwt.PyJWK] = ()
        self._keys_at_s = float("-inf")

    async def address(self, handshake: Handshake) -> str:
        """Return where the browser is sent to log in."""
        options, metadata = self.options, await self._metadata()
        scopes = dict.fromkeys(("openid", *options.scopes))
        query = urlencode(
            {
                "response_type": "code",
                "client_id": options.client_id,
                "redirect_uri": options.redirect_uri,
                "scope": " ".join(scopes),
                "state": handshake.state,
                "nonce": handshake.nonce,
                "code_challenge": handshake.challenge,
                "code_challenge_method": "S256",
            }
        )
        endpoint = metadata.authorization_endpoint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    async def id_token(self, code: str, handshake: Handshake) -> str:
        """Return the id token for the code that the browser brought back.

        Raises ApiProblem `oidc-refused` when the provider gives none for it.
        """
        metadata = await self._metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.options.redirect_uri,
            "code_verifier": handshake.verifier,
        }
        headers, proof = self._proof(metadata)
        answer = await self._threads.do(
            lambda: self._send("POST", metadata.token_endpoint, form | proof, headers)
        )
        if answer.status_code >= 500:
            raise _unavailable()
        if answer.status_code != 200:
            raise ApiProblem("oidc-refused", "The provider gives no token for this login.")
        return _decoded(answer, _Token).id_token

    async def keys(self, *, again: bool = False) -> Sequence[jwt.PyJWK]:
        """Return the keys that the provider signs with; `again`: one was not among them."""
        now_s = self._clock.monotonic()
        age_s = now_s - self._keys_at_s
        if self._keys and age_s < (KEYS_AGAIN_S if again else KEYS_TTL_S):
            return self._keys
        metadata = await self._metadata()
        answer = await self._threads.do(lambda: self._send("GET", metadata.jwks_uri))
        found = _decoded(answer, dict[str, Any]) if answer.status_code == 200 else {}
        listed = found.get("keys")
        described = listed if isinstance(listed, list) else []
        keys = [key for one in described if (key := _key(one)) is not None]
        if not keys:
            raise _unavailable()
        self._keys, self._keys_at_s = keys, now_s
        return keys

    def close(self) -> None:
        """Ask nothing more."""
        self._threads.close()
        if self._client is not None:
            self._client.close()

    async def _metadata(self) -> _Metadata:
        now_s = self._clock.monotonic()
        if self._kept is not None and now_s - self._kept.read_at_s < DISCOVERY_TTL_S:
            return self._kept.metadata
        address = self.options.issuer.rstrip("/") + "/.well-known/openid-configuration"
        answer = await self._threads.do(lambda: self._send("GET", address))
        if answer.status_code != 200:
            raise _unavailable()
        found = _decoded(answer, _Metadata)
        places = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
        if found.issuer != self.options.issuer or not all(map(_is_safe, places)):
            raise _unavailable()
        self._kept = _Kept(found, now_s)
        return found

    def _proof(self, metadata: _Metadata) -> tuple[dict[str, str], dict[str, str]]:
        """Return the header and the fields that prove who asks (OpenID Connect Core §9)."""
        options = self.options
        if not options.client_secret:
            return {}, {"client_id": options.client_id}
        if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            # RFC 6749 §2.3.1: both are encoded before they are joined.
            pair = f"{quote(options.client_id, safe='')}:{quote(options.client_secret, safe='')}"
            return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}, {}
        return {}, {"client_id": options.client_id, "client_secret": options.client_secret}

    def _send(
        self,
        method: str,
        address: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Ask the provider, in a thread. Redirects are not followed: none is foreseen."""
        if self._client is None:
            self._client = self._make_client()
        accept = {"Accept": "application/json", **(headers or {})}
        try:
            with self._client.stream(method, address, data=form, headers=accept) as answer:
                size_bytes, parts = 0, []
                for part in answer.iter_bytes():
                    size_bytes += len(part)
                    if size_bytes > _MAX_ANSWER_BYTES:
                        raise _unavailable()
                    parts.append(part)
                return httpx.Response(answer.status_code, content=b"".join(parts))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unavailable() from error


def _decoded(answer: httpx.Response, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.content, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _unavailable() from error


def _key(described: Any) -> jwt.PyJWK | None:
    """Return a key that signatures can be checked with; None for one of another use or kind."""
    if not isinstance(described, dict) or described.get("use", "sig") != "sig":
        return None
    if described.get("kty") not in {"RSA", "EC", "OKP"}:
        return None
    try:
        return jwt.PyJWK(described)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None


def _is_safe(address: str) -> bool:
    """Whether nobody on the way reads or changes what is sent there."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _unavailable() -> ApiProblem:
    return ApiProblem(
        "oidc-unavailable",
        "The OpenID provider does not answer as it should.",
        headers={"Retry-After": str(_RETRY_AFTER_S)},
    )
