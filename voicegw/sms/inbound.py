"""What providers post to us: whether it is theirs, and what it says. Pure.

Signed by Standard Webhooks, or by HMAC-SHA256 over the time, a dot and the body. What is older, or
newer, than five minutes is refused; within them the same again changes nothing, for reports and
replies are known by their ids.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from standardwebhooks import Webhook

from voicegw.errors import InvalidError
from voicegw.model.ids import IdKind
from voicegw.model.numbers import normalise
from voicegw.model.sms import SmsReply
from voicegw.sms.pointer import text_at

TOLERANCE: Final = timedelta(minutes=5)
_MOST: Final = 500
_MAX_TEXT: Final = 2000
_MAX_ID: Final = 200
_AT_ONCE_S: Final = 10
_FORM: Final = "application/x-www-form-urlencoded"


class SignatureError(Exception):
    """It is not the provider's, or too old. The text says which, and nothing of what was sent."""


class InboundTerms(msgspec.Struct, frozen=True):
    """How a provider signs, and where in its bodies things stand (JSON Pointers)."""

    secret: str
    scheme: str = "standard"
    signature_header: str = "X-Signature"
    timestamp_header: str = "X-Timestamp"
    report_id: str = "/id"
    report_message: str = "/message_id"
    report_status: str = "/status"
    delivered_values: tuple[str, ...] = ("delivered",)
    failed_values: tuple[str, ...] = ("failed",)
    reply_id: str = "/id"
    reply_from: str = "/from"
    reply_text: str = "/text"
    reply_message: str = "/in_reply_to"
    region: str = "CN"


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of a message. `failure` None: it has arrived."""

    message_id: str | None
    provider_id: str | None
    failure: str | None


def verify(terms: InboundTerms, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Raise SignatureError unless the provider has signed `body`, just now.

    `headers` are looked up whatever their case.
    """
    standard = terms.scheme == "standard"
    timestamp = headers.get("webhook-timestamp" if standard else terms.timestamp_header, "")
    if not timestamp.isdecimal() or len(timestamp) > 12:
        raise SignatureError("there is no time")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise SignatureError("the time is not now")
    if standard:
        expected = _standard(terms.secret, headers.get("webhook-id", ""), int(timestamp), body, now)
        given = headers.get("webhook-signature", "").split(" ")
    else:
        signed = timestamp.encode() + b"." + body
        expected = hmac.new(terms.secret.encode(), signed, hashlib.sha256).hexdigest()
        given = [headers.get(terms.signature_header, "").strip().lower()]
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in given):
        raise SignatureError("the signature is wrong")


def documents_of(content_type: str, body: bytes) -> Sequence[object]:
    """Return what a body of JSON, or a form, holds: one or several.

    Raises InvalidError naming `body`.
    """
    if content_type.partition(";")[0].strip().lower() == _FORM:
        try:
            return [dict(parse_qsl(body.decode(), max_num_fields=_MOST))]
        except ValueError as error:  # bytes that are no text, too
            raise InvalidError("body", "not a form", kind="unreadable") from error
    try:
        document: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidError("body", "not JSON", kind="unreadable") from error
    found = document if isinstance(document, list) else [document]
    if len(found) > _MOST:
        raise InvalidError("body", f"more than {_MOST} at once", kind="too-many", max=_MOST)
    return found


def report_of(terms: InboundTerms, document: object) -> DeliveryReport | None:
    """Return what a document reports; None for a state on the way, or of nothing known."""
    status = text_at(document, terms.report_status)
    message_id = text_at(document, terms.report_message)
    provider_id = text_at(document, terms.report_id)
    if message_id is None and provider_id is None:
        return None
    if status in terms.delivered_values:
        return DeliveryReport(message_id, provider_id, None)
    if status in terms.failed_values:
        return DeliveryReport(message_id, provider_id, "not-delivered")
    return None


def reply_of(terms: InboundTerms, document: object, now: datetime) -> SmsReply | None:
    """Return the reply in a document; None where it lacks sender or text."""
    sender, text = text_at(document, terms.reply_from), text_at(document, terms.reply_text)
    number = None if sender is None else normalise(sender, terms.region)
    if number is None or text is None:
        return None
    provider_id = text_at(document, terms.reply_id)
    named = text_at(document, terms.reply_message)
    return SmsReply(
        id=unnamed_reply_id(number, text, now) if provider_id is None else reply_id(provider_id),
        from_=number,
        text=text.replace("\x00", "")[:_MAX_TEXT],
        at=now,
        provider_id=None if provider_id is None else provider_id[:_MAX_ID],
        message_id=named,
    )


def reply_id(*parts: str) -> str:
    """Return the id of a reply: of what is the same when a provider posts it again."""
    digest = hashlib.sha256("\x00".join(parts).encode()).hexdigest()
    return f"{IdKind.SMS_REPLY}_{digest[:32]}"


def unnamed_reply_id(number: str, text: str, now: datetime) -> str:
    """Return the id of a reply that its provider does not name.

    What comes again at once is the same; what comes later, the store tells from what was asked
    meanwhile (:meth:`voicegw.store.sms_replies.SmsReplyRepository.add`).
    """
    return reply_id(number, text, str(int(now.timestamp()) // _AT_ONCE_S))


def _standard(secret: str, message_id: str, timestamp: int, body: bytes, now: datetime) -> str:
    at = datetime.fromtimestamp(timestamp, now.tzinfo)
    try:
        return Webhook(secret).sign(message_id, at, body.decode())
    except UnicodeDecodeError as error:
        raise SignatureError("the body is no text") from error
