"""The few parts of a SIP message that the lab carrier touches, as text.

On purpose no relation of `voicegw.sip`: a lab that shared the gateway's grammar would share its
mistakes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
}
_URI = re.compile(r"<?\s*(?P<uri>(?:sip|sips|tel):[^>\s]+)>?")
_USER = re.compile(r"^(?:sips?:(?P<user>[^@;]+)@|tel:(?P<number>[^;]+))")
_HOST = re.compile(r"^sips?:(?:[^@]*@)?(?P<host>\[[^\]]+\]|[^:;>]+)(?::(?P<port>\d+))?")

Address = tuple[str, int]


class NotSipError(ValueError):
    """The datagram is no SIP message."""


@dataclass(slots=True)
class SipText:
    """A message as its first line, its header lines in order, and its body."""

    start: str
    headers: list[tuple[str, str]]
    body: bytes

    @classmethod
    def parse(cls, data: bytes) -> SipText:
        """Split a datagram. Raises NotSipError when it has no start line of SIP."""
        head, _, body = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
        lines = re.sub(r"\r\n[ \t]+", " ", head.decode("utf-8", "replace")).split("\r\n")
        if "SIP/2.0" not in lines[0]:
            raise NotSipError("no SIP/2.0 in the first line")
        headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers += [(name.strip(), item) for item in _items(name, value.strip())]
        return cls(lines[0], headers, body)

    def __bytes__(self) -> bytes:
        lines = [self.start, *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, "", ""]).encode() + self.body

    @property
    def is_request(self) -> bool:
        """Whether this is a request."""
        return not self.start.startswith("SIP/2.0")

    @property
    def method(self) -> str:
        """The method of a request, or the one that a response answers."""
        if self.is_request:
            return self.start.split(" ", 1)[0]
        return self.first("cseq").rpartition(" ")[2]

    @property
    def request_uri(self) -> str:
        """A request's target; empty when the first line has none."""
        parts = self.start.split(" ")
        return parts[1] if len(parts) == 3 else ""

    @property
    def status(self) -> int:
        """A response's code; 0 when it has none."""
        code = self.start.split(" ")[1:2]
        return int(code[0]) if code and code[0].isdecimal() else 0

    def first(self, name: str) -> str:
        """Return the first header of this (lower-case) name; empty when there is none."""
        return next((value for key, value in self.headers if _canonical(key) == name), "")

    def all(self, name: str) -> list[str]:
        """Return all headers of this (lower-case) name, in order."""
        return [value for key, value in self.headers if _canonical(key) == name]

    def replace_first(self, name: str, value: str) -> None:
        """Set the first header of this name, where there is one."""
        for index, (key, _) in enumerate(self.headers):
            if _canonical(key) == name:
                self.headers[index] = (key, value)
                return

    def drop_first(self, name: str) -> None:
        """Remove the first header of this name, where there is one."""
        for index, (key, _) in enumerate(self.headers):
            if _canonical(key) == name:
                del self.headers[index]
                return

    def answer(self, status: int, reason: str, *extra: tuple[str, str]) -> SipText:
        """Return a response to this request, without body."""
        kept = {"via", "from", "to", "call-id", "cseq"}
        headers = [(key, value) for key, value in self.headers if _canonical(key) in kept]
        answer = SipText(f"SIP/2.0 {status} {reason}", headers, b"")
        if status > 100 and ";tag=" not in answer.first("to"):
            answer.replace_first("to", answer.first("to") + ";tag=lab")
        answer.headers += [*extra, ("Content-Length", "0")]
        return answer


def uri_of(header: str) -> str:
    """Return the URI in a From, To, Contact or Route value; empty when there is none."""
    after_name = header.rpartition('"')[2] if header.startswith('"') else header
    match = _URI.search(after_name)
    return match["uri"] if match else ""


def user_of(uri: str) -> str:
    """Return a URI's user part (a telephone number); empty when there is none."""
    match = _USER.match(uri)
    return (match["user"] or match["number"] or "") if match else ""


def address_of(uri: str) -> Address | None:
    """Return host and port that a SIP URI leads to; None when it is no SIP URI."""
    match = _HOST.match(uri)
    return (match["host"].strip("[]"), int(match["port"] or 5060)) if match else None


def via_address(via: str) -> Address | None:
    """Return where an answer with this topmost Via goes (RFC 3261 §18.2.2, RFC 3581)."""
    sent_by, *parameters = [part.strip() for part in via.split(";")]
    address = address_of("sip:" + sent_by.rpartition(" ")[2])
    values = dict(part.partition("=")[::2] for part in parameters)
    if address is None:
        return None
    port = values.get("rport") or str(address[1])
    return values.get("received") or address[0], int(port) if port.isdecimal() else address[1]


def parameter(header: str, name: str) -> str:
    """Return a header's parameter (`branch`, `tag`); empty when it has none."""
    match = re.search(rf";\s*{name}\s*=\s*([^;,\s]+)", header, re.IGNORECASE)
    return match[1] if match else ""


def _canonical(name: str) -> str:
    lower = name.lower()
    return _COMPACT.get(lower, lower)


def _items(name: str, value: str) -> list[str]:
    """Split the values of headers that name a path, so that each can be taken off alone."""
    if _canonical(name) not in {"via", "route", "record-route"}:
        return [value]
    return [item.strip() for item in value.split(",")]
