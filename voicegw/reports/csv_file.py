"""A report as CSV (RFC 4180), in UTF-8. Pure.

Numbers are plain: shares from 0 to 1, times in seconds. A cell that a spreadsheet would run as a
formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Final

from voicegw.model.report import ReportTable
from voicegw.model.report_file import Language
from voicegw.reports.grid import Grid, Value

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
"""By which Excel knows that a file is UTF-8."""
_RUN: Final = frozenset("=+-@\t\r")


def csv_file(table: ReportTable, language: Language, *, for_excel: bool = False) -> bytes:
    """Return the file; `for_excel`: with the byte order mark."""
    grid = Grid(table, language)
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow([safe_cell(column.title) for column in grid.columns()])
    writer.writerows([safe_cell(value) for value in row] for row in grid.rows())
    return (BYTE_ORDER_MARK if for_excel else b"") + stream.getvalue().encode()


def safe_cell(value: Value) -> object:
    """Return what is written for a value: nothing that a spreadsheet would run."""
    if isinstance(value, str) and value[:1] in _RUN:
        return f"'{value}"
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value
