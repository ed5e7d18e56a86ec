"""Files of reports, made beside the loop."""

from __future__ import annotations

import io
import threading

import msgspec
import openpyxl
import pytest

from tests.unit.reports.tables import a_row, a_table
from voicegw.model.report_file import FileFormat, Language
from voicegw.reports import rendering
from voicegw.reports.csv_file import csv_file
from voicegw.reports.rendering import Renderer, RenderError


async def test_a_workbook_is_made_in_a_process() -> None:
    made = await Renderer().file(a_table(), FileFormat.XLSX, Language.ZH)
    assert openpyxl.load_workbook(io.BytesIO(made))["报表"]["B2"].value == "张伟"


def test_a_long_order_is_the_same_when_it_is_written_row_by_row() -> None:
    order = rendering.RenderOrder(a_table(*(a_row(number) for number in range(9))), Language.ZH)
    assert rendering._written(order) == msgspec.json.encode(order)


async def test_a_process_that_fails_is_told() -> None:
    table = a_table()
    table.by = ("nothing",)  # type: ignore[assignment]
    with pytest.raises(RenderError) as raised:
        await Renderer().file(table, FileFormat.XLSX, Language.EN)
    assert raised.value.said


async def test_a_long_csv_is_made_in_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []

    def noted(*arguments: object, **more: object) -> bytes:
        threads.append(threading.current_thread())
        return csv_file(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(rendering, "csv_file", noted)
    for length in (2, 200):
        table = a_table(*(a_row(1) for _ in range(length)))
        made = await Renderer().file(table, FileFormat.CSV, Language.EN)
        assert made.count(b"\n") == length + 1
    main = threading.main_thread()
    assert [one is main for one in threads] == [True, False]
