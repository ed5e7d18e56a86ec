"""Playbacks: prompts in memory, given out one frame at a time in whatever codec a leg agreed to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from voicegw.media.frames import FRAME_BYTES
from voicegw.sdp.codecs import Codec


class Frames(Protocol):
    """Sound of one codec, cut into frames of 20 ms."""

    def frame(self, number: int, *, loop: bool) -> bytes | None:
        """Return a frame; None behind the end, which a loop does not have."""
        ...


class ByteFrames:
    """Sound of 8 bytes each millisecond: G.711 and G.722."""

    __slots__ = ("_data", "_silence")

    def __init__(self, data: bytes, silence: bytes) -> None:
        """Take the sound, and a frame of `silence` to fill the last one up with."""
        self._data = data
        self._silence = silence

    def frame(self, number: int, *, loop: bool) -> bytes | None:
        """Return a frame; None behind the end. A loop goes on without a seam."""
        data = self._data
        if not data:
            return None
        start = number * FRAME_BYTES
        if not loop:
            piece = data[start : start + FRAME_BYTES]
            return piece + self._silence[len(piece) :] if piece else None
        start %= len(data)
        piece = data[start : start + FRAME_BYTES]
        while len(piece) < FRAME_BYTES:
            piece += data[: FRAME_BYTES - len(piece)]
        return piece


class PacketFrames:
    """Sound that comes in packets of 20 ms: Opus."""

    __slots__ = ("_packets",)

    def __init__(self, packets: Sequence[bytes]) -> None:
        """Take the packets in order."""
        self._packets = packets

    def frame(self, number: int, *, loop: bool) -> bytes | None:
        """Return a packet; None behind the end."""
        count = len(self._packets)
        if not count or (number >= count and not loop):
            return None
        return self._packets[number % count]


class FrameSource(Protocol):
    """What a leg hears that comes from here, frame by frame."""

    id: str

    def can_play(self, codec: Codec) -> bool:
        """Whether it can be heard in `codec`."""
        ...

    def frame(self, codec: Codec) -> bytes | None:
        """Return the next 20 ms; None when it is over."""
        ...


class Player:
    """A playback to one leg. The codec may change while it runs: its place stays."""

    __slots__ = ("_loop", "_next", "_sound", "id")

    def __init__(self, playback: str, sound: Mapping[Codec, Frames], *, loop: bool) -> None:
        """Play `sound` once, or again and again."""
        self.id = playback
        self._sound = sound
        self._loop = loop
        self._next = 0

    def can_play(self, codec: Codec) -> bool:
        """Whether the prompts were prepared in `codec`."""
        return codec in self._sound

    def frame(self, codec: Codec) -> bytes | None:
        """Return the next 20 ms; None when it is over."""
        frames = self._sound.get(codec)
        if frames is None:
            return None
        number = self._next
        self._next += 1
        return frames.frame(number, loop=self._loop)
