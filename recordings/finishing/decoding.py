"""From the payloads of one leg to samples at the rate of the recording.

Packets are decoded in the order in which they were sent, so that codecs with a memory (G.722, Opus)
keep it; what was lost is concealed where packets are placed (`recordings.finishing.placement`).
Opus comes through the sound library, which takes whole files: some seconds of packets at a time,
behind the last ones before them, so that the decoder is warm when the first counts.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import soundfile
from G722 import G722
from numpy.typing import NDArray

from recordings.finishing import g711
from voicegw.media import ogg, opus

Samples = NDArray[np.int16]

NARROWBAND_HZ: Final = 8000
WIDEBAND_HZ: Final = 16_000

_LEVELS: Final = {"PCMA": g711.ALAW_LEVELS, "PCMU": g711.ULAW_LEVELS}
_WIDEBAND: Final = frozenset({"G722", "OPUS"})
_STATIC: Final = {0: "PCMU", 8: "PCMA", 9: "G722"}
_G722_BIT_RATE: Final = 64_000
_BATCH_TICKS: Final = 2 * opus.CLOCK_HZ
_WARM_UP_TICKS: Final = 400 * opus.CLOCK_HZ // 1000
"""Five times what RFC 7845 §4.6 asks for: then not even a steady tone shows a seam."""
_TAPS: Final = 16


@dataclass(frozen=True, slots=True)
class Encoding:
    """What a payload type stands for: the codec's name in capitals, and its RTP clock."""

    name: str
    clock_hz: int

    @property
    def is_wideband(self) -> bool:
        """Whether it carries more than G.711 does."""
        return self.name in _WIDEBAND


class Encodings:
    """Which payload type stands for which sound on one leg, as the codec marks tell."""

    def __init__(self) -> None:
        """Begin with what needs no telling (RFC 3551 table 4)."""
        self._known = {number: Encoding(name, 8000) for number, name in _STATIC.items()}

    def follow(self, detail: Mapping[str, Any]) -> None:
        """Take a codec mark; one that is damaged changes nothing."""
        number, clock_hz = detail.get("payload_type"), detail.get("clock_hz", 8000)
        name = str(detail.get("encoding", "")).upper()
        if not isinstance(number, int):
            return
        self._known.pop(number, None)
        is_sound = name in _LEVELS or name in _WIDEBAND
        if is_sound and isinstance(clock_hz, int) and clock_hz > 0:
            self._known[number] = Encoding(name, clock_hz)

    def wideband(self) -> Iterator[int]:
        """Yield the payload types that carry more than G.711 does."""
        return (number for number, encoding in self._known.items() if encoding.is_wideband)

    def get(self, payload_type: int) -> Encoding | None:
        """Return the encoding of a payload type; None for what carries no sound known here."""
        return self._known.get(payload_type)


class Payload(Protocol):
    """What a decoder needs of a packet. `order` tells packets apart."""

    @property
    def order(self) -> int:
        """Its number in the order of sending."""
        ...

    @property
    def payload(self) -> bytes:
        """What it carries."""
        ...

    @property
    def encoding(self) -> Encoding | None:
        """What it is encoded in; None for no sound."""
        ...


class Decoder(Protocol):
    """Decodes one codec of one leg."""

    def decode(self, packet: Payload, waiting: Iterable[Payload]) -> Samples:
        """Return the sound of `packet`; `waiting` are those after it that have come already."""
        ...


class LegDecoder:
    """Decodes what one leg sent, whatever codecs it changed between, to `rate_hz`."""

    def __init__(self, rate_hz: int) -> None:
        """Begin before the first packet. `rate_hz` is 8000 for G.711 alone, else 16000."""
        self._rate_hz = rate_hz
        self._encoding: Encoding | None = None
        self._decoder: Decoder | None = None

    def decode(self, packet: Payload, waiting: Iterable[Payload]) -> Samples:
        """Return the sound of `packet`, which has an encoding, empty when it can't be decoded."""
        encoding = packet.encoding
        if encoding is None:
            return np.zeros(0, dtype=np.int16)
        if self._decoder is None or encoding != self._encoding:
            self._encoding = encoding
            self._decoder = self._decoder_of(encoding.name)
        return self._decoder.decode(packet, waiting)

    def _decoder_of(self, name: str) -> Decoder:
        if name == "G722":
            return _G722Decoder(self._rate_hz)
        if name == "OPUS":
            return _OpusDecoder(self._rate_hz)
        return _G711Decoder(_LEVELS[name], doubled=self._rate_hz == WIDEBAND_HZ)


