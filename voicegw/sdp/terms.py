"""The terms that a leg's sound is negotiated under: part of the media port's words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal


class SrtpPolicy(StrEnum):
    """Whether a leg's sound is encrypted by keys in its descriptions (SDES, RFC 4568)."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class MediaTerms:
    """What a leg's sound may be agreed on.

    `codecs` names what may be used, best first; None is all that the engine carries. In an offer
    they are written in this order; an answer takes the first of them that was offered, and with
    None the first of the far end's that is carried. `srtp` other than OFF is only for a leg whose
    signalling is TLS: whoever reads the description reads the keys. `family` is that of the address
    to offer (None: IPv4); an answer follows the offer's. `inner_address` is what a far end on this
    side of the address translation is shown in place of the engine's own of IPv4; it holds for the
    whole dialog.
    """

    codecs: tuple[str, ...] | None = None
    srtp: SrtpPolicy = SrtpPolicy.OFF
    family: Literal[4, 6] | None = None
    inner_address: str | None = None


#: All codecs, no encryption, IPv4.
ANY_TERMS: Final = MediaTerms()
