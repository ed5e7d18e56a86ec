"""The values inside SIP headers: URIs, addresses, Via, CSeq and their parameters (RFC 3261 §25).

The types are those of `sipmessage`, with the same fields, so that both can be mixed; reading and
writing them is done here, because a gateway needs what the strict grammar of the library leaves
out: any case of `;transport=UDP`, URI schemes other than sip, sips and tel (answered with 416, so
they must be representable), parameters that come back as they were written, quoted display names
that contain `<`, and time that grows linearly with what a peer sent.

All values are immutable and hashable. Every `parse` raises :class:`MalformedMessageError`, whose
detail names the place, never the value: values hold telephone numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeVar, overload
from urllib.parse import quote as percent_encode
from urllib.parse import unquote as percent_decode

import sipmessage

from voicegw.errors import MalformedMessageError

T = TypeVar("T")

CACHED_VALUE_MAX_CHARS: Final = 256
"""Longer values are parsed each time, so that a peer can't fill the caches with megabytes."""

TOKEN: Final = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_QUOTED_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED_CHARACTER = re.compile(r"\\(.)", re.DOTALL)
# What a bare parameter value may hold: RFC 3261's token and host, and what lenient peers add.
_BARE_VALUE = re.compile(r'[^\s",;<>\\\x00-\x1f\x7f]+')
_DISPLAY_NAME = re.compile(r'[^"<>@,;:\\\x00-\x08\x0a-\x1f\x7f]*')
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")
_USER = re.compile(r'(?:[^\s%<>"@:\\\x00-\x1f\x7f]|%[0-9A-Fa-f]{2})+')
_PASSWORD = re.compile(r'(?:[^\s%<>"@\\\x00-\x1f\x7f]|%[0-9A-Fa-f]{2})*')
_HOST = re.compile(r"[A-Za-z0-9_.\-]+|\[[0-9A-Fa-f:.]+\]")
_HOST_PORT = re.compile(r"([A-Za-z0-9_.\-]+|\[[0-9A-Fa-f:.]+\])(?: *: *([0-9]{1,5}))?")
_URI_PARAMETER = re.compile(r'[^\s<>",;=?@\\\x00-\x1f\x7f]+')
_URI_PARAMETER_VALUE = re.compile(r'[^\s<>",;?@\\\x00-\x1f\x7f]*')
_OPAQUE = re.compile(r'[^\s<>"\\\x00-\x1f\x7f]+')
_SUBSCRIBER = re.compile(r"\+?[0-9A-Fa-f*#\-.()]+")
_VIA = re.compile(r"SIP *[/] *2\.0 *[/] *([A-Za-z0-9\-.!%*_+`'~]+) +", re.IGNORECASE)
_CSEQ = re.compile(r"([0-9]{1,10})\s+([A-Za-z0-9\-.!%*_+`'~]+)")
_MIME_TYPE = re.compile(r"([A-Za-z0-9\-.!%*_+`'~]+) */ *([A-Za-z0-9\-.!%*_+`'~]+)")

_URI_USER_SAFE: Final = "-_.!~*'()&=+$,;?/"
_URI_PARAMETER_SAFE: Final = "-_.!~*'()[]/:&+$%"


