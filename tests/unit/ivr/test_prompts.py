from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from G722 import G722

from ivr import prompts
from ivr.prompts import ENCODED, REQUIRED, SHIPPED, PromptLibrary, encode_shipped
from recordings.finishing.g711 import ALAW_LEVELS, ULAW_LEVELS, decode
from voicegw.errors import NotFoundError, StartError
from voicegw.media import ogg, opus
from voicegw.media.engine import Prompt


def tone(rate_hz: int, seconds: float, frequency_hz: float = 400) -> np.ndarray:
    time = np.arange(round(rate_hz * seconds)) / rate_hz
    return (8000 * np.sin(2 * np.pi * frequency_hz * time)).astype(np.int16)


def write(path: Path, samples: np.ndarray, rate_hz: int = 8000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate_hz, subtype="PCM_16")


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    write(folder / "zh" / "goodbye.wav", tone(8000, 0.5))
    write(folder / "en" / "goodbye.wav", tone(8000, 0.7))
    write(folder / "zh" / "only_zh.wav", tone(8000, 0.2))
    write(folder / "tones" / "moh.wav", tone(8000, 1.0))
    return folder


def library(tmp_path: Path, shipped: Path, own: Path | None = None) -> PromptLibrary:
    made = PromptLibrary(tmp_path / "cache", own=own, shipped=shipped)
    made.load()
    return made


def test_everything_the_flows_need_is_shipped(tmp_path: Path) -> None:
    made = PromptLibrary(tmp_path / "cache")
    made.load()
    assert made.check() == []
    for name in REQUIRED:
        for language in ("zh", "en"):
            found = made.prompt(name, language)
            assert found.pcma.stat().st_size == found.pcmu.stat().st_size
            assert found.duration_ms == found.pcma.stat().st_size // 8


def test_language_falls_back_to_zh_then_to_the_tones(tmp_path: Path, shipped: Path) -> None:
    made = library(tmp_path, shipped)
    assert made.prompt("goodbye").duration_ms == 500
    assert made.prompt("goodbye", "en").duration_ms == 700
    assert made.prompt("only_zh", "en").duration_ms == 200
    assert sorted(one.name for one in made.all()) == ["goodbye", "goodbye", "moh", "only_zh"]
    assert made.prompt("moh", "en").duration_ms == 1000
    with pytest.raises(NotFoundError) as caught:
        made.prompt("absent", "en")
    assert (caught.value.kind, caught.value.key) == ("prompt", "absent")


def test_both_laws_hold_the_sound(tmp_path: Path, shipped: Path) -> None:
    found = library(tmp_path, shipped).prompt("goodbye")
    expected = tone(8000, 0.5).astype(np.int32)
    for path, levels in ((found.pcma, ALAW_LEVELS), (found.pcmu, ULAW_LEVELS)):
        heard = decode(path.read_bytes(), levels).astype(np.int32)
        assert np.abs(heard - expected).max() <= 160
        assert path.stem == found.digest


def test_own_prompts_replace_and_add(tmp_path: Path, shipped: Path) -> None:
    own = tmp_path / "own"
    write(own / "zh" / "goodbye.wav", tone(8000, 0.9))
    write(own / "yue" / "welcome.wav", tone(8000, 0.3))
    made = library(tmp_path, shipped, own)
    assert made.prompt("goodbye").duration_ms == 900
    assert made.prompt("goodbye", "en").duration_ms == 700
    assert made.prompt("welcome", "yue").duration_ms == 300


@pytest.mark.parametrize(("rate_hz", "channels"), [(16000, 1), (44100, 2), (48000, 1), (8000, 2)])
def test_any_rate_and_number_of_channels_is_taken(
    tmp_path: Path, shipped: Path, rate_hz: int, channels: int
) -> None:
    own = tmp_path / "own"
    samples = tone(rate_hz, 1.0)
    write(own / "zh" / "goodbye.wav", np.stack([samples] * channels, axis=1), rate_hz)
    found = library(tmp_path, shipped, own).prompt("goodbye")
    assert abs(found.duration_ms - 1000) <= 2
    heard = decode(found.pcma.read_bytes(), ALAW_LEVELS)[: len(tone(8000, 1.0))]
    spectrum = np.abs(np.fft.rfft(heard))
    assert abs(int(spectrum.argmax()) - 400) <= 2
    assert abs(int(np.abs(heard).max()) - 8000) < 400


def test_the_cache_is_written_once_and_repaired(tmp_path: Path, shipped: Path) -> None:
    found = library(tmp_path, shipped).prompt("goodbye")
    before = found.pcma.stat().st_mtime_ns
    whole = found.pcmu.read_bytes()
    found.pcmu.write_bytes(whole[:10])
    again = library(tmp_path, shipped).prompt("goodbye")
    assert again == found
    assert found.pcma.stat().st_mtime_ns == before
    assert found.pcmu.read_bytes() == whole
    assert not list(found.pcma.parent.glob(".*"))


