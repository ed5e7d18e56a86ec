"""The headers of a delivery, signed as Standard Webhooks says; the secrets it is signed with."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from standardwebhooks import Webhook as Signer

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with
_SECRET_BYTES: Final = 32


def new_secret() -> str:
    """Return a new secret, `whsec_` and 32 random bytes in Base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


class Signature:
    """Signs deliveries with one or, while they are being rotated, two secrets."""

    def __init__(self, secrets_in_force: Sequence[str]) -> None:
        """Sign with each of the secrets; a receiver accepts any."""
        self._signers = [Signer(secret) for secret in secrets_in_force]

    def headers(self, event_id: str, now: datetime, body: str) -> dict[str, str]:
        """Return the headers that prove who sent `body`, when, and that it is whole."""
        signatures = [signer.sign(event_id, now, body) for signer in self._signers]
        return {
            "webhook-id": event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