def quote(text: str) -> str:
    """Return `text` as a quoted-string (RFC 3261 §25.1)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquote(text: str) -> str:
    """Return what a quoted-string says; anything else comes back as it is."""
    if len(text) >= 2 and text[0] == '"' and text[-1] == '"':
        return _ESCAPED_CHARACTER.sub(r"\1", text[1:-1])
    return text


def split_quoted(text: str, separator: str) -> list[str]:
    """Split `text` at each `separator` that is neither in a quoted-string nor between `<` and `>`.

    Pieces are stripped of white space. Raises MalformedMessageError for an unclosed quote.
    """
    if '"' not in text and "<" not in text:
        return [piece.strip() for piece in text.split(separator)]
    pieces: list[str] = []
    start = position = 0
    while position < len(text):
        character = text[position]
        if character == '"':
            quoted = _QUOTED_STRING.match(text, position)
            if quoted is None:
                raise MalformedMessageError("unclosed quoted string")
            position = quoted.end()
            continue
        if character == "<":
            close = text.find(">", position)
            if close < 0:
                raise MalformedMessageError("unclosed angle bracket")
            position = close
        elif character == separator:
            pieces.append(text[start:position].strip())
            start = position + 1
        position += 1
    pieces.append(text[start:].strip())
    return pieces


class Parameters(sipmessage.Parameters):
    """Parameters of an address, a Via, a URI or a media type: names in lower case, values as text.

    A parameter without a value maps to None. `str()` writes the form used in headers
    (`;name=value`, quoted where needed); a URI writes its own parameters escaped.
    """

    __slots__ = ("_values",)

    def __init__(
        self, values: Mapping[str, str | None] | None = None, /, **named: str | None
    ) -> None:
        """Take names and values; names are lower-cased."""
        merged = {**values, **named} if values else named
        self._values: dict[str, str | None] = {
            name.lower(): value for name, value in merged.items()
        }

    @classmethod
    def _of(cls, values: dict[str, str | None]) -> Parameters:
        """Return parameters that keep `values`, whose names are in lower case."""
        made = cls.__new__(cls)
        made._values = values
        return made

    @overload
    def get(self, key: str, /) -> str | None: ...

    @overload
    def get(self, key: str, /, default: str | T) -> str | T | None: ...

    def get(self, key: str, /, default: object = None) -> object:
        """Return the value of `key` in any case, `default` when it is not there."""
        return self._values.get(key.lower(), default)

    @classmethod
    def parse(cls, value: str) -> Parameters:
        """Read `;name=value;flag` as it stands behind an address or a Via."""
        text = value.strip()
        if not text:
            return _NO_PARAMETERS
        if text[0] != ";":
            raise MalformedMessageError("parameters: semicolon expected")
        values: dict[str, str | None] = {}
        for piece in split_quoted(text[1:], ";"):
            name, equals, raw = piece.partition("=")
            name = name.rstrip().lower()
            raw = raw.lstrip()
            if not TOKEN.fullmatch(name) or name in values:
                raise MalformedMessageError("parameters: bad or repeated name")
            values[name] = parameter_value(raw) if equals else None
        return cls._of(values)

    def replace(self, **changes: str | None) -> Parameters:
        """Return a copy with `changes` (names lower-cased; None makes a parameter valueless)."""
        return Parameters._of({**self._values, **{k.lower(): v for k, v in changes.items()}})

    def without(self, *names: str) -> Parameters:
        """Return a copy that lacks `names`."""
        left_out = {name.lower() for name in names}
        return Parameters({k: v for k, v in self._values.items() if k not in left_out})

    def __getitem__(self, key: str) -> str | None:
        return self._values[key.lower()]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Mapping):
            return self._values == dict(other.items())
        return NotImplemented

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"Parameters({self._values!r})"

    def __str__(self) -> str:
        return "".join(
            f";{name}" if value is None else f";{name}={_written(value)}"
            for name, value in self._values.items()
        )


_NO_PARAMETERS: Final = Parameters()


def parameter_value(raw: str) -> str:
    """Return what a bare or quoted parameter value says. Raises MalformedMessageError."""
    if not raw:
        return ""
    if raw[0] == '"':
        if not _QUOTED_STRING.fullmatch(raw):
            raise MalformedMessageError("parameters: bad quoted value")
        return unquote(raw)
    if not _BARE_VALUE.fullmatch(raw):
        raise MalformedMessageError("parameters: bad value")
    return raw


def _written(value: str) -> str:
    return value if _BARE_VALUE.fullmatch(value) else quote(value)


def _port(digits: str | None) -> int | None:
    if not digits:
        return None
    port = int(digits)
    if not 0 < port < 65536:
        raise MalformedMessageError("port out of range")
    return port


@dataclass(frozen=True)
class URI(sipmessage.URI):
    """A URI: sip and sips (RFC 3261 §19.1), tel (RFC 3966), and any other scheme as opaque text.

    `user` and `password` are without escapes, `host` as written (IPv6 in brackets, see
    :attr:`address`), `headers` what follows `?`. For tel, `user` is the subscriber and `host` is
    empty. `opaque` is all that follows the colon of any other scheme. A parsed URI writes itself
    exactly as it was received.
    """

    parameters: Parameters = field(default_factory=Parameters)
    headers: str = ""
    opaque: str = ""

    @classmethod
    def parse(cls, value: str) -> URI:
        """Read one URI. Raises MalformedMessageError."""
        if len(value) <= CACHED_VALUE_MAX_CHARS:
            return _cached_uri(value)
        return _parse_uri(value)

    @property
    def is_sip(self) -> bool:
        """Whether the scheme is sip or sips."""
        return self.scheme in {"sip", "sips"}

    @property
    def address(self) -> str:
        """The host without the brackets of an IPv6 reference, as sockets want it."""
        return self.host.strip("[]")

    @property
    def transport(self) -> str | None:
        """The transport parameter in lower case."""
        value = self.parameters.get("transport")
        return value.lower() if value else None

    @property
    def is_loose_router(self) -> bool:
        """Whether the lr parameter is there (RFC 3261 §19.1.1)."""
        return "lr" in self.parameters

    def __str__(self) -> str:
        text: str | None = self.__dict__.get("_text")
        if text is None:
            text = _write_uri(self)
            self.__dict__["_text"] = text
        return text


def _write_uri(uri: URI) -> str:
    if uri.opaque:
        return f"{uri.scheme}:{uri.opaque}"
    parts = [uri.scheme, ":"]
    if uri.scheme == "tel":
        parts.append(percent_encode(uri.user or "", safe="+*#-.()"))
    else:
        if uri.user is not None:
            parts.append(percent_encode(uri.user, safe=_URI_USER_SAFE))
            if uri.password is not None:
                parts += (":", percent_encode(uri.password, safe="-_.!~*'()&=+$,"))
            parts.append("@")
        if not _HOST.fullmatch(uri.host):
            raise MalformedMessageError("URI: bad host")
        parts.append(uri.host)
        if uri.port is not None:
            parts.append(f":{uri.port}")
    for name, value in uri.parameters.items():
        parts.append(";" + percent_encode(name, safe=_URI_PARAMETER_SAFE))
        if value is not None:
            parts.append("=" + percent_encode(value, safe=_URI_PARAMETER_SAFE + "="))
    if uri.headers:
        parts += ("?", percent_encode(uri.headers, safe=_URI_PARAMETER_SAFE + "=?"))
    return "".join(parts)


def _parse_uri(value: str) -> URI:
    scheme, colon, rest = value.partition(":")
    if not colon or not _SCHEME.fullmatch(scheme):
        raise MalformedMessageError("URI: no scheme")
    scheme = scheme.lower()
    if scheme in {"sip", "sips"}:
        uri = _parse_sip_uri(scheme, rest)
    elif scheme == "tel":
        subscriber, semicolon, parameters = rest.partition(";")
        if not _SUBSCRIBER.fullmatch(subscriber):
            raise MalformedMessageError("URI: bad telephone number")
        uri = URI(
            scheme, "", subscriber, parameters=_uri_parameters(parameters if semicolon else None)
        )
    elif _OPAQUE.fullmatch(rest):
        uri = URI(scheme, "", opaque=rest)
    else:
        raise MalformedMessageError("URI: bad characters")
    uri.__dict__["_text"] = value
    return uri


_cached_uri = lru_cache(maxsize=2048)(_parse_uri)


def _parse_sip_uri(scheme: str, rest: str) -> URI:
    user: str | None = None
    password: str | None = None
    user_info, at, after = rest.rpartition("@")
    if at:
        user, colon, secret = user_info.partition(":")
        if not _USER.fullmatch(user) or not _PASSWORD.fullmatch(secret):
            raise MalformedMessageError("URI: bad user part")
        user = percent_decode(user)
        password = percent_decode(secret) if colon else None
    after, question, headers = after.partition("?")
    if question and not _OPAQUE.fullmatch(headers):
        raise MalformedMessageError("URI: bad headers part")
    host_port, semicolon, parameters = after.partition(";")
    match = _HOST_PORT.fullmatch(host_port)
    if match is None or " " in host_port:
        raise MalformedMessageError("URI: bad host or port")
    return URI(
        scheme,
        match[1],
        user,
        password,
        _port(match[2]),
        _uri_parameters(parameters if semicolon else None),
        headers,
    )


def _uri_parameters(text: str | None) -> Parameters:
    if text is None:
        return _NO_PARAMETERS
    values: dict[str, str | None] = {}
    for piece in text.split(";"):
        name, equals, value = piece.partition("=")
        name = name.lower()
        if (
            not _URI_PARAMETER.fullmatch(name)
            or not _URI_PARAMETER_VALUE.fullmatch(value)
            or name in values
        ):
            raise MalformedMessageError("URI: bad parameters")
        values[name] = value if equals else None
    return Parameters._of(values)


@dataclass(frozen=True)
class Address(sipmessage.Address):
    """A display name, a URI and parameters: From, To, Contact, Route (RFC 3261 §20.10)."""

    uri: URI
    name: str = ""
    parameters: Parameters = field(default_factory=Parameters)

    @classmethod
    def parse(cls, value: str) -> Address:
        """Read one address. Raises MalformedMessageError."""
        if len(value) <= CACHED_VALUE_MAX_CHARS:
            return _cached_address(value)
        return _parse_address(value)

    @classmethod
    def parse_many(cls, value: str) -> list[sipmessage.Address]:
        """Read a comma-separated list. Raises MalformedMessageError."""
        return [cls.parse(piece) for piece in split_quoted(value, ",")]

    @property
    def tag(self) -> str | None:
        """The tag parameter of From and To."""
        return self.parameters.get("tag")

    def with_tag(self, tag: str) -> Address:
        """Return the same address with this tag."""
        return Address(self.uri, self.name, self.parameters.replace(tag=tag))

    def __str__(self) -> str:
        name = f"{quote(self.name)} " if self.name else ""
        return f"{name}<{self.uri}>{self.parameters}"


def _parse_address(value: str) -> Address:
    text = value.strip()
    if text.startswith('"'):
        quoted = _QUOTED_STRING.match(text)
        if quoted is None:
            raise MalformedMessageError("address: unclosed display name")
        name = unquote(quoted[0])
        text = text[quoted.end() :].lstrip()
        if not text.startswith("<"):
            raise MalformedMessageError("address: angle bracket expected")
    elif "<" in text and ";" not in text.partition("<")[0]:
        name, _, _ = text.partition("<")
        text = text[len(name) :]
        name = name.strip()
        if not _DISPLAY_NAME.fullmatch(name):
            raise MalformedMessageError("address: bad display name")
    else:
        uri, semicolon, parameters = text.partition(";")
        if "?" in uri:
            # Whose are the headers, this message's or the next one's? (RFC 3261 §20)
            raise MalformedMessageError("address: angle brackets are missing")
        return Address(URI.parse(uri.rstrip()), "", Parameters.parse(semicolon + parameters))
    uri, close, rest = text[1:].partition(">")
    if not close:
        raise MalformedMessageError("address: unclosed angle bracket")
    return Address(URI.parse(uri), name, Parameters.parse(rest))


_cached_address = lru_cache(maxsize=2048)(_parse_address)


@dataclass(frozen=True)
class Via(sipmessage.Via):
    """One hop of a message's path (RFC 3261 §20.42); `transport` is upper case."""

    parameters: Parameters = field(default_factory=Parameters)

    @classmethod
    def parse(cls, value: str) -> Via:
        """Read one Via. Raises MalformedMessageError."""
        if len(value) <= CACHED_VALUE_MAX_CHARS:
            return _cached_via(value)
        return _parse_via(value)

    @classmethod
    def parse_many(cls, value: str) -> list[sipmessage.Via]:
        """Read a comma-separated list. Raises MalformedMessageError."""
        return [cls.parse(piece) for piece in split_quoted(value, ",")]

    @property
    def branch(self) -> str | None:
        """The branch parameter, which names the transaction."""
        return self.parameters.get("branch")

    @property
    def address(self) -> str:
        """The sent-by host without the brackets of an IPv6 reference."""
        return self.host.strip("[]")

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"SIP/2.0/{self.transport} {self.host}{port}{self.parameters}"


