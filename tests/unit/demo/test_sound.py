from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ivr.prompts import SHIPPED
from voicegw.demo.sound import (
    CUSTOMER_HZ,
    MANAGER_HZ,
    RATE_HZ,
    Voice,
    heard,
    read_wav,
    tone_seconds,
    write_wav,
)

WORDS = (SHIPPED / "zh" / "d1.wav", SHIPPED / "zh" / "d2.wav")
CUSTOMER = Voice(CUSTOMER_HZ, WORDS)
MANAGER = Voice(MANAGER_HZ, WORDS)


def test_a_voice_is_told_from_the_other_by_its_marker() -> None:
    assert heard(CUSTOMER.samples(), (CUSTOMER, MANAGER)) == {
        CUSTOMER_HZ: pytest.approx(0.6, abs=0.1),
        MANAGER_HZ: 0.0,
    }


def test_a_voice_is_a_whole_number_of_packets() -> None:
    assert len(MANAGER.samples()) % 160 == 0


def test_speech_silence_and_noise_are_no_marker() -> None:
    noise = np.random.default_rng(1).normal(0, 3000, RATE_HZ).astype(np.int16)
    faint = (50 * np.sin(2 * np.pi * CUSTOMER_HZ * np.arange(RATE_HZ) / RATE_HZ)).astype(np.int16)
    speech = read_wav(SHIPPED / "zh" / "survey_ask.wav")[:, 0]
    for samples in (noise, faint, np.zeros(RATE_HZ, np.int16), np.zeros(0, np.int16), speech):
        assert tone_seconds(samples, CUSTOMER_HZ) < 0.2
        assert tone_seconds(samples, MANAGER_HZ) < 0.2


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    samples = CUSTOMER.samples()
    write_wav(tmp_path / "a.wav", samples)
    assert np.array_equal(read_wav(tmp_path / "a.wav")[:, 0], samples)
