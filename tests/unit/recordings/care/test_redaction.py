"""Copies with spans covered: what is covered, what is not, and how much memory it takes."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from recordings.care.redaction import BEEP_DBFS, BEEP_HZ, beep, cover
from recordings.care.redaction_service import check_spans
from voicegw.errors import InvalidError, RecordingError
from voicegw.model.recording import Channel, RedactedSpan

RATE_HZ = 8000


def flac(samples: NDArray[np.int16], rate_hz: int = RATE_HZ) -> io.BytesIO:
    """Return samples as a FLAC."""
    stream = io.BytesIO()
    soundfile.write(stream, samples, rate_hz, format="FLAC", subtype="PCM_16")
    stream.seek(0)
    return stream


def covered(
    samples: NDArray[np.int16], *spans: RedactedSpan, rate_hz: int = RATE_HZ
) -> NDArray[np.int16]:
    """Return the samples of the copy."""
    copy = io.BytesIO()
    cover(flac(samples, rate_hz), copy, spans)
    copy.seek(0)
    found: NDArray[np.int16] = soundfile.read(copy, dtype="int16")[0]
    return found


@pytest.fixture(scope="module")
def talk() -> NDArray[np.int16]:
    """Twenty seconds of noise, different on each side; more than two blocks."""
    noise = np.random.default_rng(3).integers(-9000, 9000, (20 * RATE_HZ, 2))
    return noise.astype(np.int16)


@pytest.mark.parametrize(
    ("channel", "columns", "others"),
    [(None, [0, 1], []), (Channel.CUSTOMER, [0], [1]), (Channel.MANAGER, [1], [0])],
)
def test_a_span_is_a_beep_and_everything_else_as_it_was(
    talk: NDArray[np.int16], channel: Channel | None, columns: list[int], others: list[int]
) -> None:
    # From one block into the next, where a beep could break.
    found = covered(talk, RedactedSpan(7.5, 9.25, channel))
    assert found.shape == talk.shape
    first, last = int(7.5 * RATE_HZ), int(9.25 * RATE_HZ)
    assert np.array_equal(found[:first], talk[:first])
    assert np.array_equal(found[last:], talk[last:])
    assert np.array_equal(found[:, others], talk[:, others])
    for column in columns:
        tone = found[first:last, column].astype(float)
        spectrum = np.abs(np.fft.rfft(tone))
        assert np.argmax(spectrum) * RATE_HZ / len(tone) == pytest.approx(BEEP_HZ, abs=1)
        assert spectrum.max() ** 2 / np.sum(spectrum**2) > 0.99
        level_dbfs = 20 * np.log10(np.abs(tone).max() / 32768)
        assert level_dbfs == pytest.approx(BEEP_DBFS, abs=0.5)


def test_several_spans_overlapping_and_past_the_end(talk: NDArray[np.int16]) -> None:
    found = covered(
        talk,
        RedactedSpan(0.0, 1.0, Channel.CUSTOMER),
        RedactedSpan(0.5, 1.5, None),
        RedactedSpan(19.0, 99.0, Channel.MANAGER),
    )
    changed = np.any(found != talk, axis=0)
    assert changed.all()
    assert len(found) == len(talk)
    assert np.array_equal(found[int(1.5 * RATE_HZ) : 19 * RATE_HZ], talk[12_000:152_000])
    assert np.array_equal(found[19 * RATE_HZ :, 0], talk[19 * RATE_HZ :, 0])
    assert np.array_equal(found[: RATE_HZ // 2, 1], talk[: RATE_HZ // 2, 1])
    assert np.ptp(found[RATE_HZ : RATE_HZ + 80]) > 0


def test_no_sample_of_a_span_is_left_whatever_its_edges(talk: NDArray[np.int16]) -> None:
    found = covered(talk, RedactedSpan(0.00006, 0.00049, None))
    # Samples 0 to 3 lie in it, if only in part.
    assert np.array_equal(found[:4, 0], beep(RATE_HZ)[:4])
    assert np.array_equal(found[4:], talk[4:])


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_a_second_of_the_beep_can_be_repeated(rate_hz: int) -> None:
    tone = beep(rate_hz)
    assert len(tone) == rate_hz
    twice = np.concatenate([tone, tone]).astype(float)
    assert np.abs(np.diff(twice)).max() == np.abs(np.diff(tone.astype(float))).max()


def test_what_is_no_stereo_flac_is_told() -> None:
    span = RedactedSpan(0, 1)
    with pytest.raises(RecordingError):
        cover(io.BytesIO(b"no sound"), io.BytesIO(), [span])
    with pytest.raises(RecordingError):
        cover(flac(np.zeros((800, 1), np.int16)), io.BytesIO(), [span])


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    with soundfile.SoundFile(path, "w", RATE_HZ, 2, subtype="PCM_16", format="FLAC") as sound:
        minute = np.zeros((60 * RATE_HZ, 2), np.int16)
        for _ in range(30):
            sound.write(minute)
    beep(RATE_HZ)  # its import is nobody's memory here
    tracemalloc.start()
    with path.open("rb") as master, (tmp_path / "copy").open("wb", buffering=0) as copy:
        cover(master, copy, [RedactedSpan(0, 1800)])
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 4_000_000  # half an hour is 57 MB


@pytest.mark.parametrize(
    ("spans", "field"),
    [
        ([], "spans"),
        ([RedactedSpan(0, 1)] * 201, "spans"),
        ([RedactedSpan(1, 1)], "spans.0"),
        ([RedactedSpan(0, 1), RedactedSpan(-1, 1)], "spans.1"),
        ([RedactedSpan(10, 11)], "spans.0.start_s"),
    ],
)
def test_spans_that_cover_nothing(spans: list[RedactedSpan], field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        check_spans(spans, 10.0)
    assert caught.value.field == field
