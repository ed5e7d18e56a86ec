"""What ties the signalling core to its transport and to the calls, which are made after it."""

from __future__ import annotations

from voicegw.calls.service import CallService
from voicegw.sip.events import SessionListener
from voicegw.sip.own_address import OwnAddress
from voicegw.sip.session_uas import UasSession
from voicegw.sip.transport import SipTransport
from voicegw.sip.wire import Peer


class Signalling:
    """Ties the core to its transport and its user, which are made after it."""

    def __init__(self, own_address: OwnAddress) -> None:
        """Neither is there yet; `calls` and `transport` are set as they are made."""
        self.calls: CallService | None = None
        self.transport: SipTransport | None = None
        self._own_address = own_address

    def session_offered(self, session: UasSession, now: float) -> SessionListener | None:
        """Pass an INVITE on; before the node is ready there is no one to take it."""
        if self.calls is None:
            session.reject(503, headers=[("Retry-After", "5")])
            return None
        return self.calls.session_offered(session, now)

    def transmissions_ready(self) -> None:
        """Have the transport send what the core has queued."""
        if self.transport is not None:
            self.transport.flush()

    def contact(self, peer: Peer) -> tuple[str, int]:
        """Return our own address as `peer` reaches it."""
        bound, port = ("", 5060)
        if self.transport is not None:
            bound, port = self.transport.address_towards(peer)
        return self._own_address.towards(peer.host, bound), port