def _parse_via(value: str) -> Via:
    text = value.strip().replace("\t", " ")
    protocol = _VIA.match(text)
    if protocol is None:
        raise MalformedMessageError("Via: bad protocol")
    sent_by, semicolon, parameters = text[protocol.end() :].partition(";")
    match = _HOST_PORT.fullmatch(sent_by.rstrip())
    if match is None:
        raise MalformedMessageError("Via: bad sent-by")
    return Via(
        protocol[1].upper(),
        match[1],
        _port(match[2]),
        Parameters.parse(semicolon + parameters),
    )


_cached_via = lru_cache(maxsize=1024)(_parse_via)


@dataclass(frozen=True)
class CSeq(sipmessage.CSeq):
    """The number and method of a request (RFC 3261 §20.16)."""

    @classmethod
    def parse(cls, value: str) -> CSeq:
        """Read a CSeq; its number is below 2**31. Raises MalformedMessageError."""
        match = _CSEQ.fullmatch(value.strip())
        if match is None or int(match[1]) >= 2**31:
            raise MalformedMessageError("CSeq: bad value")
        return cls(int(match[1]), match[2])


@dataclass(frozen=True)
class MediaType(sipmessage.MediaType):
    """What a body is (RFC 3261 §20.15); `mime_type` is lower case."""

    parameters: Parameters = field(default_factory=Parameters)

    @classmethod
    def parse(cls, value: str) -> MediaType:
        """Read one media type. Raises MalformedMessageError."""
        text = value.strip()
        kind, semicolon, parameters = text.partition(";")
        match = _MIME_TYPE.fullmatch(kind.rstrip())
        if match is None:
            raise MalformedMessageError("media type: bad value")
        return cls(f"{match[1]}/{match[2]}".lower(), Parameters.parse(semicolon + parameters))

    def __str__(self) -> str:
        return f"{self.mime_type}{self.parameters}"
