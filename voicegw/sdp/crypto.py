"""Keys for encrypted sound in a description: `a=crypto` (RFC 4568; GCM: RFC 7714 §14.2). Pure.

A line that asks for what can't be met here (an unknown suite, a master key identifier, a key
derivation rate, an unencrypted or unauthenticated stream) is left out of the choice, as §6.3.7 and
§7.1.2 want, and never bent. No key appears in a `repr`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from voicegw.sdp.description import Attribute, MediaDescription

#: More lines than that are not read.
MAX_CRYPTO_LINES: Final = 32

_TAG = re.compile(r"^[0-9]{1,9}$")
_LIFETIME = re.compile(r"^(?:2\^[0-9]{1,2}|[0-9]{1,20})$")
_WINDOW = re.compile(r"^WSH=[0-9]{1,9}$")
_NO_DERIVATION: Final = frozenset({"KDR=0"})


class CryptoSuite(StrEnum):
    """What encrypts and authenticates the packets, as it is written."""

    AES_CM_128_HMAC_SHA1_80 = "AES_CM_128_HMAC_SHA1_80"
    AES_CM_128_HMAC_SHA1_32 = "AES_CM_128_HMAC_SHA1_32"
    AEAD_AES_128_GCM = "AEAD_AES_128_GCM"

    @property
    def key_bytes(self) -> int:
        """The length of master key and master salt together."""
        return 28 if self is CryptoSuite.AEAD_AES_128_GCM else 30


#: What is offered, best first. SHA1_32 is only taken: its tags are short (RFC 4568 §6.2.2).
OFFERED_SUITES: Final = (CryptoSuite.AES_CM_128_HMAC_SHA1_80, CryptoSuite.AEAD_AES_128_GCM)


@dataclass(frozen=True, slots=True)
class CryptoLine:
    """One usable `a=crypto`: the key is the one its writer *sends* with."""

    tag: int
    suite: CryptoSuite
    key: bytes = field(repr=False)

    def attribute(self) -> Attribute:
        """Return the line as an attribute."""
        key = base64.b64encode(self.key).decode()
        return Attribute("crypto", f"{self.tag} {self.suite} inline:{key}")


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """What both sides agreed to: `local` is what we send with, `remote` what the far end does."""

    suite: CryptoSuite
    local: bytes = field(repr=False)
    remote: bytes = field(repr=False)


def usable_lines(media: MediaDescription) -> list[CryptoLine]:
    """Return the crypto lines of `media` that can be met, in order."""
    values = [a.value for a in media.attributes if a.name == "crypto"]
    read = (parse_line(value or "") for value in values[:MAX_CRYPTO_LINES])
    return [line for line in read if line is not None]


def parse_line(value: str) -> CryptoLine | None:
    """Read what follows `a=crypto:`; None for what can't be met or read."""
    parts = value.split()
    if len(parts) < 3 or not _TAG.match(parts[0]):
        return None
    try:
        suite = CryptoSuite(parts[1].upper())
    except ValueError:
        return None
    key = _inline_key(parts[2], suite)
    if key is None or not all(_is_met(parameter) for parameter in parts[3:]):
        return None
    return CryptoLine(int(parts[0]), suite, key)


def offered_lines(
    keys: Mapping[CryptoSuite, bytes], suites: Iterable[CryptoSuite]
) -> tuple[CryptoLine, ...]:
    """Return lines to offer, tagged from 1, with the keys of ours that belong to `suites`."""
    return tuple(CryptoLine(tag, suite, keys[suite]) for tag, suite in enumerate(suites, 1))


def answered_keys(offered: Sequence[CryptoLine], answered: Sequence[CryptoLine]) -> SrtpKeys | None:
    """Return the keys of the first answered line that is one of those offered (§5.1.3)."""
    for line in answered:
        for own in offered:
            if (own.tag, own.suite) == (line.tag, line.suite):
                return SrtpKeys(own.suite, local=own.key, remote=line.key)
    return None


def _inline_key(text: str, suite: CryptoSuite) -> bytes | None:
    """Return the key of `inline:KEY|LIFETIME`.

    A lifetime binds the far end, which sends with this key, and changes nothing here. Several keys,
    or a master key identifier, would be written into each packet, which is not carried.
    """
    method, colon, rest = text.partition(":")
    if not colon or method.lower() != "inline":
        return None
    encoded, *parameters = rest.split("|")
    if len(parameters) > 1 or not all(_LIFETIME.match(one) for one in parameters):
        return None
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == suite.key_bytes else None


def _is_met(parameter: str) -> bool:
    """Whether a session parameter is met: hints on windows, no derivation, and extensions that
    begin with a dash and so may be ignored (§6.3)."""
    return (
        parameter.startswith("-")
        or parameter in _NO_DERIVATION
        or _WINDOW.match(parameter) is not None
    )
