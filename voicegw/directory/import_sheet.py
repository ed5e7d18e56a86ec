"""Reads the first sheet of an XLSX workbook row by row (ECMA-376), its rows never all in memory."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from voicegw.directory.import_cells import text_of
from voicegw.directory.import_table import TableRow
from voicegw.errors import InvalidError

_ZIP: Final = b"PK\x03\x04"
#: Of an Excel 97 workbook, and of one with a password.
_COMPOUND: Final = b"\xd0\xcf\x11\xe0"
#: A workbook of 64 MiB may unpack to much more; its texts are all held in memory.
_MAX_BYTES: Final = 2 << 30
_MAX_TEXTS_BYTES: Final = 256 << 20
_TEXTS: Final = "xl/sharedStrings.xml"
_MAX_COLUMNS: Final = 256
#: No sheet has more (ECMA-376-1 §18.3.1.73); a row that claims to lie beyond makes the library
#: give out all those before it.
_MAX_ROWS: Final = 1_048_576
#: What the library raises where a workbook is damaged, or something else in the form of one.
_DAMAGES: Final = (
    ArithmeticError,
    AttributeError,
    EOFError,
    InvalidFileException,
    LookupError,
    NotImplementedError,
    ParseError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


def is_workbook(path: Path) -> bool:
    """Whether the file is an XLSX workbook, by its first bytes. Raises InvalidError, OSError.

    An older kind of workbook, or one with a password, can't be read and is refused.
    """
    with path.open("rb") as stream:
        begin = stream.read(4)
    if begin == _COMPOUND:
        raise InvalidError(
            "file", "an old or protected workbook: save it as XLSX, or as CSV", kind="unreadable"
        )
    return begin == _ZIP


def read_sheet(path: Path) -> Iterator[TableRow]:
    """Yield the rows of the first sheet of the workbook at `path`, the first with text first.

    Raises InvalidError naming `file` when it is no workbook, and OSError.
    """
    try:
        _check_size(path)
        with path.open("rb") as stream:
            workbook = load_workbook(stream, read_only=True, data_only=True)
            sheet = workbook.worksheets[0]
            # What a workbook says of its size is often wrong; rows are as long as they are.
            sheet.reset_dimensions()
            rows = sheet.iter_rows(values_only=True)
            for line, values in enumerate(rows, start=1):
                if line > _MAX_ROWS:
                    raise InvalidError(
                        "file", f"has rows beyond {_MAX_ROWS}", kind="too-many", max=_MAX_ROWS
                    )
                cells = [text_of(value) for value in values[:_MAX_COLUMNS]]
                if any(cells):
                    yield TableRow(line, cells)
    except MemoryError as error:
        raise InvalidError(
            "file", "unpacks to too much; save it as CSV", kind="unreadable"
        ) from error
    except _DAMAGES as error:
        raise InvalidError(
            "file", "is no workbook that can be read; save it as CSV", kind="unreadable"
        ) from error


def _check_size(path: Path) -> None:
    """Refuse what would fill the memory. Raises InvalidError, BadZipFile."""
    with zipfile.ZipFile(path) as archive:
        sizes = {item.filename: item.file_size for item in archive.infolist()}
    if sum(sizes.values()) > _MAX_BYTES or sizes.get(_TEXTS, 0) > _MAX_TEXTS_BYTES:
        raise InvalidError("file", "unpacks to too much; save it as CSV", kind="unreadable")
