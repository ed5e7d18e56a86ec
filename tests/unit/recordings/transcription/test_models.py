"""Which model there is, on disks that refuse to say."""

from __future__ import annotations

from pathlib import Path

import pytest

from recordings.transcription.engine import EngineSpec
from recordings.transcription.models import ModelMissing, Wanted, find_model


def complete(folder: Path) -> Path:
    """Make what looks like a model of Vosk."""
    for name in ("am/final.mdl", "conf/mfcc.conf"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_a_model_is_found_by_name_and_by_folder(tmp_path: Path) -> None:
    model = complete(tmp_path / "one")
    for name in ("one", str(model)):
        found = find_model(Wanted("vosk", name, "zh", tmp_path))
        assert isinstance(found, EngineSpec)
        assert (found.model, found.model_name) == (str(model), "one")


def test_a_folder_that_refuses_to_be_looked_at_is_a_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", refuse)
    found = find_model(Wanted("vosk", "one", "zh", tmp_path))
    assert isinstance(found, ModelMissing)
    assert "Permission denied" in str(found)
    assert "transcription.models_dir" in found.mend


def test_the_home_of_nobody_is_a_state(tmp_path: Path) -> None:
    found = find_model(Wanted("vosk", "~no-such-user-here/model", "zh", tmp_path))
    assert isinstance(found, ModelMissing)
