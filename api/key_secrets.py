"""How API keys are spelled and hashed. Pure, but for the randomness of a new secret.

A key reads `vgw_<id>_<secret>`: the id (26 characters) tells keys apart in lists and logs, the
secret has 256 random bits. Only the SHA-256 of the whole key is kept; with that much randomness a
slow password hash would add cost to each request and no safety.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

from voicegw.model.ids import IdKind

_KEY: Final = re.compile(r"^vgw_[0-9a-v]{26}_[A-Za-z0-9_-]{43}$")


def prefix_of(key_id: str) -> str:
    """Return how the key with this id begins."""
    return f"vgw_{key_id.removeprefix(f'{IdKind.KEY}_')}"


def with_secret(prefix: str) -> str:
    """Return a new key that begins with `prefix`, in plaintext."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def hash_key(plaintext: str) -> str:
    """Return the SHA-256 of a key in hexadecimal: the form in which the store knows it."""
    return hashlib.sha256(plaintext.encode()).hexdigest()


def is_key(text: str) -> bool:
    """Whether `text` has the shape of a key, so that nonsense never costs a query."""
    return _KEY.match(text) is not None
