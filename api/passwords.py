"""Passwords: which ones are taken, how they are hashed, and how many at a time.

The rules are those of NIST SP 800-63B §3.1.1: a length, and nothing that everybody tries first; no
classes of characters, no end by the calendar. Hashes are Argon2id (RFC 9106). One takes tens of
milliseconds and 19 MiB, so they are made by a thread of low priority, and whoever would wait too
long for one is sent away: a flood of logins delays no call.
"""

from __future__ import annotations

import secrets
import unicodedata
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.bounded_threads import BoundedThreads
from voicegw.errors import InvalidError

MIN_LENGTH: Final = 10
MAX_LENGTH: Final = 256
#: One comparison after the other: some forty a second, more than any morning needs.
AT_ONCE: Final = 1
MOST_WAITING: Final = 64
#: How long a one-time password waits for its first login.
ONE_TIME_FOR: Final = timedelta(days=3)
_SHORTEST_OWN: Final = 4
_FEWEST_CHARACTERS: Final = 4
#: OWASP's second profile for Argon2id: two passes, 19 MiB, one lane.
PASSES: Final = 2
MEMORY_KIB: Final = 19 * 1024
_HASHER: Final = PasswordHasher(PASSES, MEMORY_KIB, parallelism=1)
_COMMON_FILE: Final = Path(__file__).with_name("common_passwords.txt")
#: No letters and digits that look alike: one-time passwords are read out and typed.
_READABLE: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def check_password(password: str, login: str, *, field: str = "password") -> None:
    """Return when `password` may be that of `login`; raises InvalidError naming `field`."""
    text = _normalised(password)
    if len(text) < MIN_LENGTH:
        raise InvalidError(
            field, f"must have at least {MIN_LENGTH} characters", kind="too-short", min=MIN_LENGTH
        )
    if len(text) > MAX_LENGTH:
        raise InvalidError(
            field, f"must have at most {MAX_LENGTH} characters", kind="too-long", max=MAX_LENGTH
        )
    folded = text.casefold()
    # Shorter logins are part of many words.
    own = [one for one in (login, login.partition("@")[0]) if len(one) >= _SHORTEST_OWN]
    if any(one in folded for one in own):
        raise InvalidError(field, "must not hold the login", kind="holds-login")
    if len(set(folded)) < _FEWEST_CHARACTERS or folded in _common():
        raise InvalidError(
            field, "is one of the first that everybody tries; choose another", kind="easy-to-guess"
        )


def hash_password(password: str) -> str:
    """Return the hash of a password. Takes tens of milliseconds: not for the node's loop."""
    return _HASHER.hash(_normalised(password))


def is_password(password_hash: str | None, password: str) -> bool:
    """Whether `password` is the one that the hash was made of. Not for the node's loop.

    None, of somebody who isn't there or has no password, costs the same time and is never right.
    """
    try:
        right = _HASHER.verify(password_hash or _nobodys_hash(), _normalised(password))
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash is not None


def one_time_password() -> str:
    """Return a random password to be told to somebody: 20 characters, 99 bits."""
    groups = ("".join(secrets.choice(_READABLE) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


class PasswordDesk:
    """Hashes and compares in threads of its own; `close` ends them."""

    def __init__(self, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING) -> None:
        """Start no thread before the first password comes."""
        self._threads = BoundedThreads("passwords", at_once, most_waiting)

    async def hash(self, password: str) -> str:
        """Return the hash of `password`. Raises ApiProblem `overloaded`."""
        return await self._threads.do(lambda: hash_password(password))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether `password` is right, as :func:`is_password`. Raises ApiProblem `overloaded`."""
        return await self._threads.do(lambda: is_password(password_hash, password))

    def close(self) -> None:
        """Begin nothing more."""
        self._threads.close()


def _normalised(password: str) -> str:
    # NIST SP 800-63B §3.1.1.2: the same characters, however a keyboard composes them.
    return unicodedata.normalize("NFKC", password)


@cache
def _common() -> frozenset[str]:
    lines = _COMMON_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line and not line.startswith("#"))


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(secrets.token_hex())
