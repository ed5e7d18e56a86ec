"""The sections of short messages: who sends them, how that one is asked, and what it may tell."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr

from config.sections import Secret, Section, checked

_HEADER: Final = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*([^\r\n]*)")
_POINTER: Final = r"^((/([^~/]|~[01])*)*)$"


def parse_header(text: str) -> tuple[str, str]:
    """Return name and value of a line such as "X-Api-Key: {token}". Raises ValueError."""
    found = _HEADER.fullmatch(text)
    if found is None:
        raise ValueError("expected a header such as X-Api-Key: {token}")
    return found[1], found[2]


#: What may be put into the request of the provider http.
SMS_PLACEHOLDERS: Final = frozenset(
    {
        "id",
        "to",
        "to_digits",
        "to_national",
        "text",
        "text_hex",
        "timestamp",
        "token",
        "secret",
        "signature",
        "body",
    }
)
Header = Annotated[str, checked(parse_header)]
Pointer = Annotated[str, Field(pattern=_POINTER)]


class SmsSettings(Section):
    """Short messages: results of talks, reminders, notices."""

    provider: Literal["none", "file", "http", "smpp"] = Field(
        default="none",
        description="What sends them. file writes them into {data_dir}/sms and sends nothing: for "
        "tests and demonstrations. smpp needs the extra voicegw[smpp].",
    )
    url: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="Where the provider http is asked; may hold placeholders, see [sms_http].",
    )
    token: Secret = Field(
        default=SecretStr(""),
        description="Bearer token for it, and {token} in headers and body; better token_file, a "
        "file that holds it.",
    )
    language: Literal["zh", "en"] = Field(default="zh", description="Language of the texts.")
    signature: str = Field(
        default="",
        max_length=20,
        description="What every message begins with, such as 【中国移动】; empty where the "
        "provider adds it.",
    )
    per_s: float = Field(default=5, gt=0, le=1000, description="Messages a second, at most.")
    at_once: int = Field(
        default=5, ge=1, le=100, description="Messages that may be under way to the provider."
    )
    takeover_s: float = Field(
        default=15,
        ge=3,
        le=300,
        description="Seconds after which another node, or the next start of this one, goes on "
        "sending when the process that sent is gone.",
    )
    ask_results: bool = Field(
        default=True,
        description="Whether managers are asked by SMS what came of a talk for a task, or on a "
        "hotline that asks for the result, where nobody has told it.",
    )
    ask_after_s: int = Field(
        default=20,
        ge=0,
        le=86_400,
        description="Seconds after a talk until its manager is asked by SMS.",
    )
    answer_hours: int = Field(
        default=24,
        ge=1,
        le=168,
        description="Hours for which a reply, or the one-time link, tells a result.",
    )
    remind_after_min: int = Field(
        default=120,
        ge=0,
        le=10_080,
        description="Minutes after it was asked for until a result that nobody has told is asked "
        "for once more; 0: never.",
    )
    reminders_per_day: int = Field(
        default=5, ge=0, le=1000, description="Reminders of results that one manager gets a day."
    )
    tell_missed: bool = Field(
        default=False,
        description="Whether a customer whom an outbound call did not reach is told by SMS who "
        "called and why, at most once a day; a hotline may say otherwise (after_call.missed_sms).",
    )


class SmsHttpSettings(Section):
    """How the provider http is asked, where the shipped request is not the provider's.

    Placeholders: {id} {to} {to_digits} {to_national} {text} {text_hex} {timestamp} {token}
    {secret} {signature}, and {body} in sign_text.
    """

    method: Literal["POST", "PUT", "GET"] = Field(
        default="POST", description="Method of the request."
    )
    headers: list[Header] = Field(
        default=[],
        description='Headers, such as "X-Api-Key: {token}". Without one that holds {id}, an '
        "Idempotency-Key is sent.",
    )
    content_type: Literal["application/json", "application/x-www-form-urlencoded"] = Field(
        default="application/json", description="What body is; what is put in is escaped for it."
    )
    body: str = Field(
        default='{"id": "{id}", "to": "{to}", "text": "{text}"}',
        description="Body with placeholders: {id} {to} {to_digits} {to_national} {text} "
        "{text_hex} {timestamp} {token} {secret} {signature}.",
    )
    secret_key: Secret = Field(
        default=SecretStr(""),
        description="What requests are signed with; better secret_key_file, a file that holds it.",
    )
    sign: Literal["none", "sha256", "sha512", "sha1", "md5"] = Field(
        default="none", description="Hash of the HMAC in {signature}."
    )
    sign_text: str = Field(
        default="{timestamp}.{body}", description="What is signed; may hold {body}."
    )
    sign_encoding: Literal["hex", "base64"] = Field(
        default="hex", description="How {signature} is written."
    )
    answer_id: Pointer = Field(
        default="/id", description="Where the provider's id stands in its answer (JSON Pointer)."
    )
    answer_code: Pointer = Field(
        default="",
        description="Where a code stands in its answer (JSON Pointer); empty: the status of HTTP "
        "says it all.",
    )
    accepted_codes: list[str] = Field(default=["0"], description="Codes of what was taken.")
    temporary_codes: list[str] = Field(
        default=[], description="Codes of what may be tried again; all others are final."
    )
    timeout_s: float = Field(
        default=10, ge=1, le=30, description="Seconds in which the provider must have answered."
    )


class SmsInboundSettings(Section):
    """What a provider posts to us: POST /v1/sms/reports and /v1/sms/replies.

    Bodies are JSON or forms; a list is several of them.
    """

    secret_key: Secret = Field(
        default=SecretStr(""),
        description="What the provider signs with; better secret_key_file. Empty: nothing is "
        "taken.",
    )
    scheme: Literal["standard", "hmac"] = Field(
        default="standard",
        description="standard: Standard Webhooks (secret whsec_…); hmac: HMAC-SHA256, in hex, of "
        "the time, a dot and the body.",
    )
    signature_header: str = Field(
        default="X-Signature", min_length=1, description="With hmac: the header of the signature."
    )
    timestamp_header: str = Field(
        default="X-Timestamp",
        min_length=1,
        description="With hmac: the header of the time, in seconds since 1970.",
    )
    report_id: Pointer = Field(default="/id", description="In a report: the provider's id.")
    report_message: Pointer = Field(
        default="/message_id", description="In a report: our id, where the provider repeats it."
    )
    report_status: Pointer = Field(default="/status", description="In a report: the state.")
    delivered_values: list[str] = Field(
        default=["delivered", "DELIVRD"], description="States of what has arrived."
    )
    failed_values: list[str] = Field(
        default=["failed", "UNDELIV", "EXPIRED", "REJECTD", "DELETED", "UNKNOWN"],
        description="States of what never will; any other state is passed over.",
    )
    reply_id: Pointer = Field(default="/id", description="In a reply: the provider's id of it.")
    reply_from: Pointer = Field(default="/from", description="In a reply: the sender's number.")
    reply_text: Pointer = Field(default="/text", description="In a reply: the text.")
    reply_message: Pointer = Field(
        default="/in_reply_to",
        description="In a reply: our id, or the provider's, of what is answered, where told.",
    )


class SmsSmppSettings(Section):
    """How the provider smpp is bound to (SMPP 3.4, as transceiver)."""

    host: str = Field(default="", description="Name or address of the message centre.")
    port: int = Field(default=2775, ge=1, le=65_535, description="Its port.")
    system_id: str = Field(default="", max_length=15, description="As whom we bind.")
    password: Secret = Field(
        default=SecretStr(""),
        max_length=8,
        description="At most 8 characters; better password_file, a file that holds it.",
    )
    system_type: str = Field(default="", max_length=12, description="As the centre wants it.")
    source: str = Field(default="", max_length=20, description="Number or name of the sender.")
    source_ton: int = Field(default=0, ge=0, le=6, description="Its type of number.")
    source_npi: Literal[0, 1, 3, 4, 6, 8, 9, 10, 14, 18] = Field(
        default=1, description="Its numbering plan."
    )
    enquire_s: float = Field(
        default=30, ge=1, le=600, description="Seconds between two enquire_link."
    )
    timeout_s: float = Field(
        default=10, ge=1, le=30, description="Seconds in which the centre must have answered."
    )
