"""SIP requests and responses: read from the wire, asked for their values, written back.

A facade over `sipmessage`: its value types are used (see :mod:`voicegw.sip.grammar`), its reading
of whole messages is not, because folded lines, compact forms and missing headers must lead to an
answer rather than to a KeyError. All that is wrong with a message from a peer is a
:class:`MalformedMessageError`. Values are parsed when asked for and kept; those that every message
needs (Via, From, To, Call-ID, CSeq, Max-Forwards) are parsed, and so checked, by :func:`parse`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from voicegw.errors import InvalidError, MalformedMessageError
from voicegw.sip.challenges import AuthChallenge, AuthCredentials, AuthParameters
from voicegw.sip.grammar import (
    TOKEN,
    URI,
    Address,
    CSeq,
    MediaType,
    Parameters,
    Via,
    split_quoted,
)
from voicegw.sip.headers import Headers, HeaderValue
from voicegw.sip.status_codes import REASONS

__all__ = [
    "MAX_HEADER_LINES",
    "MAX_MESSAGE_BYTES",
    "REASONS",
    "URI",
    "Address",
    "AuthChallenge",
    "AuthCredentials",
    "AuthParameters",
    "CSeq",
    "HeaderValue",
    "Headers",
    "MediaType",
    "Message",
    "Parameters",
    "Request",
    "Response",
    "Via",
    "ack_for_failure",
    "cancel_for",
    "malformed_answer",
    "parse",
    "response_to",
]

T = TypeVar("T")

MAX_MESSAGE_BYTES: Final = 65535
MAX_HEADER_LINES: Final = 256
MAX_LINE_CHARS: Final = 8192
"""One header line, unfolded: signed identities (RFC 8224) take up to some 4,000."""
MAX_VALUES: Final = 70
"""Vias, routes, contacts in one message: more than Max-Forwards lets a message pass (§8.1.1.6)."""

_FOLD = re.compile(r"\r\n[ \t]+")
_VERSION = re.compile(r"SIP/[0-9]+\.[0-9]+", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,10}")
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_SINGLE: Final = frozenset(
    {
        "From",
        "To",
        "Call-ID",
        "CSeq",
        "Max-Forwards",
        "Content-Length",
        "Content-Type",
        "Expires",
    }
)


def _one(name: str, parse_one: Callable[[str], T]) -> Callable[[Sequence[str]], T]:
    """Return a reader of a header that must be there; the first field counts."""

    def read(values: Sequence[str]) -> T:
        if not values:
            raise MalformedMessageError(f"{name} is missing")
        return parse_one(values[0])

    return read


def _many(name: str, parse_one: Callable[[str], T]) -> Callable[[Sequence[str]], tuple[T, ...]]:
    """Return a reader of a comma-separated header."""

    def read(values: Sequence[str]) -> tuple[T, ...]:
        pieces = [
            piece
            for value in values
            for piece in (split_quoted(value, ",") if "," in value else (value,))
        ]
        if len(pieces) > MAX_VALUES:
            raise MalformedMessageError(f"{name}: too many values")
        return tuple(map(parse_one, pieces))

    return read


def _number(name: str) -> Callable[[Sequence[str]], tuple[int | None]]:
    """Return a reader of a header that holds a number."""

    def read(values: Sequence[str]) -> tuple[int | None]:
        if not values:
            return (None,)
        if not _NUMBER.fullmatch(values[0]):
            raise MalformedMessageError(f"{name}: not a number")
        return (int(values[0]),)

    return read


def _call_id(value: str) -> str:
    if not value or " " in value or "\t" in value:
        raise MalformedMessageError("Call-ID: bad value")
    return value


def _tokens(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(piece for value in values for item in value.split(",") if (piece := item.strip()))


def _lower_tokens(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(piece.lower() for piece in _tokens(values))


def _contacts(values: Sequence[str]) -> tuple[Address, ...]:
    return _read_addresses([value for value in values if value != "*"])


_read_call_id = _one("Call-ID", _call_id)
_read_from = _one("From", Address.parse)
_read_to = _one("To", Address.parse)
_read_cseq = _one("CSeq", CSeq.parse)
_read_vias = _many("Via", Via.parse)
_read_addresses = _many("addresses", Address.parse)
_read_max_forwards = _number("Max-Forwards")
_read_content_length = _number("Content-Length")
_read_expires = _number("Expires")
_read_min_expires = _number("Min-Expires")
_read_seconds = _number("Retry-After")


def _read_retry_after(values: Sequence[str]) -> tuple[int | None]:
    return _read_seconds([v.partition(";")[0].partition("(")[0].strip() for v in values])


def _read_content_type(values: Sequence[str]) -> tuple[MediaType | None]:
    return (MediaType.parse(values[0]) if values else None,)


def _read_challenges(values: Sequence[str]) -> tuple[AuthChallenge, ...]:
    return tuple(AuthChallenge.parse(value) for value in values)


def _read_credentials(values: Sequence[str]) -> tuple[AuthCredentials, ...]:
    return tuple(AuthCredentials.parse(value) for value in values)


class Message:
    """What requests and responses have in common.

    Typed properties raise MalformedMessageError when the header is broken, or missing where one is
    mandatory. They follow changes made through `headers`.
    """

    __slots__ = ("body", "headers")

    def __init__(self, headers: Headers, body: bytes) -> None:
        """Keep `headers` and `body`, not copies."""
        self.headers = headers
        self.body = body

    def header(self, name: str) -> str | None:
        """Return the first value of a header as text."""
        return self.headers.get(name)

    def header_list(self, name: str) -> list[str]:
        """Return the comma-separated values of a header over all its lines."""
        return [
            piece
            for value in self.headers.get_all(name)
            for piece in split_quoted(value, ",")
            if piece
        ]

    @property
    def call_id(self) -> str:
        """RFC 3261 §20.8."""
        return self.headers.parsed("Call-ID", _read_call_id)

    @property
    def from_(self) -> Address:
        """RFC 3261 §20.20."""
        return self.headers.parsed("From", _read_from)

    @property
    def to(self) -> Address:
        """RFC 3261 §20.39."""
        return self.headers.parsed("To", _read_to)

    @property
    def cseq(self) -> CSeq:
        """RFC 3261 §20.16."""
        return self.headers.parsed("CSeq", _read_cseq)

    @property
    def vias(self) -> tuple[Via, ...]:
        """RFC 3261 §20.42, the nearest hop first."""
        return self.headers.parsed("Via", _read_vias)

    @property
    def top_via(self) -> Via:
        """The nearest hop's Via."""
        vias = self.vias
        if not vias:
            raise MalformedMessageError("Via is missing")
        return vias[0]

    @property
    def contacts(self) -> tuple[Address, ...]:
        """RFC 3261 §20.10; empty for `*`, see :attr:`contact_is_star`."""
        return self.headers.parsed("Contact", _contacts)

    @property
    def contact_is_star(self) -> bool:
        """Whether Contact is `*` (REGISTER that removes all bindings)."""
        return "*" in self.headers.get_all("Contact")

    @property
    def route(self) -> tuple[Address, ...]:
        """RFC 3261 §20.34."""
        return self.headers.parsed("Route", _read_addresses)

    @property
    def record_route(self) -> tuple[Address, ...]:
        """RFC 3261 §20.30, in the order of the message."""
        return self.headers.parsed("Record-Route", _read_addresses)

    @property
    def p_asserted_identity(self) -> tuple[Address, ...]:
        """RFC 3325 §9.1."""
        return self.headers.parsed("P-Asserted-Identity", _read_addresses)

    @property
    def max_forwards(self) -> int | None:
        """RFC 3261 §20.22."""
        return self.headers.parsed("Max-Forwards", _read_max_forwards)[0]

    @property
    def expires(self) -> int | None:
        """Seconds, RFC 3261 §20.19."""
        return self.headers.parsed("Expires", _read_expires)[0]

    @property
    def min_expires(self) -> int | None:
        """Seconds, RFC 3261 §20.23."""
        return self.headers.parsed("Min-Expires", _read_min_expires)[0]

    @property
    def retry_after(self) -> int | None:
        """Seconds, RFC 3261 §20.33; comment and parameters left out."""
        return self.headers.parsed("Retry-After", _read_retry_after)[0]

    @property
    def require(self) -> tuple[str, ...]:
        """Option tags in lower case, RFC 3261 §20.32."""
        return self.headers.parsed("Require", _lower_tokens)

    @property
    def proxy_require(self) -> tuple[str, ...]:
        """Option tags in lower case, RFC 3261 §20.29."""
        return self.headers.parsed("Proxy-Require", _lower_tokens)

    @property
    def supported(self) -> tuple[str, ...]:
        """Option tags in lower case, RFC 3261 §20.37."""
        return self.headers.parsed("Supported", _lower_tokens)

    @property
    def unsupported(self) -> tuple[str, ...]:
        """Option tags in lower case, RFC 3261 §20.40."""
        return self.headers.parsed("Unsupported", _lower_tokens)

    @property
    def allow(self) -> tuple[str, ...]:
        """Methods, RFC 3261 §20.5."""
        return self.headers.parsed("Allow", _tokens)

    @property
    def content_type(self) -> MediaType | None:
        """RFC 3261 §20.15."""
        return self.headers.parsed("Content-Type", _read_content_type)[0]

    @property
    def user_agent(self) -> str | None:
        """RFC 3261 §20.41."""
        return self.headers.get("User-Agent")

    @property
    def www_authenticate(self) -> tuple[AuthChallenge, ...]:
        """RFC 3261 §20.44, one for each line."""
        return self.headers.parsed("WWW-Authenticate", _read_challenges)

    @property
    def proxy_authenticate(self) -> tuple[AuthChallenge, ...]:
        """RFC 3261 §20.27, one for each line."""
        return self.headers.parsed("Proxy-Authenticate", _read_challenges)

    @property
    def authorization(self) -> tuple[AuthCredentials, ...]:
        """RFC 3261 §20.7, one for each line."""
        return self.headers.parsed("Authorization", _read_credentials)

    @property
    def proxy_authorization(self) -> tuple[AuthCredentials, ...]:
        """RFC 3261 §20.28, one for each line."""
        return self.headers.parsed("Proxy-Authorization", _read_credentials)

    def _written(self, start_line: str) -> bytes:
        lines = [start_line, *self.headers.lines(), f"Content-Length: {len(self.body)}\r\n\r\n"]
        return "\r\n".join(lines).encode() + self.body


