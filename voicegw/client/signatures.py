"""Requests of webhooks: whether voicegw has sent them, and what they tell."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from standardwebhooks import Webhook, WebhookVerificationError

from voicegw.client.models import Event
from voicegw.client.problems import InvalidSignatureError


def verify_webhook(headers: Mapping[str, str], body: bytes, secret: str) -> Event:
    """Return the event of a webhook's request, once its signature is found right.

    `headers` may have any case, `body` is what came, unparsed; `secret` is `whsec_…`. Raise
    InvalidSignatureError when it was not signed with `secret`, was changed on its way, or is more
    than five minutes old (Standard Webhooks 1.0). The same event may come again: remember
    `Event.id`, and pass over those that you have.
    """
    verifier = Webhook(secret)
    try:
        verifier.verify(body, dict(headers), json_parse=False)
        return msgspec.json.decode(body, type=Event)
    except (WebhookVerificationError, ValueError, msgspec.DecodeError) as error:
        # ValueError: what is no UTF-8, no Base64, no pair of version and signature.
        raise InvalidSignatureError(str(error)) from error
