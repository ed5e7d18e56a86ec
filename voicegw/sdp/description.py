"""Session descriptions: text to values and back (RFC 8866).

Strict about what a wrong reading would cost (addresses, ports, payload numbers), tolerant of what
telephones really send: bare LF, a missing `t=` or `s=`, an `o=` of any form, lines this gateway has
no use for.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final, Literal

from voicegw.errors import SdpError

MAX_DESCRIPTION_CHARS: Final = 65_536
MAX_MEDIA_LINES: Final = 64

#: Payload types with a fixed meaning that this gateway knows (RFC 3551 §6).
STATIC_PAYLOADS: Final = {
    0: ("PCMU", 8000),
    8: ("PCMA", 8000),
    9: ("G722", 8000),
    13: ("CN", 8000),
}

Family = Literal[4, 6]

#: Longer than any address that is returned; what a peer sends instead fills no cache.
_MAX_LITERAL_CHARS: Final = 64
_BROADCAST: Final = "255.255.255.255"
_LINE_END = re.compile(r"\r\n|\n|\r")
_RTPMAP = re.compile(r"^(\d{1,3})\s+([^/\s]+)/(\d{1,6})(?:/(\d{1,2}))?\s*$")
_DIRECTIONS: Final = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})
#: Attributes that carry keys (RFC 4567, RFC 4568).
_SECRET: Final = frozenset({"crypto", "key-mgmt"})
_UNSPECIFIED: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104


class Direction(StrEnum):
    """Who sends, from the point of view of the one who wrote it (RFC 3264 §5.1)."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    def mirrored(self) -> Direction:
        """Return the same direction from the other side (RFC 3264 §6.1)."""
        if self is Direction.SENDONLY:
            return Direction.RECVONLY
        if self is Direction.RECVONLY:
            return Direction.SENDONLY
        return self


@dataclass(frozen=True, slots=True, repr=False)
class Attribute:
    """One `a=` line; `value` is None for a property attribute (`a=sendonly`)."""

    name: str
    value: str | None = None

    def __str__(self) -> str:
        return self.name if self.value is None else f"{self.name}:{self.value}"

    def __repr__(self) -> str:
        """Return what logs and tracebacks may show: never a key."""
        value = "…" if self.name in _SECRET and self.value is not None else repr(self.value)
        return f"Attribute(name={self.name!r}, value={value})"


@dataclass(frozen=True, slots=True)
class Connection:
    """A `c=` line: where sound is wanted. `address` is a literal address or a host name."""

    address: str
    family: str = "IP4"

    @property
    def is_unspecified(self) -> bool:
        """Whether the address is 0.0.0.0 or ::, the old spelling of hold (RFC 3264 §8.4)."""
        return self.address in _UNSPECIFIED


@dataclass(frozen=True, slots=True)
class Origin:
    """An `o=` line."""

    username: str
    session_id: int
    version: int
    address: str
    family: str = "IP4"


_NO_ORIGIN: Final = Origin("-", 0, 0, "0.0.0.0")  # noqa: S104 - stands for "not given"


@dataclass(frozen=True, slots=True)
class PayloadMap:
    """What a payload type means: encoding (as written), clock rate and channels."""

    payload_type: int
    encoding: str
    clock_hz: int
    channels: int = 1

    def is_encoding(self, encoding: str, clock_hz: int = 8000) -> bool:
        """Whether this is `encoding` (case does not matter) on one channel at `clock_hz`."""
        return (
            self.encoding.upper() == encoding.upper()
            and self.clock_hz == clock_hz
            and self.channels == 1
        )


@dataclass(frozen=True, slots=True)
class MediaDescription:
    """One `m=` line and the lines below it. `port` 0 means refused or withdrawn."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    port_count: int = 1
    connection: Connection | None = None
    attributes: tuple[Attribute, ...] = ()

    def attribute(self, name: str) -> Attribute | None:
        """Return the first attribute called `name`, if any."""
        return next((a for a in self.attributes if a.name == name), None)

    def payloads(self) -> tuple[PayloadMap, ...]:
        """Return the payload types of the `m=` line in order, with what they mean.

        Static numbers need no rtpmap; dynamic ones without one are left out.
        """
        mapped: dict[int, PayloadMap] = {}
        for attribute in self.attributes:
            if attribute.name == "rtpmap" and attribute.value is not None:
                parsed = _parse_rtpmap(attribute.value)
                if parsed is not None:
                    mapped.setdefault(parsed.payload_type, parsed)
        found = []
        for text in self.formats:
            if not (text.isascii() and text.isdigit() and len(text) <= 3) or int(text) > 127:
                continue
            number = int(text)
            if number in mapped:
                found.append(mapped[number])
            elif number in STATIC_PAYLOADS:
                found.append(PayloadMap(number, *STATIC_PAYLOADS[number]))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """A whole description."""

    origin: Origin
    media: tuple[MediaDescription, ...]
    connection: Connection | None = None
    attributes: tuple[Attribute, ...] = field(default=())
    name: str = "-"

    def connection_of(self, media: MediaDescription) -> Connection | None:
        """Return the address that counts for `media`: its own, else the session's."""
        return media.connection or self.connection

    def direction_of(self, media: MediaDescription) -> Direction:
        """Return the direction of `media`: its own, else the session's, else sendrecv."""
        for attributes in (media.attributes, self.attributes):
            for attribute in attributes:
                if attribute.name in _DIRECTIONS:
                    return Direction(attribute.name)
        return Direction.SENDRECV