class Request(Message):
    """A request. `bytes()` gives the wire form, with the right Content-Length, Via first."""

    __slots__ = ("method", "uri")

    def __init__(
        self, method: str, uri: URI, headers: Headers | None = None, body: bytes = b""
    ) -> None:
        """Raises InvalidError when `method` is no token."""
        super().__init__(Headers() if headers is None else headers, body)
        if not TOKEN.fullmatch(method):
            raise InvalidError("method", "not a token")
        self.method = method
        self.uri = uri

    def __bytes__(self) -> bytes:
        return self._written(f"{self.method} {self.uri} SIP/2.0")

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.headers.get('CSeq')}>"


class Response(Message):
    """A response. `bytes()` gives the wire form, with the right Content-Length, Via first."""

    __slots__ = ("reason", "status")

    def __init__(
        self, status: int, reason: str, headers: Headers | None = None, body: bytes = b""
    ) -> None:
        """Raises InvalidError for a status outside 100 to 699 or a line break in `reason`."""
        super().__init__(Headers() if headers is None else headers, body)
        if not 100 <= status <= 699:
            raise InvalidError("status", "not a SIP status code")
        if _CONTROL.search(reason):
            raise InvalidError("reason", "line breaks and control characters are not allowed")
        self.status = status
        self.reason = reason

    @property
    def is_provisional(self) -> bool:
        """1xx."""
        return self.status < 200

    @property
    def is_success(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300

    def __bytes__(self) -> bytes:
        return self._written(f"SIP/2.0 {self.status} {self.reason}")

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.headers.get('CSeq')}>"


