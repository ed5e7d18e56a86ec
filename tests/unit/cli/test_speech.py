"""`voicegw models` and `voicegw transcribe`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import soundfile

from tests.parts.speech import KOREAN, RATE_HZ, korean_model, spoken, talk
from tests.unit.recordings.transcription.test_download import Mirror, mirror  # noqa: F401
from voicegw.cli import commands as cli


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose model is the Korean one."""
    path = tmp_path / "voicegw.toml"
    words = json.dumps(list(KOREAN), ensure_ascii=False)
    path.write_text(
        f'[node]\ndata_dir = "{tmp_path}/data"\n[transcription]\nmodel = "{korean_model()}"\n'
        f'language = "ko"\nvocabulary = {words}\n',
        encoding="utf-8",
    )
    return path


def test_a_stereo_file_becomes_json(
    config: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sound = tmp_path / "talk.wav"
    said = talk(6, {1.0: spoken("계약")}, {3.0: spoken("보험")})
    soundfile.write(sound, said, RATE_HZ)
    assert cli.run(["transcribe", str(sound), "--json", "--config", str(config)]) == 0
    result = json.loads(capfd.readouterr().out)
    assert [(one["channel"], one["text"]) for one in result["segments"]] == [
        ("customer", "계약"),
        ("manager", "보험"),
    ]
    assert (result["duration_s"], result["channels"], result["engine"]) == (6.0, 2, "vosk")


def test_what_can_not_be_done_is_one_line(
    config: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    plain = tmp_path / "notes.txt"
    plain.write_text("no sound")
    wanted = ["--config", str(config)]
    for arguments, expected in (
        (["transcribe", str(tmp_path / "none.wav"), *wanted], "No such file"),
        (["transcribe", str(plain), *wanted], "can't be read as sound"),
    ):
        assert cli.run(arguments) == 1
        complaint = capfd.readouterr().err
        assert expected in complaint
        assert "Traceback" not in complaint
    assert cli.run(["transcribe", str(plain), "--json", "--vtt", *wanted]) == 2
    config.write_text(f'[node]\ndata_dir = "{tmp_path}/data"\n')
    capfd.readouterr()
    assert cli.run(["transcribe", str(plain), *wanted]) == 1
    assert "voicegw models pull vosk-model-small-cn-0.22" in capfd.readouterr().err


def test_models_are_listed_and_pulled(
    tmp_path: Path,
    mirror: Mirror,  # noqa: F811
    capfd: pytest.CaptureFixture[str],
) -> None:
    config = tmp_path / "voicegw.toml"
    config.write_text(f'[node]\ndata_dir = "{tmp_path}/data"\n')
    wanted = ["--config", str(config)]
    assert cli.run(["models", "list", "--json", *wanted]) == 0
    listing = json.loads(capfd.readouterr().out)
    names = [model["name"] for model in listing["models"]]
    assert names[:1] == ["vosk-model-small-cn-0.22"]
    assert not any(model["installed"] for model in listing["models"])
    assert "models pull" in listing["missing"]

    name = "vosk-model-small-cn-0.22"
    assert cli.run(["models", "pull", name, "--url", mirror.url, "--json", *wanted]) == 0
    pulled = json.loads(capfd.readouterr().out)
    assert pulled["path"] == str(tmp_path / "data" / "models" / name)
    assert (pulled["pinned"], len(pulled["sha256"])) == (False, 64)
    assert cli.run(["models", "list", *wanted]) == 0
    text = capfd.readouterr().out
    assert f"in use: {pulled['path']}" in text
    assert "installed" in text

    for arguments in (["unknown"], ["../up", "--url", mirror.url], [name, "--sha256", "ab" * 32]):
        url = [] if "--url" in arguments or arguments == ["unknown"] else ["--url", mirror.url]
        assert cli.run(["models", "pull", *arguments, *url, *wanted]) == 1
        assert "Traceback" not in capfd.readouterr().err
