from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordings.audio import Channel, WavView
from tests.unit.recordings.spools import sine
from voicegw.errors import NotFoundError, RecordingError

LEFT, RIGHT = sine(400, 5), sine(1000, 5)


@pytest.fixture(scope="module")
def flac(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("audio") / "rec.flac"
    soundfile.write(path, np.stack([LEFT, RIGHT], axis=1), 8000, subtype="PCM_16")
    return path


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (Channel.BOTH, np.stack([LEFT, RIGHT], axis=1)),
        (Channel.CUSTOMER, LEFT),
        (Channel.MANAGER, RIGHT),
    ],
)
def test_the_wav_holds_the_channel_to_the_sample(
    flac: Path, channel: Channel, expected: np.ndarray
) -> None:
    view = WavView(flac, channel)
    whole = b"".join(view.read())
    assert len(whole) == view.size_bytes
    sound, rate_hz = soundfile.read(io.BytesIO(whole), dtype="int16")
    assert rate_hz == view.sample_rate_hz == 8000
    assert np.array_equal(sound, expected)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(Channel),
    st.integers(0, 160_100),
    st.one_of(st.none(), st.integers(0, 170_000)),
)
def test_any_range_is_that_part_of_the_whole(
    flac: Path, channel: Channel, start: int, length: int | None
) -> None:
    view = WavView(flac, channel)
    whole = b"".join(view.read())
    end = None if length is None else start + length
    assert b"".join(view.read(start, length)) == whole[start:end]


def test_what_is_not_there_or_no_sound_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        WavView(tmp_path / "none.flac")
    (tmp_path / "bad.flac").write_bytes(b"fLaC but no more")
    with pytest.raises(RecordingError):
        WavView(tmp_path / "bad.flac")


def test_a_recording_of_one_channel_has_no_customer(tmp_path: Path) -> None:
    path = tmp_path / "mono.flac"
    soundfile.write(path, LEFT, 8000)
    with pytest.raises(RecordingError):
        WavView(path, Channel.CUSTOMER)
    assert WavView(path).channels == 1


def test_a_file_cut_after_it_was_looked_at_is_told(tmp_path: Path, flac: Path) -> None:
    path = tmp_path / "cut.flac"
    path.write_bytes(flac.read_bytes())
    view = WavView(path)
    path.write_bytes(flac.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(RecordingError):
        list(view.read())
