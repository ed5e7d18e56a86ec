"""How loud a prompt is."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from ivr.prompt_level import LEVEL_DBFS, PEAK_DBFS, active_level_dbfs, levelled
from ivr.prompts import SHIPPED

RATE_HZ = 16_000


def tone(seconds: float, level_dbfs: float) -> NDArray[np.float32]:
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    peak = np.sqrt(2) * 10 ** (level_dbfs / 20)
    return np.asarray(peak * np.sin(2 * np.pi * 440 * times), dtype=np.float32)


def peak_dbfs(samples: NDArray[np.int16]) -> float:
    return float(20 * np.log10(np.abs(samples.astype(np.float64)).max() / 32768))


def level(samples: NDArray[np.int16]) -> float:
    found = active_level_dbfs(samples.astype(np.float32) / np.float32(32768), RATE_HZ)
    assert found is not None
    return found


@pytest.mark.parametrize("given_dbfs", [-45.0, -30.0, -20.0, -8.0])
def test_every_recording_comes_to_one_level(given_dbfs: float) -> None:
    made = levelled(tone(1.0, given_dbfs), RATE_HZ)
    assert made is not None
    assert abs(level(made) - LEVEL_DBFS) < 0.2


def test_pauses_do_not_count() -> None:
    speech = tone(1.0, -35.0)
    pause = np.zeros(3 * RATE_HZ, dtype=np.float32)
    made = levelled(np.concatenate((speech, pause, speech)), RATE_HZ)
    assert made is not None
    assert abs(level(made[:RATE_HZ]) - LEVEL_DBFS) < 0.3
    assert not made[RATE_HZ + 100 : 4 * RATE_HZ - 100].any()


def test_peaks_are_turned_down_without_clipping() -> None:
    quiet = tone(2.0, -40.0)
    quiet[RATE_HZ : RATE_HZ + 40] = 0.5
    made = levelled(quiet, RATE_HZ)
    assert made is not None
    assert peak_dbfs(made) <= PEAK_DBFS + 0.01
    assert abs(level(made[: RATE_HZ // 2]) - LEVEL_DBFS) < 0.5
    steps = np.abs(np.diff(made[RATE_HZ - 400 : RATE_HZ].astype(np.int32)))
    assert steps.max() < 2500  # it is turned down gradually, before the peak comes


def test_noise_of_an_empty_line_is_not_blown_up() -> None:
    made = levelled(tone(1.0, -60.0), RATE_HZ)
    assert made is not None
    assert abs(level(made) - -30.0) < 0.2


@pytest.mark.parametrize("samples", [tone(1.0, -90.0), tone(0.0, -20.0)])
def test_silence_is_no_prompt(samples: NDArray[np.float32]) -> None:
    assert levelled(samples, RATE_HZ) is None


def test_the_shipped_ones_have_that_level() -> None:
    for name in ("after_hours", "queue_wait", "recording_notice"):
        samples, rate_hz = soundfile.read(SHIPPED / "zh" / f"{name}.wav", dtype="float32")
        found = active_level_dbfs(samples, rate_hz)
        assert found is not None
        assert abs(found - LEVEL_DBFS) < 1.5