class _G711Decoder:
    """A look-up, and twice the samples where the other leg has them."""

    def __init__(self, levels: Samples, *, doubled: bool) -> None:
        self._levels = levels
        self._doubler = _Doubler() if doubled else None

    def decode(self, packet: Payload, waiting: Iterable[Payload]) -> Samples:
        del waiting
        samples = g711.decode(packet.payload, self._levels)
        return samples if self._doubler is None else self._doubler.feed(samples)


class _G722Decoder:
    def __init__(self, rate_hz: int) -> None:
        self._codec = G722(rate_hz, _G722_BIT_RATE)

    def decode(self, packet: Payload, waiting: Iterable[Payload]) -> Samples:
        del waiting
        return np.asarray(self._codec.decode(packet.payload), dtype=np.int16)


class _OpusDecoder:
    """Keeps the sound of packets decoded ahead, and the packets that warm the next batch up."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._ahead: dict[int, Samples] = {}
        self._before: deque[tuple[bytes, int]] = deque()
        self._before_ticks = 0

    def decode(self, packet: Payload, waiting: Iterable[Payload]) -> Samples:
        ticks = opus.duration_ticks(packet.payload)
        if ticks is None:
            return np.zeros(0, dtype=np.int16)
        if packet.order not in self._ahead:
            self._decode_ahead(packet, ticks, waiting)
        self._remember(packet.payload, ticks)
        return self._ahead.pop(packet.order)

    def _decode_ahead(self, packet: Payload, ticks: int, waiting: Iterable[Payload]) -> None:
        batch = [(packet.order, packet.payload, ticks)]
        left = _BATCH_TICKS - ticks
        for following in waiting:
            if following.encoding is None:
                continue
            length = opus.duration_ticks(following.payload)
            if following.encoding != packet.encoding or left <= 0:
                break
            if length is not None:
                batch.append((following.order, following.payload, length))
                left -= length
        packets = [payload for payload, _ in self._before] + [payload for _, payload, _ in batch]
        lengths = [length for _, length in self._before] + [length for _, _, length in batch]
        sound = _decode_file(packets, lengths, self._rate_hz)
        place = self._samples(self._before_ticks)
        self._ahead.clear()
        for order, _, length in batch:
            end = place + self._samples(length)
            self._ahead[order] = sound[place:end]
            place = end

    def _remember(self, payload: bytes, ticks: int) -> None:
        self._before.append((payload, ticks))
        self._before_ticks += ticks
        while self._before_ticks - self._before[0][1] >= _WARM_UP_TICKS:
            self._before_ticks -= self._before.popleft()[1]

    def _samples(self, ticks: int) -> int:
        return ticks * self._rate_hz // opus.CLOCK_HZ


def _decode_file(packets: list[bytes], ticks: list[int], rate_hz: int) -> Samples:
    """Return the sound of `packets`; silent where the library can't make sense of them."""
    wanted = sum(ticks) * rate_hz // opus.CLOCK_HZ
    file = io.BytesIO(ogg.wrap(packets, ticks, rate_hz=rate_hz))
    try:
        with soundfile.SoundFile(file) as sound:
            decoded: Samples = sound.read(wanted, dtype="int16")
    except soundfile.LibsndfileError:
        decoded = np.zeros(0, dtype=np.int16)
    return np.pad(decoded, (0, wanted - len(decoded)))


def _interpolation() -> NDArray[np.float64]:
    """Return what lies half-way between the middle two of 16 samples: a sinc under a window."""
    place = np.arange(_TAPS) - (_TAPS - 1) / 2
    windowed = np.sinc(place) * np.kaiser(_TAPS, 6.0)
    taps: NDArray[np.float64] = windowed / windowed.sum()
    return taps


class _Doubler:
    """From 8 to 16 kHz, packet after packet without a seam; the sound comes 1 ms later."""

    _TAPS: Final = _interpolation()

    def __init__(self) -> None:
        self._past: Samples = np.zeros(_TAPS - 1, dtype=np.int16)

    def feed(self, samples: Samples) -> Samples:
        count = len(samples)
        if not count:
            return samples
        known = np.concatenate([self._past, samples])
        doubled = np.empty(2 * count, dtype=np.int16)
        doubled[0::2] = known[_TAPS // 2 - 1 : _TAPS // 2 - 1 + count]
        between = np.convolve(known, self._TAPS, mode="valid")
        doubled[1::2] = np.clip(np.rint(between), -32768, 32767)
        self._past = known[-(_TAPS - 1) :]
        return doubled
