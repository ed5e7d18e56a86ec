"""Payload types: which number stands for what on one leg (RFC 3264 §5.1, §8.3.2). Pure.

A number keeps its meaning for as long as the session lives, whoever chose it; what was never
agreed on before gets the next one free.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from voicegw.sdp.codecs import (
    TELEPHONE_EVENT,
    TELEPHONE_EVENT_48K,
    Codec,
    codec_named,
    event_name,
)
from voicegw.sdp.description import PayloadMap

_DYNAMIC: Final = tuple(range(96, 128))
#: What most telephones use for these, taken where it is free.
_PREFERRED: Final = {TELEPHONE_EVENT: 101, Codec.OPUS.value: 107, TELEPHONE_EVENT_48K: 110}
_EVENTS: Final = {8000: TELEPHONE_EVENT, 48_000: TELEPHONE_EVENT_48K}
#: Names by encoding in capitals, clock and channels.
_CARRIED: Final = {
    (codec.value.upper(), codec.clock_hz, codec.channels): codec.value for codec in Codec
} | {(TELEPHONE_EVENT.upper(), clock_hz, 1): name for clock_hz, name in _EVENTS.items()}


def name_of(payload: PayloadMap) -> str | None:
    """Return the name of what `payload` stands for; None for what isn't carried here."""
    return _CARRIED.get((payload.encoding.upper(), payload.clock_hz, payload.channels))


def codec_of(payload: PayloadMap) -> Codec | None:
    """Return the codec `payload` stands for; None for events and for what isn't carried."""
    name = name_of(payload)
    return None if name is None else codec_named(name)


def events_for(payloads: Iterable[PayloadMap], codec: Codec) -> PayloadMap | None:
    """Return the telephone events to use beside `codec`.

    Those on its clock, else any: telephones that take Opus often name events at 8000 only, and
    send them on the clock of the sound.
    """
    events = [p for p in payloads if p.encoding.lower() == TELEPHONE_EVENT and name_of(p)]
    return next((p for p in events if p.clock_hz == codec.clock_hz), events[0] if events else None)


class PayloadNumbers:
    """The numbers in use on one leg."""

    def __init__(self) -> None:
        """Begin with none."""
        self._number_of: dict[str, int] = {}
        self._taken: dict[int, str] = {}

    def learn(self, payloads: Iterable[PayloadMap]) -> None:
        """Take over numbers that are on the wire: what they stood for before is forgotten."""
        for payload in payloads:
            name = name_of(payload)
            if name is None:
                continue
            before = self._taken.get(payload.payload_type)
            if before is not None and self._number_of.get(before) == payload.payload_type:
                del self._number_of[before]
            self._number_of[name] = payload.payload_type
            self._taken[payload.payload_type] = name

    def payloads(self, codecs: Sequence[Codec]) -> tuple[PayloadMap, ...]:
        """Return `codecs` in order with their numbers, then telephone events on their clocks."""
        chosen: set[int] = set()
        found = []
        for codec in codecs:
            number = self._number(codec.value, chosen)
            found.append(PayloadMap(number, codec.value, codec.clock_hz, codec.channels))
        for clock_hz in dict.fromkeys(codec.clock_hz for codec in codecs):
            name = event_name(clock_hz)
            if name is not None:
                found.append(PayloadMap(self._number(name, chosen), TELEPHONE_EVENT, clock_hz))
        return tuple(found)

    def _number(self, name: str, chosen: set[int]) -> int:
        """Return the number for `name` and add it to `chosen`, which it is not among."""
        known = self._number_of.get(name)
        number = known if known is not None and known not in chosen else self._free(name, chosen)
        chosen.add(number)
        return number

    def _free(self, name: str, chosen: Collection[int]) -> int:
        for number in _CANDIDATES[name]:
            if number not in chosen and self._taken.get(number, name) == name:
                return number
        # The far end has used up every number: one has to change its meaning.
        return next(one for one in _CANDIDATES[name] if one not in chosen)


def _candidates(name: str) -> tuple[int, ...]:
    """Return the numbers that may stand for `name`, the usual one first."""
    codec = codec_named(name)
    static = None if codec is None else codec.static_payload_type
    preferred = _PREFERRED.get(name) if static is None else static
    return _DYNAMIC if preferred is None else (preferred, *_DYNAMIC)


_CANDIDATES: Final = {name: _candidates(name) for name in _CARRIED.values()}
