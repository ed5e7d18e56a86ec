from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicegw.demo.sound import CUSTOMER_HZ, MANAGER_HZ, RATE_HZ, Samples, Voice, write_wav
from voicegw.demo.verdict import (
    faults_of_bytes,
    faults_of_displays,
    faults_of_ear,
    faults_of_record,
    judge_recording,
)

HOTLINE = "+862161234567"
CUSTOMER = Voice(CUSTOMER_HZ, ()).samples()
MANAGER = Voice(MANAGER_HZ, ()).samples()


def record(**changes: object) -> dict[str, object]:
    return {"status": "completed", "outcome": "connected", "talk_s": 4.0, **changes}


def test_a_connected_call_is_right() -> None:
    assert faults_of_record(record(), 3) == []


@pytest.mark.parametrize(
    "changes",
    [{"outcome": "missed"}, {"status": "failed"}, {"talk_s": 1.0}, {"talk_s": None}],
)
def test_a_call_that_ended_otherwise_is_told(changes: dict[str, object]) -> None:
    assert len(faults_of_record(record(**changes), 3)) == 1


def test_a_display_shows_the_hotline_alone() -> None:
    right, leaking = [HOTLINE], [HOTLINE, "+8613800138000"]
    empty: list[str] = []
    assert faults_of_displays({"customer": right, "manager": right}, HOTLINE) == []
    (fault,) = faults_of_displays({"customer": right, "manager": leaking}, HOTLINE)
    assert "manager" in fault
    (fault,) = faults_of_displays({"customer": empty, "manager": right}, HOTLINE)
    assert "no number" in fault


def test_an_ear_must_hear_the_other(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"
    write_wav(path, MANAGER)
    heard = {"path": str(path)}
    assert faults_of_ear("customer", heard, MANAGER_HZ) == []
    assert faults_of_ear("customer", heard, CUSTOMER_HZ) == ["the customer did not hear the other"]
    assert "did not end" in faults_of_ear("customer", None, MANAGER_HZ)[0]


@pytest.mark.parametrize("spelling", ["13800138000", "+8613800138000", "0086138001380001"])
def test_a_number_is_found_in_any_spelling(spelling: str) -> None:
    data = f"From: <sip:{spelling}@h>".encode()
    assert faults_of_bytes("the log", data, ["13800138000"])
    assert faults_of_bytes("the log", data, ["13900139000"]) == []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rec.flac"


def write(path: Path, *channels: Samples, rate_hz: int = RATE_HZ) -> None:
    soundfile.write(path, np.stack(channels, axis=1), rate_hz)


def test_a_recording_has_the_customer_left_and_the_manager_right(path: Path) -> None:
    write(path, CUSTOMER, MANAGER)
    shape, faults = judge_recording(path)
    assert faults == []
    assert shape == {
        "path": str(path),
        "duration_s": round(len(CUSTOMER) / RATE_HZ, 2),
        "channels": 2,
    }


def test_swapped_mixed_and_silent_channels_are_told(path: Path) -> None:
    write(path, MANAGER, CUSTOMER)
    assert len(judge_recording(path)[1]) == 4
    write(path, CUSTOMER, np.concatenate([MANAGER[:2800], CUSTOMER[: len(MANAGER) - 2800]]))
    assert any("right channel" in fault for fault in judge_recording(path)[1])
    write(path, CUSTOMER, np.zeros_like(CUSTOMER))
    assert judge_recording(path)[1] == ["the recording's right channel lacks its speaker"]


def test_a_recording_of_another_shape_is_told(path: Path) -> None:
    write(path, CUSTOMER)
    assert judge_recording(path)[1] == ["the recording has 1 channel(s) at 8000 Hz"]
    write(path, CUSTOMER, MANAGER, rate_hz=16000)
    assert judge_recording(path)[1] == ["the recording has 2 channel(s) at 16000 Hz"]
