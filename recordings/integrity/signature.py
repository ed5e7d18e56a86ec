"""Ed25519 signatures (RFC 8032) over documents in their canonical form. Pure.

Each signed document says in `type` what it is, so that a signature of one kind can't be passed off
as another's.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from recordings.integrity.canonical import canonical


def key_id_of(public_key: bytes) -> str:
    """Return the name of a public key (32 raw bytes): 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:32]


def to_text(raw: bytes) -> str:
    """Return bytes in base64."""
    return base64.b64encode(raw).decode()


class Signer:
    """A private key and its name."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        """Sign with `private_key`."""
        self._private = private_key
        self.public_key = private_key.public_key().public_bytes_raw()
        self.key_id = key_id_of(self.public_key)

    def sign(self, document: dict[str, Any]) -> str:
        """Return the signature of `document`, base64."""
        return to_text(self._private.sign(canonical(document)))


def is_signed(document: Any, signature: object, public_key: bytes) -> bool:
    """Whether `signature` (base64) is that of `document` by the owner of `public_key`."""
    if not isinstance(signature, str):
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(public_key)
        key.verify(base64.b64decode(signature, validate=True), canonical(document))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True
