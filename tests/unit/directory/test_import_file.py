"""Files of every usual make, and of no make at all."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.directory.import_columns import COLUMNS, REQUIRED, ImportKind
from voicegw.directory.import_file import ImportRow, read_rows
from voicegw.errors import InvalidError
from voicegw.store.jobs import RowProblem


def rows_of(path: Path, kind: ImportKind = ImportKind.CUSTOMERS) -> list[ImportRow | RowProblem]:
    return list(read_rows(path, kind))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = "id,客户名称,电话\r\nC1,王,138\r\n\r\n C2 ,李,\r\n".replace(",", delimiter)
    path = tmp_path / "rows.csv"
    path.write_bytes(text.encode(encoding))
    assert rows_of(path) == [
        ImportRow(2, {"external_id": "C1", "name": "王", "numbers": "138"}, {}),
        ImportRow(4, {"external_id": "C2", "name": "李", "numbers": ""}, {}),
    ]


def test_lines_are_counted_over_cells_of_several_lines(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('id,name,note\n1,"a\nb",x\n2,c\n3,d,y,z\n4,e,y,\n')
    assert rows_of(path) == [
        ImportRow(2, {"external_id": "1", "name": "a\nb"}, {"note": "x"}),
        ImportRow(4, {"external_id": "2", "name": "c"}, {}),
        RowProblem(5, "", "has more cells than the header", "too-many"),
        ImportRow(6, {"external_id": "4", "name": "e"}, {"note": "y"}),
    ]


def test_a_cell_without_end_costs_its_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"id,name\n1,{'x' * 200_000}\n2,b\n")
    assert rows_of(path) == [
        RowProblem(2, "", "not a row of CSV", "unreadable"),
        ImportRow(3, {"external_id": "2", "name": "b"}, {}),
    ]


@pytest.mark.parametrize(
    ("data", "kind", "field"),
    [
        (b"", ImportKind.CUSTOMERS, "file"),
        (b"\n1,2\n", ImportKind.CUSTOMERS, "file"),
        (b"id,name,ID\n", ImportKind.CUSTOMERS, "file"),
        (b"\xff\xff\x00\x81", ImportKind.CUSTOMERS, "file"),
        (b"\xff\xfei", ImportKind.CUSTOMERS, "file"),
        (b"i\0d", ImportKind.CUSTOMERS, "file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ImportKind.CUSTOMERS, "file"),
        (b"PK\x03\x04 and no more", ImportKind.CUSTOMERS, "file"),
        (b"name\n", ImportKind.CUSTOMERS, "external_id"),
        (b"external_id,name,naem\n", ImportKind.GROUPS, "naem"),
        (b"number\n", ImportKind.HOTLINES, "group"),
        (b'"' + b"x" * 200_000, ImportKind.GROUPS, "file"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, data: bytes, kind: ImportKind, field: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(data)
    with pytest.raises(InvalidError) as caught:
        rows_of(path, kind)
    assert caught.value.field == field


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidError) as caught:
        rows_of(tmp_path / "none.csv")
    assert caught.value.field == "file"


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(b"id,name,x\n" + data)
    with suppress(InvalidError):
        lines = [row.line for row in rows_of(path)]
        assert lines == sorted(lines)


@pytest.mark.parametrize("kind", list(ImportKind))
def test_no_name_of_a_column_is_used_twice(kind: ImportKind) -> None:
    names = [alias for name, aliases in COLUMNS[kind].items() for alias in (name, *aliases)]
    assert len(names) == len(set(names))
    assert REQUIRED[kind] <= set(COLUMNS[kind])
