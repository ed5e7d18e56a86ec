"""Reports as workbooks, read back as a spreadsheet reads them."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from openpyxl.chart import BarChart, LineChart

from tests.unit.reports.tables import a_row, a_table
from voicegw.model.report import ReportTable, SplitBy
from voicegw.model.report_file import Language
from voicegw.reports.xlsx_file import xlsx_file


def read(table: ReportTable, language: Language = Language.EN) -> Any:
    """Return the workbook of a table."""
    return openpyxl.load_workbook(io.BytesIO(xlsx_file(table, language)))


def cells(sheet: Any) -> list[list[Any]]:
    """Return the values of a sheet by row."""
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_figures_are_numbers_and_look_as_what_they_are() -> None:
    sheet = read(a_table())["Report"]
    day, name, key, calls, rate, talk = sheet[2]
    assert (day.value.date(), day.number_format) == (date(2026, 11, 1), "yyyy-mm-dd")
    assert (name.value, key.value) == ("张伟", "mgr_1")
    assert (calls.value, calls.number_format) == (15, "#,##0")
    assert (rate.value, rate.number_format) == (0.25, "0.0%")
    assert (talk.value, talk.number_format) == (timedelta(seconds=90.5), "[h]:mm:ss")


def test_no_text_is_a_formula() -> None:
    cell = read(a_table())["Report"]["B3"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_the_titles_stay_in_sight_and_filter() -> None:
    sheet = read(a_table(), Language.ZH)["报表"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:F3"
    assert [cell.value for cell in sheet[1]] == [
        "日期",
        "经理",
        "经理 id",
        "通话",
        "接通率",
        "时长",
    ]
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions["C"].width > 8


def test_totals_stand_beside_those_of_the_span_before() -> None:
    table = a_table(previous_from=date(2026, 10, 1), previous_totals={"calls": 20, "talk_s": 0})
    lines = cells(read(table)["Totals"])
    assert ["from", "2026-11-01", None, None] in lines
    assert ["to", "2026-11-30", None, None] in lines
    assert ["as of", "2026-12-01 09:02:03+08:00", None, None] in lines
    assert lines[-4] == ["figure", "total", "before", "change"]
    assert lines[-3] == ["calls", 30, 20, 0.5]
    assert lines[-2] == ["connect_rate", 0.25, None, None]


def test_a_report_of_nothing_has_totals_and_no_chart() -> None:
    table = a_table(totals={}, as_of=None, timezone=None)
    table.rows = ()
    book = read(table)
    assert book.sheetnames == ["Report", "Totals", "Definitions"]
    assert ["time zone", "each group's own"] in cells(book["Totals"])


@pytest.mark.parametrize(
    ("by", "kind"),
    [((SplitBy.DAY,), LineChart), ((SplitBy.DAY, SplitBy.MANAGER), BarChart)],
)
def test_the_first_figure_is_drawn(by: tuple[SplitBy, ...], kind: type[Any]) -> None:
    sheet = read(a_table(*(a_row(day, name="Li") for day in range(1, 31)), by=by))["Chart"]
    (chart,) = sheet._charts
    assert isinstance(chart, kind)
    assert cells(sheet)[1][:2] == ["2026-11-01 Li", 15]


def test_each_figure_says_where_it_is_defined() -> None:
    lines = cells(read(a_table(), Language.ZH)["定义"])
    assert lines[1] == ["通话", "calls", "个数", "docs/reports.md#calls"]
