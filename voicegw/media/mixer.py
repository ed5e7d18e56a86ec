"""Several legs heard at once by one: their sound added up, 20 ms at a time.

Each leg of a mix sends into a stream of its own, as it does to a leg that hears it alone; what
arrives there waits in a small buffer, from which the listener's tick takes a frame of each. Sound
is added in A-law by a table: no leg is decoded anywhere else, and two telephones and a table are
cheaper than any mixer of samples. Only G.711 can be added; a listener with another codec hears
silence until it is brought to G.711.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from voicegw.media import rtp
from voicegw.media.frames import FRAME_BYTES, SILENCE, translation
from voicegw.media.outgoing import OutgoingStream
from voicegw.sdp.codecs import Codec

if TYPE_CHECKING:
    from voicegw.media.leg import Leg

#: What waits before a leg is heard (40 ms), and the most that may wait (120 ms): what one who sends
#: faster than we tick has said before is left out.
_PREFILL_BYTES: Final = 2 * FRAME_BYTES
_MOST_BYTES: Final = 6 * FRAME_BYTES
_PAYLOAD_TYPE: Final = 8
_LARGEST: Final = 4095
"""Of a sample as A-law has it: 13 bits with the sign (ITU-T G.711 table 1a)."""


def _decoded(value: int) -> int:
    """Return the sample of an A-law byte, in 13 bits."""
    value ^= 0x55
    segment, step = (value >> 4) & 7, value & 0xF
    size = 2 * step + 1 if segment == 0 else (2 * step + 33) << (segment - 1)
    return size if value & 0x80 else -size


def _sums() -> bytes:
    """Return the A-law byte of the sum of any two: of `a` and `b` it stands at 256 a + b."""
    samples = [_decoded(value) for value in range(256)]
    # The nearest of the 256 to each possible sum, found once by walking both in order.
    ordered = sorted(range(256), key=samples.__getitem__)
    nearest = bytearray(2 * _LARGEST + 1)
    place = 0
    for sample in range(-_LARGEST, _LARGEST + 1):
        while place < 255 and (
            abs(samples[ordered[place + 1]] - sample) <= abs(samples[ordered[place]] - sample)
        ):
            place += 1
        nearest[sample + _LARGEST] = ordered[place]
    least, most = -_LARGEST, _LARGEST
    return bytes(
        nearest[min(most, max(least, one + other)) + _LARGEST]
        for one in samples
        for other in samples
    )


_SUMS: Final = _sums()


def added(one: bytes, other: bytes) -> bytes:
    """Return the sum of two pieces of A-law of the same length."""
    return bytes([_SUMS[a << 8 | b] for a, b in zip(one, other, strict=True)])


class MixInput:
    """What one leg of a mix has sent and the listener has not heard yet."""

    __slots__ = ("_is_filling", "_waiting", "stream")

    def __init__(self, now_us: int) -> None:
        """Begin empty; `stream` is what the leg sends to."""
        self.stream = OutgoingStream(now_us)
        self.stream.negotiated(Codec.PCMA, _PAYLOAD_TYPE, None, may_send=True)
        self.stream.send = self._take
        self._waiting = bytearray()
        self._is_filling = True

    def _take(self, packet: bytes) -> None:
        self._waiting += packet[rtp.HEADER_BYTES :]
        if len(self._waiting) > _MOST_BYTES:
            del self._waiting[:-_PREFILL_BYTES]

    def frame(self) -> bytes | None:
        """Return the next 20 ms; None while there is nothing, and until enough has come again."""
        if len(self._waiting) < (_PREFILL_BYTES if self._is_filling else FRAME_BYTES):
            self._is_filling = True
            return None
        self._is_filling = False
        frame = bytes(self._waiting[:FRAME_BYTES])
        del self._waiting[:FRAME_BYTES]
        return frame


class Mixer:
    """What one leg hears of several others; takes the place of a playback."""

    __slots__ = ("_inputs", "id")

    def __init__(self, sources: Sequence[Leg], now_us: int) -> None:
        """Add up what `sources` send from now on."""
        self.id = ""
        self._inputs = {leg: MixInput(now_us) for leg in sources}

    @property
    def inputs(self) -> Mapping[Leg, MixInput]:
        """What each leg of the mix sends to."""
        return self._inputs

    def drop(self, leg: Leg) -> None:
        """Hear `leg` no more: it has ended."""
        self._inputs.pop(leg, None)

    def can_play(self, codec: Codec) -> bool:
        """Whether something is heard in `codec`: silence, where it can't be added."""
        return codec in SILENCE

    def frame(self, codec: Codec) -> bytes | None:
        """Return the next 20 ms of all of them; a mix has no end."""
        frames = [frame for one in self._inputs.values() if (frame := one.frame()) is not None]
        if not frames or not codec.is_g711:
            return SILENCE[codec]
        mixed = frames[0]
        for frame in frames[1:]:
            mixed = added(mixed, frame)
        table = translation(Codec.PCMA, codec)
        return mixed if table is None else mixed.translate(table)
