from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from ivr.wideband import encode_opus
from voicegw.media import ogg
from voicegw.media.opus import SILENCE, duration_ticks


def tone(seconds: float, frequency_hz: float = 1000) -> np.ndarray:
    time = np.arange(round(16_000 * seconds)) / 16_000
    return (8000 * np.sin(2 * np.pi * frequency_hz * time)).astype(np.int16)


@given(st.lists(st.binary(min_size=1, max_size=1275), min_size=1, max_size=300))
def test_what_was_wrapped_is_unwrapped_again(packets: list[bytes]) -> None:
    assert ogg.unwrap(ogg.wrap(packets, [960] * len(packets), rate_hz=16_000)) == packets


def test_the_library_takes_what_was_wrapped() -> None:
    packets = encode_opus(tone(3))
    file = ogg.wrap(packets, [960] * len(packets), rate_hz=16_000)
    heard, rate_hz = soundfile.read(io.BytesIO(file), dtype="int16")
    assert rate_hz == 16_000
    assert len(heard) == len(packets) * 320
    spectrum = np.abs(np.fft.rfft(heard[1600:17_600]))
    assert int(spectrum.argmax()) == 1000


def test_a_broken_checksum_would_be_noticed() -> None:
    file = bytearray(ogg.wrap([SILENCE] * 5, [960] * 5, rate_hz=16_000))
    file[22] ^= 1
    with pytest.raises(soundfile.LibsndfileError):
        soundfile.read(io.BytesIO(bytes(file)))


@pytest.mark.parametrize("cut", [1, 26, 30])
def test_a_cut_stream_is_refused(cut: int) -> None:
    file = ogg.wrap([SILENCE], [960], rate_hz=16_000)
    with pytest.raises(ogg.OggFormatError):
        ogg.unwrap(file[:cut])


def test_what_is_no_ogg_is_refused() -> None:
    with pytest.raises(ogg.OggFormatError):
        ogg.unwrap(b"RIFF" + bytes(60))


def test_encoded_packets_last_twenty_milliseconds() -> None:
    assert {duration_ticks(packet) for packet in encode_opus(tone(1))} == {960}