def parse(data: bytes) -> Request | Response:
    """Return the message that `data`, a whole datagram or a framed message, holds.

    Line breaks before the start line are left out, folded lines joined (RFC 3261 §7.3.1), what
    follows Content-Length bytes of body is cut (§18.3). Raises MalformedMessageError: `status` is
    505 for another version of SIP, 513 for a message over MAX_MESSAGE_BYTES, else 400; see
    :func:`malformed_answer`.
    """
    if len(data) > MAX_MESSAGE_BYTES:
        raise MalformedMessageError("message is too large", status=513)
    start_line, lines, body = split_message(data)
    if len(lines) > MAX_HEADER_LINES:
        raise MalformedMessageError("too many header lines")
    if len(data) > MAX_LINE_CHARS and len(max(start_line, *lines, key=len)) > MAX_LINE_CHARS:
        raise MalformedMessageError("a header line is too long")
    message: Request | Response
    if start_line[:4].upper() == "SIP/":
        message = _status_line(start_line, lines)
    else:
        message = _request_line(start_line, lines)
    _check(message)
    length = message.headers.parsed("Content-Length", _read_content_length)[0]
    if length is None:
        message.body = body
    elif length > len(body):
        raise MalformedMessageError("body is shorter than Content-Length")
    else:
        message.body = body[:length]
    return message


