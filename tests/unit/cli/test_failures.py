from __future__ import annotations

from pathlib import Path

import pytest

from voicegw.cli.failures import problems_of, write_crash_log
from voicegw.errors import (
    ConfigError,
    ConflictError,
    InvalidError,
    Problem,
    StartError,
    StoreUnavailableError,
    StoreVersionError,
    VoicegwError,
)

PROBLEM = Problem("here", "this", "that")


@pytest.mark.parametrize(
    ("error", "where", "mend"),
    [
        (ConfigError([PROBLEM]), "here", "that"),
        (StartError(PROBLEM), "here", "that"),
        (StoreVersionError(None, "1"), "store", "voicegw migrate"),
        (StoreUnavailableError(), "store", "store.url"),
        (InvalidError("number", "is none"), "number", ""),
        (ConflictError("taken", "is taken"), "taken", ""),
        (FileNotFoundError(2, "No such file", "/x"), "/x", "check"),
        (OSError("odd"), "system", "check"),
    ],
)
def test_each_error_tells_its_place_and_its_mend(
    error: VoicegwError | OSError, where: str, mend: str
) -> None:
    (problem,) = problems_of(error)
    assert problem.where == where
    assert problem.what
    assert mend in problem.mend


def test_a_crash_log_goes_elsewhere_when_the_data_folder_can_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "tmp"))
    path = write_crash_log(ValueError("x"), blocked / "data")
    assert path is not None
    assert path.parent == tmp_path / "tmp"
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(blocked / "tmp"))
    assert write_crash_log(ValueError("x"), None) is None
