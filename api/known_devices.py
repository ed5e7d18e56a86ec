"""Browsers that somebody has logged in from: they are counted apart from strangers. Pure.

Whoever knows a login could otherwise keep its owner out, from many addresses or from the office's
one, by failing on purpose. So a login leaves a cookie that opens nothing: attempts that bring it
are counted by it alone (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). It holds a
random name and the HMAC of that by the hash of the password: every node knows it, nothing is
stored, and another password makes it worthless.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from datetime import timedelta
from typing import Final

from voicegw.model.user import User

LASTS: Final = timedelta(days=180)
_COOKIE: Final = re.compile(r"([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})")
_PURPOSE: Final = "voicegw known device, version 1"


def device_cookie(user: User) -> str | None:
    """Return a new cookie for a browser that `user` has logged in from; None without a password."""
    if user.password_hash is None:
        return None
    name = secrets.token_urlsafe(16)
    return f"{name}.{_proof(user.id, user.password_hash, name)}"


def device_of(user: User | None, cookie: str) -> str | None:
    """Return the name of the browser that brings `cookie`; None where `user` has not left it."""
    parts = _COOKIE.fullmatch(cookie)
    if parts is None or user is None or user.password_hash is None:
        return None
    proof = _proof(user.id, user.password_hash, parts[1])
    return parts[1] if hmac.compare_digest(proof, parts[2]) else None


def _proof(user_id: str, password_hash: str, name: str) -> str:
    digest = hmac.digest(
        password_hash.encode(), f"{_PURPOSE}\0{user_id}\0{name}".encode(), "sha256"
    )
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