def split_message(data: bytes) -> tuple[str, list[str], bytes]:
    """Return start line, unfolded header lines and body of a message.

    Raises MalformedMessageError when there is no end of the headers or a stray line break.
    """
    head, blank, body = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if not blank:
        raise MalformedMessageError("no empty line behind the headers")
    text = head.decode(errors="replace")
    if "\r\n " in text or "\r\n\t" in text:
        text = _FOLD.sub(" ", text)
    lines = text.split("\r\n")
    breaks = len(lines) - 1
    if text.count("\r") != breaks or text.count("\n") != breaks:
        raise MalformedMessageError("stray line break")
    return lines[0], lines[1:], body


def _request_line(start_line: str, lines: list[str]) -> Request:
    pieces = start_line.split(" ")
    version = pieces[-1]
    if len(pieces) < 3 or not _VERSION.fullmatch(version):
        raise MalformedMessageError("bad start line")
    if version.upper() != "SIP/2.0":
        raise MalformedMessageError("unknown SIP version", status=505)
    if len(pieces) != 3:
        raise MalformedMessageError("bad Request-URI")
    method = pieces[0]
    if not TOKEN.fullmatch(method):
        raise MalformedMessageError("bad method")
    return Request(method, URI.parse(pieces[1]), Headers.from_lines(lines))


def _status_line(start_line: str, lines: list[str]) -> Response:
    version, _, rest = start_line.partition(" ")
    if version.upper() != "SIP/2.0":
        raise MalformedMessageError("unknown SIP version", status=505)
    digits, _, reason = rest.partition(" ")
    if not _NUMBER.fullmatch(digits) or len(digits) != 3 or not "100" <= digits <= "699":
        raise MalformedMessageError("bad status code")
    if _CONTROL.search(reason):
        raise MalformedMessageError("bad reason phrase")
    return Response(int(digits), reason, Headers.from_lines(lines))


def _check(message: Request | Response) -> None:
    """Raise MalformedMessageError unless what every message needs is there, once, and sound."""
    headers = message.headers
    repeated = headers.repeated(_SINGLE)
    if repeated is not None:
        raise MalformedMessageError(f"{repeated} is repeated")
    _ = message.top_via, message.from_, message.to, message.call_id, message.max_forwards
    if isinstance(message, Request) and message.cseq.method != message.method:
        raise MalformedMessageError("CSeq: method differs from the request's")
    _ = message.cseq


# Methods whose 2xx may establish a dialog, so that its path must be recorded (RFC 3261 §12.1.1).
_DIALOG_FORMING: Final = frozenset({"INVITE", "SUBSCRIBE", "REFER", "NOTIFY", "UPDATE"})


