"""Forms of single values: sizes, rates, listening addresses, SIP URIs. Pure."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

_SIZE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([kMGT]?)(i?)B?\s*$")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_RATE = re.compile(r"^(\d+)/(s|min|h|d)$")
_PORTS = re.compile(r"^(\d{1,5})-(\d{1,5})$")
_LISTEN = re.compile(
    r"^(?P<transport>udp|tcp|tls)://(?P<host>\[[0-9A-Fa-f:.]+\]|[^:/\s]+):(?P<port>\d+)$"
)
_TRUNK_URI = re.compile(
    r"^sip:(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(?P<port>\d+))?(?P<parameters>(?:;[^;]+)*)$"
)
_NAMESERVER = re.compile(r"^(?P<host>\[[0-9A-Fa-f:.]+\]|[0-9.]+)(?::(?P<port>\d{1,5}))?$")
_HOST = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")
_PERIOD_S = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_POWER = {"": 0, "k": 1, "M": 2, "G": 3, "T": 4}


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `count` in any `per_s` seconds."""

    count: int
    per_s: int


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where to listen: `transport` is udp, tcp or tls; port 0 means any free one."""

    transport: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class TrunkAddress:
    """Where a trunk is reached, and which of that its URI says itself, leaving no choice to DNS."""

    host: str
    port: int
    transport: str
    port_given: bool = True
    transport_given: bool = True

    @property
    def ip_version(self) -> int | None:
        """4 or 6 where the host is an address, None where it is a name."""
        try:
            return ipaddress.ip_address(self.host).version
        except ValueError:
            return None


def parse_size(text: str) -> int:
    """Return a size such as "2 GB" or "512 MiB" in bytes. Raises ValueError."""
    match = _SIZE.match(text)
    if match is None:
        raise ValueError("expected a size such as 2 GB or 512 MiB")
    number, prefix, binary = match.groups()
    return int(float(number) * (1024 if binary else 1000) ** _POWER[prefix])


def parse_rate(text: str) -> RateLimit:
    """Return a rate such as "5/h" (s, min, h, d). Raises ValueError."""
    match = _RATE.match(text.replace(" ", ""))
    if match is None or int(match[1]) == 0:
        raise ValueError("expected a rate such as 1/min, 5/h or 20/d")
    return RateLimit(int(match[1]), _PERIOD_S[match[2]])


def parse_ports(text: str) -> range:
    """Return a port range such as "20000-29999", both ends included. Raises ValueError."""
    match = _PORTS.match(text.replace(" ", ""))
    if match is None:
        raise ValueError("expected a port range such as 20000-29999")
    low, high = int(match[1]), int(match[2])
    if not 1024 <= low < high <= 65535:
        raise ValueError("expected two ports from 1024 to 65535, the lower first")
    if high - low < 3:
        raise ValueError("expected at least four ports: each leg needs two")
    return range(low, high + 1)


def parse_listen(text: str) -> ListenAddress:
    """Return a listening address such as "udp://0.0.0.0:5060". Raises ValueError."""
    match = _LISTEN.match(text)
    if match is None or int(match["port"]) > 65535:
        raise ValueError("expected an address such as udp://0.0.0.0:5060, tcp:// or tls://")
    return ListenAddress(match["transport"], match["host"].strip("[]"), int(match["port"]))


def parse_host(text: str) -> str:
    """Return an address (IPv6 without brackets) or a host name, or nothing. Raises ValueError."""
    if text and ":" in text:
        return parse_ipv6(text)
    if text and not _HOST.fullmatch(text):
        raise ValueError("expected an address such as 192.0.2.5, or a host name")
    return text


def parse_voice(text: str) -> tuple[str, str]:
    """Return language and voice of "zh=cmn". Raises ValueError."""
    language, _, voice = text.partition("=")
    if not _LANGUAGE.fullmatch(language) or not voice.strip():
        raise ValueError("expected a language and a voice such as zh=cmn")
    return language, voice.strip()


def parse_line(text: str) -> str:
    """Return a text that may stand in one line of a message. Raises ValueError."""
    if not text.isprintable():
        raise ValueError("expected one line without control characters")
    return text


def parse_ipv6(text: str) -> str:
    """Return an IPv6 address, written without brackets, or nothing. Raises ValueError."""
    if not text:
        return ""
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError as error:
        raise ValueError("expected an IPv6 address such as 2001:db8::5") from error


def parse_host_port(text: str) -> tuple[str, int]:
    """Return host and port of an address such as "127.0.0.1:8080". Raises ValueError."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError("expected an address such as 127.0.0.1:8080")
    return host.strip("[]"), int(port)


def parse_trunk_uri(text: str) -> TrunkAddress:
    """Return the address in a URI such as "sip:host:5060;transport=udp". Raises ValueError."""
    if text.strip().lower().startswith("sips:"):
        raise ValueError("sips: is not used here: write sip:host;transport=tls")
    match = _TRUNK_URI.match(text.strip())
    if match is None or int(match["port"] or 5060) > 65535:
        raise ValueError("expected a URI such as sip:sbc.example.net:5060;transport=udp")
    transport, transport_given = "udp", False
    for parameter in filter(None, match["parameters"].split(";")):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "transport":
            transport, transport_given = value.strip().lower(), True
    if transport not in {"udp", "tcp", "tls"}:
        raise ValueError("expected ;transport=udp, ;transport=tcp or ;transport=tls")
    return TrunkAddress(
        match["host"].strip("[]"),
        int(match["port"] or (5061 if transport == "tls" else 5060)),
        transport,
        port_given=match["port"] is not None,
        transport_given=transport_given,
    )


def parse_nameserver(text: str) -> tuple[str, int]:
    """Return address and port of "192.0.2.1", "192.0.2.1:53" or "[::1]:53". Raises ValueError."""
    expected = "expected the address of a name server such as 192.0.2.1 or 192.0.2.1:53"
    match = _NAMESERVER.match(text)
    host, port = text, 53
    if match is not None:
        host, port = match["host"].strip("[]"), int(match["port"] or 53)
    try:
        ipaddress.ip_address(host)
    except ValueError as error:
        raise ValueError(expected) from error
    if not 0 < port <= 65535:
        raise ValueError(expected)
    return host, port
