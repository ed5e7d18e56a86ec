"""The HTTP request that asks a provider to send a message, and what its answer means. Pure.

Templates hold `{name}` for what is put in; any other brace is the template's own, so a body of JSON
can be written as it is. What is put in is escaped for where it stands. `{body}` is for what is
signed only, `{signature}` for what is not.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

import msgspec

from config.sms import SMS_PLACEHOLDERS
from voicegw.sms.pointer import text_at
from voicegw.sms.provider import Accepted, Outcome, Outgoing, Refused
from voicegw.sms.terms import HttpTerms

_PLACE: Final = re.compile(r"\{(" + "|".join(sorted(SMS_PLACEHOLDERS)) + r")\}")
_TRANSIENT: Final = frozenset({401, 403, 408, 421, 423, 425, 429})
_COUNTRY: Final = "+86"

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def request_of(terms: HttpTerms, message: Outgoing, now: datetime) -> Request:
    """Return the request for `message`; the same at each attempt, but for the time."""
    values = {
        "id": message.id,
        "to": message.to,
        "to_digits": message.to.removeprefix("+"),
        "to_national": message.to.removeprefix(_COUNTRY),
        "text": message.text,
        "text_hex": message.text.encode("utf-16-be").hex(),
        "timestamp": str(int(now.timestamp())),
        "token": terms.token,
        "secret": terms.secret,
    }
    escape = _in_json if terms.content_type == JSON else _in_url
    body = "" if terms.method == "GET" else _filled(terms.body, values, escape)
    if terms.sign != "none":
        signed = _filled(terms.sign_text, values | {"body": body}, _as_it_is)
        values["signature"] = _signature(terms, signed)
    headers = [(name, _filled(value, values, _in_header)) for name, value in terms.headers]
    if body:
        headers.append(("content-type", terms.content_type))
    if terms.token and not any(name.lower() == "authorization" for name, _ in headers):
        headers.append(("authorization", f"Bearer {terms.token}"))
    if not any("{id}" in value for _, value in terms.headers):
        headers.append(("idempotency-key", message.id))
    url = _filled(terms.url, values, _in_url)
    return Request(terms.method, url, tuple(headers), body.encode())


def outcome_of(
    terms: HttpTerms, status: int, answer: bytes, retry_after_s: float | None = None
) -> Outcome:
    """Return what a provider's answer means.

    A key that is refused (401, 403) is a matter of the configuration, not of the message: it waits.
    """
    if not 200 <= status < 300:
        is_permanent = 400 <= status < 500 and status not in _TRANSIENT
        return Refused(f"http-{status}", is_permanent, retry_after_s)
    try:
        document: object = msgspec.json.decode(answer) if answer else None
    except msgspec.DecodeError:
        document = None
    if terms.answer_code:
        code = text_at(document, terms.answer_code)
        if code is None:
            return Refused("answer-not-understood")
        if code not in terms.accepted_codes:
            return Refused("refused-by-provider", code not in terms.temporary_codes)
    return Accepted(text_at(document, terms.answer_id))


def _filled(template: str, values: Mapping[str, str], escape: Callable[[str], str]) -> str:
    return _PLACE.sub(lambda found: escape(values.get(found[1], "")), template)


def _signature(terms: HttpTerms, signed: str) -> str:
    digest = hmac.new(terms.secret.encode(), signed.encode(), getattr(hashlib, terms.sign)).digest()
    return digest.hex() if terms.sign_encoding == "hex" else base64.b64encode(digest).decode()


def _in_json(text: str) -> str:
    return msgspec.json.encode(text).decode()[1:-1]


def _in_url(text: str) -> str:
    return quote(text, safe="")


def _in_header(text: str) -> str:
    return "".join(one if one.isascii() and one.isprintable() else quote(one) for one in text)


def _as_it_is(text: str) -> str:
    return text
