"""The address of a receiver: which are taken. Pure.

By https, because events hold telephone numbers; by http within networks that the operator allows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from voicegw.errors import InvalidError
from voicegw.events.webhooks.addresses import Address, Network, is_within, may_reach

MAX_URL: Final = 2000
_FIELD: Final = "url"
_PORTS: Final = {"https": 443, "http": 80}
_SENDABLE: Final = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect to for a URL. `host` is a name or an address, without brackets."""

    scheme: str
    host: str
    port: int


def parse_target(url: str) -> Target:
    """Return where `url` leads. Raises InvalidError naming `url` and what was expected."""
    if len(url) > MAX_URL or not _SENDABLE.fullmatch(url):
        raise InvalidError(
            _FIELD,
            f"must be up to {MAX_URL} visible ASCII characters",
            kind="too-long",
            max=MAX_URL,
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidError(
            _FIELD, "must be a URL such as https://example.com/events", kind="not-a-url"
        ) from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise InvalidError(
            _FIELD, "must be a URL such as https://example.com/events", kind="not-a-url"
        )
    if parts.username is not None or parts.password is not None:
        raise InvalidError(
            _FIELD, "must hold no user and no password: deliveries are signed", kind="holds-login"
        )
    if parts.fragment or "\\" in url:
        raise InvalidError(_FIELD, "must have no fragment and no backslash", kind="not-a-url")
    if port == 0:
        raise InvalidError(_FIELD, "must have a port from 1 to 65535", kind="not-a-url")
    return Target(parts.scheme, parts.hostname, port or _PORTS[parts.scheme])


def usable(scheme: str, addresses: Sequence[Address], allowed: Sequence[Network]) -> list[Address]:
    """Return those of a host's `addresses` that may be connected to, in their order.

    By http only those within `allowed`.
    """
    if scheme == "http":
        return [address for address in addresses if is_within(address, allowed)]
    return [address for address in addresses if may_reach(address, allowed)]
