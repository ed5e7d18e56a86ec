"""`voicegw check` tries where files of reports are brought."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import Settings
from config.reports import ReportsSettings
from voicegw.cli.storage_check import report_folder_problems


def settings_of(storage: str) -> Settings:
    return Settings(reports=ReportsSettings(storage=storage))


def test_a_folder_that_can_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    assert list(report_folder_problems(settings_of(""))) == []
    folder = tmp_path / "reports"
    assert list(report_folder_problems(settings_of(f"file://{folder}"))) == []
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "storage", ["file:///proc/nowhere", "s3://bucket/reports", "file:///dev/null/reports"]
)
def test_where_nothing_can_be_written_is_told(
    storage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    (problem,) = report_folder_problems(settings_of(storage))
    assert problem.where == "reports.storage"
    assert "can't be written" in str(problem)
