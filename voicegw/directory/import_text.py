"""Reads tables of text row by row, in constant memory: CSV in UTF-8, UTF-16 or GBK."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from voicegw.directory.import_table import TableRow
from voicegw.errors import InvalidError
from voicegw.store.jobs import RowProblem

if TYPE_CHECKING:
    from _csv import Reader

_BLOCK_BYTES: Final = 1 << 20
_DELIMITERS: Final = ",\t;"
#: Codec to open a file with, and the one that decides whether it can be.
_ENCODINGS: Final = (("utf-8-sig", "utf-8"), ("gb18030", "gb18030"))


def read_text(path: Path) -> Iterator[TableRow | RowProblem]:
    """Yield the rows of the file at `path`, the header first; one that is no CSV is a RowProblem.

    Raises InvalidError naming `file` when it is no text or has no header, and OSError.
    """
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as stream:
        head = stream.readline()
        stream.seek(0)
        if encoding == "utf-8-sig" and head.startswith("\ufeff"):
            head = head[1:]
        reader = csv.reader(stream, delimiter=max(_DELIMITERS, key=head.count))
        try:
            yield TableRow(1, next(reader, []))
        except csv.Error as error:
            raise InvalidError("file", "the header is no CSV", kind="unreadable") from error
        yield from _rows(reader)


def _rows(reader: Reader) -> Iterator[TableRow | RowProblem]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            yield RowProblem(line, "", "not a row of CSV", "unreadable")
            continue
        if cells is None:
            return
        yield TableRow(line, cells)


def _encoding(path: Path) -> str:
    """Return the encoding of a whole file, read in blocks. Raises InvalidError, OSError."""
    with path.open("rb") as stream:
        begin = stream.read(4)
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates: tuple[tuple[str, str], ...] = (("utf-16", "utf-16"),)
    elif begin[1:2] == b"\0" != begin[:1]:
        candidates = (("utf-16-le", "utf-16-le"),)
    else:
        candidates = _ENCODINGS
    for name, codec in candidates:
        if _is_text(path, codec):
            return name
    raise InvalidError(
        "file", "is neither UTF-8, UTF-16 nor GBK text, and no XLSX", kind="unreadable"
    )


def _is_text(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    with path.open("rb") as stream:
        try:
            while block := stream.read(_BLOCK_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True
