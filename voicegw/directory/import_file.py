"""Reads an import file row by row, in constant memory: CSV in UTF-8 (BOM or not) or GBK."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voicegw.directory.import_columns import COLUMNS, KEEPS_OTHER_COLUMNS, REQUIRED, ImportKind
from voicegw.errors import InvalidError
from voicegw.store.jobs import RowProblem

if TYPE_CHECKING:
    from _csv import Reader

_BLOCK_BYTES = 1 << 20
_DELIMITERS = ",\t;"


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row: its line (the header is line 1), its known cells and its other ones, stripped.

    A known column that the file does not have is not in `cells`; an empty cell is "".
    """

    line: int
    cells: dict[str, str]
    others: dict[str, str]


def read_rows(path: Path, kind: ImportKind) -> Iterator[ImportRow | RowProblem]:
    """Yield the rows of the file at `path`; a row that can't be read is a RowProblem.

    Empty rows are left out. Raises InvalidError, naming `file` or the column, when nothing of the
    file can be used: it is missing or empty, no text, or lacks a required column.
    """
    try:
        encoding = _encoding(path)
        stream = path.open(encoding=encoding, newline="")
    except OSError as error:
        raise InvalidError("file", f"can't be read ({error.strerror})") from error
    with stream:
        head = stream.readline()
        stream.seek(0)
        if encoding == "utf-8-sig" and head.startswith("\ufeff"):
            head = head[1:]
        reader = csv.reader(stream, delimiter=max(_DELIMITERS, key=head.count))
        try:
            header = _known_header(next(reader, []), kind)
        except csv.Error as error:
            raise InvalidError("file", "the header is no CSV") from error
        yield from _rows(reader, header)


def _rows(reader: Reader, header: list[tuple[str, bool]]) -> Iterator[ImportRow | RowProblem]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            yield RowProblem(line, "", "not a row of CSV")
            continue
        if cells is None:
            return
        stripped = [cell.strip() for cell in cells]
        if not any(stripped):
            continue
        if len(stripped) > len(header) and any(stripped[len(header) :]):
            yield RowProblem(line, "", "has more cells than the header")
            continue
        named = list(zip(header, stripped, strict=False))
        yield ImportRow(
            line,
            {name: cell for (name, known), cell in named if known},
            {name: cell for (name, known), cell in named if not known and name},
        )


def _known_header(titles: list[str], kind: ImportKind) -> list[tuple[str, bool]]:
    """Return each column's own name and whether it is known; raise InvalidError."""
    names = {
        alias.casefold(): name
        for name, aliases in COLUMNS[kind].items()
        for alias in (name, *aliases)
    }
    if not any(title.strip() for title in titles):
        raise InvalidError("file", "is empty; the first line must name the columns")
    header = []
    for title in titles:
        stripped = title.strip()
        known = names.get(stripped.casefold())
        if known is None and stripped and kind not in KEEPS_OTHER_COLUMNS:
            expected = ", ".join(COLUMNS[kind])
            raise InvalidError(stripped[:50], f"no such column; there are {expected}")
        header.append((known or stripped, known is not None))
    present = {name for name, _ in header if name}
    if len(present) < len([name for name, _ in header if name]):
        raise InvalidError("file", "names a column twice")
    missing = sorted(REQUIRED[kind] - present)
    if missing:
        raise InvalidError(missing[0], "this column is required")
    return header


def _encoding(path: Path) -> str:
    """Return the encoding of a whole file, read in blocks. Raises InvalidError, OSError."""
    for name, codec in (("utf-8-sig", "utf-8"), ("gb18030", "gb18030")):
        decoder = codecs.getincrementaldecoder(codec)()
        with path.open("rb") as stream:
            try:
                while block := stream.read(_BLOCK_BYTES):
                    decoder.decode(block)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                continue
        return name
    raise InvalidError("file", "is neither UTF-8 nor GBK text")