def parse(text: str) -> SessionDescription:
    """Read a session description. Raises SdpError when it can't be one."""
    if len(text) > MAX_DESCRIPTION_CHARS:
        raise SdpError("session description too long")
    lines = _split_lines(text)
    if not lines or lines[0] != ("v", "0"):
        raise SdpError("session description does not begin with v=0")
    first_media = next((i for i, (key, _) in enumerate(lines) if key == "m"), len(lines))
    sections = _media_sections(lines[first_media:])
    if len(sections) > MAX_MEDIA_LINES:
        raise SdpError("too many media lines")
    origin = _NO_ORIGIN
    name = "-"
    for key, value in lines[1:first_media]:
        if key == "o":
            origin = _parse_origin(value)
        elif key == "s":
            name = value
    return SessionDescription(
        origin=origin,
        media=tuple(_parse_media(section) for section in sections),
        connection=_find_connection(lines[1:first_media]),
        attributes=_find_attributes(lines[1:first_media]),
        name=name,
    )


def serialise(description: SessionDescription) -> str:
    """Return the text of `description`, with CRLF line ends."""
    origin = description.origin
    lines = [
        "v=0",
        f"o={origin.username} {origin.session_id} {origin.version} IN {origin.family} "
        f"{origin.address}",
        f"s={description.name}",
    ]
    if description.connection is not None:
        lines.append(_connection_line(description.connection))
    lines.append("t=0 0")
    lines.extend(f"a={attribute}" for attribute in description.attributes)
    for media in description.media:
        ports = str(media.port) if media.port_count == 1 else f"{media.port}/{media.port_count}"
        lines.append(f"m={media.kind} {ports} {media.protocol} {' '.join(media.formats)}")
        if media.connection is not None:
            lines.append(_connection_line(media.connection))
        lines.extend(f"a={attribute}" for attribute in media.attributes)
    return "\r\n".join(lines) + "\r\n"


def _connection_line(connection: Connection) -> str:
    return f"c=IN {connection.family} {connection.address}"


def _split_lines(text: str) -> list[tuple[str, str]]:
    lines = []
    for raw in _LINE_END.split(text):
        line = raw.strip(" \t\0")
        if not line:
            continue
        key, equals, value = line.partition("=")
        if not equals or len(key) != 1:
            raise SdpError("session description has a line without a type")
        lines.append((key, value.strip()))
    return lines


def _media_sections(lines: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    sections: list[list[tuple[str, str]]] = []
    for key, value in lines:
        if key == "m":
            sections.append([])
        sections[-1].append((key, value))
    return sections


def _parse_media(section: list[tuple[str, str]]) -> MediaDescription:
    parts = section[0][1].split()
    if len(parts) < 4:
        raise SdpError("media line is incomplete")
    port_text, _, count_text = parts[1].partition("/")
    return MediaDescription(
        kind=parts[0],
        port=_number(port_text, 65_535, "media port"),
        port_count=_number(count_text, 65_535, "number of ports") if count_text else 1,
        protocol=parts[2],
        formats=tuple(parts[3:]),
        connection=_find_connection(section[1:]),
        attributes=_find_attributes(section[1:]),
    )


def _find_connection(lines: list[tuple[str, str]]) -> Connection | None:
    for key, value in lines:
        if key == "c":
            return _parse_connection(value)
    return None


def _find_attributes(lines: list[tuple[str, str]]) -> tuple[Attribute, ...]:
    found = []
    for key, value in lines:
        if key == "a":
            name, colon, rest = value.partition(":")
            found.append(Attribute(name.strip().lower(), rest.strip() if colon else None))
    return tuple(found)


def _parse_connection(value: str) -> Connection:
    parts = value.split()
    if len(parts) != 3 or parts[0].upper() != "IN":
        raise SdpError("connection line can't be read")
    family = parts[1].upper()
    address = parts[2].partition("/")[0]
    if family not in {"IP4", "IP6"} or not address:
        raise SdpError("connection line has an unknown address type")
    return Connection(address, family)


def _parse_origin(value: str) -> Origin:
    """Return the origin; one that can't be read is as good as none, for nothing depends on it.

    Gateways write users with blanks, and numbers that are none.
    """
    parts = value.rsplit(maxsplit=5)
    if len(parts) != 6:
        return _NO_ORIGIN
    username, session_id, version, _, family, address = parts
    try:
        return Origin(
            username,
            _number(session_id, 2**64 - 1, "origin's session id"),
            _number(version, 2**64 - 1, "origin's version"),
            address,
            family.upper(),
        )
    except SdpError:
        return _NO_ORIGIN


def _parse_rtpmap(value: str) -> PayloadMap | None:
    match = _RTPMAP.match(value)
    if match is None or int(match[1]) > 127:
        return None
    return PayloadMap(int(match[1]), match[2], int(match[3]), int(match[4] or 1))


def _number(text: str, maximum: int, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20) or int(text) > maximum:
        raise SdpError(f"{what} is not a number in its range")
    return int(text)


def unicast_literal(text: str) -> tuple[str, Family] | None:
    """Return an address that one telephone can have, as the kernel writes it, and its family.

    None for a name, a multicast or broadcast address, an address with a zone, and an IPv4 address
    inside an IPv6 one. The unspecified addresses are returned: they spell hold.
    """
    return _unicast_literal(text) if len(text) <= _MAX_LITERAL_CHARS else None


@lru_cache(maxsize=1024)
def _unicast_literal(text: str) -> tuple[str, Family] | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if address.is_multicast:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return None if str(address) == _BROADCAST else (str(address), 4)
    if address.scope_id is not None or address.ipv4_mapped is not None:
        return None
    return str(address), 6
