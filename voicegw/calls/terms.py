"""The terms under which each leg's sound is negotiated: which encryption, which address family.

The one place that knows. Keys travel in session descriptions (RFC 4568), so they are only ever
offered or taken where nobody between us and the far end can read these: over TLS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv6Address

from voicegw.calls.parts import CallSettings
from voicegw.errors import InsecureSignallingError
from voicegw.media.engine import MediaTerms, SrtpPolicy
from voicegw.sip.wire import Peer


def terms_for(settings: CallSettings, peer: Peer) -> MediaTerms:
    """Return the terms for a leg that is signalled with `peer`.

    Raises InsecureSignallingError where encryption is required and the signalling isn't TLS: the
    leg may neither be dialled nor answered.
    """
    if peer.transport == "tls":
        srtp = settings.srtp
    elif settings.srtp is SrtpPolicy.REQUIRED:
        raise InsecureSignallingError(peer.transport)
    else:
        srtp = SrtpPolicy.OFF
    return MediaTerms(srtp=srtp, family=6 if settings.ipv6_sound and _is_ipv6(peer.host) else None)


def terms_for_all(settings: CallSettings, peers: Sequence[Peer]) -> MediaTerms:
    """Return the terms of one offer that goes to several telephones at once, the first the best.

    Keys are left out where one of them would get them in plain sight. Raises
    InsecureSignallingError as :func:`terms_for`.
    """
    each = [terms_for(settings, peer) for peer in peers]
    if any(terms.srtp is SrtpPolicy.OFF for terms in each):
        return replace(each[0], srtp=SrtpPolicy.OFF)
    return each[0]


def _is_ipv6(host: str) -> bool:
    try:
        return IPv6Address(host).ipv4_mapped is None
    except ValueError:
        return False
