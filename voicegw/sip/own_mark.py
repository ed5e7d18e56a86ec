"""What tells that a message which comes in was made by this node: calls that go in circles. Pure.

A trunk may be told by its own tables to send a call of ours back to us, and it would ring for ever.
Every branch and every Call-ID that we make ends in a keyed hash of its random first half. Proxies
leave our Via at the bottom of theirs, back-to-back agents often keep the Call-ID: where either
comes back in a new INVITE it is a loop (RFC 3261 §16.3 step 4), and nobody else can forge the mark
to have other people's calls refused. The key is new at each start; a call that circles meanwhile
ends by its Max-Forwards.
"""

from __future__ import annotations

from hashlib import blake2s
from typing import Final

from voicegw.sip.digest import RandomSource
from voicegw.sip.message import Request

#: Hexadecimal digits of either half: 64 bits.
_HALF: Final = 16
_COOKIE: Final = "z9hG4bK"


class OwnMark:
    """Makes identifiers that only this node can have made."""

    def __init__(self, rng: RandomSource) -> None:
        """Take the key from `rng`."""
        self._rng = rng
        self._key = rng.getrandbits(256).to_bytes(32, "big")

    def new(self) -> str:
        """Return a new identifier: 32 hexadecimal digits, half of them random."""
        nonce = f"{self._rng.getrandbits(64):0{_HALF}x}"
        return nonce + self._hash(nonce)

    def made(self, identifier: str) -> bool:
        """Whether `identifier`, a branch or a Call-ID (perhaps with a host), is ours."""
        text = identifier.removeprefix(_COOKIE).partition("@")[0]
        return len(text) == 2 * _HALF and text[_HALF:] == self._hash(text[:_HALF])

    def is_on(self, request: Request) -> bool:
        """Whether `request` is one of ours that has come back. Raises MalformedMessageError."""
        return self.made(request.call_id) or any(
            self.made(via.branch or "") for via in request.vias
        )

    def _hash(self, nonce: str) -> str:
        return blake2s(nonce.encode(), key=self._key, digest_size=8).hexdigest()
