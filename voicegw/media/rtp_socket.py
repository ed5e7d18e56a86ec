"""What a leg's sockets need beyond :mod:`socket`: to send to one address, to be set free again."""

from __future__ import annotations

import ctypes
import socket
import struct
from collections.abc import Callable

Address = tuple[str, int]

_libc = ctypes.CDLL(None, use_errno=True)


def sender_to(sender: socket.socket, target: Address) -> Callable[[bytes], object]:
    """Return what sends a packet to `target`; it raises OSError."""
    sendto = sender.sendto

    def send(packet: bytes) -> None:
        sendto(packet, target)

    return send


def disconnect(connected: socket.socket) -> None:
    """Undo `connect` on a UDP socket: connect(2) to AF_UNSPEC, which `socket` has no way to say.

    Raises OSError.
    """
    unspecified = struct.pack("=H14x", socket.AF_UNSPEC)
    if _libc.connect(connected.fileno(), unspecified, len(unspecified)) != 0:
        raise OSError(ctypes.get_errno(), "connect(AF_UNSPEC)")
