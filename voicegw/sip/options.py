"""OPTIONS of ours: what asks a server for a sign of life (RFC 3261 §11.1). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicegw.sip.grammar import URI
from voicegw.sip.headers import Headers
from voicegw.sip.message import Request
from voicegw.sip.wire import Peer

if TYPE_CHECKING:
    from voicegw.sip.exchange import SessionHost


def options_request(host: SessionHost, target: URI, peer: Peer) -> Request:
    """Return an OPTIONS to `target`, to be sent to `peer`; it tells nothing of anybody."""
    headers = Headers(
        (
            ("Via", host.via(peer)),
            ("Max-Forwards", "70"),
            ("From", f"<sip:{target.host}>;tag={host.new_tag()}"),
            ("To", f"<{target}>"),
            ("Call-ID", f"{host.rng.getrandbits(128):032x}"),
            ("CSeq", "1 OPTIONS"),
            ("Contact", host.contact("", peer)),
            ("Accept", "application/sdp"),
            ("User-Agent", host.user_agent),
        )
    )
    return Request("OPTIONS", target, headers, b"")
