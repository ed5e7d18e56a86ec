"""Workbooks of every usual make, and what only looks like one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from voicegw.directory import import_sheet
from voicegw.directory.import_columns import ImportKind
from voicegw.directory.import_file import ImportRow, read_rows
from voicegw.errors import InvalidError
from voicegw.store.jobs import RowProblem


def write_sheet(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    """Write `rows` as the first sheet of a workbook with two."""
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    for row in rows:
        sheet.append(list(row))
    workbook.create_sheet("other").append(["nothing"])
    workbook.save(path)
    return path


def _read(path: Path, mapping: dict[str, str] | None = None) -> list[ImportRow | RowProblem]:
    return list(read_rows(path, ImportKind.CUSTOMERS, mapping))


def test_numbers_dates_and_empty_rows(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        [],
        ["客户编号", "客户名称", "电话", "签约", "金额"],
        [1001, "王", 13800000000, datetime.fromisoformat("2026-11-22"), 1.5],
        [],
        ["C2", "李", "139;138", None, True],
        [3.0, "赵", 1.38e10],
    ]
    # The name says CSV: what is inside counts.
    assert _read(write_sheet(tmp_path / "rows.csv", rows)) == [
        ImportRow(
            3,
            {"external_id": "1001", "name": "王", "numbers": "13800000000"},
            {"签约": "2026-11-22 00:00:00", "金额": "1.5"},
        ),
        ImportRow(
            5,
            {"external_id": "C2", "name": "李", "numbers": "139;138"},
            {"签约": "", "金额": "true"},
        ),
        ImportRow(6, {"external_id": "3", "name": "赵", "numbers": "13800000000"}, {}),
    ]


def test_titles_mean_what_the_mapping_says(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["ID", "名称", "主要联系方式", "备注"], ["1", "王", 138, "x"]]
    path = write_sheet(tmp_path / "rows.xlsx", rows)
    mapping = {" 主要联系方式 ": "numbers", "备注": ""}
    assert _read(path, mapping) == [
        ImportRow(2, {"external_id": "1", "name": "王", "numbers": "138"}, {})
    ]
    with pytest.raises(InvalidError):
        _read(path, {"备注": "name"})


def test_a_workbook_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_sheet(tmp_path / "rows.xlsx", [["id", "name"], ["1", "a"]])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", "x" * 1000)
    assert len(_read(path)) == 1
    for limit in ("_MAX_BYTES", "_MAX_TEXTS_BYTES"):
        with monkeypatch.context() as small:
            small.setattr(import_sheet, limit, 500)
            with pytest.raises(InvalidError) as caught:
                _read(path)
        assert caught.value.field == "file"


def test_a_row_beyond_any_sheet_is_not_waited_for(tmp_path: Path) -> None:
    path = write_sheet(tmp_path / "rows.xlsx", [["id", "name"], ["1", "a"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    far = b'<row r="99999999999"><c t="inlineStr"><is><t>9</t></is></c></row></sheetData>'
    parts[sheet] = parts[sheet].replace(b"</sheetData>", far)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(InvalidError) as caught:
        _read(path)
    assert caught.value.field == "file"


def test_a_workbook_that_fills_the_memory_is_a_problem_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_sheet(tmp_path / "rows.xlsx", [["id", "name"], ["1", "a"]])

    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(import_sheet, "load_workbook", full)
    with pytest.raises(InvalidError) as caught:
        _read(path)
    assert caught.value.field == "file"


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(InvalidError) as caught:
        _read(path)
    assert caught.value.field == "file"


def _whole() -> bytes:
    stream = io.BytesIO()
    workbook = Workbook()
    for row in (["id", "name"], ["1", "a"]):
        workbook.worksheets[0].append(row)
    workbook.save(stream)
    return stream.getvalue()


_WHOLE = _whole()


@settings(max_examples=60, deadline=None)
@given(
    place=st.integers(4, len(_WHOLE) - 1),
    piece=st.binary(max_size=8),
    end=st.integers(0, len(_WHOLE)),
)
def test_a_damaged_workbook_gives_rows_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, place: int, piece: bytes, end: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.xlsx"
    damaged = _WHOLE[:place] + piece + _WHOLE[place + len(piece) :]
    for content in (damaged, _WHOLE[: max(4, end)]):
        path.write_bytes(content)
        with suppress(InvalidError):
            _read(path)