def response_to(
    request: Request,
    status: int,
    reason: str | None = None,
    *,
    to_tag: str | None = None,
    headers: Iterable[tuple[str, HeaderValue]] = (),
    body: bytes = b"",
) -> Response:
    """Return an answer to `request` (RFC 3261 §8.2.6) with `headers` added.

    Via, From, To, Call-ID and CSeq are copied, Record-Route too where the answer may form a dialog
    (§12.1.1), Timestamp into a 100. Above 100 a To without a tag gets `to_tag`, or, when that is
    None, one computed from the request, the same each time (§8.2.7).
    """
    answer = Headers()
    answer.copy_from(request.headers, "Via", "From", "To", "Call-ID", "CSeq")
    if status == 100:
        answer.copy_from(request.headers, "Timestamp")
    else:
        if status < 300 and request.method in _DIALOG_FORMING:
            answer.copy_from(request.headers, "Record-Route")
        if request.to.tag is None:
            tag = to_tag or stateless_tag(request.call_id, str(request.top_via.branch))
            answer.set("To", request.to.with_tag(tag))
    for name, value in headers:
        answer.add(name, value)
    if reason is None:
        reason = REASONS.get(status) or REASONS[status // 100 * 100]
    return Response(status, reason, answer, body)


def stateless_tag(*facts: str) -> str:
    """Return a tag that is always the same for the same facts (RFC 3261 §8.2.7)."""
    return hashlib.blake2s("\0".join(facts).encode(errors="replace"), digest_size=8).hexdigest()


def ack_for_failure(request: Request, response: Response) -> Request:
    """Return the ACK to a final answer above 299 to our INVITE `request` (RFC 3261 §17.1.1.3)."""
    headers = Headers()
    headers.add("Via", request.top_via)
    headers.add("Max-Forwards", 70)
    headers.copy_from(request.headers, "From", "Call-ID", "Route")
    headers.copy_from(response.headers, "To")
    headers.add("CSeq", CSeq(request.cseq.sequence, "ACK"))
    return Request("ACK", request.uri, headers)


def cancel_for(request: Request) -> Request:
    """Return the CANCEL of our `request` (RFC 3261 §9.1): same branch, same destination."""
    headers = Headers()
    headers.add("Via", request.top_via)
    headers.add("Max-Forwards", 70)
    headers.copy_from(request.headers, "From", "To", "Call-ID", "Route")
    headers.add("CSeq", CSeq(request.cseq.sequence, "CANCEL"))
    return Request("CANCEL", request.uri, headers)


def malformed_answer(data: bytes, error: MalformedMessageError) -> bytes | None:
    """Return the answer to a request that :func:`parse` refused with `error`.

    None when it is a response or an ACK, which are never answered, or when Via or CSeq, which its
    sender would need to recognise the answer, is not there. What there is of Via, From, To, Call-ID
    and CSeq is copied as it is, broken or not, of a repeated one the first; the answer goes to
    where `data` came from.
    """
    if b"\r\n\r\n" not in data:
        data += b"\r\n\r\n"
    try:
        start_line, lines, _ = split_message(data[:MAX_MESSAGE_BYTES])
    except MalformedMessageError:
        return None
    method = start_line.partition(" ")[0]
    if not TOKEN.fullmatch(method) or method == "ACK" or start_line[:4].upper() == "SIP/":
        return None
    found = Headers.from_readable_lines(lines[:MAX_HEADER_LINES])
    via, to = found.get("Via"), found.get("To")
    if not via or not found.get("CSeq"):
        return None
    headers = Headers()
    headers.copy_from(found, "Via")
    for name in ("From", "To", "Call-ID", "CSeq"):
        value = found.get(name)
        if value is not None:
            headers.set(name, value)
    if to and "tag" not in to.rpartition(">")[2]:
        headers.set("To", f"{to};tag={stateless_tag(found.get('Call-ID') or '', via)}")
    status = error.status
    reason = REASONS.get(status, "Bad Request")
    return bytes(
        Response(status, f"{reason} - {error.detail}" if status == 400 else reason, headers)
    )
