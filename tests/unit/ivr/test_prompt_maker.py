"""Own recordings in any format, decoded and encoded in processes of their own."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ivr import prompt_job
from ivr.prompt_job import Decode, Decoded, Refused, carry_out
from ivr.prompt_level import LEVEL_DBFS, active_level_dbfs
from ivr.prompt_maker import PromptMaker
from ivr.speech_program import SpeechProgram
from tests.parts.needs import need
from voicegw.errors import InvalidError

FORMATS = {
    "wav.wav": (8_000, 1, "ULAW"),
    "hifi.wav": (48_000, 2, "FLOAT"),
    "telephone.flac": (8_000, 1, "PCM_16"),
    "radio.mp3": (44_100, 2, "MPEG_LAYER_III"),
    "chat.ogg": (48_000, 1, "OPUS"),
    "old.aiff": (22_050, 6, "PCM_24"),
}


def write(path: Path, rate_hz: int, channels: int = 1, subtype: str = "PCM_16") -> Path:
    times = np.arange(rate_hz) / rate_hz
    mono = 0.02 * np.sin(2 * np.pi * 700 * times)
    soundfile.write(path, np.tile(mono[:, None], channels), rate_hz, subtype=subtype)
    return path


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_comes_to_one_form(tmp_path: Path, name: str) -> None:
    source, target = write(tmp_path / name, *FORMATS[name]), tmp_path / "made.wav"
    answer = carry_out(Decode(str(source), str(target)))
    assert isinstance(answer, Decoded)
    assert abs(answer.duration_ms - 1000) < 80
    samples, rate_hz = soundfile.read(target, dtype="float32")
    assert (rate_hz, samples.ndim) == (16_000, 1)
    found = active_level_dbfs(samples, rate_hz)
    assert found is not None
    assert abs(found - LEVEL_DBFS) < 0.5
    spectrum = np.abs(np.fft.rfft(samples))
    assert abs(int(spectrum.argmax()) * rate_hz / len(samples) - 700) < 5


def test_what_the_library_does_not_know_is_read_by_ffmpeg(tmp_path: Path) -> None:
    need("ffmpeg", "ffmpeg")
    wav, voice = write(tmp_path / "a.wav", 44_100), tmp_path / "memo.m4a"
    command = ["ffmpeg", "-v", "error", "-i", str(wav), "-c:a", "aac", str(voice)]
    subprocess.run(command, check=True)
    answer = carry_out(Decode(str(voice), str(tmp_path / "made.wav")))
    assert isinstance(answer, Decoded)
    assert abs(answer.duration_ms - 1000) < 80


def test_without_ffmpeg_the_reason_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    source = tmp_path / "memo.m4a"
    source.write_bytes(b"something else")
    answer = carry_out(Decode(str(source), str(tmp_path / "made.wav")))
    assert isinstance(answer, Refused)
    assert "ffmpeg" in answer.why


def test_a_long_file_and_one_of_many_channels_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompt_job, "MAX_DURATION_S", 0.5)
    long = write(tmp_path / "long.wav", 8_000)
    wide = write(tmp_path / "wide.wav", 8_000, 9)
    refused = Refused("longer than 0.5 s", "lasts-too-long", {"max_s": 0.5})
    assert carry_out(Decode(str(long), "unused")) == refused
    assert carry_out(Decode(str(wide), "unused")) == Refused("has more than 8 channels")


def test_samples_that_are_no_numbers_spoil_nothing(tmp_path: Path) -> None:
    source, target = tmp_path / "odd.wav", tmp_path / "made.wav"
    times = np.arange(8000) / 8000
    samples = 0.1 * np.sin(2 * np.pi * 700 * times)
    samples[100], samples[200] = np.nan, np.inf
    soundfile.write(source, samples, 8000, subtype="FLOAT")
    assert isinstance(carry_out(Decode(str(source), str(target))), Decoded)
    made, _ = soundfile.read(target, dtype="float32")
    assert np.abs(made).max() < 0.9


async def test_a_recording_goes_through_both_processes(tmp_path: Path) -> None:
    maker = PromptMaker(tmp_path / "cache", codecs=["G722", "opus"])
    upload = write(tmp_path / "a.flac", 44_100).read_bytes()
    sound = await maker.decoded(upload)
    assert soundfile.info(io.BytesIO(sound.content)).samplerate == 16_000
    made, broken = await maker.encoded([("welcome", sound.content), ("noise", b"no sound")])
    assert broken is None
    assert made is not None
    assert (made.name, made.duration_ms) == ("welcome", sound.duration_ms)
    for path in (made.pcma, made.pcmu, made.g722, made.opus):
        assert path is not None
        assert path.parent == tmp_path / "cache"
    assert len(made.pcma.read_bytes()) == made.duration_ms * 8
    with pytest.raises(InvalidError, match="not readable as sound"):
        await maker.decoded(b"no sound")


async def test_what_takes_too_long_is_given_up(tmp_path: Path) -> None:
    maker = PromptMaker(tmp_path / "cache", codecs=[], timeout_s=0.01)
    with pytest.raises(InvalidError, match="takes too long") as caught:
        await maker.decoded(b"RIFF")
    assert (caught.value.fault.kind, caught.value.fault.params) == ("took-too-long", {"max_s": 1})


EN = {"en": "en-gb"}
SPEAKER = SpeechProgram(["espeak-ng", "--stdin", "-v", "{voice}", "-w", "{file}"], {"zh": "cmn"})


async def test_a_text_is_spoken_by_the_program_that_is_configured(tmp_path: Path) -> None:
    need("espeak-ng", "espeak-ng")
    maker = PromptMaker(tmp_path / "cache", codecs=[], speech=SPEAKER)
    made = await maker.spoken("zh", "今天下午不办公。")
    assert 1_000 < made.duration_ms < 6_000
    samples, rate_hz = soundfile.read(io.BytesIO(made.content), dtype="float32")
    found = active_level_dbfs(samples, rate_hz)
    assert found is not None
    assert abs(found - LEVEL_DBFS) < 0.5
    longer = await maker.spoken("zh", "今天下午不办公。请明天上午再来。")
    assert longer.duration_ms > made.duration_ms


async def test_the_text_is_no_argument_of_the_program(tmp_path: Path) -> None:
    """Nobody reads it in the list of processes, and no text is taken for an option."""
    seen = tmp_path / "seen"
    script = tmp_path / "speak"
    script.write_text(f'#!/bin/sh\necho "$@" > {seen}\ncat >> {seen}\ncp {tmp_path}/a.wav "$1"\n')
    script.chmod(0o755)
    write(tmp_path / "a.wav", 8_000)
    maker = PromptMaker(tmp_path, codecs=[], speech=SpeechProgram([str(script), "{file}"], EN))
    await maker.spoken("en", "--version\nsecond line")
    arguments, *text = seen.read_text().splitlines()
    assert arguments.endswith("spoken.wav")
    assert text == ["--version", "second line"]


@pytest.mark.parametrize(
    ("command", "why", "kind"),
    [
        (["/nowhere/speak", "{file}"], "/nowhere/speak can't be started", "program-failed"),
        (["false", "{file}"], "could not speak it (exit code 1)", "program-failed"),
        (["true", "{file}"], "wrote no file", "program-failed"),
        (["tee", "{file}"], "not readable as sound", "unreadable"),
    ],
)
async def test_why_a_text_was_not_spoken_is_told(
    tmp_path: Path, command: list[str], why: str, kind: str
) -> None:
    maker = PromptMaker(tmp_path, codecs=[], speech=SpeechProgram(command, EN))
    with pytest.raises(InvalidError) as caught:
        await maker.spoken("en", "Good morning")
    assert caught.value.field == "text"
    assert why in str(caught.value)
    assert caught.value.fault.kind == kind
    if kind == "program-failed":
        assert caught.value.fault.params["program"] == command[0]


async def test_a_language_without_a_voice_is_not_spoken(tmp_path: Path) -> None:
    maker = PromptMaker(tmp_path, codecs=[], speech=SPEAKER)
    with pytest.raises(InvalidError) as caught:
        await maker.spoken("fr", "Bonjour")
    assert caught.value.field == "language"