def heard_wideband(path: Path) -> np.ndarray:
    """The samples of a prompt file at 16 kHz."""
    if path.suffix == ".g722":
        return np.asarray(G722(16_000, 64_000).decode(path.read_bytes()), dtype=np.int16)
    packets = opus.split(path.read_bytes())
    file = ogg.wrap(packets, [960] * len(packets), rate_hz=16_000)
    samples: np.ndarray = soundfile.read(io.BytesIO(file), dtype="int16")[0]
    return samples


def test_wideband_codecs_are_prepared_where_they_are_carried(tmp_path: Path, shipped: Path) -> None:
    assert library(tmp_path, shipped).prompt("goodbye").opus is None
    made = PromptLibrary(tmp_path / "cache", shipped=shipped, codecs=["PCMA", "G722"])
    made.load()
    found = made.prompt("goodbye")
    assert found.opus is None
    assert found.g722 is not None
    assert found.g722.stat().st_size == found.pcma.stat().st_size


def test_a_wideband_prompt_keeps_what_narrowband_loses(tmp_path: Path, shipped: Path) -> None:
    write(shipped / "zh" / "high.wav", tone(16_000, 1.0, 6000), 16_000)
    made = PromptLibrary(tmp_path / "cache", shipped=shipped, codecs=["G722", "opus"])
    made.load()
    found = made.prompt("high")
    assert int(np.abs(decode(found.pcma.read_bytes(), ALAW_LEVELS)[800:-800]).max()) < 100
    for path in (found.g722, found.opus):
        assert path is not None
        heard = heard_wideband(path)[: 16_000 - 320]
        assert abs(len(heard) - 16_000) <= 640
        spectrum = np.abs(np.fft.rfft(heard))
        assert abs(int(spectrum.argmax()) * 16_000 / len(heard) - 6000) < 5


def test_wideband_files_are_made_once(tmp_path: Path, shipped: Path) -> None:
    def load() -> Prompt:
        made = PromptLibrary(tmp_path / "cache", shipped=shipped, codecs=["G722", "opus"])
        made.load()
        return made.prompt("moh")

    first = load()
    assert first.opus is not None
    before = first.opus.stat().st_mtime_ns
    assert load() == first
    assert first.opus.stat().st_mtime_ns == before


def test_each_missing_prompt_is_named_with_its_mend(tmp_path: Path, shipped: Path) -> None:
    problems = library(tmp_path, shipped).check(["goodbye", "moh", "tone_beep", "call_failed"])
    assert [problem.where for problem in problems] == ["prompt tone_beep", "prompt call_failed"]
    assert "zh/tone_beep.wav" in problems[0].mend


def test_an_unusable_own_file_is_told_and_the_shipped_one_stays(
    tmp_path: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompts, "MAX_DURATION_S", 2)
    own = tmp_path / "own"
    write(own / "zh" / "long.wav", tone(8000, 3.0))
    write(own / "zh" / "empty.wav", tone(8000, 0.0))
    (own / "zh" / "goodbye.wav").write_bytes(b"RIFF but no sound")
    made = library(tmp_path, shipped, own)
    assert made.prompt("goodbye").duration_ms == 500
    told = {Path(problem.where).name: problem.what for problem in made.check([])}
    assert told.keys() == {"long.wav", "empty.wav", "goodbye.wav"}
    assert "longer than 2 s" in told["long.wav"]
    assert "no sound" in told["empty.wav"]


def test_a_missing_own_folder_is_told(tmp_path: Path, shipped: Path) -> None:
    made = library(tmp_path, shipped, tmp_path / "nowhere")
    assert [problem.where for problem in made.check([])] == [str(tmp_path / "nowhere")]
    assert made.prompt("goodbye").duration_ms == 500


def test_a_cache_that_cannot_be_written_stops_the_start(tmp_path: Path, shipped: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(StartError) as caught:
        PromptLibrary(tmp_path / "cache", shipped=shipped).load()
    assert caught.value.problem.mend


def test_a_failed_write_leaves_no_part_behind(
    tmp_path: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(StartError, match="No space left"):
        PromptLibrary(tmp_path / "cache", shipped=shipped).load()
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_is_shipped_comes_encoded(tmp_path: Path) -> None:
    """A new node starts at once; `make prompts` makes what is missing here."""
    made = PromptLibrary(tmp_path / "cache", codecs=["opus"])
    made.load()
    encoded = SHIPPED / ENCODED
    assert {one.opus.parent for one in made.all() if one.opus is not None} == {encoded}
    needed = {one.opus for one in made.all()}
    assert set(encoded.iterdir()) == needed
    for one in made.all():
        assert one.opus is not None
        packets = opus.split(one.opus.read_bytes())
        assert abs(len(packets) * 20 - one.duration_ms) <= 40


def test_shipped_prompts_are_encoded_once_and_stale_ones_removed(tmp_path: Path) -> None:
    folder = tmp_path / "shipped"
    write(folder / "zh" / "a.wav", tone(8000, 0.5))
    stale = folder / ENCODED / "0.opus"
    stale.parent.mkdir()
    stale.write_bytes(b"old")
    made, gone = encode_shipped(folder)
    assert gone == stale
    assert not stale.exists()
    assert encode_shipped(folder) == []
    library = PromptLibrary(tmp_path / "cache", shipped=folder, codecs=["opus"])
    library.load()
    assert library.prompt("a").opus == made
