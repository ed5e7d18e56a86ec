"""The header fields of a message: names in any spelling, values as they were written."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, TypeVar

import sipmessage

from voicegw.errors import InvalidError, MalformedMessageError
from voicegw.sip.grammar import TOKEN

T = TypeVar("T")

HeaderValue = (
    str
    | int
    | sipmessage.URI
    | sipmessage.Address
    | sipmessage.Via
    | sipmessage.CSeq
    | sipmessage.MediaType
    | sipmessage.AuthChallenge
    | sipmessage.AuthCredentials
)
"""What may be given as a value; written with `str()`."""

_FORBIDDEN = re.compile("[\r\n\ud800-\udfff]")

_COMPACT: Final = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "d": "Request-Disposition",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "j": "Reject-Contact",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "n": "Identity-Info",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
    "y": "Identity",
}
# Names whose usual spelling is not simply each word capitalised.
_IRREGULAR: Final = {
    "call-id": "Call-ID",
    "cseq": "CSeq",
    "mime-version": "MIME-Version",
    "min-se": "Min-SE",
    "rack": "RAck",
    "rseq": "RSeq",
    "sip-etag": "SIP-ETag",
    "sip-if-match": "SIP-If-Match",
    "www-authenticate": "WWW-Authenticate",
}
_LEADING: Final = (
    "Via",
    "Route",
    "Record-Route",
    "Max-Forwards",
    "From",
    "To",
    "Call-ID",
    "CSeq",
    "Contact",
)
_PLACED: Final = frozenset((*_LEADING, "Content-Length"))


@lru_cache(maxsize=1024)
def canonical_name(name: str) -> str:
    """Return the usual spelling of a header name, the long one for a compact form.

    Raises MalformedMessageError when `name` is no token.
    """
    if not TOKEN.fullmatch(name) or len(name) > 128:
        raise MalformedMessageError("bad header name")
    lower = name.lower()
    known = _COMPACT.get(lower) or _IRREGULAR.get(lower)
    return known or "-".join(word.capitalize() for word in lower.split("-"))


class Headers:
    """Header fields by name, any case and compact form; fields of one name keep their order.

    Values are single lines: setting one that holds a line break (or a lone surrogate, which can't
    be written) raises InvalidError, so that nothing a user typed can add a header of its own.
    """

    __slots__ = ("_parsed", "_values")

    def __init__(self, items: Iterable[tuple[str, HeaderValue]] = ()) -> None:
        """Take `(name, value)` pairs; a repeated name adds a field."""
        # Tuples of text, not lists: the garbage collector need not follow them, and thousands of
        # messages are kept for the time of their timers.
        self._values: dict[str, tuple[str, ...]] = {}
        self._parsed: dict[str, Any] = {}
        for name, value in items:
            self.add(name, value)

    @classmethod
    def from_lines(cls, lines: Iterable[str]) -> Headers:
        """Return the fields of unfolded lines. Raises MalformedMessageError."""
        headers = cls()
        values = headers._values
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon:
                raise MalformedMessageError("header line without a colon")
            key = canonical_name(name.rstrip())
            values[key] = (*values[key], value.strip()) if key in values else (value.strip(),)
        return headers

    @classmethod
    def from_readable_lines(cls, lines: Iterable[str]) -> Headers:
        """Return the fields of those lines that are header lines; the others are left out."""
        headers = cls()
        for line in lines:
            name, _, value = line.partition(":")
            name = name.rstrip()
            if TOKEN.fullmatch(name):
                key = canonical_name(name[:128])
                headers._values[key] = (*headers._values.get(key, ()), value.strip())
        return headers

    def get(self, name: str) -> str | None:
        """Return the first value of `name`, None when there is none."""
        values = self._values.get(canonical_name(name))
        return values[0] if values else None

    def get_all(self, name: str) -> list[str]:
        """Return every value of `name`, one for each line."""
        return list(self._values.get(canonical_name(name), ()))

    def repeated(self, names: Container[str]) -> str | None:
        """Return one of `names` (usual spelling) that has several fields, None when none has."""
        for name, values in self._values.items():
            if len(values) > 1 and name in names:
                return name
        return None

    def add(self, name: str, value: HeaderValue) -> None:
        """Add a field behind those of the same name."""
        key = canonical_name(name)
        self._values[key] = (*self._values.get(key, ()), _single_line(key, value))
        self._parsed.pop(key, None)

    def set(self, name: str, value: HeaderValue) -> None:
        """Replace all fields of `name` by one."""
        self.set_all(name, (value,))

    def set_all(self, name: str, values: Iterable[HeaderValue]) -> None:
        """Replace all fields of `name`; no value removes them."""
        key = canonical_name(name)
        lines = tuple(_single_line(key, value) for value in values)
        if lines:
            self._values[key] = lines
        else:
            self._values.pop(key, None)
        self._parsed.pop(key, None)

    def remove(self, name: str) -> None:
        """Remove all fields of `name`, if any."""
        self.set_all(name, ())

    def copy_from(self, other: Headers, *names: str) -> None:
        """Add the fields called `names` of `other`, unchanged. `names` are in usual spelling."""
        for name in names:
            values = other._values.get(name)
            if values:
                self._values[name] = self._values.get(name, ()) + values
                self._parsed.pop(name, None)

    def copy(self) -> Headers:
        """Return an independent copy."""
        copied = Headers()
        copied._values = dict(self._values)
        return copied

    def parsed(self, name: str, parse: Callable[[Sequence[str]], T]) -> T:
        """Return what `parse` makes of the values of `name` (usual spelling), once per change.

        One name must always be asked for with the same `parse`.
        """
        found: T | None = self._parsed.get(name)
        if found is None:
            found = self._parsed[name] = parse(self._values.get(name, ()))
        return found

    def items(self) -> Iterator[tuple[str, str]]:
        """Yield `(name, value)` for each field, in the order in which they are written."""
        for name, values in self._in_order():
            for value in values:
                yield name, value

    def lines(self) -> list[str]:
        """Return the header lines as they are written, Via first, without Content-Length."""
        return [f"{name}: {value}" for name, values in self._in_order() for value in values]

    def _in_order(self) -> list[tuple[str, tuple[str, ...]]]:
        present = self._values
        leading = [(name, present[name]) for name in _LEADING if name in present]
        return leading + [pair for pair in present.items() if pair[0] not in _PLACED]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and canonical_name(name) in self._values

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Headers):
            return self._values == other._values
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Headers({list(self.items())!r})"


def _single_line(name: str, value: HeaderValue) -> str:
    text = value if isinstance(value, str) else str(value)
    if _FORBIDDEN.search(text):
        raise InvalidError(name, "line breaks are not allowed")
    return text
