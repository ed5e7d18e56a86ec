"""Seals: what chains a node's recordings to each other, so that none changes unnoticed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

GENESIS: Final = "0" * 64
"""What the first seal of a chain names as the hash before it."""


class SealKind(StrEnum):
    """What a seal testifies."""

    RECORDING = "recording"
    """A recording became final: completed, absent or failed."""
    COPY = "copy"
    """A recording's files changed: a redacted copy was added, a file was encrypted anew."""
    DELETION = "deletion"
    """A recording's sound was deleted: the signed stub that says what it was, by whom and why."""


class Seal(msgspec.Struct, frozen=True):
    """One link of a node's chain.

    `hash` is the SHA-256 (hexadecimal) of `document` in its canonical form, and `document` names
    the hash before it. `signature` (base64, Ed25519 over the same bytes, by the key `key_id`) is
    there on deletions only; all others are vouched for by the signed heads of the chain.
    """

    node: str
    number: int
    kind: SealKind
    recording_id: str
    hash: str
    document: dict[str, Any]
    key_id: str | None = None
    signature: str | None = None


class ChainHead(msgspec.Struct, frozen=True):
    """Where a node's chain ends: its last seal's number and hash; 0 and GENESIS at first."""

    node: str
    number: int = 0
    hash: str = GENESIS


class SealHead(msgspec.Struct, frozen=True):
    """A head as it was signed. `document` is `{"head": {…}, "signature": base64}`.

    The signature is over the canonical form of what stands under `head`.
    """

    node: str
    number: int
    signed_at: datetime
    document: dict[str, Any]


class SealKey(msgspec.Struct, frozen=True):
    """A public key of a node. `document` is `{"key": {…}, "signature": base64 or null}`.

    The signature is the key's before it, over the canonical form of what stands under `key`; a
    node's first key has none.
    """

    key_id: str
    node: str
    created_at: datetime
    document: dict[str, Any]
