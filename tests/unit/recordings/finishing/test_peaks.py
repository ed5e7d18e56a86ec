from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.finishing import peaks
from recordings.finishing.peaks import PeakMeter, Peaks
from voicegw.errors import RecordingError

NOISE = np.random.default_rng(3).integers(-32768, 32768, (10_123, 2)).astype(np.int16)


@pytest.mark.parametrize("rate_hz", [8000, 16_000])
def test_a_point_is_the_least_and_the_greatest_of_its_samples(rate_hz: int) -> None:
    meter = PeakMeter(rate_hz)
    points = np.concatenate([meter.feed(NOISE), meter.finish()])
    span = rate_hz // 20
    assert len(points) == -(-len(NOISE) // span)
    for number, point in enumerate(points):
        samples = NOISE[number * span : (number + 1) * span].astype(int)
        for channel in range(2):
            assert point[channel].tolist() == [
                samples[:, channel].min() >> 8,
                samples[:, channel].max() >> 8,
            ]


@given(st.lists(st.integers(0, 3000), max_size=8))
def test_how_the_sound_is_cut_makes_no_difference(sizes: list[int]) -> None:
    whole = PeakMeter(8000)
    expected = np.concatenate([whole.feed(NOISE), whole.finish()])
    meter, place, parts = PeakMeter(8000), 0, []
    for size in sizes:
        parts.append(meter.feed(NOISE[place : place + size]))
        place = min(place + size, len(NOISE))
    parts += [meter.feed(NOISE[place:]), meter.finish()]
    assert np.array_equal(np.concatenate(parts), expected)


def test_the_file_is_audiowaveforms() -> None:
    points = np.array([[[-1, 2], [-3, 4]], [[-128, 127], [0, 0]]], dtype=np.int8)
    data = Peaks(8000, 400, points).encode()
    assert struct.unpack_from("<6I", data) == (2, 1, 8000, 400, 2, 2)
    assert struct.unpack_from("<8b", data, 24) == (-1, 2, -3, 4, -128, 127, 0, 0)
    again = peaks.decode(data)
    assert (again.sample_rate_hz, again.samples_per_point) == (8000, 400)
    assert np.array_equal(again.points, points)


def test_fewer_points_span_more() -> None:
    meter = PeakMeter(8000)
    form = Peaks(8000, 400, np.concatenate([meter.feed(NOISE), meter.finish()]))
    few = form.reduced(10)
    assert (len(few.points), few.samples_per_point) == (9, 1200)
    assert few.points[0, 1].tolist() == [
        NOISE[:1200, 1].min() >> 8,
        NOISE[:1200, 1].max() >> 8,
    ]
    assert form.reduced(1).points.tolist() == [[[-128, 127], [-128, 127]]]
    assert form.reduced(1000) is form
    empty = Peaks(8000, 400, np.zeros((0, 2, 2), np.int8))
    assert empty.reduced(5) is empty


@pytest.mark.parametrize("damage", [b"", b"\1\2\3", bytes(24), None])
def test_damage_is_told(damage: bytes | None) -> None:
    data = Peaks(8000, 400, np.zeros((3, 2, 2), np.int8)).encode()
    with pytest.raises(RecordingError):
        peaks.decode(data[:-1] if damage is None else damage)
