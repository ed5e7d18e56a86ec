"""What the transport needs of the signalling core: the seam between sockets and pure machines."""

from __future__ import annotations

from typing import Protocol

from voicegw.sip.wire import Peer


class SipCore(Protocol):
    """What the transport needs of the core. `now` is the loop's time, monotonic seconds."""

    def receive(self, data: bytes, peer: Peer, now: float) -> None:
        """Take a datagram or one message of a stream."""
        ...

    def handle_timer(self, now: float) -> None:
        """Do what is due."""
        ...

    def next_timer(self) -> float | None:
        """Return when :meth:`handle_timer` is to be called."""
        ...

    def take_transmissions(self) -> list[tuple[Peer, bytes]]:
        """Return what is to be sent, in order, and forget it."""
        ...

    def transport_failed(self, peer: Peer, now: float) -> None:
        """Something for `peer` could not be sent."""
        ...

    def connection_lost(self, peer: Peer, now: float) -> None:
        """A connection to `peer` has closed, over which something was sent or received."""
        ...

    def knows(self, peer: Peer) -> bool:
        """Whether `peer` is somebody: strangers get the smaller part of what is scarce."""
        ...

    def is_registered_at(self, peer: Peer) -> bool:
        """Whether a telephone is registered at `peer`."""
        ...

    def refuses(self, peer: Peer, now: float) -> bool:
        """Whether nothing from `peer` shall be handed over: it is banned."""
        ...

    def nonsense_received(self, peer: Peer, now: float) -> None:
        """A connection of `peer` brought what is no SIP at all; it is being closed."""
        ...

    def came_for_nothing(self, peer: Peer, now: float) -> None:
        """A stranger has connected and gone without a message, or has failed to begin TLS."""
        ...

    def observe_delay(self, delay_s: float, now: float) -> None:
        """Something has waited so long to be handled; told several times a second."""
        ...
