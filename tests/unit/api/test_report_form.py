"""Which form and language of a report a request asks for."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from api.problems import ApiProblem
from api.report_form import file_response, language_of, report_form
from tests.unit.reports.tables import a_table
from voicegw.model.report_file import FileFormat, Language
from voicegw.reports.rendering import Renderer

XLSX = FileFormat.XLSX.media_type


def a_request(**headers: str) -> Request:
    """Return a request with these headers."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw})


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("*/*", None),
        ("application/json", None),
        ("text/csv", FileFormat.CSV),
        ("text/*", FileFormat.CSV),
        (XLSX, FileFormat.XLSX),
        (f"text/csv;q=0.5, {XLSX}", FileFormat.XLSX),
        ("application/json;q=0.1, text/csv", FileFormat.CSV),
    ],
)
def test_the_form_is_what_the_client_likes_best(accept: str, form: FileFormat | None) -> None:
    assert report_form(a_request(accept=accept)).format is form


def test_other_forms_there_are_none() -> None:
    with pytest.raises(ApiProblem) as raised:
        report_form(a_request(accept="application/pdf"))
    assert raised.value.code == "not-acceptable"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh;q=0.5", "en"),
        ("fr-FR", "en"),
        ("fr, zh-Hant;q=0.2", "zh"),
    ],
)
def test_the_language_is_one_of_two(header: str | None, language: str) -> None:
    assert language_of(header) == language


async def test_a_file_is_saved_under_a_name_without_persons() -> None:
    answer = await file_response(Renderer(), a_table(), FileFormat.CSV, Language.ZH)
    name = "activity_2026-11-01_2026-12-01.csv"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-language"] == "zh"
    assert answer.headers["vary"] == "Accept, Accept-Language"
