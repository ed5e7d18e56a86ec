"""Reports as CSV: what a program and a spreadsheet read in it."""

from __future__ import annotations

import csv
import io

import pytest

from tests.unit.reports.tables import a_row, a_table
from voicegw.model.report import ReportTable
from voicegw.model.report_file import Language
from voicegw.reports.csv_file import BYTE_ORDER_MARK, csv_file, safe_cell


def read(table: ReportTable, language: Language = Language.EN) -> list[list[str]]:
    """Return the cells of the file."""
    return list(csv.reader(io.StringIO(csv_file(table, language).decode())))


def test_a_row_has_its_name_its_id_and_plain_figures() -> None:
    assert read(a_table()) == [
        ["day", "manager_id", "manager_id id", "calls", "connect_rate", "talk_s"],
        ["2026-11-01", "张伟", "mgr_1", "15", "0.25", "90.5"],
        ["2026-11-02", "'=1+1", "mgr_1", "15", "0.25", "90.5"],
    ]


def test_titles_are_of_the_language_asked_for() -> None:
    assert read(a_table(), Language.ZH)[0] == ["日期", "经理", "经理 id", "通话", "接通率", "时长"]


def test_what_has_no_name_and_no_figure_is_empty() -> None:
    row = a_row(3)
    row.keys["manager_id"] = None
    row.figures["connect_rate"] = None
    assert read(a_table(row))[1] == ["2026-11-03", "", "15", "", "90.5"]


def test_somebody_unnamed_among_named_ones_is_said_to_be_nobody() -> None:
    row = a_row(3)
    row.keys["manager_id"] = None
    assert read(a_table(a_row(1, name="Li"), row))[2][:3] == ["2026-11-03", "(none)", ""]


def test_the_span_before_has_columns_of_its_own() -> None:
    first, second = a_row(1), a_row(2)
    first.previous = {"calls": 7}
    lines = read(a_table(first, second, previous_totals={"calls": 7}))
    assert lines[0][-3:] == ["calls (before)", "connect_rate (before)", "talk_s (before)"]
    assert [line[-3:] for line in lines[1:]] == [["7", "", ""], ["", "", ""]]


def test_excel_is_told_that_it_is_utf_8() -> None:
    plain = csv_file(a_table(), Language.ZH)
    assert csv_file(a_table(), Language.ZH, for_excel=True) == BYTE_ORDER_MARK + plain


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_nothing_is_run_by_a_spreadsheet(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_numbers_may_be_below_zero() -> None:
    assert safe_cell(-1.5) == -1.5
