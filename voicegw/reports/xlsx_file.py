"""A report as a workbook (ECMA-376): its rows, totals, a chart, and where figures are defined.

Written row by row, so memory does not grow with the cells. It costs some 15 µs a cell of pure
computing: never in a node's loop.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from voicegw.model.report import Figures, ReportColumn, ReportTable, SplitBy, Unit
from voicegw.model.report_file import Language
from voicegw.reports import sheet_words as words
from voicegw.reports.grid import Grid, Value, labels, title_of

Sheet = Any
"""A sheet that is written row by row: openpyxl's stubs lack half of what it has."""

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMATS: Final = {
    Unit.COUNT: "#,##0",
    Unit.SHARE: "0.0%",
    Unit.SECONDS: "[h]:mm:ss",
    Unit.POINTS: "0.00",
    Unit.DATE: "yyyy-mm-dd",
}
_DAY_S: Final = 86_400
_BOLD: Final = Font(bold=True)
_SPANS: Final = frozenset({SplitBy.DAY, SplitBy.WEEK, SplitBy.MONTH})
_CHARTED_ROWS: Final = 60
"""More than these are no picture any more."""
_NARROWEST, _WIDEST = 8, 40


def xlsx_file(table: ReportTable, language: Language) -> bytes:
    """Return the workbook; names of columns in `language`."""
    book = Workbook(write_only=True)
    _write_rows(book.create_sheet(words.REPORT[language]), table, language)
    _write_totals(book.create_sheet(words.TOTALS[language]), table, language)
    if table.rows and table.columns:
        _draw(book.create_sheet(words.CHART[language]), table, language)
    _write_definitions(book.create_sheet(words.DEFINITIONS[language]), table, language)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _write_rows(sheet: Sheet, table: ReportTable, language: Language) -> None:
    grid = Grid(table, language)
    columns = grid.columns()
    # What a sheet looks like is written before its first row.
    sheet.freeze_panes = "A2"
    _set_widths(sheet, [column.title for column in columns])
    last = get_column_letter(len(columns))
    sheet.auto_filter.ref = f"A1:{last}{len(table.rows) + 1}"
    sheet.append(_titles(sheet, [column.title for column in columns]))
    units = [column.unit for column in columns]
    for row in grid.rows():
        sheet.append([_cell(sheet, *one) for one in zip(row, units, strict=True)])


def _write_totals(sheet: Sheet, table: ReportTable, language: Language) -> None:
    _set_widths(sheet, ["x" * 22, "x" * 16, "x" * 12, "x" * 12])
    for name, value in _facts(table, language):
        sheet.append([_bold(sheet, name), _cell(sheet, value, Unit.TEXT)])
    sheet.append([])
    before = table.previous_totals
    titles = [words.FIGURE[language], words.TOTAL[language]]
    if before is not None:
        titles += [words.BEFORE[language], words.CHANGE[language]]
    sheet.append(_titles(sheet, titles))
    for column in table.columns:
        total = table.totals.get(column.key)
        line = [
            _cell(sheet, title_of(column, language), Unit.TEXT),
            _cell(sheet, total, column.unit),
        ]
        if before is not None:
            line.append(_cell(sheet, before.get(column.key), column.unit))
            line.append(_cell(sheet, _change(column, table.totals, before), Unit.SHARE))
        sheet.append(line)


def _facts(table: ReportTable, language: Language) -> Iterable[tuple[str, str]]:
    yield words.REPORT[language], words.TITLES[table.kind][language]
    yield words.FROM[language], table.from_.isoformat()
    yield words.LAST_DAY[language], date.fromordinal(table.until.toordinal() - 1).isoformat()
    by = ", ".join(words.SPLITS[one][language] for one in table.by)
    yield words.SPLIT_BY[language], by or "–"
    yield words.TIME_ZONE[language], table.timezone or words.SEVERAL_ZONES[language]
    yield words.AS_OF[language], _local(table.as_of, table.timezone)


def _local(moment: datetime | None, zone: str | None) -> str:
    if moment is None:
        return "–"
    shown = moment.astimezone(ZoneInfo(zone)) if zone is not None else moment
    return shown.isoformat(" ", "seconds")


def _change(column: ReportColumn, now: Figures, before: Figures) -> float | None:
    """Return by what share a figure has changed since the span before."""
    new, old = now.get(column.key), before.get(column.key)
    return (new - old) / old if new is not None and old else None


def _draw(sheet: Sheet, table: ReportTable, language: Language) -> None:
    """Draw the first figure: as a line where rows follow each other in time, else as bars."""
    column = table.columns[0]
    title = title_of(column, language)
    points = [(labels(row, table.keys), row.figures.get(column.key)) for row in table.rows]
    shown = points[:_CHARTED_ROWS]
    _set_widths(sheet, ["x" * 20, title])
    is_time = len(table.by) == 1 and table.by[0] in _SPANS
    chart = LineChart() if is_time else BarChart()
    chart.title = f"{words.TITLES[table.kind][language]}: {title}"
    chart.height, chart.width = 9, 24
    chart.legend = None
    # Else some programs draw no axes.
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=len(shown) + 1), True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=len(shown) + 1))
    sheet.add_chart(chart, "D2")
    sheet.append(_titles(sheet, ["", title]))
    for label, value in shown:
        sheet.append([_cell(sheet, label, Unit.TEXT), _cell(sheet, value, column.unit)])


def _write_definitions(sheet: Sheet, table: ReportTable, language: Language) -> None:
    _set_widths(sheet, ["x" * 24, "x" * 24, "x" * 10, "x" * 36])
    titles = (words.FIGURE, words.KEY, words.UNIT, words.DEFINED)
    sheet.append(_titles(sheet, [one[language] for one in titles]))
    for column in table.columns:
        where = f"docs/reports.md#{column.definition}" if column.definition else ""
        cells = (
            title_of(column, language),
            column.key,
            words.UNITS[column.unit][language],
            where,
        )
        sheet.append([_cell(sheet, one, Unit.TEXT) for one in cells])


def _titles(sheet: Sheet, titles: Sequence[str]) -> list[Cell]:
    return [_bold(sheet, title) for title in titles]


def _bold(sheet: Sheet, text: str) -> Cell:
    cell = _cell(sheet, text, Unit.TEXT)
    cell.font = _BOLD
    return cell


def _cell(sheet: Sheet, value: Value, unit: Unit) -> Cell:
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, value=value)
        # However it begins, it is text and never a formula.
        cell.data_type = "s"
        return cell
    if unit is Unit.SECONDS and isinstance(value, int | float):
        value /= _DAY_S
    # Dates are days for a spreadsheet too, though the stubs know of times only.
    cell = WriteOnlyCell(sheet, value=cast("float | datetime | None", value))
    if value is not None and unit in _FORMATS:
        cell.number_format = _FORMATS[unit]
    return cell


def _set_widths(sheet: Sheet, texts: Sequence[str]) -> None:
    """Make each column wide enough for its text; Chinese takes twice the room."""
    for number, text in enumerate(texts, 1):
        room = sum(2 if ord(sign) > 0x2E80 else 1 for sign in text) + 3
        width = min(max(room, _NARROWEST), _WIDEST)
        sheet.column_dimensions[get_column_letter(number)].width = width
