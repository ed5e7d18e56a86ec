"""Sound of our own in packets of the length that a far end asks for (`a=ptime`). Pure."""

from __future__ import annotations

from voicegw.sdp.codecs import Codec

_BYTES_PER_MS = 8


class Packetiser:
    """Gathers or cuts frames of a codec with 8 bytes each millisecond."""

    __slots__ = ("_bytes", "_waiting")

    def __init__(self, packet_ms: int) -> None:
        """Make packets of `packet_ms` milliseconds."""
        self._bytes = packet_ms * _BYTES_PER_MS
        self._waiting = b""

    def feed(self, frame: bytes) -> list[bytes]:
        """Return the packets that are full with `frame`."""
        sound = self._waiting + frame
        whole = len(sound) - len(sound) % self._bytes
        self._waiting = sound[whole:]
        return [sound[start : start + self._bytes] for start in range(0, whole, self._bytes)]

    def rest(self) -> bytes:
        """Return what waits for a packet to be full, and forget it."""
        sound, self._waiting = self._waiting, b""
        return sound


def packetiser_for(codec: Codec, packet_ms: int, frame_ms: int) -> Packetiser | None:
    """Return what makes packets of `packet_ms`; None where frames of `frame_ms` are sent as is.

    Opus packets can't be cut or put together by their bytes.
    """
    return None if codec is Codec.OPUS or packet_ms == frame_ms else Packetiser(packet_ms)
