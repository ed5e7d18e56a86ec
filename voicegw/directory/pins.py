"""Managers' PINs: kept as Argon2id hashes (RFC 9106), never as digits.

A PIN has few digits, so its hash only slows down whoever holds a copy of the store; what protects
the line is the lock after failures. Hashing takes tens of milliseconds and 19 MiB: call these from
a thread, never from the node's loop.
"""

from __future__ import annotations

import re
import secrets
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from voicegw.errors import InvalidError

#: OWASP's second profile for Argon2id: 19 MiB, two passes, one lane.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_RUNS: Final = "01234567890123456789"
_PIN: Final = re.compile(r"[0-9]{4,12}")


def hash_pin(pin: str) -> str:
    """Return the hash of a PIN of 4 to 12 digits. Raises InvalidError naming `pin`.

    The ones that everybody tries first are refused: a lock after five failures of each manager
    does not keep anybody from trying 1234 with all of them.
    """
    if _PIN.fullmatch(pin) is None:
        raise InvalidError("pin", "must be 4 to 12 digits", kind="digits", min=4, max=12)
    if len(set(pin)) == 1 or pin in _RUNS or pin in _RUNS[::-1]:
        raise InvalidError(
            "pin", "is too easy to guess: one digit again and again, or a row", kind="easy-to-guess"
        )
    return _HASHER.hash(pin)


def is_pin(pin_hash: str, digits: str) -> bool:
    """Whether `digits` are the PIN that `pin_hash` was made of."""
    try:
        return _HASHER.verify(pin_hash, digits)
    except (VerificationError, InvalidHashError):
        return False


def is_managers_pin(pin_hash: str | None, digits: str) -> bool:
    """Whether `digits` are the PIN of a manager with this hash.

    None, for a manager who isn't there or has no PIN, costs the same time and is never right.
    """
    return is_pin(pin_hash or _nobodys_hash(), digits) and pin_hash is not None


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(secrets.token_hex())
