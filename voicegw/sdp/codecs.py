"""The codecs of a session description: their names, numbers and clocks (RFC 3551, RFC 7587).

An encoding's *name* here is what media workers and spools know it by: `PCMA`, `PCMU`, `G722`,
`opus`, `telephone-event`, and `telephone-event/48000` for events that run on Opus's clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Final

TELEPHONE_EVENT: Final = "telephone-event"
#: Events count in the ticks of the sound beside them (RFC 4733 §2.1).
TELEPHONE_EVENT_48K: Final = "telephone-event/48000"

_EVENT_NAMES: Final = {8000: TELEPHONE_EVENT, 48_000: TELEPHONE_EVENT_48K}


class Codec(StrEnum):
    """The codecs this gateway can carry; the value is the name written in `a=rtpmap`."""

    PCMA = "PCMA"
    PCMU = "PCMU"
    G722 = "G722"
    OPUS = "opus"

    @property
    def clock_hz(self) -> int:
        """The RTP clock rate. G.722 samples at 16 kHz and counts at 8 (RFC 3551 §4.5.2)."""
        return 48_000 if self is Codec.OPUS else 8000

    @property
    def channels(self) -> int:
        """The channels that are written; Opus always writes two (RFC 7587 §7)."""
        return 2 if self is Codec.OPUS else 1

    @property
    def static_payload_type(self) -> int | None:
        """The number that needs no agreement; None for a dynamic one."""
        return _STATIC_NUMBERS.get(self)

    @property
    def is_g711(self) -> bool:
        """Whether it is A-law or µ-law, which are changed into each other."""
        return self in {Codec.PCMA, Codec.PCMU}


_STATIC_NUMBERS: Final = {Codec.PCMU: 0, Codec.PCMA: 8, Codec.G722: 9}
_BY_NAME: Final = {codec.value.upper(): codec for codec in Codec}


def codec_named(name: str) -> Codec | None:
    """Return the codec called `name` in any case; None for one that isn't carried."""
    return _BY_NAME.get(name.upper())


def codecs_named(names: Iterable[str]) -> tuple[Codec, ...]:
    """Return the codecs of `names` in order, each once; names that aren't carried are left out."""
    return _codecs_named(tuple(names))


# Called some twenty times a call, with the lists of the configuration and parts of them.
@lru_cache(maxsize=256)
def _codecs_named(names: tuple[str, ...]) -> tuple[Codec, ...]:
    found = (codec_named(name) for name in names)
    return tuple(dict.fromkeys(codec for codec in found if codec is not None))


def can_relay(source: Codec, target: Codec) -> bool:
    """Whether sound of `source` can be sent on as `target`: the same codec, or both G.711."""
    return source is target or (source.is_g711 and target.is_g711)


def event_name(clock_hz: int) -> str | None:
    """Return the name of telephone events at `clock_hz`; None where no sound here has that."""
    return _EVENT_NAMES.get(clock_hz)


def clock_hz_of(name: str) -> int:
    """Return the RTP clock rate of an encoding by its name; 8000 for one not known."""
    if name == TELEPHONE_EVENT_48K:
        return 48_000
    codec = codec_named(name)
    return 8000 if codec is None else codec.clock_hz
