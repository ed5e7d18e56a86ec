"""What the configuration says of short messages, as their process is told it."""

from __future__ import annotations

import msgspec

from voicegw.trace_terms import TraceTerms


class HttpTerms(msgspec.Struct, frozen=True):
    """How a provider is asked by HTTP. Templates hold `config.sms.SMS_PLACEHOLDERS`."""

    url: str
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"
    body: str = '{"id": "{id}", "to": "{to}", "text": "{text}"}'
    token: str = ""
    secret: str = ""
    sign: str = "none"
    """`none`, or the name of the hash of an HMAC: `sha256`, `sha1`, `sha512`, `md5`."""
    sign_text: str = "{timestamp}.{body}"
    sign_encoding: str = "hex"
    answer_id: str = "/id"
    answer_code: str = ""
    """Where a code stands in the answer; empty: the HTTP status says it all."""
    accepted_codes: tuple[str, ...] = ("0",)
    temporary_codes: tuple[str, ...] = ()
    timeout_s: float = 10.0


class SmppTerms(msgspec.Struct, frozen=True):
    """How a message centre is bound to (SMPP 3.4)."""

    host: str
    port: int = 2775
    system_id: str = ""
    password: str = ""
    system_type: str = ""
    source: str = ""
    source_ton: int = 0
    source_npi: int = 1
    enquire_s: float = 30.0
    timeout_s: float = 10.0


class SmsTerms(msgspec.Struct, frozen=True):
    """How messages leave: one of `file`, `http` and `smpp` is set."""

    store_url: str
    node: str
    file: str | None = None
    http: HttpTerms | None = None
    smpp: SmppTerms | None = None
    region: str = "CN"
    signature: str = ""
    """What every text begins with."""
    per_s: float = 5.0
    at_once: int = 5
    takeover_s: float = 15.0
    tracing: TraceTerms | None = None
