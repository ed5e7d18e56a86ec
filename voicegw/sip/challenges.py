"""Challenges and credentials of HTTP digest as SIP headers carry them (RFC 3261 §22, RFC 8760)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import sipmessage

from voicegw.errors import MalformedMessageError
from voicegw.sip.grammar import TOKEN, parameter_value, quote, split_quoted

_TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*")  # RFC 7235 §2.1
_QUOTED_IN_CHALLENGE: Final = frozenset({"realm", "domain", "nonce", "opaque", "qop"})
_QUOTED_IN_CREDENTIALS: Final = frozenset(
    {"username", "realm", "nonce", "uri", "response", "cnonce", "opaque"}
)


class AuthParameters(sipmessage.AuthParameters):
    """Parameters of a challenge or of credentials: names in lower case, values unquoted."""

    def __init__(self, values: Mapping[str, str] | None = None, /, **named: str) -> None:
        """Take names and values; names are lower-cased."""
        merged = {**values, **named} if values else named
        self._values = {name.lower(): value for name, value in merged.items()}

    @classmethod
    def parse(cls, value: str) -> AuthParameters:
        """Read `name=value, name="value"`. Raises MalformedMessageError."""
        values: dict[str, str] = {}
        for piece in split_quoted(value, ","):
            name, equals, raw = piece.partition("=")
            name = name.rstrip().lower()
            if not equals or not TOKEN.fullmatch(name) or name in values:
                raise MalformedMessageError("authentication: bad parameter")
            values[name] = parameter_value(raw.lstrip())
        return cls(values)

    def replace(self, **changes: str) -> AuthParameters:
        """Return a copy with `changes`."""
        return AuthParameters({**self._values, **changes})

    def __getitem__(self, key: str) -> str:
        return self._values[key.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"AuthParameters({sorted(self._values)!r})"

    def written(self, quoted: frozenset[str]) -> str:
        """Return the parameters as a header carries them; those in `quoted` in quotes."""
        return ", ".join(
            f"{name}={quote(value)}"
            if name in quoted or not TOKEN.fullmatch(value)
            else f"{name}={value}"
            for name, value in self._values.items()
        )


@dataclass(frozen=True)
class AuthChallenge(sipmessage.AuthChallenge):
    """A WWW-Authenticate or Proxy-Authenticate header."""

    scheme: str
    parameters: AuthParameters = field(default_factory=AuthParameters)

    @classmethod
    def parse(cls, value: str) -> AuthChallenge:
        """Read one challenge. Raises MalformedMessageError."""
        return cls(*_scheme_and_parameters(value))

    def __str__(self) -> str:
        return f"{self.scheme} {self.parameters.written(_QUOTED_IN_CHALLENGE)}"


@dataclass(frozen=True)
class AuthCredentials(sipmessage.AuthCredentials):
    """An Authorization or Proxy-Authorization header.

    Credentials of schemes without parameters (Bearer) are kept in `token`.
    """

    scheme: str
    parameters: AuthParameters | None = None

    @classmethod
    def parse(cls, value: str) -> AuthCredentials:
        """Read one set of credentials. Raises MalformedMessageError."""
        scheme, _, rest = value.strip().partition(" ")
        if TOKEN.fullmatch(scheme) and _TOKEN68.fullmatch(rest.strip()):
            return cls(scheme, token=rest.strip())
        scheme, parameters = _scheme_and_parameters(value)
        return cls(scheme, parameters)

    def __str__(self) -> str:
        if self.parameters is None:
            return f"{self.scheme} {self.token}"
        return f"{self.scheme} {self.parameters.written(_QUOTED_IN_CREDENTIALS)}"


def _scheme_and_parameters(value: str) -> tuple[str, AuthParameters]:
    scheme, space, rest = value.strip().replace("\t", " ").partition(" ")
    if not space or not TOKEN.fullmatch(scheme):
        raise MalformedMessageError("authentication: bad scheme")
    return scheme, AuthParameters.parse(rest)
