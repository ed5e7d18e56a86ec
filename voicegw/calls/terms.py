"""The terms under which each leg's sound is negotiated: codecs, encryption, addresses.

The one place that knows. Keys travel in session descriptions (RFC 4568), so they are only ever
offered or taken where nobody between us and the far end can read these: over TLS.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from ipaddress import IPv6Address
from typing import Literal

from voicegw.calls.parts import CallSettings
from voicegw.errors import InsecureSignallingError
from voicegw.media.engine import MediaTerms, SrtpPolicy
from voicegw.sdp.codecs import can_relay, codecs_named
from voicegw.sip.wire import Peer


def codecs_for(
    settings: CallSettings,
    listed: Sequence[str] | None = None,
    *,
    beside: str | None = None,
    other: Collection[str] = (),
) -> tuple[str, ...]:
    """Return what a leg may agree to, best first: of the trunk's list, what the node carries.

    `listed` None is a telephone of ours, which may have all. `beside` is what the other leg has
    agreed to already: it comes first, then what it can be changed to. `other` is what that leg may
    have at all: what could never be heard there is not offered, so that nobody is asked again.
    """
    allowed = settings.codecs if listed is None else listed
    own = [codec for codec in codecs_named(allowed) if codec in codecs_named(settings.codecs)]
    theirs = codecs_named(other)
    common = [codec for codec in own if any(can_relay(codec, one) for one in theirs)]
    own = common or own
    for target in codecs_named([beside or ""]):
        own.sort(key=lambda codec: (codec is not target, not can_relay(codec, target)))
    return tuple(codec.value for codec in own)


def terms_for(settings: CallSettings, peer: Peer, codecs: Sequence[str]) -> MediaTerms:
    """Return the terms for a leg that is signalled with `peer` and may have `codecs`, best first.

    Raises InsecureSignallingError where encryption is required and the signalling isn't TLS: the
    leg may neither be dialled nor answered.
    """
    if peer.transport == "tls":
        srtp = settings.srtp
    elif settings.srtp is SrtpPolicy.REQUIRED:
        raise InsecureSignallingError(peer.transport)
    else:
        srtp = SrtpPolicy.OFF
    family: Literal[6] | None = 6 if settings.ipv6_sound and _is_ipv6(peer.host) else None
    return MediaTerms(tuple(codecs), srtp, family, settings.inner_address(peer.host))


def terms_for_all(
    settings: CallSettings, peers: Sequence[Peer], codecs: Sequence[str]
) -> MediaTerms:
    """Return the terms of one offer that goes to several telephones at once, the first the best.

    Keys are left out where one of them would get them in plain sight, the inner address where one
    of them is beyond the address translation. Raises InsecureSignallingError as :func:`terms_for`.
    """
    each = [terms_for(settings, peer, codecs) for peer in peers]
    common = each[0]
    if any(terms.srtp is SrtpPolicy.OFF for terms in each):
        common = replace(common, srtp=SrtpPolicy.OFF)
    if any(terms.inner_address != common.inner_address for terms in each):
        common = replace(common, inner_address=None)
    return common


def _is_ipv6(host: str) -> bool:
    try:
        return IPv6Address(host).ipv4_mapped is None
    except ValueError:
        return False
