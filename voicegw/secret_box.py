"""Secrets that must be read again, sealed before they go into the store.

With a key (`api.key_file`) a secret is encrypted with AES-256-GCM under a key of its own derived by
HKDF-SHA256 (RFC 5869); whose it is, is authenticated too, so one user's can't be put in another's
place. Without a key it is kept as it is, and the store is what protects it.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from voicegw.encryption import KEY_BYTES, Key
from voicegw.errors import DamagedFileError
from voicegw.keyring import KeyRing

_PLAIN: Final = "plain"
_SEALED: Final = "aes1"
_NONCE_BYTES: Final = 12
_SALT_BYTES: Final = 16
_INFO: Final = b"voicegw secret in the store, version 1"


class SecretBox:
    """Seals and opens short secrets. `keys` None keeps them as they are."""

    def __init__(self, keys: KeyRing | None = None) -> None:
        """Seal with the first of `keys`, open with any."""
        self._keys = keys

    def seal(self, secret: str, owner: str) -> str:
        """Return `secret` of the one with the id `owner` as it may lie in the store."""
        if self._keys is None:
            return f"{_PLAIN}.{secret}"
        key, salt = self._keys.current, secrets.token_bytes(_SALT_BYTES)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = _cipher(key, salt).encrypt(nonce, secret.encode(), owner.encode())
        packed = base64.urlsafe_b64encode(salt + nonce + sealed).decode()
        return f"{_SEALED}.{key.id}.{packed}"

    def open(self, sealed: str, owner: str) -> str:
        """Return what was sealed. Raises KeyMissingError and DamagedFileError."""
        kind, _, rest = sealed.partition(".")
        if kind == _PLAIN:
            return rest
        key_id, _, packed = rest.partition(".")
        if kind != _SEALED or self._keys is None:
            raise DamagedFileError("a secret in the store can't be opened without api.key_file")
        key = self._keys.get(key_id)
        try:
            data = base64.urlsafe_b64decode(packed)
            salt, data = data[:_SALT_BYTES], data[_SALT_BYTES:]
            nonce, data = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
            return _cipher(key, salt).decrypt(nonce, data, owner.encode()).decode()
        except (InvalidTag, ValueError, binascii.Error):
            raise DamagedFileError("a secret in the store is not what was written") from None


def _cipher(key: Key, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, _INFO).derive(key.secret))
