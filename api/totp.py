"""The second factor: time-based one-time passwords (RFC 6238), and codes for when it is lost. Pure.

Six digits of 30 seconds, SHA-1, as every authenticator app knows them. A clock may be one step off.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime
from typing import Final

import pyotp

STEP_S: Final = 30
DRIFT_STEPS: Final = 1
RECOVERY_CODES: Final = 10
ISSUER: Final = "voicegw"
_CODE: Final = re.compile(r"[0-9]{6}")
_RECOVERY: Final = re.compile(r"[a-z2-7]{16}")
_BASE32: Final = "abcdefghijklmnopqrstuvwxyz234567"


def new_secret() -> str:
    """Return a secret of 160 random bits, in Base32."""
    return pyotp.random_base32(32)


def otpauth_uri(secret: str, login: str) -> str:
    """Return what an authenticator app reads as a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step whose code `code` is, the newest if several are; None for none.

    The caller sees to it that no step is taken twice (RFC 6238 §5.2).
    """
    code = code.replace(" ", "")
    if _CODE.fullmatch(code) is None:
        return None
    generator = pyotp.TOTP(secret)
    current = int(now.timestamp()) // STEP_S
    found = None
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        if hmac.compare_digest(generator.generate_otp(step), code):
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Return new codes of 80 random bits, as in `abcd-efgh-ijkl-mnop`."""
    return [
        "-".join("".join(secrets.choice(_BASE32) for _ in range(4)) for _ in range(4))
        for _ in range(RECOVERY_CODES)
    ]


def recovery_code_hash(text: str) -> str | None:
    """Return how the store knows a recovery code; None for what is none.

    With 80 random bits a slow hash would add cost and no safety.
    """
    plain = re.sub(r"[\s-]", "", text).lower()
    if _RECOVERY.fullmatch(plain) is None:
        return None
    return hashlib.sha256(plain.encode()).hexdigest()
