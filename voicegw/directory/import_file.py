"""Reads an import file row by row: which column is which, and the cells of each row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from voicegw.directory.import_cells import digits_of
from voicegw.directory.import_columns import (
    COLUMNS,
    IDENTIFIERS,
    KEEPS_OTHER_COLUMNS,
    REQUIRED,
    ImportKind,
)
from voicegw.directory.import_sheet import is_workbook, read_sheet
from voicegw.directory.import_table import TableRow
from voicegw.directory.import_text import read_text
from voicegw.errors import InvalidError
from voicegw.store.jobs import RowProblem


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row: its line (that of the header is 1), its known cells and its other ones, stripped.

    A known column that the file does not have is not in `cells`; an empty cell is "".
    """

    line: int
    cells: dict[str, str]
    others: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the file: its own name or its title; `name` is empty where nobody reads it."""

    name: str
    is_known: bool = False


def read_rows(
    path: Path, kind: ImportKind, mapping: Mapping[str, str] | None = None
) -> Iterator[ImportRow | RowProblem]:
    """Yield the rows of the CSV or XLSX file at `path`; one that can't be read is a RowProblem.

    `mapping` says what titles mean that nobody knows: a column's own name, or "" for one that is
    passed over. Empty rows are left out. Raises InvalidError, naming `file` or the column, when
    nothing of the file can be used: it is missing or empty, no table, or lacks a required column.
    """
    try:
        table = read_sheet(path) if is_workbook(path) else read_text(path)
        first = next(iter(table), None)
        titles = first.cells if isinstance(first, TableRow) else ()
        columns = _columns(list(titles), kind, mapping or {})
        for row in table:
            if isinstance(row, RowProblem):
                yield row
                continue
            found = _row(row, columns)
            if found is not None:
                yield found
    except OSError as error:
        raise InvalidError(
            "file", f"can't be read ({error.strerror})", kind="unreadable"
        ) from error


def _row(row: TableRow, columns: list[_Column]) -> ImportRow | RowProblem | None:
    cells = [cell.strip() for cell in row.cells]
    if not any(cells):
        return None
    if any(cells[len(columns) :]):
        return RowProblem(row.line, "", "has more cells than the header", "too-many")
    known: dict[str, str] = {}
    others: dict[str, str] = {}
    for column, cell in zip(columns, cells, strict=False):
        if not column.is_known:
            if column.name:
                others[column.name] = cell
            continue
        try:
            known[column.name] = digits_of(cell) if column.name in IDENTIFIERS else cell
        except ValueError as error:
            return RowProblem(row.line, column.name, str(error), "digits-lost")
    return ImportRow(row.line, known, others)


def _columns(titles: list[str], kind: ImportKind, mapping: Mapping[str, str]) -> list[_Column]:
    """Return what each column is; raise InvalidError."""
    names = {
        alias.casefold(): name
        for name, aliases in COLUMNS[kind].items()
        for alias in (name, *aliases)
    }
    mapped = {title.strip().casefold(): name for title, name in mapping.items()}
    if not any(title.strip() for title in titles):
        raise InvalidError(
            "file", "is empty; the first line must name the columns", kind="unreadable"
        )
    columns = []
    for title in titles:
        stripped = title.strip()
        folded = stripped.casefold()
        known = mapped.get(folded, names.get(folded))
        if known is None and stripped and kind not in KEEPS_OTHER_COLUMNS:
            expected = ", ".join(COLUMNS[kind])
            raise InvalidError(
                stripped[:50],
                f"no such column; there are {expected}",
                kind="unknown-field",
                allowed=expected,
            )
        columns.append(_Column(stripped if known is None else known, bool(known)))
    present = [column.name for column in columns if column.name]
    if len(set(present)) < len(present):
        raise InvalidError("file", "names a column twice", kind="repeated")
    missing = sorted(REQUIRED[kind] - {column.name for column in columns if column.is_known})
    if missing:
        raise InvalidError(missing[0], "this column is required", kind="missing")
    return columns
