"""When the kernel took a datagram: how long it has waited for us since (Linux, SO_TIMESTAMPNS)."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Sequence
from typing import Final

_SO_TIMESTAMPNS: Final = 35  # asm-generic/socket.h; Python 3.11 has no name for it
_TIMESPEC: Final = struct.Struct("@ll")
_LONGEST_S: Final = 60.0

ANCILLARY_BYTES: Final = socket.CMSG_SPACE(_TIMESPEC.size)
"""Room that `recvmsg` needs for the time."""


def ask_for_receipt_times(sock: socket.socket) -> None:
    """Have the kernel tell when each datagram came; where it can't, none will tell."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    except OSError:
        return


def waited_s(ancillary: Sequence[tuple[int, int, bytes]]) -> float | None:
    """Return how long a datagram has waited, from what `recvmsg` gave with it.

    None when nothing was told, or nothing that makes sense: the clock may have been set.
    """
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(data) == _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack(data)
            waited = (time.time_ns() - seconds * 1_000_000_000 - nanoseconds) / 1e9
            return waited if 0 <= waited < _LONGEST_S else None
    return None
