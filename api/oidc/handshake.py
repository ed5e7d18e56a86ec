"""What a browser carries to the provider and back. Pure.

One random secret stays in a cookie of the browser that began; state, nonce and the verifier of PKCE
are derived from it. So an answer is only taken from that browser, no node has to remember anything,
and whoever sees the address that the provider sends the browser to can do nothing with it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Handshake:
    """One login under way, by its `secret` of 256 random bits (43 characters of Base64)."""

    secret: str

    @classmethod
    def of_cookie(cls, cookie: str) -> Handshake | None:
        """Return what the cookie stands for; None for what is none of ours."""
        return cls(cookie) if _SECRET.fullmatch(cookie) else None

    @property
    def state(self) -> str:
        """What the provider sends back with the browser (RFC 6749 §10.12)."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """What must stand in the id token (OpenID Connect Core §3.1.2.1)."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """What only this gateway can show for the code (RFC 7636 §4.1)."""
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        """Its SHA-256, which the provider is told first."""
        return _base64url(hashlib.sha256(self.verifier.encode()).digest())

    def is_state(self, given: str) -> bool:
        """Whether `given` came back to the browser that began."""
        return hmac.compare_digest(self.state.encode(), given.encode("utf-8", "surrogatepass"))

    def _derived(self, purpose: str) -> str:
        return _base64url(hmac.digest(self.secret.encode(), purpose.encode(), "sha256"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
